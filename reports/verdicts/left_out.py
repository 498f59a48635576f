"""What somebody's code does not compute is not asked of it, and told.

A network from scratch differentiates its own loss and returns what its optimizer needs: no gradient of x, no last states, no use
for a cotangent. What is left out has one of these names:

    grads/x         the gradient of an input or an initial state, beside gradients of parameters
    outputs/h_n     an output, beside others
    cotangents/y    no gradient depends on this dL/d(output): of a network with a loss it is then that of the loss alone,
                    dL/dL = 1 and dL/dy = 0, and of an output that does not come back 0
"""

from collections.abc import Mapping
from functools import cache

import numpy as np

from nnparity.cases.case import Case, Result


def left_out(case: Case, answer: Result, seen: Mapping) -> frozenset[str]:
    """What was not computed, by an answer and by what was seen beside it (reports/asking/second_look.py)."""
    if case.training or any(layer.default for layer in case.network):
        return frozenset()
    found = set()
    asked = case.cotangents.keys() | case.observed
    if answer.outputs.keys() < asked and answer.outputs:  # one under another name is missing, and told so
        found |= {f"outputs/{name}" for name in asked - answer.outputs.keys()}
    if answer.grads.keys() & case.params.keys():
        found |= {f"grads/{name}" for name in case.differentiable if name not in case.params and name not in answer.grads}
    if case.loss is not None or found:
        found |= {f"cotangents/{name}" for name in seen.get("unused", ())
                  if case.loss is not None or f"outputs/{name}" in found}
    return frozenset(found)


@cache
def narrowed(case: Case, left: frozenset[str]) -> Case:
    """The question without what was left out."""
    if not left:
        return case
    def names(kind: str) -> frozenset[str]:
        return frozenset(path.removeprefix(kind) for path in left if path.startswith(kind))

    alone = {name: np.ones_like(case.cotangents[name]) if name == "loss" else np.zeros_like(case.cotangents[name])
             for name in names("cotangents/")}
    return case.replaced(constants=case.constants | names("grads/"), unreturned=names("outputs/"), golden=(),
                         cotangents={**case.cotangents, **alone}, exempt=case.exempt or "what was left out is not asked")


def in_words(case: Case, left: frozenset[str]) -> str:
    """What was not asked, for the one who wrote the code."""
    missing = [path for kind in (case.cotangents, case.observed, case.differentiable) for name in kind
               for path in (f"outputs/{name}", f"grads/{name}") if path in left]
    unused = [name for name in case.cotangents if f"cotangents/{name}" in left and f"outputs/{name}" not in left]
    sentences = [f"not returned, so not asked: {', '.join(dict.fromkeys(missing))}"] if missing else []
    if unused:
        whole = len(unused) == len(case.cotangents)
        sentences.append("the cotangents are not used, so these are compared as the gradients of the loss alone" if whole else
                         f"the cotangent of {', '.join(unused)} is not used, so it is taken to be "
                         f"{'1' if unused == ['loss'] else '0'}")
    return "; ".join(sentences)

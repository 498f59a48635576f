"""What happens between reading and writing: arrays that one framework has and the other has not.

    two biases -> one     b = b + c, the same function, except for the candidate of a GRU with the reset gate after the
                          product: there c stands inside r * (h R + c), and only c = 0 can be left out
    one bias -> two       c = 0
    scale or shift        1 and 0 where the target always has them
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from nnparity.oracles.porting.errors import Refused


@dataclass(frozen=True)
class Step:
    """One canonical array of the target that is not simply the source's."""

    role: str
    made_from: tuple[str, ...]  # canonical arrays of the source
    words: str
    lines: tuple[str, ...]
    perform: Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]
    gates: str = ""  # where only some gates are touched: which


def steps(kind: str, has, wants, target: str, variant) -> list[Step]:
    """What to do to the canonical arrays `has` so that they are `wants`, in order."""
    made = []
    for role, fill, like in (("gamma", "ones", "beta"), ("beta", "zeros", "gamma")):
        if role in wants and role not in has:
            made.append(_filled(role, fill, "running_mean" if kind == "batch_norm" else like, has))
    inside = kind == "gru" and variant["reset"] == "after"
    if "recurrent_bias" in has and "recurrent_bias" not in wants:
        made.append(_only_without_candidate_bias(target) if inside else _summed())
    elif "recurrent_bias" in has and inside and target == "linen":
        made.append(_summed_gates())
    if "bias" in wants and "bias" not in has:
        made.append(Step("bias", (), "zeros, because the source has no bias", ("b = np.zeros_like(R[..., 0])",),
                         lambda p: {**p, "bias": np.zeros_like(p["recurrent_kernel"][..., 0])}))
    if "recurrent_bias" in wants and "recurrent_bias" not in has:
        made.append(Step("recurrent_bias", (), "zeros, because the source has one bias and the target two",
                         ("c = np.zeros_like(b)",), lambda p: {**p, "recurrent_bias": np.zeros_like(p["bias"])}))
    return made


def _filled(role, fill, like, has) -> Step:
    """Ones for gamma, zeros for beta."""
    if like not in has:
        raise Refused("the source has neither scale nor shift, the target always has a scale, and no array tells how many "
                      "features there are: give it ones")
    variable = "mean" if like == "running_mean" else like
    return Step(role, (), f"{fill}, because the source has no {role}", (f"{role} = np.{fill}_like({variable})",),
                lambda p: {**p, role: getattr(np, f"{fill}_like")(p[like])})


def _summed() -> Step:
    return Step("bias", ("bias", "recurrent_bias"), "the two biases are summed: they only ever act as a sum",
                ("b = b + c",), lambda p: _without(p, p["bias"] + p["recurrent_bias"]))


def _without(params, bias) -> dict[str, np.ndarray]:
    return {name: a for name, a in params.items() if name != "recurrent_bias"} | {"bias": bias}


def _only_without_candidate_bias(target) -> Step:
    def perform(params):
        c_n = params["recurrent_bias"][2]
        if np.any(c_n != 0):
            raise Refused(
                f"{'nnx.GRUCell' if target == 'flax' else target} has no bias inside r * (U h + c) of the candidate, and the "
                f"source's c is not zero there (largest {np.abs(c_n).max():.3g}). Added to the other bias it would escape "
                "the reset gate: other outputs. linen.GRUCell, torch.nn.GRU and keras.layers.GRU have it")
        return _without(params, params["bias"] + params["recurrent_bias"])

    return Step("bias", ("bias", "recurrent_bias"),
                "the two biases are summed; refused unless the candidate's recurrent bias is zero",
                ('assert not c[2].any(), "no bias inside the reset gate there"', "b = b + c"), perform)


def _summed_gates() -> Step:
    """flax.linen: the recurrent bias of the candidate stays, those of the gates go to the input's side."""
    return Step("bias", ("bias", "recurrent_bias"),
                "the two biases are summed",
                ("b = np.stack([b[0] + c[0], b[1] + c[1], b[2]])",),
                lambda p: {**p, "bias": np.concatenate([p["bias"][:2] + p["recurrent_bias"][:2], p["bias"][2:]]),
                           "recurrent_bias": np.concatenate([0 * p["recurrent_bias"][:2], p["recurrent_bias"][2:]])},
                "rz")

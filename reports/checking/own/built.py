"""How somebody's class of a whole network is built: which parameter of its constructor is which width."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from nnparity.cases.case import Case
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.handed_in.construct import CannotBuild
from nnparity.reports.checking.names import bare
from nnparity.reports.checking.own.plan import Plan


def words(text: str) -> list[str]:
    return text.split()


SEVERAL = words("sizes layersizes layers layerdims dims widths architecture units shape nodes layerssizes layersdims structure "
                "neurons")
INNER = words("hiddensizes hiddendims hiddenlayers hiddenunits hiddenlayersizes hiddens")
FIRST = words("n nfeature p inputsize inputdim inputs ninput ninputs nin nx infeatures features nfeatures dim d din indim "
              "insize inputnodes vocabsize vocabulary vocab ninputs inputunits numfeatures numinputs i insize xdim imagesize")
LAST = words("outputsize outputdim outputs noutput noutputs nout ny outfeatures classes nclasses numclasses dout outdim outsize "
             "outputnodes outputunits numoutputs o ydim k")
MIDDLE = words("hiddensize hiddendim hidden nhidden nh h hiddennodes units nunits neurons latent latentdim latentsize bottleneck "
               "encodingdim codesize na dh hid hdim ncode code embeddingdim")
PENALTY = words("reg lam lambda lambd l2 weightdecay l2reg regularization regularisation reglambda l2lambda decay wd")
RATES = {"lr": 0.1, "learningrate": 0.1, "eta": 0.1, "epochs": 1, "seed": 0}


def widths_of(case: Case, plan: Plan) -> list[int]:
    """The widths of a chain, input first: the features of x, then what each layer with weights gives."""
    outer = case.inputs["x"].shape[-1] if plan.layers[0].kind != "embedding" else plan.layers[0].sizes["vocabulary"]
    return [outer, *(layer.sizes[key] for layer in plan.layers for key in ("units", "filters", "features")
                     if key in layer.sizes)]


def built(make: Callable, name: str, case: Case, plan: Plan) -> tuple[Any, str]:
    """(an object of the class at the widths of the network, how it was built). Raises CannotBuild, and NoAnswer for what its
    constructor raises."""
    try:
        parameters = [p for p in inspect.signature(make).parameters.values()
                      if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    except (TypeError, ValueError):
        raise CannotBuild(f"the constructor of {name} does not say what it takes") from None
    positional, named = [], {}
    for p in parameters:
        value = chosen(p, case, plan)
        if value is not p.empty and p.kind == p.POSITIONAL_ONLY:
            positional.append(value)
        elif value is not p.empty:
            named[p.name] = value
    written = f"{name}({', '.join([*map(repr, positional), *(f'{k}={v!r}' for k, v in named.items())])})"
    try:
        return make(*positional, **named), written
    except Exception as error:
        raise NoAnswer(f"{written} raised {type(error).__name__}: {error}. Hand in an instance, or say how it is built: "
                       f"nnparity.adapt({name}, build=lambda: {name}(...))") from error


def chosen(p: inspect.Parameter, case: Case, plan: Plan) -> Any:
    """The value of one parameter; `p.empty` for what stays at its default. Raises CannotBuild."""
    spelt, widths = bare(p.name), widths_of(case, plan)
    number = int(spelt[-1]) if spelt[-1].isdigit() else 1
    stem = spelt.rstrip("0123456789")
    known: Mapping[str, Any] = {
        **dict.fromkeys(SEVERAL, widths), **dict.fromkeys(INNER, widths[1:-1]), **dict.fromkeys(FIRST, widths[0]),
        **dict.fromkeys(MIDDLE, widths[min(number, len(widths) - 1)]), **dict.fromkeys(LAST, widths[-1])}
    for key in (spelt, stem):
        if key in known:
            value = known[key]
            return tuple(value) if isinstance(value, list) and isinstance(p.default, tuple) else value
    if spelt in PENALTY and (plan.l2 or p.default is p.empty):
        return plan.l2
    if p.default is not p.empty:
        return p.empty
    if spelt in RATES:
        return RATES[spelt]
    if "batch" in spelt:
        return len(case.inputs["x"])
    if "seq" in spelt or "steps" in spelt:
        return case.inputs["x"].shape[1]
    raise CannotBuild(f"its constructor asks for {p.name!r}, and it is not known what that is")

"""How somebody's class is built at a case's sizes: which parameter of its constructor is which size or option."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from nnparity.cases.case import Case, Unsupported
from nnparity.cases.kinds import RECURRENT
from nnparity.reference_impl.defaults import defaults
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.names import bare

IN = ("inputsize infeatures nin inputdim indim din dimin nx ninput inputs fanin numinputs ninputs insize input inunits "
      "inputfeatures i d")
OUT = ("outputsize outfeatures nout outputdim outdim dout dimout noutput outputs fanout numoutputs noutputs outsize output "
       "outunits m")
WIDTH = "units nunits numunits neurons nneurons"
# kind -> axis -> what its length is called in constructors, without underscores
CALLED: dict[str, dict[str, str]] = {
    "dense": {"input": IN, "output": f"{OUT} {WIDTH} features hiddensize hidden"},
    **dict.fromkeys(RECURRENT, {"input": IN, "hidden": f"hiddensize nhidden hiddendim hidden h nh na hidsize statesize "
                                                       f"numhidden dimhidden "
                                                       f"cellsize hiddenunits {WIDTH} {OUT}"}),
    **dict.fromkeys(("conv1d", "conv2d"), {
        "channels": f"inchannels channels inputchannels cin inch numchannels c ncprev {IN}",
        "filters": f"outchannels filters numfilters nfilters outputchannels cout outch nc f {OUT}",
        "kernel": "kernelsize kernel ksize filtersize k size kernelshape window field"}),
    "batch_norm": {"channels": f"numfeatures features channels dim c n size {IN}"},
    "layer_norm": {"features": f"normalizedshape features dim size dmodel hiddensize n {IN}"},
    "embedding": {"vocabulary": "numembeddings vocabsize vocabulary vocab inputdim v ntokens",
                  "features": "embeddingdim dim embeddim outputdim d size"},
}
SEVERAL = ("sizes", "layersizes", "dims", "shape", "layers", "layerdims")  # one parameter for all of them
OPTIONS = {"eps": "epsilon", "pad": "padding", "act": "activation", "nonlinearity": "activation", "usebias": "bias", "p": "rate",
           "recurrentactivation": "gate_activation", "resetafter": "reset",
           **dict.fromkeys(("kernelsize", "poolsize", "windowsize"), "size")}
ALWAYS = {"batchfirst": True, "returnsequences": True, "returnstate": True}


class CannotBuild(Exception):
    """The constructor asks for something that nothing is known about."""


def sizes_of(case: Case) -> dict[str, Any]:
    """The lengths that a constructor of the case's layer is given, by axis."""
    kind, params, x = case.layers[0].kind, case.params, case.inputs["x"]
    if kind == "dense":
        return {"input": x.shape[-1], "output": params["kernel"].shape[-1]}
    if kind in RECURRENT:
        return {"input": x.shape[-1], "hidden": params["kernel"].shape[-1]}
    if kind in ("conv1d", "conv2d"):
        size = params["kernel"].shape[2:]
        return {"channels": x.shape[1], "filters": params["kernel"].shape[0], "kernel": size[0] if len(set(size)) == 1
                else tuple(size)}
    if kind in ("batch_norm", "layer_norm"):
        return {next(iter(CALLED[kind])): len(params["gamma"])}
    if kind == "embedding":
        return dict(zip(("vocabulary", "features"), params["table"].shape))
    return {}


def built(make: Callable, name: str, case: Case, claimed: Mapping[str, Any], **always: Any) -> tuple[Any, str]:
    """(an object of the class of this name at the sizes and options of a case, how it was built). `always` is given where it is
    asked for.

    Raises Unsupported for an option that the case has and the constructor does not, CannotBuild where it asks for more than
    sizes.
    """
    positional, named = chosen(make, name, case, claimed, always)
    written = f"{name}({', '.join([*map(repr, positional), *(f'{k}={v!r}' for k, v in named.items())])})"
    try:
        return make(*positional, **named), written
    except Exception as error:
        if isinstance(sizes_of(case).get("kernel"), tuple):
            raise Unsupported(f"{name} takes no kernel of {' by '.join(map(str, sizes_of(case)['kernel']))}") from error
        if any(case.layers[0].config.get(option) != claimed.get(option) for option in case.layers[0].config):
            raise Unsupported(f"{name} refuses: {error}") from error  # an option of the case that nobody has asked for
        raise NoAnswer(f"{written} raised {type(error).__name__}: {error}. Say how it is built at other sizes: "
                       f"nnparity.adapt({name}, build=lambda {', '.join(sizes_of(case))}: {name}(...))") from error


def chosen(make: Callable, name: str, case: Case, claimed: Mapping[str, Any],
           always: Mapping[str, Any]) -> tuple[list, dict[str, Any]]:
    """The arguments: what only a constructor of *sizes, **options is given by place, and the others by name."""
    layer = case.layers[0]
    left, options = sizes_of(case), {**defaults(layer.kind), **layer.config}
    called = {name: axis for axis, names in CALLED.get(layer.kind, {}).items() for name in names.split()}
    try:
        every = inspect.signature(make).parameters.values()
        parameters = [p for p in every if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    except (TypeError, ValueError):
        raise CannotBuild(f"the constructor of {make!r} does not say what it takes") from None
    given: dict[str, Any] = {}
    used: set[str] = set()
    unknown = []
    for p in parameters:
        spelt = bare(p.name)
        if called.get(spelt) in left:
            given[p.name] = left.pop(called[spelt])
        elif spelt in SEVERAL and left:
            given[p.name], left = list(left.values()), {}
        elif p.name in always or spelt in ALWAYS:
            given[p.name] = always.get(p.name, ALWAYS.get(spelt))
        elif (option := OPTIONS.get(spelt, OPTIONS.get(p.name, p.name))) in options or option == "bias":
            used.add(option)
            of_torch = getattr(make, "__module__", "").startswith("torch.nn.modules.conv")
            value = in_their_words(p, option, options, case, same=of_torch)
            if value is not None:
                given[p.name] = value
        elif p.default is p.empty:
            unknown.append(p.name)
    for parameter in unknown:
        if not left:
            raise CannotBuild(f"the constructor asks for {parameter!r}, and it is not known what that is")
        axis = next(iter(left))
        given[parameter] = left.pop(axis)
    kinds = {p.kind for p in every}
    positional = list(left.values()) if inspect.Parameter.VAR_POSITIONAL in kinds else []
    if inspect.Parameter.VAR_KEYWORD in kinds:
        given = {**given, **always}
        used |= {OPTIONS.get(key, key) for key in always}
    default = defaults(layer.kind)
    for option, value in layer.config.items():
        if option not in (*used, *claimed, "function") and value != default.get(option):
            raise Unsupported(f"{name} has no option {option}")
    return positional, given


def in_their_words(parameter: inspect.Parameter, option: str, options: Mapping[str, Any], case: Case, same: bool) -> Any:
    """The value of an option as PyTorch, Keras and students write it; None where it is to stay at its default. `same`: whether
    padding that is a number by default can be "same" too."""
    value = options.get(option)
    if value == "global":
        raise Unsupported("no window over everything")
    if option == "bias":
        if str(value).startswith("kernel"):
            raise Unsupported("no bias as a row of the kernel")
        return any(name.endswith(("bias", "beta")) for name in case.params)
    if bare(parameter.name) == "resetafter":
        return value == "after"
    if option == "padding":
        return padding(value, isinstance(parameter.default, int), same)
    set_anyway = parameter.default is parameter.empty or option in case.layers[0].config
    if option == "activation" and value == "linear" and not isinstance(parameter.default, str):
        return None
    return value if set_anyway else None


def padding(value: Any, number: bool, same: bool) -> Any:
    """PyTorch has one number an axis, for both sides."""
    if value == "valid":
        return 0 if number else "valid"
    if isinstance(value, str):
        if value == "same" and (same or not number):
            return value
        raise Unsupported(f"no padding {value!r}")
    if any(before != after for before, after in value):
        raise Unsupported("its padding is the same on both sides")
    cells = tuple(before for before, _ in value)
    return cells[0] if len(set(cells)) == 1 else cells

"""What people call layers, and what they mean: LSTM, Dense, rnn, MyGRU, BatchNorm2d."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from nnparity.reference_impl.activations import ACTIVATIONS

LIKE = 0.6  # of 1: how alike two names have to be for a "did you mean"
SHOWN = 3

# what a layer is called elsewhere, in small letters and nothing else; its own name need not stand here
CALLED = {
    "dense": "linear affine fullyconnected fc",
    "simple_rnn": "rnn vanillarnn elman elmanrnn",
    "conv1d": "convolution1d",
    "conv2d": "conv convolution convolution2d",
    "batch_norm": "batchnormalization batchnormalisation batchnorm1d batchnorm2d bn",
    "layer_norm": "layernormalization layernormalisation ln",
    "max_pool1d": "maxpooling1d",
    "max_pool2d": "maxpooling2d maxpool maxpooling",
    "average_pool1d": "averagepooling1d avgpool1d",
    "average_pool2d": "averagepooling2d avgpool2d avgpool averagepool averagepooling",
    "squared_error": "mse mseloss meansquarederror",
    "binary_cross_entropy": "bce bceloss binarycrossentropy",
    "categorical_cross_entropy": "categoricalcrossentropy",
    "softmax_cross_entropy": "crossentropy crossentropyloss softmaxcrossentropy softmaxwithloss softmaxloss",
}
ACTIVATION = {**{re.sub("[^a-z0-9]", "", name): name for name in ACTIVATIONS if name != "linear"}, "swish": "silu",
              "logistic": "sigmoid", "rectifiedlinear": "relu", "lrelu": "leaky_relu"}
MEANT = {spelling: name for name, spellings in CALLED.items() for spelling in spellings.split()}


class WrongRequest(ValueError):
    """The request makes no sense, whatever the network computes. `for_command_line` says the same to a person at a shell."""

    def __init__(self, what: str, python: str = "", shell: str = ""):
        super().__init__(sentences(what, python))
        self.for_command_line = sentences(what, shell) if shell else str(self)


class WrongObject(WrongRequest, TypeError):
    """The object is none that could be asked, or not without being told more about it."""


def sentences(first: str, second: str) -> str:
    return first if not second else f"{first} {second}" if first.endswith("?") else f"{first}. {second}"


def bare(name: str) -> str:
    """Small letters and digits alone: "Batch_Norm2D" is batchnorm2d."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def words(name: str) -> list[str]:
    """MyGRULayer -> my, gru, layer; conv_2d_fast -> conv, 2d, fast."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return [bare(word) for word in re.split(r"[^A-Za-z0-9]+", parted) if bare(word)]


def meant(name: str, networks: Iterable[str]) -> tuple[str, int] | None:
    """(the network that a name stands for, how surely: 0 its own name, 1 another name of it, 2 a part of this one); or None."""
    networks = list(networks)
    if name in networks:
        return name, 0
    by_spelling = {spelling: network for spelling, network in MEANT.items() if network in networks}
    by_spelling |= {bare(network): network for network in networks if "->" not in network}
    if bare(name) in by_spelling:
        return by_spelling[bare(name)], 1
    longest = {by_spelling[run] for run in longest_runs(name, by_spelling)}
    if not longest and "activation" in networks and activation_named(name):
        return "activation", 1 if bare(name) in ACTIVATION else 2
    return (longest.pop(), 2) if len(longest) == 1 else None


def longest_runs(name: str, known: Iterable[str]) -> list[str]:
    """The known words that a name is made of: conv2d of MyConv2D, and not conv."""
    parts = words(name)
    found = {"".join(parts[i:j]) for j in range(len(parts) + 1) for i in range(j)} & set(known)
    return [run for run in sorted(found) if not any(run != other and run in other for other in found)]


def activation_named(name: str) -> str:
    """The activation that a name stands for: leaky_relu of LeakyReLU, tanh of TanhLayer; "" where it is none, or several."""
    found = {ACTIVATION[run] for run in ([bare(name)] if bare(name) in ACTIVATION else longest_runs(name, ACTIVATION))}
    return found.pop() if len(found) == 1 else ""


def understood(name: str, networks: Sequence[str]) -> str:
    """The network that a person asks for. Raises WrongRequest with what is called so nearly."""
    found = meant(name, networks)
    if found and found[1] < 2:
        return found[0]
    spellings = {**{bare(n): n for n in networks}, **{s: n for s, n in MEANT.items() if n in networks}}
    near = [spellings[s] for s in get_close_matches(bare(name), spellings, SHOWN, LIKE)] + ([found[0]] if found else [])
    raise WrongRequest(f"no case is about {name!r}{did_you_mean(near)}", f"{LISTED} in a terminal shows every layer",
                       f"{LISTED} shows them all")


LISTED = "`nnparity list`"


def did_you_mean(near: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(near))
    return f"; did you mean {' or '.join(distinct)}?" if distinct else ""


def few(names: Iterable[str], most: int = 6) -> str:
    """The names, and how many more there are."""
    known = list(names)
    return ", ".join(known[:most]) + (f" and {len(known) - most} more" if len(known) > most else "")

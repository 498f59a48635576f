"""The plan of a random network: its chain, sizes, kinds of input and weights. A pure function of the seed.

Most networks are small and quick, a known share is large: sizes are log-uniform up to a limit, and the limit is drawn first
(`LIMITS`). What costs more than `MOST_WORK` multiplications is halved until it does not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Self

import numpy as np

from nnparity.cases.case import Layer, Training
from nnparity.reports.campaign import losses, optimizers, options
from nnparity.reports.campaign.geometry import Link, Misfit, Shape, Shapes, shapes
from nnparity.reports.campaign.options import chance, log_uniform, pick

INPUTS = ("normal", "uniform", "sparse", "pixels", "shifted")  # see arrays.py
WEIGHTS = ("trained", "glorot", "uniform")
LAYERS = 6
MOST_WORK = 6_000_000  # multiplications of one forward pass
# share of networks -> the largest size of each axis
LIMITS = (
    (0.62, {"batch": 12, "units": 24, "time": 12, "length": 20, "side": 10, "channels": 6}),
    (0.30, {"batch": 32, "units": 96, "time": 48, "length": 64, "side": 20, "channels": 12}),
    (0.08, {"batch": 64, "units": 784, "time": 200, "length": 200, "side": 28, "channels": 24}),
)
# what x is -> what may follow it; a layer that stands twice is drawn twice as often
FOLLOWS = {
    "features": ("dense", "dense", "dense", "dense", "activation", "activation", "batch_norm", "layer_norm", "dropout", "sum"),
    "sequence": ("gru", "gru", "gru", "lstm", "lstm", "lstm", "simple_rnn", "simple_rnn", "dense", "dense", "layer_norm",
                 "layer_norm", "batch_norm", "activation", "dropout", "transpose", "flatten", "sum"),
    "signal": ("conv1d", "conv1d", "conv1d", "max_pool1d", "max_pool1d", "average_pool1d", "average_pool1d", "batch_norm",
               "activation", "dropout", "transpose", "flatten"),
    "image": ("conv2d", "conv2d", "conv2d", "max_pool2d", "max_pool2d", "average_pool2d", "average_pool2d", "batch_norm",
              "activation", "dropout", "flatten"),
    "tokens": ("embedding",),
}
BECOMES = {("embedding", "tokens"): "sequence", ("transpose", "sequence"): "signal", ("transpose", "signal"): "sequence"}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything but the arrays. `x` is the shape of the chain's input, `vocabulary` the number of tokens or 0."""

    seed: int
    dtype: str
    inputs: str
    weights: str
    x: Shape
    links: tuple[Link, ...]
    vocabulary: int = 0
    loss: Layer | None = None
    target: str = ""  # which kind of target the loss takes, see losses.py
    training: Training | None = None

    def walk(self) -> list[tuple[Link, Shapes]]:
        """Every layer with its arrays. Raises Misfit where one does not follow the one before it."""
        found, x, vocabulary = [], self.x, self.vocabulary
        for link in self.links:
            if vocabulary and link.kind != "embedding":
                raise Misfit(f"{link.kind} cannot take tokens")
            found.append((link, shapes(link, x, vocabulary=vocabulary)))
            x, vocabulary = found[-1][1].y, 0
        if self.training and max(map(max, self.training.batches), default=0) >= self.x[0]:
            raise Misfit("a batch of the training has examples that there are not")
        if self.loss:
            losses.fits(self.loss, self.target, x)
        return found

    @property
    def y(self) -> Shape:
        return self.walk()[-1][1].y if self.links else self.x

    @property
    def work(self) -> int:
        """Multiplications of one forward pass, in a training those of its steps."""
        return (self.training.steps if self.training else 1) * sum(own.work for _, own in self.walk())

    def replaced(self, **fields: Any) -> Self:
        """Raises Misfit where what results is no network."""
        plan = replace(self, **fields)
        if not plan.links and not plan.loss:
            raise Misfit("nothing is left")
        plan.walk()
        return plan


def halvings(plan: Plan) -> Iterator[tuple[int, Plan]]:
    """(size, plan with this one size halved) for every size above one that can be halved; the batch first."""
    def with_link(place: int, **fields) -> dict[str, Any]:
        return {"links": exchanged(plan.links, place, replace(plan.links[place], **fields))}

    changes: list[tuple[int, dict[str, Any]]] = [(n, {"x": exchanged(plan.x, i, n // 2)}) for i, n in enumerate(plan.x)]
    for place, link in enumerate(plan.links):
        changes.append((link.units, with_link(place, units=link.units // 2)))
        changes += [(k, with_link(place, taps=exchanged(link.taps, i, k // 2))) for i, k in enumerate(link.taps)]
    changes.append((plan.vocabulary, {"vocabulary": plan.vocabulary // 2}))
    for n, fields in changes:
        if n > 1:
            try:
                yield n, plan.replaced(**fields)
            except Misfit:
                continue


def exchanged(items: tuple, place: int, new) -> tuple:
    """The same with another item in one place."""
    return (*items[:place], new, *items[place + 1:])


def affordable(plan: Plan) -> Plan:
    """The plan with its largest sizes halved until it costs no more than MOST_WORK."""
    while plan.work > MOST_WORK:
        smaller = [(n, other) for n, other in halvings(plan) if other.work < plan.work]
        if not smaller:
            raise Misfit(f"seed {plan.seed}: a network of {plan.work:,} multiplications that cannot be made smaller")
        plan = max(smaller, key=lambda found: found[0])[1]
    return plan


def draw(seed: int) -> Plan:
    """The network of this seed; the same on every machine and in every order."""
    for attempt in range(100):
        rng = np.random.default_rng([seed, attempt])
        try:
            return affordable(_draw(seed, rng))
        except Misfit:  # a window larger than what it slides over, a loss without classes: drawn again
            continue
    raise Misfit(f"seed {seed}: no network in a hundred attempts")


def _draw(seed: int, rng) -> Plan:
    limits = LIMITS[rng.choice(len(LIMITS), p=[share for share, _ in LIMITS])][1]
    kind = pick(rng, ("features", "features", "sequence", "sequence", "signal", "image", "tokens"))
    x, vocabulary = first(rng, kind, limits)
    plan = dict(seed=seed, dtype=pick(rng, ("float64", "float32")), inputs="tokens" if vocabulary else pick(rng, INPUTS),
                weights=pick(rng, WEIGHTS), x=x, vocabulary=vocabulary)
    links = chain(rng, kind, x, vocabulary, int(rng.integers(1, LAYERS + 1)), limits)
    if not vocabulary and chance(rng, 0.05):
        links = ()  # a loss alone: x is the prediction
    loss, target = None, ""
    y = Plan(**plan, links=links).y if links else x
    if not links or chance(rng, 0.45):
        loss, target, head = losses.drawn(rng, y, plan["inputs"], plan["weights"])
        links = links[:LAYERS - len(head)] + head if links else head
    whole = Plan(**plan, links=links, loss=loss, target=target)
    whole.walk()
    if loss and links and chance(rng, 0.2) and (training := optimizers.drawn(rng, whole)):
        whole = replace(whole, training=training)
    return whole


def first(rng, kind: str, limits: Mapping[str, int]) -> tuple[Shape, int]:
    """(shape of the chain's input, vocabulary)"""
    def size(axis, least=1):
        return log_uniform(rng, limits[axis], least)

    batch = size("batch")
    match kind:
        case "features":
            return (batch, size("units")), 0
        case "sequence":
            return (batch, size("time"), size("units")), 0
        case "signal":
            return (batch, size("channels"), size("length", 2)), 0
        case "image":
            return (batch, size("channels"), size("side", 2), size("side", 2)), 0
        case "tokens":
            return (batch, size("time")), size("units", 2)
    raise ValueError(f"no kind of input {kind!r}")


def chain(rng, kind: str, x: Shape, vocabulary: int, length: int, limits) -> tuple[Link, ...]:
    """`length` layers, each one that may follow what stands before it."""
    links: list[Link] = []
    while len(links) < length:
        name = pick(rng, FOLLOWS[kind])
        units = log_uniform(rng, limits["channels" if name.startswith("conv") else "units"])
        link = options.drawn(rng, name, len(links), units, x)
        x, vocabulary = shapes(link, x, vocabulary=vocabulary).y, 0
        kind = "features" if name == "flatten" else BECOMES.get((name, kind), kind)
        links.append(link)
        if name == "sum":
            break
    return tuple(links)


def sizes(plan: Plan) -> dict[str, int]:
    """Every axis by a name."""
    own = {f"{link.name} units": link.units for link in plan.links if link.units}
    return {"batch": plan.x[0], **{f"axis {i}": n for i, n in enumerate(plan.x) if i}, **own}


def elements(plan: Plan) -> int:
    """Elements of the largest array."""
    own = [shape for _, own in plan.walk() for shape in (*own.params.values(), *own.outputs.values())]
    return max(map(prod, [plan.x, *own]))

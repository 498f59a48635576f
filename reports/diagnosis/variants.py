"""A case under other conventions than its own: which options, which formulas, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import combinations

from nnparity.cases.atlas import atlas
from nnparity.cases.case import Case, Layer
from nnparity.cases.convention import REFUSES, AtlasRow, Convention, Variant
from nnparity.cases.conventions import CONFIGS
from nnparity.cases.conventions import of_layer as catalogued
from nnparity.cases.selection import needs_missing
from nnparity.reference_impl.activations import ACTIVATIONS
from nnparity.reference_impl.defaults import activation_defaults, activation_of, defaults
from nnparity.reports.diagnosis.cause import Cause, OtherConvention, Words
from nnparity.reports.diagnosis.rewritings.rewrite import name_among_several


@cache
def of_layer(kind: str) -> tuple[Convention, ...]:
    """The conventions of one layer kind: the catalogue's, which is written for a diagnosis, and the rows of the atlas about
    another option that the reference has."""
    own = catalogued(kind)
    taken = {convention.id for convention in own}
    options = defaults(kind) or getattr(ACTIVATIONS.get(kind), "__kwdefaults__", None) or {}
    return (*own, *(row for row in atlas().values() if row.layer == kind and row.id not in taken
                    and all(option in options for v in choices(row) for option in config_of(row, v))))


def conventions_of(layer: Layer) -> tuple[Convention, ...]:
    """Those of its kind, and those of its activation function."""
    function = activation_of(layer)
    return (*of_layer(layer.kind), *(of_layer(function) if function in ACTIVATIONS and layer.kind not in CONFIGS else ()))


ROWS = ("kernel_first_row", "kernel_last_row")  # forms of a dense bias with the same arrays
ONE_NUMBER = ("mean", "sum", "batch_mean", "feature_mean")  # reductions to a loss of the same shape


def possible(layer: Layer, change: Mapping) -> bool:
    """Whether the case's arrays allow another value of an option: they have been drawn for the one that it has."""
    own = resolved(layer)
    bias, loss = own.get("bias"), own.get("reduction")
    return not (layer.kind == "dense" and bias not in ROWS and change.keys() & {"bias", "bias_input"}
                or layer.kind == "dense" and change.get("bias", bias) not in (*ROWS, bias)
                or "reduction" in change and (loss not in ONE_NUMBER or change["reduction"] not in ONE_NUMBER)
                or "prediction" in change and own.get("clip", "none") != "none")


def choices(convention: Convention) -> list[Variant]:
    """The variants that compute something."""
    return [v for v in convention.variants if v.value != REFUSES]


def config_of(convention: Convention, variant: Variant) -> Mapping:
    """The reference's options that a variant stands for."""
    return variant.config or {convention.option: variant.value}


def chosen(convention: Convention, config: Mapping) -> Variant | None:
    """The variant that a config has; None where it has another value than any of them."""
    return next((v for v in choices(convention) if all(config.get(o) == value for o, value in config_of(convention, v).items())),
                None)


def variants(case: Case) -> Iterator[tuple[tuple[Cause, ...], Case]]:
    """The case itself, then with one layer's options changed, then all layers of a kind; of a training also its optimizer's.

    Invalid combinations come too: whoever runs them finds out.
    """
    default = any(layer.default for layer in case.network)
    if not default:
        yield (), case
    for index, layer in enumerate(case.layers):
        for config in configs(layer, case):
            yield convention_causes(layer, config, name_among_several(layer, case)), with_layers(case, {index: config})
    kinds = [layer.kind for layer in case.layers]
    for kind in dict.fromkeys(k for k in kinds if kinds.count(k) > 1):
        places = [i for i, k in enumerate(kinds) if k == kind]
        by_id = {c.id: c for i in places for c in conventions_of(case.layers[i])}
        for convention, change in ((c, config_of(c, v)) for c in by_id.values() for v in choices(c)):
            changed = {i: {**case.layers[i].config, **change} for i in places
                       if convention in conventions_of(case.layers[i]) and possible(case.layers[i], change)
                       and not change.items() <= resolved(case.layers[i]).items()}
            if len(changed) > 1:
                first = case.layers[min(changed)]
                yield convention_causes(first, changed[min(changed)], ""), with_layers(case, changed)
    yield from optimizers(case)


def resolved(layer: Layer) -> Mapping:
    """The layer's options, those that the case leaves at their default included."""
    return {**defaults(layer.kind), **activation_defaults(layer), **layer.config}


def configs(layer: Layer, case: Case) -> Iterator[Mapping]:
    """Every other config of a layer: the catalogue's combinations, or one or two options changed."""
    if layer.kind in CONFIGS:
        for config in CONFIGS[layer.kind]:
            merged = {**layer.config, **config}
            if not needs_missing(layer, config, case) and (merged != layer.config or layer.default):
                yield merged
        return
    changes = [c for c in single_changes(conventions_of(layer), resolved(layer)) if possible(layer, c)]
    for change in changes:
        yield {**layer.config, **change}
    for a, b in combinations(changes, 2):
        if not a.keys() & b.keys():
            yield {**layer.config, **a, **b}


def single_changes(conventions, config) -> Iterator[Mapping]:
    for convention in conventions:
        for variant in choices(convention):
            if not config_of(convention, variant).items() <= config.items():
                yield config_of(convention, variant)


def optimizers(case: Case) -> Iterator[tuple[tuple[Cause, ...], Case]]:
    """A training under other conventions of its optimizer."""
    training = case.training
    if training is None:
        return
    layer = Layer(training.optimizer, config=training.config)
    changes = list(single_changes(of_layer(training.optimizer), resolved(layer)))
    for change in [*changes, *({**a, **b} for a, b in combinations(changes, 2) if not a.keys() & b.keys())]:
        config = {**training.config, **change}
        yield convention_causes(layer, config, ""), case.replaced(training=replace(training, config=config))


def with_layers(case: Case, configs: Mapping[int, Mapping]) -> Case:
    """The case with the config of some layers replaced, no longer default constructions."""
    layers = [Layer(la.kind, la.name, configs[i]) if i in configs else la for i, la in enumerate(case.layers)]
    count = len(case.network)
    return case.replaced(network=tuple(layers[:count]), loss=layers[count] if case.loss else None,
                         exempt=case.exempt or "a hypothesis")


def convention_causes(layer: Layer, config, at: str) -> tuple[Cause, ...]:
    """The conventions in which a config differs from the layer's; all of them for a default construction. `at` names the layer
    where that has to be said."""
    causes = []
    full = {**resolved(layer), **config}
    for convention in conventions_of(layer):
        variant, own = chosen(convention, full), chosen(convention, resolved(layer))
        if variant is None or not config_of(convention, variant).keys() & config.keys() or not layer.default and own == variant:
            continue
        what = OtherConvention(convention.layer, convention.option, variant.value, at)
        causes.append(Cause(what=what, verdict="convention", told=Words(
            label=f"{convention.layer}.{what}", title=said(convention, variant) + (f" in layer {at}" if at else ""),
            words=variant.words, fix=convention.consequence, switch=dict(variant.switch),
            wrong=variant.formula, right=own.formula if own else "")))
    return tuple(causes)


def said(convention: Convention, variant) -> str:
    """The variant's title by itself. Those of the atlas answer the row's question: "RMSprop epsilon: under the root"."""
    return f"{convention.title}: {variant.title}" if isinstance(convention, AtlasRow) else variant.title

"""A case under other conventions than its own: which options, which formulas, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product

from cases.case import Case, Layer
from cases.conventions import CONFIGS, of_layer
from reference_impl.mistakes.mistake import defaults
from reports.rewritings import Cause


def variants(case: Case) -> Iterator[tuple[tuple[Cause, ...], Case]]:
    """The case itself, then with one layer's options changed, then all layers of a kind; of a training also its optimizer's.

    Invalid combinations come too: whoever runs them finds out.
    """
    default = any(layer.default for layer in case.network)
    if not default:
        yield (), case
    for index, layer in enumerate(case.layers):
        for config in configs(layer, case):
            yield convention_causes(layer, config, place(layer, case)), with_layers(case, {index: config})
    kinds = [layer.kind for layer in case.layers]
    for kind in dict.fromkeys(k for k in kinds if kinds.count(k) > 1):
        places = [i for i, k in enumerate(kinds) if k == kind]
        for convention, variant in product(of_layer(kind), range(9)):
            if variant < len(convention.variants):
                changed = {i: {**case.layers[i].config, convention.option: convention.variants[variant].value} for i in places
                           if resolved(case.layers[i]).get(convention.option) != convention.variants[variant].value}
                if len(changed) > 1:
                    first = case.layers[min(changed)]
                    yield convention_causes(first, changed[min(changed)], ""), with_layers(case, changed)
    if case.training:
        yield from optimizers(case)


def resolved(layer: Layer) -> Mapping:
    """The layer's options, those that the case leaves at their default included."""
    return {**defaults(layer.kind), **layer.config}


def configs(layer: Layer, case: Case) -> Iterator[Mapping]:
    """Every other config of a layer: the catalogue's combinations, or one or two options changed."""
    if layer.kind in CONFIGS:
        for config in CONFIGS[layer.kind]:
            merged = {**layer.config, **config}
            if not needs_missing(layer, config, case) and (merged != layer.config or layer.default):
                yield merged
        return
    changes = list(single_changes(of_layer(layer.kind), resolved(layer)))
    for change in changes:
        yield {**layer.config, **change}
    for a, b in combinations(changes, 2):
        if not a.keys() & b.keys():
            yield {**layer.config, **a, **b}


def single_changes(conventions, config) -> Iterator[Mapping]:
    for convention in conventions:
        for variant in convention.variants:
            if config.get(convention.option) != variant.value:
                yield {convention.option: variant.value}


def optimizers(case: Case) -> Iterator[tuple[tuple[Cause, ...], Case]]:
    """The training under other conventions of its optimizer."""
    training = case.training
    layer = Layer(training.optimizer, config=training.config)
    changes = list(single_changes(of_layer(training.optimizer), resolved(layer)))
    for change in [*changes, *({**a, **b} for a, b in combinations(changes, 2) if not a.keys() & b.keys())]:
        config = {**training.config, **change}
        yield convention_causes(layer, config, ""), case.replaced(training=replace(training, config=config))


def place(layer: Layer, case: Case) -> str:
    """ in layer head: where a chain has several of the kind."""
    several = sum(other.kind == layer.kind for other in case.layers) > 1
    return f" in layer {layer.name}" if several and layer.name else ""


def with_layers(case: Case, configs: Mapping[int, Mapping]) -> Case:
    """The case with the config of some layers replaced, no longer default constructions."""
    layers = [Layer(la.kind, la.name, configs[i]) if i in configs else la for i, la in enumerate(case.layers)]
    count = len(case.network)
    return case.replaced(network=tuple(layers[:count]), loss=layers[count] if case.loss else None,
                         exempt=case.exempt or "a hypothesis")


def needs_missing(layer: Layer, config, case: Case) -> bool:
    """A convention with a second bias cannot be asked of a case that has none."""
    return config.get("recurrent_bias", "none") != "none" and "recurrent_bias" not in layer.own(case.params)


def convention_causes(layer: Layer, config, where: str) -> tuple[Cause, ...]:
    """The conventions in which a config differs from the layer's; all of them for a default construction."""
    causes = []
    for convention in of_layer(layer.kind):
        value = config.get(convention.option)
        own = resolved(layer).get(convention.option)
        if convention.option not in config or not layer.default and own == value:
            continue
        variant = convention.variant(value)
        asked = convention.variant(own) if own in [v.value for v in convention.variants] else None
        causes.append(Cause(verdict="convention", id=f"{convention.id}={value}{where}", title=variant.title + where,
                            words=variant.words, fix=convention.consequence, switch=dict(variant.switch),
                            wrong=variant.formula, right=asked.formula if asked else ""))
    return tuple(causes)

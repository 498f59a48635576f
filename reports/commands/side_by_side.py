"""The formulas of a layer as each framework computes them, side by side, and every question with its variants: as text and JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from nnparity.cases.convention import Convention, Variant
from nnparity.cases.conventions import CONFIGS, EQUATIONS, of_layer
from nnparity.reports.comparison.measured import Measured
from nnparity.reports.formula import aligned


def equations(layer: str, config: Mapping[str, Any]) -> list[str]:
    """The equations of a layer with these options, one a line."""
    return aligned(EQUATIONS[layer](config))


def as_json(convention: Convention, measured: Sequence[Measured]) -> dict:
    """What `tell` shows of one question: the equations that each variant has and others do not, and the formula that each
    framework computes by default. Empty lists where the layer has no equations, or where its formula was not measured."""
    return {"equations": [equations_that_tell(convention, variant) for variant in convention.variants],
            "formulas": [{"framework": m.framework, "version": m.version, "built": m.built, "config": dict(m.config),
                          "equations": equations_of(m),
                          "distances": {name: d if d < float("inf") else None for name, d in m.distances.items()}}
                         for m in measured if m.layer == convention.layer]}


def tell(measured: Sequence[Measured], console: Console) -> None:
    """The formulas framework by framework, then every question with its variants."""
    layers = dict.fromkeys([m.layer for m in measured] or CONFIGS)
    for layer in layers:
        console.print(Text(f"What each framework computes by default: {layer}", style="bold"))
        console.print(Columns([_panel(m) for m in measured if m.layer == layer]))
        if not measured:
            console.print(Text("nothing was measured", style="red"))
        for convention in of_layer(layer):
            console.print()
            console.print(Text(convention.question, style="bold"))
            for variant in convention.variants:
                _tell_variant(convention, variant, measured, console)
            console.print(Padding(Text(f"Why it matters: {convention.consequence}"), (0, 0, 0, 2), expand=False))
    console.print(Text("\nMeasured: outputs and all gradients of the default construction equal this formula to rounding, "
                       "and no other.", style="dim"))


def _panel(m: Measured) -> Panel:
    lines = equations_of(m) or ["equals no formula of the catalogue; nearest:", min(m.distances, key=m.distances.__getitem__)]
    return Panel(Text("\n".join([m.built, "", *lines])), title=Text(m.version), title_align="left")


def equations_of(m: Measured) -> list[str]:
    """The formula that was found; empty where it equals none of the catalogue."""
    return equations(m.layer, m.config) if m.config else []


def _tell_variant(convention, variant, measured, console):
    by_default = ", ".join(m.version for m in _computing(measured, convention, variant))
    heading = Text(f"{convention.option}={variant.value}", style="cyan").append(f"  {variant.title}", style="default")
    console.print(Padding(heading, (0, 0, 0, 2), expand=False))
    lines = [Text(line) for line in equations_that_tell(convention, variant)]
    lines.append(Text(f"default of {by_default} (measured)", style="green") if by_default else
                 Text("default of none of the measured", style="dim"))
    lines += [Text(f"{framework:>6}: {switch}") for framework, switch in variant.switch.items()]
    for line in lines:
        console.print(Padding(line, (0, 0, 0, 6), expand=False))


def equations_that_tell(convention: Convention, variant: Variant) -> list[str]:
    """The equations in which this variant differs from the others of its convention."""
    configs = CONFIGS.get(convention.layer, ())
    if not configs or convention.option not in configs[0]:
        return []  # a question that changes no equation: where a gate stands in the weights

    def with_value(value):
        config = next((c for c in configs if c[convention.option] == value), {**configs[0], convention.option: value})
        return equations(convention.layer, config)
    others = [with_value(v.value) for v in convention.variants if v is not variant]
    return [line for line in with_value(variant.value) if any(line not in other for other in others)]


def _computing(measured, convention, variant) -> list[Measured]:
    return [m for m in measured if m.layer == convention.layer and m.config.get(convention.option) == variant.value]

"""`nnparity conventions`: which formula each framework computes, as measured, and how to get the others."""

from collections.abc import Sequence

from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from nnparity.cases.conventions import CONFIGS, EQUATIONS, of_layer
from nnparity.reports.comparison.measured import Measured
from nnparity.reports.formula import aligned


def as_json(measured: Sequence[Measured]) -> dict:
    layers = dict.fromkeys([m.layer for m in measured] or CONFIGS)
    return {
        "measured": [{"framework": m.framework, "version": m.version, "layer": m.layer, "built": m.built,
                      "config": dict(m.config), "equations": _equations(m),
                      "distances": {k: d if d < float("inf") else None for k, d in m.distances.items()}} for m in measured],
        "conventions": [{"id": c.id, "question": c.question, "consequence": c.consequence, "sources": list(c.sources),
                         "variants": [{"value": v.value, "title": v.title, "switch": dict(v.switch),
                                       "computed_by_default": [m.framework for m in _computing(measured, c, v)]}
                                      for v in c.variants]} for layer in layers for c in of_layer(layer)],
    }


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
    equations = _equations(m) or ["equals no formula of the catalogue; nearest:", min(m.distances, key=m.distances.get)]
    return Panel(Text("\n".join([m.built, "", *equations])), title=Text(m.version), title_align="left")


def _equations(m: Measured) -> list[str]:
    return aligned(EQUATIONS[m.layer](m.config)) if m.config else []


def _tell_variant(convention, variant, measured, console):
    by_default = ", ".join(m.version for m in _computing(measured, convention, variant))
    heading = Text(f"{convention.option}={variant.value}", style="cyan").append(f"  {variant.title}", style="default")
    console.print(Padding(heading, (0, 0, 0, 2), expand=False))
    lines = [Text(line) for line in _telling_lines(convention, variant)]
    lines.append(Text(f"default of {by_default} (measured)", style="green") if by_default else
                 Text("default of none of the measured", style="dim"))
    lines += [Text(f"{framework:>6}: {switch}") for framework, switch in variant.switch.items()]
    for line in lines:
        console.print(Padding(line, (0, 0, 0, 6), expand=False))


def _telling_lines(convention, variant) -> list[str]:
    """The equations in which this variant differs from the others of its convention."""
    def equations(value):
        configs = CONFIGS[convention.layer]
        config = next((c for c in configs if c[convention.option] == value), {**configs[0], convention.option: value})
        return aligned(EQUATIONS[convention.layer](config))
    others = [equations(v.value) for v in convention.variants if v is not variant]
    mine = equations(variant.value)
    return [line for line in mine if any(line not in other for other in others)]


def _computing(measured, convention, variant) -> list[Measured]:
    return [m for m in measured if m.layer == convention.layer and m.config.get(convention.option) == variant.value]

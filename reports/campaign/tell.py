"""A campaign's figures in a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nnparity.reports.campaign.figures import Figures
from nnparity.reports.comparison.foreign import one_line

MOST = 20  # findings that are shown


def tell(figures: Figures, console: Console):
    """Counts, false alarms by input x dtype and by layer, tightness, and the findings with a line that repeats each."""
    oracle = ", ".join(sorted(figures.rows["oracle"].unique()))
    console.print(f"{figures.networks:,} networks, {figures.arrays:,} arrays compared with {oracle}: {figures.alarms:,} alarms, "
                  f"cannot judge {figures.share_of('cannot judge'):.2%}",
                  style="bold red" if figures.alarms else "bold green")
    console.print(table(figures.by("inputs", "dtype"), ("inputs", "dtype")))
    console.print(table(figures.by("layer", "dtype"), ("layer", "dtype")))
    for dtype in ("float64", "float32"):
        median, ninth = figures.tightness(dtype)
        console.print(f"allowed error, {dtype}: median {median:.3g} epsilons of the array's largest entry, "
                      f"90 % of arrays below {ninth:.3g}")
    for name, row in figures.known.iterrows():
        console.print(f"known deviation {name}: {row['networks']:.0f} networks, {row['arrays']:.0f} arrays, "
                      f"up to {row['size']:.1e} of the array's largest entry", soft_wrap=True)
    findings = figures.findings
    for network in findings.head(MOST).itertuples():
        finding(network, console)
    if len(findings) > MOST:
        console.print(f"and {len(findings) - MOST:,} more networks")


def table(counts, names) -> Table:
    """Arrays and alarms, one line a value of the columns."""
    found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        found.add_column(name)
    found.add_column("arrays", justify="right")
    found.add_column("alarms", justify="right")
    for values, row in counts.iterrows():
        found.add_row(*map(str, values), f"{row['arrays']:,}", Text(f"{row['alarms']:,}", style="red" if row["alarms"] else ""))
    return found


def arrays_table(rows) -> Table:
    """Every array of one network."""
    found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("array", "verdict"):
        found.add_column(name)
    for name in ("error", "allowed", "elements", "wrong"):
        found.add_column(name, justify="right")
    for row in rows.itertuples():
        numbers = f"{row.error:.3g}", f"{row.allowed:.2g}", f"{row.size:,}", f"{row.wrong:,}"
        found.add_row(row.path or "no answer", row.verdict, *numbers)
    return found


def tell_detection(tables: dict, unjudged: float, missed: list[str], console: Console):
    """The rate at which errors of each size are noticed, a table a precision, and which layers miss the target."""
    for dtype, rates in tables.items():
        sizes = [size for size in rates.columns if size != "arrays"]
        found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title=f"one wrong element noticed, {dtype}, in %",
                      title_justify="left")
        found.add_column("layer")
        for name in ("arrays", *(f"{size:.0e}" for size in sizes)):
            found.add_column(name, justify="right")
        for layer, row in rates.iterrows():
            found.add_row(str(layer), f"{row['arrays']:,.0f}", *("" if row[size] != row[size] else f"{100 * row[size]:.4g}"
                                                                for size in sizes))
        console.print(found)
    console.print(f"cannot be judged, and left out above: {unjudged:.2%} of arrays")
    for words in missed:
        console.print(words, style="bold red", soft_wrap=True)


def finding(row, console: Console):
    """One network that alarms, made small."""
    error = f"{row.error:.3g} x the allowed error" if row.error == row.error else row.problem or row.message
    where = f"{row.path or 'no answer'} of {row.layers} ({row.dtype}, {row.inputs})"
    console.print(Text.assemble((f"{row.verdict}  ", "red"), one_line(f"{where}: {error}")), soft_wrap=True)
    off = f"further off: {row.off}; " if row.off else ""
    console.print(Text(one_line(f"  {off}{row.diagnosis}")), soft_wrap=True)
    if row.reduced:
        console.print(Text(one_line(f"  reduced: {row.reduced}")), soft_wrap=True)
    console.print(f"  nnparity campaign --seed {row.seed} --oracle {row.oracle}", style="dim")

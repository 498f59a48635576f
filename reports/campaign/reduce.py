"""From a network that alarms to the smallest one that still does: fewer layers, smaller sizes, plainer options.

Greedy, as delta debugging is: the first of the reductions that still alarms is taken, until none does. Arrays depend on the
seed and their names alone, so what is left keeps its numbers where its shapes stay.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from nnparity.cases.kinds import RECURRENT
from nnparity.reports.campaign.geometry import Link, Misfit
from nnparity.reports.campaign.plan import Plan, halvings

ASKS = 150  # networks that are asked for one finding
OPTIONAL = ("stride", "dilation", "padding", "groups", "divisor", "slope", "alpha", "beta", "form", "approximate", "threshold",
            "activation", "bias_input", "momentum", "momentum_of", "running_divisor", "epsilon", "scaling", "order")
OF_ACTIVATION = {"activation", "slope", "alpha", "beta", "form", "approximate", "threshold"}
PLAIN_RECURRENT = {  # config -> what it is without the option
    "peepholes": False, "truncate": None, "forget_bias": 0.0, "activation": "tanh", "cell_activation": "tanh",
    "gate_activation": "sigmoid", "reset": "after", "update": "keep"}


def reduce(plan: Plan, alarms: Callable[[Plan], bool], asks: int = ASKS) -> Plan:
    """The plan that is left; the plan itself where nothing smaller alarms."""
    smaller = True
    while smaller and asks > 0:
        smaller = False
        for other in reductions(plan):
            asks -= 1
            if alarms(other):
                plan, smaller = other, True
                break
            if asks <= 0:
                break
    return plan


def reductions(plan: Plan) -> Iterator[Plan]:
    """Every plan that is one step simpler, the largest step first."""
    for fields in (*without(plan), *({"links": links} for links in fewer(plan.links)), *headless(plan)):
        yield from fitting(plan, fields)
    for _, smaller in sorted(halvings(plan), key=lambda found: -found[0]):
        yield smaller
    for place, link in enumerate(plan.links):
        for plainer in plainer_links(link):
            yield from fitting(plan, {"links": (*plan.links[:place], plainer, *plan.links[place + 1:])})
    for field, plain in (("inputs", "normal"), ("weights", "trained")):
        if getattr(plan, field) not in (plain, "tokens"):
            yield from fitting(plan, {field: plain})


def fitting(plan: Plan, fields: dict) -> Iterator[Plan]:
    try:
        yield plan.replaced(**fields)
    except Misfit:
        return


def without(plan: Plan) -> Iterator[dict]:
    if plan.training:
        yield {"training": None}
        if plan.training.batches:
            yield {"training": replace(plan.training, batches=())}
        if plan.training.steps > 1:
            yield {"training": replace(plan.training, steps=plan.training.steps // 2)}
    if plan.loss and not plan.training:
        yield {"loss": None, "target": ""}


def fewer(links: tuple[Link, ...]) -> Iterator[tuple[Link, ...]]:
    """Halves of the chain, then one layer less."""
    if len(links) > 2:
        yield links[:len(links) // 2]
        yield links[len(links) // 2:]
    for place in range(len(links)):
        yield links[:place] + links[place + 1:]


def headless(plan: Plan) -> Iterator[dict]:
    """Without the first layer, on an x of the shape that it gave."""
    if len(plan.links) > 1:
        inputs = "normal" if plan.vocabulary else plan.inputs
        yield {"links": plan.links[1:], "x": plan.walk()[0][1].y, "vocabulary": 0, "inputs": inputs}


def plainer_links(link: Link) -> Iterator[Link]:
    """The layer with one option less."""
    if link.kind in RECURRENT:
        changes = {k: v for k, v in PLAIN_RECURRENT.items() if k in link.config and link.config[k] != v}
        yield from (replace(link, config={**link.config, k: v}) for k, v in changes.items())
        return
    for name in OPTIONAL:
        if name in link.config:
            dropped = OF_ACTIVATION if name == "activation" else {name}
            yield replace(link, config={k: v for k, v in link.config.items() if k not in dropped})

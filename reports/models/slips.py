"""What was lost on the way: weights that were loaded otherwise than A's are, and dropout that is on, off or at another rate."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnparity.reports.models.conventions import question, written
from nnparity.reports.models.finding import TITLES, Finding
from nnparity.reports.models.follow import Follower
from nnparity.reports.models.step import Step
from nnparity.reports.models.weights import same

# layers of each framework by what they draw for
DROPOUTS = {
    "torch": {"each number": "nn.Dropout", "whole channels": "nn.Dropout1d, nn.Dropout2d", "alpha": "nn.AlphaDropout",
              "alpha of whole channels": "nn.FeatureAlphaDropout",
              "whole examples": "stochastic depth (DropPath), one number for each example"},
    "keras": {"each number": "Dropout", "whole channels": "SpatialDropout1D, SpatialDropout2D", "alpha": "AlphaDropout",
              "gaussian factors": "GaussianDropout", "added noise": "GaussianNoise",
              "whole examples": "Dropout(rate, noise_shape=(None, 1, 1, 1)), a 1 for each axis behind the batch"},
    "flax": {"each number": "nnx.Dropout", "whole channels": "nnx.Dropout(rate, broadcast_dims=...), the axes between batch and "
             "channels", "whole examples": "nnx.Dropout(rate, broadcast_dims=...), all axes but the batch"},
    "onnx": {"each number": "Dropout"},
}

NOT_ALWAYS = {"torch": "in B: nn.Dropout, or F.dropout(x, p, training=self.training)",
              "keras": "in B: no training=True in its call, or training=training", "flax": "in B: model.eval()"}


def of_weights(walk: Follower) -> list[Finding]:
    """Weights that were loaded otherwise than A's are. Empty where B came with weights of its own: they were moved."""
    if not loaded(walk):
        return []
    own = {"transposed": "its axes are in another order", "never_loaded": "still one number everywhere, as in a new layer",
           "other": "other numbers"}
    return [*(f for step in walk.steps for f in _slips(walk, step)),
            *(Finding("transposed" if link.status == "transposed" else "not_loaded", link.a, link.b,
                      f"parameter {link.b}: {own[link.status]}", f"load A's {link.a}", verified=True)
              for link in walk.links if link.status != "equal")]


def loaded(walk: Follower) -> bool:
    """Whether any of B's weights are A's, or a slip of them."""
    for step in walk.steps:
        own = walk.own[step.b]
        for name, (status, _) in step.weights.items():
            # that the biases of two fresh LSTMs are equal, 1 and 0, says nothing
            if status not in ("other", "never_loaded") and "bias" not in name and np.ptp(own[name]) > 0:
                return True
    return any(link.status in ("equal", "transposed") and np.ptp(link.own) > 0 for link in walk.links)


def equal(walk: Follower) -> bool:
    """Whether all of B's weights are A's, and it has places for all; true where there are none."""
    return all(link.status == "equal" for link in walk.links) and all(
        not step.refused and all(status == "equal" for status, _ in step.weights.values()) for step in walk.steps)


def _slips(walk: Follower, step: Step) -> Iterator[Finding]:
    a, b = walk.a.ops[step.a], walk.b.ops[step.b]
    by_slip: dict[str, list[tuple[str, str]]] = {}
    for name, (status, words) in step.weights.items():
        if status != "equal":
            by_slip.setdefault(status, []).append((name, words))
    for status, found in by_slip.items():
        names = ", ".join(name for name, _ in found)
        row = question(b.kind, status, b.settings)
        said = found[0][1]
        if status == "other" and (holder := _holder(walk, step, found[0][0])):
            status, said = "exchanged", f"they hold those of {holder}"
        change = {"flatten_order": "rearrange the rows (`nnparity port dense --flattened`), or permute the image to A's order "
                                   "in front of the flatten",
                  "bias_twice": "put zeros in the place of one of the two biases"}.get(
            status, "load them as `nnparity port` says")
        yield Finding("not_loaded" if status in ("other", "never_loaded") else status, a.name, b.name,
                      f"weights of {b.name}: {names}: {said}", change, row.id if row else "", verified=True, step=step.b)


def _holder(walk: Follower, step: Step, name: str) -> str:
    """Another layer of A whose weights B's layer holds."""
    own = walk.own[step.b][name]
    for other in walk.steps:
        if other.b != step.b and name in walk.b.params[other.b] and same(walk.b.params[other.b][name], own) and np.ptp(own) > 0:
            return walk.a.ops[other.a].name
    return ""


def of_dropout(walk: Follower, mode: str) -> list[Finding]:
    """Dropout that is on where the other's is off, at another rate, or in one of the two only: read from the calls, as what it
    draws cannot be compared."""
    found = []
    partner = dict(walk.pairs)
    pairs = {v: k for k, v in partner.items()}
    for k, op in enumerate(walk.b.ops):
        if op.kind != "dropout" or not op.settings["active"]:
            continue
        other = walk.a.ops[partner[k]] if k in partner else None
        about: dict[str, Any] = {"layer_a": other.name if other else "", "layer_b": op.name, "where": op.where,
                                 "mode": mode, "step": k,
                 "verified": True}
        if mode == "evaluation":
            row = question("dropout", "active", {})
            found.append(Finding("active", words=f"{op.name} of B drops in evaluation too", change=NOT_ALWAYS.get(
                walk.b.runner.name, f"in B: {op.name} in training only"), row=row.id if row else "", **about))
        elif other is None:
            found.append(Finding("extra", words=f"{op.name} of B drops {op.settings['rate']:g} in training, A nothing there",
                                 change=f"in B: leave out {op.name}", **about))
        elif other.settings["draws"] != op.settings["draws"]:
            drawn, own = other.settings["draws"], op.settings["draws"]
            found.append(Finding("draws", words=f"dropout: A ({other.title}) draws for {drawn}, B ({op.title}) for {own}",
                                 change=f"in B, {op.name}: {DROPOUTS[walk.b.runner.name].get(drawn, 'a layer that draws as A')}",
                                 value_a=drawn, value_b=own, **about))
        elif abs(other.settings["rate"] - op.settings["rate"]) > 1e-9:
            found.append(Finding("rate", words=f"dropout rate: A drops {other.settings['rate']:g}, B {op.settings['rate']:g}",
                                 change=f"in B, {op.name}: "
                                 + written(walk.b.runner.name, "dropout", "rate", other.settings["rate"], {}),
                                 value_a=other.settings["rate"], value_b=op.settings["rate"], **about))
    for step in walk.steps:
        found += _inside(walk, step, mode)
    for k, op in enumerate(walk.a.ops):
        if op.kind == "dropout" and op.settings["active"] and k not in pairs:
            what = "missing" if mode == "training" else "active"
            found.append(Finding(what, op.name, "", f"{op.name} of A drops {op.settings['rate']:g} in {mode}, B nothing there",
                                 f"in B: a dropout of {op.settings['rate']:g}", mode=mode, verified=True))
    return found


def _inside(walk: Follower, step: Step, mode: str) -> Iterator[Finding]:
    """A recurrent layer that drops of its inputs or of its states, or an attention of its weights."""
    a, b = walk.a.ops[step.a], walk.b.ops[step.b]
    inputs = "its weights" if b.kind == "attention" else "its inputs"
    for name, of in (("dropout", inputs), ("recurrent_dropout", "its states")):
        rate, own = a.settings.get(name, 0.0), b.settings.get(name, 0.0)
        if rate != own:
            option = written(walk.b.runner.name, b.kind, name, rate, b.settings)
            words = f"dropout inside the layer: A ({a.title}) drops {rate:g} of {of}, B ({b.title}) {own:g}"
            change = f"in B, {b.name}: {option}" if option else f"{TITLES[walk.b.runner.name]} has no option for it"
            yield Finding(name, a.name, b.name, words, change, where=b.where, mode=mode, value_a=rate, value_b=own)

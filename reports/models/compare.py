"""`nnparity.compare(model_a, model_b, x)`: which layers of two models differ, and why."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from nnparity.oracles.models.op import Op
from nnparity.reports.checking.handed_in.recognise import framework_of
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.models.follow import Follower
from nnparity.reports.models.pairing import by_sources, paired
from nnparity.reports.models.side import Side, recorded


def runner_of(model: Any):
    """The model in float64, ready to be asked. Raises WrongRequest for what is no model."""
    framework = framework_of(type(model))
    if framework not in ("torch", "keras"):
        raise WrongRequest(f"{model!r:.60} is no model: a torch.nn.Module or a keras.Model is expected")
    try:
        return import_module(f"nnparity.oracles.{framework}_models.runner").Runner(model)
    except ValueError as error:
        raise WrongRequest(str(error)) from None


def followed(a: Any, b: Any, inputs_a, inputs_b, axes, own, training=False, given=None) -> Follower:
    side_a, side_b = recorded(a, inputs_a, training), recorded(b, inputs_b, training)
    ka, kb = side_a.computing, side_b.computing
    pairs = paired([side_a.ops[k] for k in ka], [side_b.ops[k] for k in kb], [side_a.sizes(k) for k in ka],
                   [side_b.sizes(k) for k in kb], given)
    places_a, places_b = ({k: n for n, k in enumerate(ks)} | {-1: -1} for ks in (ka, kb))
    sources_a, sources_b = ({places[k]: frozenset(places[s] for s in found) for k, found in side.sources().items() if k in places}
                            for side, places in ((side_a, places_a), (side_b, places_b)))
    pairs = by_sources(pairs, [side_a.ops[k] for k in ka], [side_b.ops[k] for k in kb], sources_a, sources_b,
                       {n: side_a.sizes(k) for n, k in enumerate(ka)}, {n: side_b.sizes(k) for n, k in enumerate(kb)})
    pairs = {kb[j]: ka[i] for j, i in pairs.items()}
    walk = Follower(side_a, side_b, pairs, own or side_b.params)
    walk.walk([(v, w, order) for v, w, order in zip(side_a.trace.inputs, side_b.trace.inputs, axes)])
    return walk

"""Which variant a framework computes, found by running it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One construction of one layer in one framework, matched against every variant of the reference."""

    framework: str  # "keras"
    version: str  # "keras 3.15.1"
    layer: str  # "gru"
    config: Mapping[str, Any]  # of the variant that it equals; empty where it equals none
    built: str  # what was run, as one would type it
    distances: Mapping[str, float] = field(default_factory=dict)  # variant's name -> error in units of what is allowed

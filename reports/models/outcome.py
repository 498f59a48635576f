"""What came of comparing two models: rows for people, data for programs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nnparity.reports.models.finding import TITLES, Finding, Group, grouped
from nnparity.reports.models.follow import Follower
from nnparity.reports.models.slips import loaded
from nnparity.reports.models.step import Step
from nnparity.reports.models.weights import lacking


@dataclass(frozen=True)
class Row:
    """One layer of A and its partner: errors in units of what rounding allows."""

    layer_a: str
    layer_b: str
    kind: str
    weights: str
    output: float | None
    gradients: float | None
    training: float | None
    verdict: str


@dataclass(frozen=True)
class Outcome:
    """What was found, and how both were walked."""

    walk: Follower
    training: Follower
    findings: tuple[Finding, ...]
    before: float  # how far apart the outputs were, B as it came; relative
    after: float  # with A's weights in B and every change made
    as_they_are: float | None = None  # before, each in its own precision; None where B came with weights of its own

    @property
    def ok(self) -> bool:
        return not self.differing

    @property
    def differing(self) -> tuple[Finding, ...]:
        """The findings but those that no option of either framework could mend."""
        return tuple(f for f in self.findings if not f.inherent)

    @property
    def groups(self) -> list[Group]:
        """What differs, told once where it is the same of several layers."""
        return grouped(self.differing)

    @property
    def inherent(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.inherent)

    @property
    def alone(self) -> tuple[tuple[str, str, str], ...]:
        """("b", layer, array) of those that the partner has no place for, and that change nothing while they are not trained:
        a bias of zeros, a factor of ones."""
        walk, found = self.walk, []
        for step in walk.steps:
            a, b = walk.a.ops[step.a], walk.b.ops[step.b]
            if step.refused or a.kind != b.kind or step.a in walk.a.folded or step.b in walk.b.folded:
                continue
            of_a, of_b = walk.a.params[step.a], walk.own[step.b]
            found += [("a", a.name, name) for name in lacking(a.kind, of_a, of_b)]
            found += [("b", b.name, name) for name in lacking(b.kind, of_b, of_a)]
        return tuple(found)

    @property
    def loaded(self) -> bool:
        return loaded(self.walk)

    @property
    def exit_code(self) -> int:
        return int(not self.ok)

    @property
    def frameworks(self) -> tuple[str, str]:
        return TITLES[self.walk.a.runner.name], TITLES[self.walk.b.runner.name]

    @property
    def trains(self) -> bool:
        """Whether gradients and training were compared: an ONNX graph has neither."""
        return "onnx" not in (self.walk.a.runner.name, self.walk.b.runner.name)

    @property
    def summary(self) -> str:
        rows = self.rows
        n = sum(row.verdict == "agrees" for row in rows)
        named = "; ".join(dict.fromkeys(f"{f.layer_b or f.layer_a}: {f.words}" for f in self.differing[:3]))
        return f"{n} of {len(rows)} layers agree" + (f"; {named}" if named else "")

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(self._rows())

    def _rows(self) -> Iterator[Row]:
        walk = self.walk
        partner = {step.a: step for step in walk.steps}
        trained = {(self.training.a.ops[s.a].name, self.training.b.ops[s.b].name): s for s in self.training.steps}
        told = {name for f in self.differing for names in (f.layer_a, f.layer_b) for name in (names, *names.split(", "))}
        for link in walk.links:
            yield Row(link.a, link.b, "parameter", link.status if self.loaded else "moved", None, None, None,
                      "differs" if link.b in told else "agrees")
        for k, op in enumerate(walk.a.ops):
            if k in walk.a.places:
                continue
            if k not in partner:
                verdict = "no partner" if op.name in told else "not asked" if walk.b.trace.error else "agrees"
                yield Row(op.name, "", op.kind, "", None, None, None, verdict)
                continue
            step = partner[k]
            other = walk.b.ops[step.b]
            in_training = trained.get((op.name, other.name)) if self.trains else None
            differs = other.name in told or not step.agrees
            yield Row(op.name, other.name, op.kind, self._weights(step), step.error / max(step.allowed, 1e-300),
                      units(step), None if in_training is None else max(in_training.error / max(in_training.allowed, 1e-300),
                                                                        units(in_training) or 0.0),
                      "differs" if differs else "agrees" if step.judged else "not asked")
        for k, op in enumerate(walk.b.ops):
            if k not in walk.b.places and k not in walk.pairs and op.name in told:
                yield Row("", op.name, op.kind, "", None, None, None, "no partner")

    def _weights(self, step: Step) -> str:
        if not step.weights:
            return "refused" if step.refused else ""
        if not self.loaded:
            return "moved"
        slips = list(dict.fromkeys(status for status, _ in step.weights.values() if status != "equal"))
        return ", ".join(slips) or "equal"

    def json(self) -> dict[str, Any]:
        """All of it as data."""
        return {
            "a": self.walk.a.runner.name, "b": self.walk.b.runner.name, "ok": self.ok, "weights_loaded": self.loaded,
            "trained": self.trains,
            "outputs_apart": self.before, "outputs_apart_as_they_are": self.as_they_are,
            "outputs_apart_with_changes": self.after if self.after != float("inf") else None,
            "arrays_of_one": [dict(zip(("model", "layer", "array"), one)) for one in self.alone],
            "layers": [dict(vars(row)) for row in self.rows],
            "findings": [{"what": f.what, "layer_a": f.layer_a, "layer_b": f.layer_b, "words": f.words, "change": f.change,
                          "convention": f.row, "where": f.where, "mode": f.mode, "verified": f.verified, "known": f.known,
                          "inherent": f.inherent} for f in self.findings],
        }


def units(step: Step) -> float | None:
    """The worst gradient or running statistic in units of what is allowed."""
    return max((e / max(a, 1e-300) for e, a in (*step.gradients.values(), *step.after.values())), default=None)

"""`nnparity campaign` without a framework: the networks, the shards, what a crash costs, reduction, figures, detection."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from campaign_doubles import Double, Here, answered
from typer.testing import CliRunner

from nnparity.cases.case import Case
from nnparity.reference_impl.reference import RIGHT
from nnparity.reports.asking.isolate import Asker
from nnparity.reports.campaign import arbiter, command, detection, known, recorded, store
from nnparity.reports.campaign.arrays import case, network
from nnparity.reports.campaign.figures import Figures
from nnparity.reports.campaign.find import words
from nnparity.reports.campaign.geometry import RULES, Link, Misfit
from nnparity.reports.campaign.options import OPTIONS
from nnparity.reports.campaign.plan import INPUTS, LAYERS, MOST_WORK, WEIGHTS, Plan, draw
from nnparity.reports.campaign.reduce import reduce
from nnparity.reports.campaign.run import run, split
from nnparity.reports.campaign.shard import Shard, asked, layer_of, records
from nnparity.reports.cli import app
from nnparity.reports.page import page
from nnparity.reports.page.summary import count
from nnparity.reports.verdicts.row import Row

MANY = range(400)


# ------------------------------------------------------------------------------------------------ the networks


def test_a_network_is_a_function_of_its_seed():
    np.random.seed(1)
    first = [network(seed).digest for seed in range(30)]
    np.random.seed(2)
    assert first == [network(seed).digest for seed in reversed(range(30))][::-1]
    assert len(set(first)) == 30


def test_networks_cover_what_there_is():
    """Every kind of layer, loss, optimizer, input, weight and precision; chains of one to six layers."""
    plans = [draw(seed) for seed in MANY]
    kinds = {link.kind for plan in plans for link in plan.links}
    assert kinds == RULES.keys() == OPTIONS.keys()
    assert kinds | {plan.loss.kind for plan in plans if plan.loss} == set(RIGHT.layers)
    assert {plan.inputs for plan in plans} == {*INPUTS, "tokens"} and {plan.weights for plan in plans} == set(WEIGHTS)
    assert {plan.dtype for plan in plans} == {"float32", "float64"}
    assert {len(plan.links) for plan in plans} == set(range(LAYERS + 1))
    assert {plan.training.optimizer for plan in plans if plan.training} >= {"sgd", "adam", "rmsprop", "momentum"}
    assert all(plan.work <= MOST_WORK for plan in plans)


def test_networks_are_questions_that_the_reference_answers():
    for seed in range(120):
        asked_ = network(seed)
        with np.errstate(all="ignore"):
            answer = RIGHT.run(asked_)
        assert all(np.isfinite(a).all() for a in (*answer.outputs.values(), *answer.grads.values())), words(draw(seed))
        assert asked_.training or answer.grads.keys() == asked_.differentiable.keys() & answer.grads.keys()


def test_a_large_share_is_large():
    """Widths to several hundred, batches to 64, and most networks small."""
    plans = [draw(seed) for seed in MANY]
    work = np.array([plan.work for plan in plans])
    assert np.median(work) < 20_000 and np.mean(work > 500_000) > 0.02
    assert max(link.units for plan in plans for link in plan.links) > 200
    assert max(plan.x[0] for plan in plans) > 32


# ------------------------------------------------------------------------------------------------ shards


@pytest.mark.parametrize("stop, shards", [(64, 7), (5, 3), (100, 64), (10, 10)])
def test_shards_cover_every_seed_once(stop, shards):
    seeds = [seed for number in range(1, shards + 1) for seed in Shard("torch", 0, stop, number, shards).seeds]
    assert sorted(seeds) == list(range(stop))


@pytest.mark.parametrize("text, shard, message", [
    ("5", "", "START:STOP"), ("5:5", "", "hold nothing"), ("0:5", "0/3", "1/3"), ("0:5", "4/3", "1/3"),
    ("0:5", "x", "NUMBER/SHARDS"),
])
def test_seeds_and_shards_that_are_none(text, shard, message):
    with pytest.raises(ValueError, match=message):
        command.shards("torch", text, shard)


def without_times(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop(columns=list(store.NOT_REPEATED))


def sequence_of(folder, shards):
    return without_times(store.load(folder, shards))


def test_finished_shards_are_not_asked_again(tmp_path):
    shards = split("torch", 0, 4, 4)
    asked_ = []

    def note(shard):
        asked_.append(shard.number)

    run(shards[:2], tmp_path, 20.0, note, jobs=1, work=answered)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    run(shards, tmp_path, 20.0, note, jobs=1, work=answered)
    assert sorted(asked_) == [1, 1, 2, 2, 3, 4]  # told of all of them
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    whole = sequence_of(tmp_path, shards)
    assert sorted(whole["seed"].unique()) == list(range(4))
    store.save(tmp_path, other := Shard("torch", 0, 4), answered(other, 20.0))  # in this process, in another order
    pd.testing.assert_frame_equal(whole, sequence_of(tmp_path, [other]))


def test_a_shard_of_another_program_is_asked_anew(tmp_path):
    shard = Shard("torch", 0, 1)
    store.save(tmp_path, shard, answered(shard, 20.0))
    assert store.finished(tmp_path, shard, store.key(shard, 20.0))
    assert not store.finished(tmp_path, shard, {**store.key(shard, 20.0), "sources": "of yesterday"})
    store.path(tmp_path, shard).write_bytes(b"half a file")
    assert not store.finished(tmp_path, shard, store.key(shard, 20.0))


def test_a_crash_costs_one_network():
    asked_for = []
    with Asker(Double(crashes=(1,)), 20.0) as asker:
        ask = asker.ask
        asker.ask = lambda case: asked_for.append(case.name) or ask(case)
        rows = pd.DataFrame(records(Shard("torch", 0, 4), asker))
    assert asked_for.count("campaign-1") == 1, "it crashes again if it is asked to be reduced"
    assert set(rows.loc[rows["seed"] == 1, "row_verdict"]) == {"errored"}
    assert "exit code 3" in rows.loc[rows["seed"] == 1, "message"].iloc[0]
    assert set(rows.loc[rows["seed"] != 1, "row_verdict"]) == {"agrees"}


def test_a_hang_costs_one_network():
    with Asker(Double(hangs=(0,)), 1.0) as asker:
        rows = pd.DataFrame(records(Shard("torch", 0, 3), asker))
    assert list(rows.loc[rows["seed"] == 0, "row_verdict"]) == ["timed out"]
    assert set(rows.loc[rows["seed"] != 0, "row_verdict"]) == {"agrees"}


# ------------------------------------------------------------------------------------------------ findings


def test_a_planted_fault_is_reduced_to_its_layer():
    seed = next(seed for seed in MANY if (plan := draw(seed)).links and len(plan.links) > 3 and not plan.training
                and plan.inputs == "normal" and "layer_norm" in [link.kind for link in plan.links[1:]])
    found = asked(seed, Here(Double(wrong="layer_norm")), "torch")
    alarming = [record for record in found if record["verdict"] not in ("agrees", "cannot judge")]
    assert [record["path"] for record in alarming] == ["grads/x"]
    assert alarming[0]["off"] == "oracle" and "gradient × 2" in alarming[0]["diagnosis"]
    assert alarming[0]["reduced"].startswith("layer_norm(") and " -> " not in alarming[0]["reduced"]


def test_reduction_keeps_what_alarms():
    plan = Plan(seed=0, dtype="float64", inputs="pixels", weights="glorot", x=(16, 12), links=(
        Link(kind="dense", name="dense_0", units=32, config={"activation": "relu"}),
        Link(kind="layer_norm", name="layer_norm_1"),
        Link(kind="dense", name="dense_2", units=9, config={"activation": "gelu", "approximate": "tanh"})))
    least = reduce(plan, lambda other: any(link.config.get("activation") == "gelu" for link in other.links))
    assert [link.name for link in least.links] == ["dense_2"]
    assert least.x == (1, 1) and least.links[0].units == 1 and least.links[0].config == {"activation": "gelu"}
    assert (least.inputs, least.weights) == ("normal", "trained")
    assert reduce(plan, lambda _: False) is plan
    with pytest.raises(Misfit):
        plan.replaced(links=())


def test_the_arbiter_names_the_side_that_is_off():
    for seed in (2, 3):
        asked_ = next(c for c in map(network, range(seed, 400)) if not c.training and "y" in c.cotangents and c.dtype == (
            np.float32 if seed == 2 else np.float64) and c.network and c.network[-1].kind == "dense")
        right = RIGHT.run(asked_)
        worst = np.unravel_index(np.abs(right.outputs["y"]).argmax(), right.outputs["y"].shape)
        off = right.outputs["y"].copy()
        off[worst] *= 1 + off.dtype.type(1e-3)
        wrong = replace(right, outputs={**right.outputs, "y": off})
        told = arbiter.further_off(asked_, wrong, "outputs/y", tuple(map(int, worst)))
        assert told == ("unknown" if arbiter.exact(asked_) is None else "oracle")
        assert arbiter.further_off(asked_, right, "outputs/y", tuple(map(int, worst))) in ("both", "unknown")


@pytest.mark.parametrize("formula", known.KNOWN, ids=lambda formula: formula.id)
def test_a_known_deviation_is_named_and_a_larger_one_is_not(formula):
    """Both ways: an answer by the framework's formula is named; the same answer a thousandth off is not."""
    oracle = formula.oracle
    asked_, answer = first_with(formula, oracle)
    name = next(name for name, a in {**answer.outputs}.items() if a.any())
    row = known.named(alarming(asked_), asked_, answer, oracle)
    assert row.verdict == "known deviation" and known.Deviates(formula.id) in row.diagnosis[0].key
    off = replace(answer, outputs={**answer.outputs, name: answer.outputs[name] * answer.outputs[name].dtype.type(1.001)})
    assert known.named(alarming(asked_), asked_, off, oracle).verdict == "unexplained"


def test_gates_keep_the_references_formulas():
    """torch.nn.functional.hardsigmoid is a layer's activation; the gates of a recurrent layer are torch.clamp and exact."""
    hard = next(formula for formula in known.KNOWN if formula.id == "hard-sigmoid-float32-slope")
    seed = next(seed for seed in range(3000) if "gate_activation='hard_sigmoid'" in (w := words(draw(seed)))
                and w.count("hard_sigmoid") == 1 and "float64" in w)
    expected, got = RIGHT.run(network(seed)), known.world_of((hard,)).run(network(seed))
    assert all(np.array_equal(a, b) for a, b in zip(values(expected), values(got)))


def first_with(formula, oracle):
    """The first network that the formula changes, and what an oracle with this formula alone answers."""
    for seed in range(3000):
        plan = draw(seed)
        asked_ = case(plan) if any(word in words(plan) for word in formula.about) else None
        if asked_ is None or not formula.applies(asked_, oracle):
            continue
        with np.errstate(all="ignore"):
            try:
                answer, right = known.world_of((formula,)).run(asked_), RIGHT.run(asked_)
            except ValueError:  # an option that the framework does not have
                continue
        if any(not np.array_equal(a, b) for a, b in zip(values(answer), values(right))):
            return asked_, answer
    raise AssertionError(f"no network in 3000 shows {formula.id}")


def values(result):
    return [*result.outputs.values(), *result.grads.values()]


def alarming(asked_: Case) -> Row:
    return Row(case=asked_.name, network="", implementation="torch", version="", verdict="unexplained")


# ------------------------------------------------------------------------------------------------ figures


@pytest.fixture(scope="module")
def figures():
    return Figures(pd.DataFrame(records(Shard("torch", 0, 12), Here(Double(wrong="layer_norm"))))[list(store.COLUMNS)])


def test_figures_count_what_was_compared(figures):
    rows = figures.rows
    assert figures.networks == 12
    assert figures.arrays == len(rows[rows["scale"] > 0])
    assert figures.alarms == (rows["verdict"] == "mistake").sum() > 0
    assert figures.by("inputs", "dtype")["arrays"].sum() == figures.arrays
    assert figures.by("layer")["alarms"].sum() == figures.alarms


def test_figures_are_kept_and_read(figures, tmp_path):
    file = recorded.record_campaign("torch", 0, 12, figures, tmp_path / "recorded.json")
    kept = recorded.load(file)["campaigns"]["torch"]
    assert kept["arrays"] == figures.arrays and kept["seeds"] == [0, 12] and len(kept["list"]) == len(figures.findings)
    assert json.loads(file.read_text()) == recorded.load(file)


def test_known_deviations_occur():
    """The other way: a formula that no network of a recorded campaign needed any more has to go."""
    for oracle, figures_ in recorded.load()["campaigns"].items():
        met = " + ".join(row["id"] for row in figures_["known"]).split(" + ")
        assert {formula.id for formula in known.KNOWN if formula.oracle == oracle} <= set(met), oracle


def test_the_report_shows_what_was_kept(figures, tmp_path):
    file = recorded.record_campaign("torch", 0, 12, figures, tmp_path / "recorded.json")
    tables = {"float64": pd.DataFrame({1e-9: [0.5], "arrays": [4.0]}, index=["gru"])}
    kept = recorded.load(recorded.record_detection(0, 12, tables, 0.01, file))
    shown = page.render((Row(case="a", network="gru", implementation="torch", version="", verdict="unsupported"),),
                        campaign=kept, generated="")
    section = shown[shown.index('<section id="campaign">'):]
    assert f"{count(figures.arrays, 'array')} of 12 networks compared: {count(figures.alarms, 'alarm')}" in section
    assert "--seed" in section and "1e-09" in section and ">50<" in section


def test_arrays_belong_to_layers():
    plan = next(draw(seed) for seed in MANY if len(draw(seed).links) > 1 and draw(seed).loss)
    assert layer_of(plan, "outputs/loss") == plan.loss.kind
    assert layer_of(plan, "grads/x") == plan.links[0].kind
    assert layer_of(plan, "outputs/y") == plan.links[-1].kind
    assert layer_of(plan, f"grads/{plan.links[1].name}/kernel") == plan.links[1].kind


def test_detection_on_a_few_networks():
    tables = detection.rates(pd.DataFrame(list(detection.records((2, 8, 11, 15, 16, 23)))))
    assert tables.keys() == {"float64", "float32"}
    assert tables["float64"].loc["all", 1e-6] == tables["float32"].loc["all", 1e-2] == 1
    for dtype, table in tables.items():
        rates = table.loc["all", list(detection.SIZES[dtype])].to_numpy()
        assert (np.diff(rates) >= 0).all()  # a larger error is noticed no more rarely
    blind = {"float64": tables["float64"].assign(arrays=5).mask(tables["float64"] == 1, 0.5)}
    assert len(detection.below(blind)) == len(tables["float64"])  # every layer, and all of them together


# ------------------------------------------------------------------------------------------------ the command


@pytest.mark.parametrize("arguments, message", [
    (["--oracle", "theano"], "no oracle 'theano'"),
    (["--seeds", "7"], "START:STOP"),
    (["--shard", "9/3"], "1/3"),
    (["--shard", "1/3", "--record"], "--shard away"),
])
def test_wrong_usage(arguments, message, monkeypatch, tmp_path):
    monkeypatch.setattr("nnparity.oracles.missing", lambda _: [])
    told = CliRunner().invoke(app, ["campaign", "--out", str(tmp_path / "out"), *arguments])
    assert told.exit_code == 2 and message in " ".join(told.output.replace("│", " ").split())


def test_the_command_tells_detection():
    told = CliRunner().invoke(app, ["campaign", "--detection", "--seeds", "8:9", "--jobs", "1"])
    assert told.exit_code in (0, 1) and "one wrong element noticed, float" in told.output

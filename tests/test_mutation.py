"""The results of mutation testing that are kept in the repository: complete, explained, and shown. Nothing is mutated here."""

import json

import pytest
from test_report import Elements, row, written

from nnparity.reports.selfproof.mutation import ROOT, digest, load

RESULTS = load()


def test_at_least_95_percent_are_noticed():
    assert RESULTS.score >= 0.95, f"{RESULTS.noticed} of {RESULTS.mutants}"


def test_every_survivor_is_explained_and_every_explanation_is_about_one():
    unexplained = [(s.module, s.right, s.wrong) for s in RESULTS.survivors if len(s.why.split()) < 4]
    assert not unexplained, f"say in reports/selfproof/explained.toml why no test can notice, or write the test: {unexplained}"
    assert not RESULTS.unused, "these mutants of reports/selfproof/explained.toml have not survived, or are no more"


def test_every_source_file_has_its_results():
    """All of the reference but its catalogue of mistakes, which is wrong code on purpose, the layers written out for slips to be
    made of, and the comparison; or is named as not tried yet, which the page says."""
    files = {str(path.relative_to(ROOT)) for path in (ROOT / "reference_impl").rglob("*.py")}
    for_slips = tuple(f"reference_impl/{folder}/" for folder in ("mistakes", "plain", "textbook"))
    files = {path for path in files if not path.startswith(for_slips)} | {"reports/comparison/compare.py"}
    measured, pending = {m.path for m in RESULTS.modules}, set(RESULTS.pending)
    known = measured | pending
    assert known == files, f"make mutation MUTATE=\"{' '.join(sorted(files - known))}\"; no more: {known - files}"
    assert not measured & pending, "tried, and pending in explained.toml all the same"


def test_counts_add_up():
    for m in RESULTS.modules:
        assert m.killed + m.timeouts + len(m.survivors) == m.mutants, m.path
    assert RESULTS.noticed + len(RESULTS.survivors) == RESULTS.mutants > 5000


HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def results(tmp_path):
    """Two files, of which one has changed, with one survivor that is explained and one that is not."""
    (tmp_path / "a.py").write_text("y = 1\n")
    survivors = [{"function": "f", "right": "a < b", "wrong": HOSTILE}, {"function": "f", "right": "a", "wrong": "b"}]
    (tmp_path / "results.json").write_text(json.dumps({"tool": "mutmut 0", "modules": {
        "a.py": {"sha256": digest(tmp_path / "a.py"), "mutants": 9, "killed": 6, "timeouts": 1, "survivors": survivors},
        "b.py": {"sha256": "0", "mutants": 1, "killed": 1, "timeouts": 0, "survivors": []}}}))
    (tmp_path / "explained.toml").write_text(
        'pending = ["c.py"]\n'
        f'[[explained]]\nwhy = "equal at {HOSTILE}"\nsurvivors = [["a.py", "a < b", "{HOSTILE}"], ["b.py", "x", "y"]]\n')
    return load(tmp_path, tmp_path)


def test_results_are_read_and_joined_with_their_explanations(results):
    assert (results.mutants, results.noticed, results.score) == (10, 8, 0.8)
    assert [s.why for s in results.survivors] == [f"equal at {HOSTILE}", ""]
    assert results.stale == ("b.py",) and results.unused == (("b.py", "x", "y"),)


def test_the_page_says_what_survived_and_what_is_out_of_date(results, tmp_path):
    html = written(tmp_path, [row()], mutation=results)
    words = " ".join(Elements(html).text.split())
    assert "8 of 10 mutants were noticed (80.0 %)." in words and "2 mutants survived, 1 of them without an explanation" in words
    assert "Changed since: b.py." in words and "Not tried yet, and not in these figures: c.py." in words
    assert HOSTILE not in html and "not explained yet" in words
    assert "Mutation testing" not in written(tmp_path, [row()])


def test_the_page_of_the_kept_results_has_every_survivor(tmp_path):
    words = Elements(written(tmp_path, [row()], mutation=RESULTS)).text
    for s in RESULTS.survivors:
        assert s.wrong in words and s.why in words

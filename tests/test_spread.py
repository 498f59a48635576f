"""How tests are spread over processes: one framework each, and nobody waits for two."""

import pytest
from spread import Places, group_of

AGREES, ATLAS = "tests/test_agreement.py::test_agrees", "tests/test_atlas.py::test_framework_answers_as_recorded"


@pytest.mark.parametrize("nodeid, group", [
    (f"{AGREES}[keras-gru-after-float64-generic-forward]", "keras"),
    (f"{AGREES}[torch-gru-after-float64-generic-backward]", "torch"),
    ("tests/test_networks.py::test_n18_at_full_width_agrees[torch]", "torch"),
    ("tests/test_documents_n13.py::test_training_on_all_pictures_agrees[0.0-keras]", "keras"),
    ("tests/test_port_outputs.py::test_equal_outputs[gru-pt-keras]", "keras"),
    ("tests/test_port_outputs.py::test_equal_outputs[gru-torch-onnx]", "torch"),
    ("tests/test_port_outputs.py::test_a_dense_layer_behind_a_flatten", "keras"),
    (f"{ATLAS}[gru.reset-keras]", "atlas keras"), (f"{ATLAS}[gru.reset-keras-torch]", "atlas keras-torch"),
    (f"{ATLAS}[gru.reset-torch]", "atlas torch"),
    ("tests/test_settings.py::test_a_setting_gives_its_variant[adadelta.rho=0.9-torch]", "atlas torch"),
    ("tests/test_recording.py::test_recorded_answer_agrees[recorded-keras-gru-after-float64-generic]", "gru"),
    ("tests/test_diagnose.py::test_planted_mistake_is_named[backward-gru-no-time]", "gru"),
    ("tests/test_judges.py::test_golden_figures[gru-n10-float64]", "gru"),
    ("tests/test_report.py::test_the_page_needs_nothing_but_itself",
     "tests/test_report.py::test_the_page_needs_nothing_but_itself"),
])
def test_what_shares_a_process(nodeid, group):
    assert group_of(nodeid) == group


def test_no_group_of_the_suite_needs_two_frameworks(request):
    """What asks PyTorch in this process and what asks Keras are apart, but for the few tests that are about both."""
    groups = {}
    for item in request.session.items:
        if "load_oracle" in item.fixturenames and hasattr(item, "callspec"):
            asked = {str(value) for value in item.callspec.params.values()} & {"torch", "keras"}
            groups.setdefault(group_of(item.nodeid), set()).update(asked if len(asked) == 1 else ())
    assert all(len(asked) < 2 for group, asked in groups.items() if group != "keras"), groups


def test_places():
    places = Places(["a", "b", "c"])
    assert places == ["a", "b", "c"] and [places.index(item) for item in "cab"] == [2, 0, 1]

"""Recurrent layers in other people's habits, right and with one or two mistakes: right ones agree, wrong ones are named."""

import sys
from pathlib import Path

import numpy as np
import pytest

from nnparity import cases
from nnparity.cases.case import Result
from nnparity.reports.verdicts.judge import judge

sys.path.insert(0, str(Path(__file__).parent / "foreign"))
import recurrent_lstms as L
import recurrent_others as O

TWO, ONE = "lstm-two_biases-float64", "lstm-one_bias-float64"
GRU, PAPER = "gru-after-float64", "gru-before_nobias-float64"
RNN, RNN_ONE = "simple_rnn-tanh-float64", "simple_rnn-tanh_one_bias-float64"
POINTS = ("generic", "square", "stateless", "long")


def judged(function, case):
    with np.errstate(all="ignore"):
        outputs, grads = function(case.params, case.inputs, case.cotangents)
    return judge(case, Result(outputs=outputs, grads=grads), implementation="foreign", version="")


@pytest.mark.parametrize("make, cases_of", [
    (L.separate, TWO), (L.fused_torch, TWO), (L.step_class, ONE), (L.fused_rows, ONE), (O.gru_separate, GRU),
    (O.gru_paper, PAPER), (O.gru_fused, GRU), (O.rnn_characters, RNN_ONE), (O.rnn_unrolled, RNN)],
                         ids=lambda v: getattr(v, "__name__", v))
@pytest.mark.parametrize("point", POINTS)
def test_right_ones_agree(make, cases_of, point):
    assert judged(make(), cases.named(f"{cases_of}-{point}")).ok


WRONG = [  # maker, cases, bugs, what one complete explanation must say, all of it
    (L.separate, TWO, ["states in the other order"], ["initial states h and c exchanged"]),
    (L.separate, TWO, ["copied line"], ["output gate computed with the forget gate's weights"]),
    (L.separate, TWO, ["sigmoid candidate"], ["sigmoid instead of tanh on the candidate"]),
    (L.separate, TWO, ["no tanh on cell"], ["the cell state as it is"]),
    (L.separate, TWO, ["1 - c squared"], ["tanh' of the cell state as 1 - s'²"]),
    (L.separate, TWO, ["new cell in forget"], ["forget gate's gradient uses the new cell state"]),
    (L.separate, TWO, ["new state in U"], ["recurrent kernel's gradient uses the new state"]),
    (L.separate, TWO, ["o left out of dx"], ["input gradient lacks the output gate (K18)"]),
    (L.separate, TWO, ["o without matrix"], ["handed on without its recurrent matrix (K17)"]),
    (L.separate, TWO, ["dc without f"], ["passed on without the forget gate"]),
    (L.separate, TWO, ["o without matrix", "o left out of dx"], ["(K17)", "(K18)"]),
    (L.separate, TWO, ["dc without f", "new state in U"], ["without the forget gate", "gradient uses the new state"]),
    (L.separate, TWO, ["no tanh on cell", "o left out of dx"], ["the cell state as it is", "(K18)"]),
    (L.separate, TWO, ["copied line", "states in the other order"], ["forget gate's weights", "states h and c exchanged"]),
    (L.fused_torch, TWO, ["weight_hh not transposed"], ["recurrent_kernel transposed"]),
    (L.fused_torch, TWO, ["one bias dropped"], ["one bias"]),
    (L.fused_torch, TWO, ["onnx order"], ["read in the order"]),
    (L.fused_torch, TWO, ["forget bias"], ["one is added to the forget gate"]),
    (L.fused_torch, TWO, ["clipped"], ["gradient clipped at every step"]),
    (L.fused_torch, TWO, ["slopes forgotten on i"], ["activation's derivative of the input gate left out"]),
    (L.fused_torch, TWO, ["assigned"], ["the first step's remain (K11)"]),
    (L.fused_torch, TWO, ["onnx order", "weight_hh not transposed"], ["read in the order", "recurrent_kernel transposed"]),
    (L.fused_torch, TWO, ["onnx order", "one bias dropped"], ["read in the order", "one bias"]),
    (L.fused_torch, TWO, ["forget bias", "assigned"], ["one is added to the forget gate", "(K11)"]),
    (L.fused_torch, TWO, ["onnx order", "assigned"], ["read in the order", "(K11)"]),
    (L.fused_torch, TWO, ["clipped", "assigned"], ["clipped", "(K11)"]),
    (L.step_class, ONE, ["coupled"], ["input gate replaced by 1 - f"]),
    (L.step_class, ONE, ["tanh' of g again"], ["tanh' of the candidate taken at its value"]),
    (L.step_class, ONE, ["gates swapped in backward"], ["factors of input and forget gate exchanged"]),
    (L.step_class, ONE, ["y is cell"], ["cell states returned as the outputs"]),
    (L.step_class, ONE, ["dx reversed"], ["gradient of x reversed along its second axis"]),
    (L.step_class, ONE, ["tanh' of g again", "dx reversed"], ["tanh' of the candidate", "gradient of x reversed"]),
    (L.fused_rows, ONE, ["read in another order"], ["read in the order"]),
    (L.fused_rows, ONE, ["forgets the wrong way"], ["forget gate inverted"]),
    (L.fused_rows, ONE, ["window of one"], ["not beyond its own step"]),
    (L.fused_rows, ONE, ["read in another order", "forgets the wrong way"], ["read in the order", "forget gate inverted"]),
    (O.gru_separate, GRU, ["mix swapped"], ["update gate swapped"]),
    (O.gru_separate, GRU, ["U_n transposed"], ["recurrent kernel of the candidate transposed"]),
    (O.gru_separate, GRU, ["no tanh slope"], ["tanh' left out"]),
    (O.gru_separate, GRU, ["r lost on the way back"], ["recurrent product's gradient not multiplied by r"]),
    (O.gru_separate, GRU, ["mix swapped", "no tanh slope"], ["update gate swapped", "tanh' left out"]),
    (O.gru_separate, GRU, ["mix swapped", "U_n transposed"], ["update gate swapped", "kernel of the candidate transposed"]),
    (O.gru_paper, PAPER, ["candidate's gradient with h"], ["recurrent kernel's gradient uses h instead of r⊙h"]),
    (O.gru_paper, PAPER, ["r lost"], ["state's gradient not multiplied by r"]),
    (O.gru_paper, PAPER, ["r lost", "candidate's gradient with h"], ["not multiplied by r", "uses h instead of r⊙h"]),
    (O.gru_fused, GRU, ["order of the other framework"], ["read in the order z, r, n"]),
    (O.gru_fused, GRU, ["no reset"], ["reset gate not used"]),
    (O.gru_fused, GRU, ["mean over batch"], ["kernel, recurrent_kernel, bias, recurrent_bias is divided by"]),
    (O.gru_fused, GRU, ["order of the other framework", "no reset"], ["read in the order z, r, n", "reset gate not used"]),
    (O.rnn_characters, RNN_ONE, ["1 - h"], ["tanh' as 1 - h"]),
    (O.rnn_characters, RNN_ONE, ["new state in U"], ["recurrent kernel's gradient uses the new state"]),
    (O.rnn_characters, RNN_ONE, ["U not transposed"], ["recurrent kernel not transposed on the way back"]),
    (O.rnn_characters, RNN_ONE, ["clipped"], ["clipped where it is handed"]),
    (O.rnn_characters, RNN_ONE, ["state for gradient"], ["handed back where its gradient belongs (K09)"]),
    (O.rnn_characters, RNN_ONE, ["1 - h", "new state in U"], ["tanh' as 1 - h", "uses the new state"]),
    (O.rnn_characters, RNN_ONE, ["1 - h", "U not transposed"], ["tanh' as 1 - h", "not transposed"]),
    (O.rnn_unrolled, RNN, ["second bias forgotten"], ["one bias"]),
    (O.rnn_unrolled, RNN, ["no time"], ["does not travel back through time"]),
    (O.rnn_unrolled, RNN, ["zero first state"], ["takes the first state for zero"]),
    (O.rnn_unrolled, RNN, ["last step only"], ["weight gradients taken from the last step only"]),
    (O.rnn_unrolled, RNN, ["second bias forgotten", "last step only"], ["one bias", "last step only"]),
]


@pytest.mark.parametrize("make, cases_of, bugs, said", WRONG,
                         ids=lambda v: ", ".join(v) if isinstance(v, list) else getattr(v, "__name__", v))
def test_wrong_ones_are_named(make, cases_of, bugs, said):
    for point in ("generic", "square"):
        row = judged(make(bugs=bugs), cases.named(f"{cases_of}-{point}"))
        titles = [e.title for e in row.diagnosis if e.complete]
        assert any(all(part in title for part in said) for title in titles), f"{row.case}: {[e.title for e in row.diagnosis]}"

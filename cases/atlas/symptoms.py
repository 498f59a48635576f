"""What people see when frameworks differ, in their words, and the rows that can be its cause, the likeliest first.

Each row shows in its own numbers what the symptom says: `Shown` names a check of reports/atlas/shows.py, and a test holds all of
them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shown:
    """Rows whose numbers show one thing: a check by name, and what it is given besides the row."""

    check: str
    rows: tuple[str, ...]
    given: Mapping[str, Any]


@dataclass(frozen=True)
class Symptom:
    """`seen` is what somebody says who does not know the cause."""

    seen: str
    shown: tuple[Shown, ...]

    @property
    def rows(self) -> tuple[str, ...]:
        return tuple(row for each in self.shown for row in each.rows)


def by(check: str, rows: str, **given: Any) -> Shown:
    return Shown(check, tuple(rows.split()), given)


def symptom(seen: str, *shown: Shown) -> Symptom:
    return Symptom(seen, shown)


ORDINARY = (0.5, -1.2, 1.6)  # a variance near one, as activations have

SYMPTOMS = (
    symptom("the output is shifted by one pixel",
            by("sampled_elsewhere", "conv1d.same", cells=1),
            by("shifted", "conv_transpose1d.crop conv_transpose1d.output_padding", cells=1)),
    symptom("the output is shifted by a fraction of a pixel", by("offset", "resize_nearest.rounding")),
    symptom("a smaller image has less contrast", by("narrower", "resize_linear.antialias")),
    symptom("only the border of the image differs",
            by("only_at_border", "average_pool2d.divisor", begins=True),
            by("only_at_border", "average_pool2d.border", begins=False)),
    symptom("the feature map is smaller", by("fewer", "conv1d.extent max_pool1d.stride")),
    symptom("training agrees and evaluation does not",
            by("hidden_in_training", "batch_norm.running_divisor batch_norm.momentum_of batch_norm.momentum"),
            by("untouched", "dropout.default_mode", x=1.0), by("untouched", "batch_norm.mode")),
    symptom("the loss falls more slowly",
            by("shorter_step", "adadelta.learning_rate adagrad.learning_rate sgd.learning_rate rmsprop_defaults.learning_rate"),
            by("flatter", "binary_cross_entropy.prediction")),
    symptom("the first steps of the training are too long",
            by("longer_first_steps", "adam_step.first rmsprop.rho rmsprop_state.initial momentum_step.first")),
    symptom("the training differs after the learning rate was lowered",
            by("only_when_the_rate_changes", "momentum.rate_in nesterov.rate_in rmsprop.rate_in")),
    symptom("the regularisation is weaker or stronger with the same weight decay",
            by("nearer_to_zero", "adam.decay adamw.weight_decay momentum_step.decay"),
            by("scaled", "l2_penalty.factor", factor=2)),
    symptom("the shapes fit, the weights load, and every answer is wrong",
            by("same_shape", "flatten.order simple_rnn.orientation gru.gate_order lstm.gate_order dense.orientation "
               "conv2d.layout", at_least=0.1)),
    symptom("the LSTM matches and the GRU does not",
            by("not_in", "gru.reset gru.recurrent_bias gru.gate_order", of="gru", layer="lstm")),
    symptom("the recurrent layer has more parameters than it should",
            by("larger_count", "gru.bias_layout"),
            by("one_reads", "lstm.recurrent_bias simple_rnn.recurrent_bias", parameter="recurrent_bias")),
    symptom("the last output of a recurrent layer is zero or not its last state",
            by("ends_otherwise", "simple_rnn.padded_output simple_rnn.backward_order")),
    symptom("the state of the wrong layer or direction of a stack is read",
            by("reordered", "stacked_bidirectional.state_order")),
    symptom("the layer reads the batch as time", by("reads_across", "simple_rnn.time_axis", axes=(0, 1))),
    symptom("the normalisation takes time steps or pixels for channels", by("reads_across", "batch_norm.axis", axes=(1, 2))),
    symptom("outputs differ in the third or fourth digit",
            by("digits", "gelu.approximate", between=(1e-4, 1e-2)),
            by("digits", "layer_norm.epsilon batch_norm.epsilon group_norm.epsilon", between=(1e-4, 1e-2), x=ORDINARY)),
    symptom("the GPU and the CPU differ in the third or fourth digit",
            by("digits_of_a_device", "tf32_matmul.default tf32_convolution.default", between=(1e-4, 1e-2))),
    symptom("numbers differ in the fifth or sixth digit",
            by("digits", "layer_norm.epsilon", between=(1e-6, 1e-4), x=ORDINARY),
            by("digits", "rms_norm.epsilon", between=(1e-6, 1e-4), x=ORDINARY[:2]),
            by("digits", "adam.constants", between=(1e-6, 1e-4))),
    symptom("outputs differ in the eighth or ninth digit in double precision",
            by("digits", "gelu.constants leaky_relu.constants", between=(1e-9, 1e-7)),
            by("computes_in", "dense.input_dtype", dtype="float32"),
            by("digits", "add.constants", between=(1e-10, 1e-7))),
    symptom("the negative half of the activations is larger",
            by("only_where_negative", "leaky_relu.slope leaky_relu_layer.slope prelu.slope")),
    symptom("the gradient check fails at one point only",
            by("only_there", "maximum.at_zero maximum.ties abs.at_zero hinge.at_margin clip.at_bounds")),
    symptom("everything is nan after one step",
            by("nan_everywhere", "norm.at_zero multi_head_attention.fully_masked clip_norm.spoiled std.at_constant")),
    symptom("each step sees the future", by("sees_the_future", "multi_head_attention.mask_true")),
    symptom("the loss is larger by the number of classes or of examples",
            by("counted", "binary_cross_entropy.reduction squared_error.reduction mean_squared_error.sum")),
    symptom("the gradient is larger by the number of accumulated batches", by("counted", "accumulation.reduction")),
    symptom("the loss does not fall below 0.313", by("floor", "binary_cross_entropy.prediction", least=0.313)),
    symptom("the outputs of one example depend on the others of the batch", by("mixes_examples", "softmax.axes batch_norm.mode")),
    symptom("a fresh network starts with other activations",
            by("spread", "dense_bias.distribution conv2d_kernel.distribution embedding_table.distribution lstm.start")),
)

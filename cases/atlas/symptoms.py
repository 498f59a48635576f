"""What people see when frameworks differ, in their words, and the rows that can be its cause, the likeliest first."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Symptom:
    """`seen` is what somebody says who does not know the cause."""

    seen: str
    rows: tuple[str, ...]


def symptom(seen: str, rows: str) -> Symptom:
    return Symptom(seen, tuple(rows.split()))


SYMPTOMS = (
    symptom("the output is shifted by one pixel", "conv1d.same conv_transpose1d.crop"),
    symptom("the output is shifted by a fraction of a pixel", "resize_nearest.rounding resize_linear.antialias"),
    symptom("only the border of the image differs", "average_pool2d.divisor average_pool2d.border"),
    symptom("the feature map is one cell smaller", "conv1d.extent max_pool1d.stride"),
    symptom("training agrees and evaluation does not",
            "batch_norm.running_divisor batch_norm.momentum_of batch_norm.momentum dropout.default_mode "
            "batch_norm.mode"),
    symptom("the loss falls more slowly",
            "adadelta.learning_rate adagrad.learning_rate sgd.learning_rate rmsprop_defaults.learning_rate "
            "binary_cross_entropy.prediction"),
    symptom("the first steps of the training are too long",
            "adam_step.first rmsprop.rho rmsprop_state.initial momentum_step.first"),
    symptom("the training differs after the learning rate was lowered", "momentum.rate_in nesterov.rate_in rmsprop.rate_in"),
    symptom("the regularisation is weaker or stronger with the same weight decay",
            "adam.decay adamw.weight_decay momentum_step.decay l2_penalty.factor"),
    symptom("the shapes fit, the weights load, and every answer is wrong",
            "flatten.order simple_rnn.orientation gru.gate_order lstm.gate_order dense.orientation conv2d.layout"),
    symptom("the LSTM matches and the GRU does not", "gru.reset gru.recurrent_bias gru.gate_order"),
    symptom("the GRU or LSTM has more parameters than it should",
            "gru.bias_layout lstm.recurrent_bias simple_rnn.recurrent_bias"),
    symptom("the last output of a recurrent layer is zero or not its last state",
            "simple_rnn.padded_output simple_rnn.backward_order"),
    symptom("the layer reads the batch as time", "simple_rnn.time_axis batch_norm.axis"),
    symptom("outputs differ in the third or fourth digit",
            "gelu.approximate layer_norm.epsilon batch_norm.epsilon group_norm.epsilon rms_norm.epsilon"),
    symptom("outputs differ in the eighth or ninth digit in double precision",
            "gelu.constants leaky_relu.constants adam.constants dense.input_dtype add.constants"),
    symptom("the negative half of the activations is larger", "leaky_relu.slope leaky_relu_layer.slope prelu.slope"),
    symptom("the gradient check fails at one point only",
            "maximum.at_zero maximum.ties abs.at_zero hinge.at_margin clip.at_bounds"),
    symptom("everything is nan after one step", "norm.at_zero attention.fully_masked clip_norm.spoiled std.at_constant"),
    symptom("each step sees the future", "multi_head_attention.mask_true"),
    symptom("the loss is larger by the number of classes or of examples",
            "binary_cross_entropy.reduction squared_error.reduction mean_squared_error.sum accumulation.reduction"),
    symptom("the loss does not fall below 0.313", "binary_cross_entropy.prediction"),
    symptom("the outputs of one example depend on the others of the batch", "softmax.axes batch_norm.mode batch_norm.axis"),
    symptom("a fresh network starts with other activations",
            "dense_bias.distribution conv2d_kernel.distribution embedding_table.distribution lstm.start"),
)

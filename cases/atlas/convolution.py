"""Convolution, pooling and resizing."""

from nnparity.cases.convention import REFUSES, AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import onnx_node, snippet

SAME_STRIDE = AtlasRow(
    layer="conv1d", option="same", title="zeros of a 'same' convolution with stride 2", group="convolution", leads=("C3",),
    question="Where does a 'same' convolution put its zeros when the stride is two and the length is even?",
    variants=(
        Variant(value="fewest", title="one zero, at the end", formula=r"y_i = \sum_k w_k \, x_{2i + k}",
                words="As few zeros as the outputs need, and an odd one at the end. With kernel 3 and an even length: none in "
                      "front.",
                switch={"torch": "pad by hand: F.pad(x, (0, 1)), then padding=0", "keras": "padding='same'",
                        "onnx": "auto_pad=SAME_UPPER"}),
        Variant(value="symmetric", title="one zero on each side", formula=r"y_i = \sum_k w_k \, x_{2i + k - 1}",
                words="(K - 1) / 2 zeros on each side, as for stride one.",
                switch={"torch": "padding=1", "keras": "ZeroPadding1D(1), then padding='valid'", "onnx": "pads=[1, 1]"}),
        Variant(value=REFUSES, title="refuses", formula=r"\text{an error}",
                words="The layer is not built: 'same' is defined for stride one only.")),
    probe=Probe(compute="correlation_same",
                arguments={"x": [1.0, 3.0, 7.0, -2.0, 5.0, 4.0], "kernel": [1.0, 10.0, -4.0], "stride": 2}),
    example="Six numbers {x} with the kernel {kernel} give {0} or {1}.",
    consequence="The port agrees at stride one and fails at stride two: every window is shifted by one. padding=1 in PyTorch has "
                "the right output size, so nothing complains.",
    snippets={
        "torch": snippet("""
            import torch
            x = torch.tensor([[[1.0, 3, 7, -2, 5, 4]]])
            kernel = torch.tensor([[[1.0, 10, -4]]])
            answer = torch.nn.functional.conv1d(x, kernel, stride=2, padding="same")[0, 0]
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            x = np.array([1, 3, 7, -2, 5, 4], "float32").reshape(1, 6, 1)
            kernel = np.array([1, 10, -4], "float32").reshape(3, 1, 1)
            y = keras.ops.conv(x, kernel, strides=2, padding="same", data_format="channels_last")
            answer = keras.ops.convert_to_numpy(y)[0, :, 0]
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            x = tf.reshape(tf.constant([1.0, 3, 7, -2, 5, 4]), (1, 6, 1))
            kernel = tf.reshape(tf.constant([1.0, 10, -4]), (3, 1, 1))
            answer = tf.nn.conv1d(x, kernel, stride=2, padding="SAME")[0, :, 0]
            print(answer)"""),
        "jax": snippet("""
            import jax, jax.numpy as jnp
            x = jnp.array([[[1.0, 3, 7, -2, 5, 4]]])
            kernel = jnp.array([[[1.0, 10, -4]]])
            answer = jax.lax.conv(x, kernel, window_strides=(2,), padding="SAME")[0, 0]
            print(answer)"""),
        **onnx_node('y = Conv <auto_pad = "SAME_UPPER", strides = [2]> (x, w)', inputs="float[1,1,6] x, float[1,1,3] w",
                    output="float[1,1,3] y", feeds='x, w = np.array([[[1, 3, 7, -2, 5, 4]]], "float32"), '
                                                   'np.array([[[1, 10, -4]]], "float32")'),
    },
    sources=("https://github.com/keras-team/keras/issues/19291", "https://github.com/keras-team/keras/pull/16363",
             "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html"))

ROWS = (SAME_STRIDE,)

"""Long short-term memory: gate order, biases, and what a fresh layer holds."""


import numpy as np

from nnparity.cases.convention import AtlasRow, Probe, Variant, measured
from nnparity.cases.conventions import lstm
from nnparity.cases.snippets.blocks import onnx_node, snippet
from nnparity.cases.snippets.recurrent import FLAX_RNN, tensors

TORCH_LSTM = "https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html"
KERAS_LSTM = "https://keras.io/api/layers/recurrent_layers/lstm/"
ONNX_LSTM = "https://onnx.ai/onnx/operators/onnx__LSTM.html"
BLOCK = "https://www.tensorflow.org/api_docs/python/tf/raw_ops/LSTMBlockCell"
ONE_UNIT = {"kernel": np.zeros((4, 1, 1)), "recurrent_kernel": np.zeros((4, 1, 1)), "bias": np.zeros((4, 1))}

GATE_ORDER = AtlasRow(
    layer="lstm", option="gate_order", title="order of the LSTM's packed gates", group="recurrent", leads=("R5",),
    question="In which order do the four gates of an LSTM lie in the packed kernel?",
    variants=(
        Variant(value="ifgo", title="input, forget, candidate, output", formula=r"\left(K_i, K_f, K_g, K_o\right)",
                words="Keras writes c for the candidate: i, f, c, o is the same order.",
                switch={"torch": "weight_ih_l0, weight_hh_l0", "keras": "kernel, recurrent_kernel"}),
        Variant(value="iofg", title="input, output, forget, candidate", formula=r"\left(K_i, K_o, K_f, K_g\right)",
                words="ONNX writes c for the candidate: i, o, f, c.", switch={"onnx": "W, R"}),
        Variant(value="igfo", title="input, candidate, forget, output", formula=r"\left(K_i, K_g, K_f, K_o\right)",
                words="The order of TensorFlow 1, whose cells call the candidate j or c.",
                switch={"tensorflow 1": "BasicLSTMCell, LSTMBlockCell"})),
    probe=Probe(compute="lstm_packed", arguments={"x": 1.0, "c": 1.0, "kernel": [1.0, -1.0, 0.5, 2.0]}),
    example="One unit with the packed kernel {kernel}, input 1 and cell state 1 has the new state {0}, {1} or {2}.",
    consequence="Shapes agree, so the weights load. Where the forget gate takes the candidate's weights the cell neither keeps "
                "nor writes what it should.",
    snippets={
        "torch": snippet("""
            import torch
            w = {"weight_ih": torch.tensor([[1.0], [-1], [0.5], [2]]), "weight_hh": torch.zeros(4, 1)}
            cell = torch.nn.LSTMCell(1, 1, bias=False)
            state = torch.zeros(1, 1), torch.ones(1, 1)
            answer, _ = torch.func.functional_call(cell, w, (torch.ones(1, 1), state))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.LSTM(1)
            layer.build((1, 1, 1))
            layer.set_weights([np.array([[1, -1, 0.5, 2]]), np.zeros((1, 4)), np.zeros(4)])
            y = layer(keras.ops.ones((1, 1, 1)), initial_state=[keras.ops.zeros((1, 1)), keras.ops.ones((1, 1))])
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            one, p = tf.ones((1, 1)), tf.zeros(1)
            w = tf.constant([[1.0, -1, 0.5, 2], [0, 0, 0, 0]])
            cell = tf.raw_ops.LSTMBlockCell(x=one, cs_prev=one, h_prev=0 * one, w=w, wci=p, wcf=p, wco=p,
                                            b=tf.zeros(4), forget_bias=0)
            answer = cell.h
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            cell = nnx.OptimizedLSTMCell(1, 1, rngs=nnx.Rngs(0))
            cell.dense_i.kernel[...] = jnp.array([[1.0, -1, 0.5, 2]])
            _, answer = cell((jnp.ones((1, 1)), jnp.zeros((1, 1))), jnp.ones((1, 1)))
            print(answer)"""),
        **onnx_node("y = LSTM <hidden_size = 1> (x, w, r, , , , c)", **tensors("x w r c"),
                    feeds='x, w = np.ones((1, 1, 1), "f"), np.array([[[1], [-1], [0.5], [2]]], "f")\n'
                          'r, c = np.zeros((1, 4, 1), "f"), np.ones((1, 1, 1), "f")'),
    },
    sources=("https://github.com/tensorflow/tensorflow/issues/29308", "https://discuss.pytorch.org/t/146907", TORCH_LSTM,
             KERAS_LSTM, ONNX_LSTM))

RECURRENT_BIAS = measured(
    lstm.RECURRENT_BIAS, title="number of LSTM biases", group="recurrent", leads=("R6",),
    probe=Probe(compute="layer", arguments={
        "kind": "lstm", "output": "h_n", "inputs": {"x": np.zeros((1, 1, 1))},
        "params": {**ONE_UNIT, "bias": np.full((4, 1), 0.5), "recurrent_bias": np.full((4, 1), 0.5)}}),
    example="With every bias 0.5 and everything else zero the first state is {0} or {1}.",
    snippets={
        "torch": snippet("""
            import torch
            cell = torch.nn.LSTMCell(1, 1)
            for name, p in cell.named_parameters():
                torch.nn.init.constant_(p, 0.5 if "bias" in name else 0.0)
            answer, _ = cell(torch.zeros(1, 1))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.LSTM(1)
            layer.build((1, 1, 1))
            for w in layer.weights:
                w.assign(np.full(w.shape, 0.5 if w.name == "bias" else 0.0))
            answer = keras.ops.convert_to_numpy(layer(np.zeros((1, 1, 1), "float32")))
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            zero, p = tf.zeros((1, 1)), tf.zeros(1)
            cell = tf.raw_ops.LSTMBlockCell(x=zero, cs_prev=zero, h_prev=zero, w=tf.zeros((2, 4)), wci=p, wcf=p, wco=p,
                                            b=tf.fill(4, 0.5), forget_bias=0)
            answer = cell.h
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            cell = nnx.OptimizedLSTMCell(1, 1, rngs=nnx.Rngs(0))
            for dense in (cell.dense_i, cell.dense_h):
                if dense.bias is not None:
                    dense.bias[...] = jnp.full(4, 0.5)
            zero = jnp.zeros((1, 1))
            _, answer = cell((zero, zero), zero)
            print(answer)"""),
        **onnx_node("y = LSTM <hidden_size = 1> (x, w, r, b)", **tensors("x w r b"),
                    feeds='x, w, r = np.zeros((1, 1, 1), "f"), *np.zeros((2, 1, 4, 1), "f")\nb = np.full((1, 8), 0.5, "f")'),
    },
    sources=(*lstm.RECURRENT_BIAS.sources, "https://github.com/pytorch/pytorch/issues/43000", TORCH_LSTM, KERAS_LSTM, ONNX_LSTM))

FORGET_BIAS = measured(
    lstm.FORGET_BIAS, title="constant added to the LSTM's forget gate", group="recurrent", leads=("R7",),
    probe=Probe(compute="layer", arguments={
        "kind": "lstm", "output": "h_n", "recurrent_bias": "none", "params": ONE_UNIT,
        "inputs": {"x": np.zeros((1, 1, 1)), "c0": np.full((1, 1), 2.0)}}),
    example="With the cell state 2 and all weights and biases zero the new state is {0} or {1}.",
    snippets={
        "torch": snippet("""
            import torch
            cell = torch.nn.LSTMCell(1, 1, bias=False)
            answer, _ = cell(torch.zeros(1, 1), (torch.zeros(1, 1), torch.full((1, 1), 2.0)))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.LSTM(1)
            layer.build((1, 1, 1))
            layer.set_weights([np.zeros((1, 4)), np.zeros((1, 4)), np.zeros(4)])
            h, c = keras.ops.zeros((1, 1)), keras.ops.array([[2.0]])
            answer = keras.ops.convert_to_numpy(layer(keras.ops.zeros((1, 1, 1)), initial_state=[h, c]))
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            zero, p = tf.zeros((1, 1)), tf.zeros(1)
            cell = tf.raw_ops.LSTMBlockCell(x=zero, cs_prev=zero + 2, h_prev=zero, w=tf.zeros((2, 4)), wci=p, wcf=p,
                                            wco=p, b=tf.zeros(4))
            answer = cell.h
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            cell = nnx.OptimizedLSTMCell(1, 1, rngs=nnx.Rngs(0))
            _, answer = cell((jnp.full((1, 1), 2.0), jnp.zeros((1, 1))), jnp.zeros((1, 1)))
            print(answer)"""),
        **onnx_node("y = LSTM <hidden_size = 1> (x, w, r, , , , c)", **tensors("x w r c"),
                    feeds='x, w, r = np.zeros((1, 1, 1), "f"), *np.zeros((2, 1, 4, 1), "f")\nc = np.full((1, 1, 1), 2, "f")'),
    },
    sources=(*lstm.FORGET_BIAS.sources, BLOCK, KERAS_LSTM))

GATE_ACTIVATION = measured(
    lstm.GATE_ACTIVATION, title="activation of the LSTM's gates", group="recurrent", leads=("R8",),
    probe=Probe(compute="layer", arguments={
        "kind": "lstm", "output": "h_n", "recurrent_bias": "none", "inputs": {"x": np.ones((1, 1, 1))},
        "params": {**ONE_UNIT, "kernel": np.ones((4, 1, 1))}}),
    example="With input 1 and kernels of 1 the gates are 0.7311 or 0.6667, and the first state is {0} or {1}.",
    snippets={
        "torch": snippet("""
            import torch
            cell = torch.nn.LSTMCell(1, 1, bias=False)
            torch.nn.init.ones_(cell.weight_ih)
            answer, _ = cell(torch.ones(1, 1))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.LSTM(1)
            layer.build((1, 1, 1))
            layer.set_weights([np.ones((1, 4)), np.zeros((1, 4)), np.zeros(4)])
            answer = keras.ops.convert_to_numpy(layer(np.ones((1, 1, 1), "float32")))
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            zero, p = tf.zeros((1, 1)), tf.zeros(1)
            cell = tf.raw_ops.LSTMBlockCell(x=zero + 1, cs_prev=zero, h_prev=zero, w=tf.ones((2, 4)), wci=p, wcf=p,
                                            wco=p, b=tf.zeros(4))
            answer = cell.h
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            cell = nnx.OptimizedLSTMCell(1, 1, rngs=nnx.Rngs(0))
            cell.dense_i.kernel[...] = jnp.ones((1, 4))
            _, answer = cell((jnp.zeros((1, 1)), jnp.zeros((1, 1))), jnp.ones((1, 1)))
            print(answer)"""),
        **onnx_node("y = LSTM <hidden_size = 1> (x, w, r)", inputs="float[] x, float[] w, float[] r", output="float[] y",
                    feeds='x, w, r = np.ones((1, 1, 1), "f"), np.ones((1, 4, 1), "f"), np.zeros((1, 4, 1), "f")'),
    },
    sources=(*lstm.GATE_ACTIVATION.sources, TORCH_LSTM, KERAS_LSTM, ONNX_LSTM))

STATE_ORDER = AtlasRow(
    layer="lstm", option="first_state", title="order of the LSTM's two states", group="recurrent", leads=("R5",),
    question="Which of an LSTM's two states comes first where both are handed over?",
    variants=(
        Variant(value="hidden", title="hidden state first: (h, c)", formula=r"\left(h, c\right)",
                words="The output first, the cell state after it.",
                switch={"torch": "(h_0, c_0)", "keras": "initial_state=[h, c]", "onnx": "initial_h, initial_c"}),
        Variant(value="cell", title="cell state first: (c, h)", formula=r"\left(c, h\right)",
                words="The order of TensorFlow 1's LSTMStateTuple too.", switch={"jax": "the carry of flax's cells"})),
    probe=Probe(compute="lstm_from_states", arguments={"states": [1.0, 2.0]}),
    example="The states {states}, all weights zero: the new state is {0} or {1}.",
    consequence="Both have the same shape. An encoder's states handed to a decoder the wrong way round are taken without "
                "complaint.",
    snippets={
        "torch": snippet("""
            import torch
            cell = torch.nn.LSTMCell(1, 1, bias=False)
            torch.nn.init.zeros_(cell.weight_hh)
            answer, _ = cell(torch.zeros(1, 1), (torch.full((1, 1), 1.0), torch.full((1, 1), 2.0)))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.LSTM(1)
            layer.build((1, 1, 1))
            layer.set_weights([np.zeros((1, 4)), np.zeros((1, 4)), np.zeros(4)])
            states = [keras.ops.array([[1.0]]), keras.ops.array([[2.0]])]
            answer = keras.ops.convert_to_numpy(layer(keras.ops.zeros((1, 1, 1)), initial_state=states))
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            cell = nnx.OptimizedLSTMCell(1, 1, rngs=nnx.Rngs(0))
            cell.dense_h.kernel[...] = jnp.zeros((1, 4))
            _, answer = cell((jnp.full((1, 1), 1.0), jnp.full((1, 1), 2.0)), jnp.zeros((1, 1)))
            print(answer)"""),
        **onnx_node("y = LSTM <hidden_size = 1> (x, w, w, , , a, b)", inputs="float[] x, float[] w, '\n    'float[] a, float[] b",
                    output="float[] y", feeds='x, w = np.zeros((1, 1, 1), "f"), np.zeros((1, 4, 1), "f")\n'
                                              'a, b = np.full((1, 1, 1), 1, "f"), np.full((1, 1, 1), 2, "f")'),
    },
    absent={"tensorflow": "tf.raw_ops.LSTMBlockCell names its states; tf.keras is Keras"},
    sources=(TORCH_LSTM, KERAS_LSTM, ONNX_LSTM, FLAX_RNN))

ROWS = (GATE_ORDER, RECURRENT_BIAS, FORGET_BIAS, GATE_ACTIVATION, STATE_ORDER)

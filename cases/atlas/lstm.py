"""Long short-term memory: gate order, biases, and what a fresh layer holds."""

from dataclasses import replace

import numpy as np

from cases.atlas.gru import FLAX_RNN, tensors
from cases.atlas.initialiser import NO_WEIGHTS
from cases.atlas.snippets import onnx_node, snippet
from cases.convention import Convention, Probe, Variant
from cases.conventions import lstm

TORCH_LSTM = "https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html"
KERAS_LSTM = "https://keras.io/api/layers/recurrent_layers/lstm/"
ONNX_LSTM = "https://onnx.ai/onnx/operators/onnx__LSTM.html"
BLOCK = "https://www.tensorflow.org/api_docs/python/tf/raw_ops/LSTMBlockCell"
ONE_UNIT = {"kernel": np.zeros((4, 1, 1)), "recurrent_kernel": np.zeros((4, 1, 1)), "bias": np.zeros((4, 1))}
NO_TF_LAYER = {"tensorflow": "tf.nn has no layers that own weights; tf.keras is Keras"}

GATE_ORDER = Convention(
    layer="lstm", option="gate_order", title="order of the LSTM's packed gates", group="recurrent", leads=("R5",),
    question="In which order do the four gates lie in the packed kernel?",
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

RECURRENT_BIAS = replace(
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

FORGET_BIAS = replace(
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

GATE_ACTIVATION = replace(
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

FORGET_START = Convention(
    layer="lstm", option="start", title="forget gate's bias in a fresh LSTM", group="recurrent", leads=("R7",),
    question="Which bias does the forget gate have in a layer that was not trained yet?",
    variants=(
        Variant(value=0, title="zero", formula="b_f = 0", words="The gate starts half open.",
                switch={"keras": "LSTM(n, unit_forget_bias=False)", "torch": "torch.nn.init.zeros_ on both biases"}),
        Variant(value=1, title="one", formula="b_f = 1", words="The gate starts three quarters open, so that the gradient reaches "
                                                               "further back from the first step on.",
                switch={"keras": "unit_forget_bias=True, the default", "torch": "add 1 to bias_ih_l0[H:2H]"}),
        Variant(value="uniform", title="uniform, bound 1/√H", formula=r"b_f \sim U\left(\pm \frac{1}{\sqrt{H}}\right)",
                words="Drawn like all other parameters of the layer; twice, for two biases.")),
    probe=Probe(compute="forget_gate_bias", arguments={"hidden": 1024}, match="distribution", size=1024),
    example="A layer of 1024 units has 0, 1, or numbers between -0.03125 and 0.03125.",
    consequence="The same network learns long dependencies at another pace; results of a paper that starts at one are not "
                "reproduced by a layer that starts near zero.",
    snippets={
        "torch": snippet("""
            import torch
            torch.manual_seed(0)
            H = 1024
            answer = torch.nn.LSTM(1, H).bias_ih_l0[H:2 * H]
            print(answer)"""),
        "keras": snippet("""
            import keras
            H = 1024
            layer = keras.layers.LSTM(H, recurrent_initializer="zeros")
            layer.build((1, 1, 1))
            answer = keras.ops.convert_to_numpy(layer.cell.bias)[H:2 * H]
            print(answer)"""),
        "jax": snippet("""
            from flax import nnx
            H = 1024
            cell = nnx.OptimizedLSTMCell(1, H, recurrent_kernel_init=nnx.initializers.zeros, rngs=nnx.Rngs(0))
            answer = cell.dense_h.bias[...][H:2 * H]
            print(answer)"""),
    },
    absent={**NO_TF_LAYER, **NO_WEIGHTS}, sources=(TORCH_LSTM, KERAS_LSTM, FLAX_RNN, "https://proceedings.mlr.press/v37/jozefowicz15.html"))

KERNEL_START = Convention(
    layer="lstm", option="distribution", title="initialiser of an LSTM's input kernel", group="recurrent", leads=("R14",),
    question="From which distribution comes the input kernel of an LSTM that was given no initialiser?",
    variants=(
        Variant(value="torch_uniform", title="uniform, bound 1/√H", formula=r"U\left(\pm \frac{1}{\sqrt{H}}\right)",
                words="The number of units counts, that of inputs does not; the recurrent kernel and the biases have the same."),
        Variant(value="glorot_packed", title="Glorot uniform of the packed kernel",
                formula=r"U\left(\pm \sqrt{\frac{6}{n_{in} + 4 H}}\right)",
                words="All four gates count as outputs of one matrix, so each gate gets smaller weights than a layer of its own.",
                switch={"torch": "torch.nn.init.xavier_uniform_(layer.weight_ih_l0)"}),
        Variant(value="glorot_gate", title="Glorot uniform gate by gate", formula=r"U\left(\pm \sqrt{\frac{6}{n_{in} + H}}\right)",
                words="What Glorot's formula gives for one gate. No framework here has it by default.",
                switch={"torch": "torch.nn.init.xavier_uniform_ on each quarter of weight_ih_l0"}),
        Variant(value="lecun_normal", title="LeCun normal, truncated", formula=r"N\left(0, \frac{1}{n_{in}}\right)",
                words="The number of inputs counts alone.", switch={"keras": "LSTM(n, kernel_initializer='lecun_normal')"})),
    probe=Probe(compute="lstm_kernel", arguments={"inputs": 64, "hidden": 256}, match="distribution", size=4 * 64 * 256),
    example="For 64 inputs and 256 units the bounds are 0.0625, 0.0743 and 0.1369; the normal has the standard deviation 0.125.",
    consequence="The first epochs differ. A port that initialises gate by gate, as a text about Glorot's formula suggests, starts "
                "with weights almost twice as large as Keras's.",
    snippets={
        "torch": snippet("""
            import torch
            torch.manual_seed(0)
            answer = torch.nn.LSTM(64, 256).weight_ih_l0
            print(answer)"""),
        "keras": snippet("""
            import keras
            keras.utils.set_random_seed(0)
            layer = keras.layers.LSTM(256)
            layer.build((1, 1, 64))
            answer = keras.ops.convert_to_numpy(layer.cell.kernel)
            print(answer)"""),
        "jax": snippet("""
            from flax import nnx
            answer = nnx.OptimizedLSTMCell(64, 256, rngs=nnx.Rngs(0)).dense_i.kernel[...]
            print(answer)"""),
    },
    absent={**NO_TF_LAYER, **NO_WEIGHTS}, sources=(TORCH_LSTM, KERAS_LSTM, FLAX_RNN))

ORTHOGONAL = Convention(
    layer="lstm", option="orthogonal", title="orthogonality of a fresh LSTM's recurrent kernel", group="recurrent", leads=("R14",),
    question="Is the recurrent kernel of a fresh LSTM orthogonal: as a whole, gate by gate, or not at all?",
    variants=(
        Variant(value="packed", title="the packed kernel has orthonormal rows", config={"value": [True, False]},
                formula=r"R R^T = I", words="One matrix of H rows and 4H columns is drawn; a gate's own block is not orthogonal, and "
                                            "its weights are half as large as an orthogonal block's.",
                switch={"torch": "torch.nn.init.orthogonal_(layer.weight_hh_l0)", "keras": "the default",
                        "jax": "nnx.OptimizedLSTMCell"}),
        Variant(value="gate", title="each gate's block is orthogonal", config={"value": [False, True]},
                formula=r"R_g R_g^T = I", words="Four orthogonal matrices side by side: each keeps the length of the state. Cells with a "
                                                "layer for each gate have this.",
                switch={"torch": "torch.nn.init.orthogonal_ on each quarter of weight_hh_l0", "jax": "nnx.LSTMCell"}),
        Variant(value="none", title="not orthogonal", config={"value": [False, False]},
                formula=r"U\left(\pm \frac{1}{\sqrt{H}}\right)", words="Drawn number by number.")),
    probe=Probe(compute="constant"),
    example="Is R Rᵀ the identity, and is it for the first gate's block alone? {0}, {1} or {2}, where 1 is yes.",
    consequence="An orthogonal initialiser applied gate by gate is not Keras's: its weights are twice as large, and states grow or "
                "shrink at another pace in the first steps.",
    snippets={
        "torch": snippet("""
            import torch
            R = torch.nn.LSTM(4, 8).weight_hh_l0.T
            answer = [torch.allclose(M @ M.T, torch.eye(8), atol=1e-5) for M in (R, R[:, :8])]
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.LSTM(8)
            layer.build((1, 1, 4))
            R = keras.ops.convert_to_numpy(layer.cell.recurrent_kernel)
            answer = [np.allclose(M @ M.T, np.eye(8), atol=1e-5) for M in (R, R[:, :8])]
            print(answer)"""),
        "jax": snippet("""
            import numpy as np
            from flax import nnx
            R = np.array(nnx.OptimizedLSTMCell(4, 8, rngs=nnx.Rngs(0)).dense_h.kernel[...])
            answer = [np.allclose(M @ M.T, np.eye(8), atol=1e-5) for M in (R, R[:, :8])]
            print(answer)"""),
    },
    absent={**NO_TF_LAYER, **NO_WEIGHTS}, sources=(TORCH_LSTM, KERAS_LSTM, FLAX_RNN))

ROWS = (GATE_ORDER, RECURRENT_BIAS, FORGET_BIAS, GATE_ACTIVATION, FORGET_START, KERNEL_START, ORTHOGONAL)

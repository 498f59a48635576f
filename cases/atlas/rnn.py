"""Recurrent layers in general: axes, orientation, biases, dropout. The simple recurrent layer shows them."""


import numpy as np

from nnparity.cases.convention import AtlasRow, Probe, Variant, measured
from nnparity.cases.conventions import simple_rnn
from nnparity.cases.snippets.blocks import everywhere, onnx_node, snippet
from nnparity.cases.snippets.recurrent import FLAX_RNN, tensors

TORCH_RNN = "https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html"
KERAS_RNN = "https://keras.io/api/layers/recurrent_layers/simple_rnn/"
ONNX_RNN = "https://onnx.ai/onnx/operators/onnx__RNN.html"
NO_TF = {"tensorflow": "tf.nn has no simple recurrent layer; tf.keras is Keras"}

TIME_AXIS = AtlasRow(
    layer="simple_rnn", option="time_axis", title="time axis of a recurrent layer", group="recurrent", leads=("R9",),
    question="Which axis of its input does a recurrent layer take for time?",
    variants=(
        Variant(value=0, title="the first: (time, batch, features)", formula=r"x_{t n f}",
                words="One step is one block of memory.",
                switch={"torch": "the default", "keras": "not available; transpose", "onnx": "layout=0, the default",
                        "jax": "nnx.RNN(cell, time_major=True)"}),
        Variant(value=1, title="the second: (batch, time, features)", formula=r"x_{n t f}",
                words="Examples come first, as in "
                      "every other layer.",
                switch={"torch": "batch_first=True", "keras": "the only one", "onnx": "layout=1", "jax": "the default"})),
    probe=Probe(compute="rnn_last_state", arguments={"x": [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]}),
    example="An input of shape (2, 3, 1) with all weights one ends in the states {0}, or {1}.",
    consequence="Any input of three axes is accepted. With the axes exchanged the layer mixes examples with each other and "
                "forgets between the steps of each.",
    snippets={
        "torch": snippet("""
            import torch
            rnn = torch.nn.RNN(1, 1, bias=False)
            for p in rnn.parameters():
                torch.nn.init.ones_(p)
            x = torch.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])[:, :, None]
            _, answer = rnn(x)
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            x = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], "float32")[:, :, None]
            layer = keras.layers.SimpleRNN(1, kernel_initializer="ones", recurrent_initializer="ones")
            answer = keras.ops.convert_to_numpy(layer(x))
            print(answer)"""),
        "jax": snippet("""
            import numpy as np
            from flax import nnx
            ones = nnx.initializers.ones
            cell = nnx.SimpleCell(1, 1, kernel_init=ones, recurrent_kernel_init=ones, rngs=nnx.Rngs(0))
            x = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], "float32")[:, :, None]
            answer, _ = nnx.RNN(cell, return_carry=True)(x)
            print(answer)"""),
        **onnx_node("y_all, y = RNN <hidden_size = 1> (x, w, r)", inputs="float[] x, float[] w, float[] r", output="float[] y",
                    feeds='x = np.array([[[0.1], [0.2], [0.3]], [[0.4], [0.5], [0.6]]], "f")\n'
                          'w, r = np.ones((2, 1, 1, 1), "f")'),
    },
    absent=NO_TF, sources=(TORCH_RNN, KERAS_RNN, ONNX_RNN, FLAX_RNN))

ORIENTATION = AtlasRow(
    layer="simple_rnn", option="orientation", title="orientation of the recurrent kernel", group="recurrent", leads=("R10",),
    question="Is the stored recurrent kernel multiplied from the left or from the right?",
    variants=(
        Variant(value="out_in", title="stored as (out, in)", formula=r"h' = \tanh(R \, h)",
                words="States are columns: row i has "
                      "the weights into unit i.",
                switch={"torch": "weight_hh_l0", "onnx": "R"}),
        Variant(value="in_out", title="stored as (in, out)", formula=r"h' = \tanh(h \, R)",
                words="States are rows: column i has "
                      "the weights into unit i.",
                switch={"keras": "recurrent_kernel", "jax": "dense_h.kernel"})),
    probe=Probe(compute="rnn_step", arguments={"h": [1.0, 0.0], "recurrent_kernel": [[0.1, 0.2], [0.3, 0.4]]}),
    example="The state {h} and the stored matrix {recurrent_kernel} give {0} or {1}.",
    consequence="The recurrent kernel is square, so it loads without transposing and no shape complains; every step is wrong.",
    snippets={
        "torch": snippet("""
            import torch
            w = {"weight_ih": torch.zeros(2, 1), "weight_hh": torch.tensor([[0.1, 0.2], [0.3, 0.4]])}
            cell = torch.nn.RNNCell(1, 2, bias=False)
            answer = torch.func.functional_call(cell, w, (torch.zeros(1, 1), torch.tensor([[1.0, 0.0]])))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.SimpleRNN(2)
            layer.build((1, 1, 1))
            layer.set_weights([np.zeros((1, 2)), np.array([[0.1, 0.2], [0.3, 0.4]]), np.zeros(2)])
            y = layer(keras.ops.zeros((1, 1, 1)), initial_state=keras.ops.array([[1.0, 0.0]]))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            cell = nnx.SimpleCell(1, 2, rngs=nnx.Rngs(0))
            cell.dense_h.kernel[...] = jnp.array([[0.1, 0.2], [0.3, 0.4]])
            answer, _ = cell(jnp.array([[1.0, 0.0]]), jnp.zeros((1, 1)))
            print(answer)"""),
        **onnx_node("y = RNN <hidden_size = 2> (x, w, r, , , h)", **tensors("x w r h"),
                    feeds='x, w = np.zeros((1, 1, 1), "f"), np.zeros((1, 2, 1), "f")\n'
                          'r, h = np.array([[[0.1, 0.2], [0.3, 0.4]]], "f"), np.array([[[1, 0]]], "f")'),
    },
    absent=NO_TF, sources=(TORCH_RNN, KERAS_RNN, ONNX_RNN, "https://flax.readthedocs.io/en/stable/migrating/convert_pytorch_to_flax.html"))

RECURRENT_BIAS = measured(
    simple_rnn.RECURRENT_BIAS, title="number of biases of the simple recurrent layer", group="recurrent", leads=("R6",),
    probe=Probe(compute="layer", arguments={
        "kind": "simple_rnn", "output": "h_n", "inputs": {"x": np.zeros((1, 1, 1))},
        "params": {"kernel": np.zeros((1, 1)), "recurrent_kernel": np.zeros((1, 1)), "bias": np.array([0.5]),
                   "recurrent_bias": np.array([0.5])}}),
    example="With every bias 0.5 and everything else zero the first state is {0} or {1}.",
    snippets={
        "torch": snippet("""
            import torch
            cell = torch.nn.RNNCell(1, 1)
            for name, p in cell.named_parameters():
                torch.nn.init.constant_(p, 0.5 if "bias" in name else 0.0)
            answer = cell(torch.zeros(1, 1))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.SimpleRNN(1)
            layer.build((1, 1, 1))
            for w in layer.weights:
                w.assign(np.full(w.shape, 0.5 if w.name == "bias" else 0.0))
            answer = keras.ops.convert_to_numpy(layer(np.zeros((1, 1, 1), "float32")))
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            cell = nnx.SimpleCell(1, 1, rngs=nnx.Rngs(0))
            for dense in (cell.dense_i, cell.dense_h):
                if dense.bias is not None:
                    dense.bias[...] = jnp.full(1, 0.5)
            answer, _ = cell(jnp.zeros((1, 1)), jnp.zeros((1, 1)))
            print(answer)"""),
        **onnx_node("y = RNN <hidden_size = 1> (x, w, r, b)", **tensors("x w r b"),
                    feeds='x, w, r, b = *np.zeros((3, 1, 1, 1), "f"), np.full((1, 2), 0.5, "f")'),
    },
    absent=NO_TF, sources=(TORCH_RNN, KERAS_RNN, ONNX_RNN))

DROPOUT = AtlasRow(
    layer="simple_rnn", option="dropout_on", title="what a recurrent layer's dropout drops", group="recurrent", leads=("R13",),
    question="What does the argument dropout of a single recurrent layer drop in training?",
    variants=(
        Variant(value="between_layers", title="the outputs passed to the next layer of a stack", formula=r"h = \tanh(x)",
                words="A single layer has no next one: nothing is dropped. Nor is it behind the last layer of a stack.",
                switch={"torch": "RNN(n, m, num_layers=2, dropout=p)", "keras": "Dropout layers between the recurrent ones"}),
        Variant(value="inputs", title="the inputs", formula=r"h = \tanh(m \odot x)",
                words="One mask for all steps of a sequence. "
                "The recurrent product has an option of its own.",
                switch={"keras": "SimpleRNN(n, dropout=p); recurrent_dropout for the state", "torch": "not available"})),
    probe=Probe(compute="rnn_all_dropped", arguments={"x": [1.0]}),
    example="Input 1, weight 1 and a dropout of 1, which drops all there is to drop: {0[0]} or {1[0]}.",
    consequence="The same number means no regularisation at all in one framework; PyTorch warns, and trains on.",
    snippets={
        "torch": snippet("""
            import torch
            rnn = torch.nn.RNN(1, 1, bias=False, dropout=1.0)
            for p in rnn.parameters():
                torch.nn.init.ones_(p)
            answer, _ = rnn(torch.ones(1, 1, 1))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.SimpleRNN(1, dropout=1.0, kernel_initializer="ones")
            answer = keras.ops.convert_to_numpy(layer(np.ones((1, 1, 1), "float32"), training=True))
            print(answer)"""),
    },
    absent={"jax": "flax's cells have no dropout", **NO_TF, **everywhere("ONNX's recurrent operators have no dropout",
                                                                        "onnx", "onnxruntime")},
    sources=(TORCH_RNN, KERAS_RNN))

ROWS = (TIME_AXIS, ORIENTATION, RECURRENT_BIAS, DROPOUT)

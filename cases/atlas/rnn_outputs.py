"""What recurrent layers hand out: the order when they read backwards, and the steps that are padding."""

from dataclasses import replace

from nnparity.cases.atlas.rnn import KERAS_RNN, NO_TF, ONNX_RNN, TORCH_RNN
from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, onnx_node, snippet
from nnparity.cases.snippets.recurrent import FLAX_RNN

SEQUENCE = 'x, w, r = np.array([[[1]], [[-2]], [[3]]], "f"), *np.ones((2, 1, 1, 1), "f")'

BACKWARD = AtlasRow(
    layer="simple_rnn", option="backward_order", title="outputs of a layer that reads backwards", group="recurrent",
    leads=("R15",), question="In which order does a layer that reads its input backwards hand out its states?",
    variants=(
        Variant(value="time", title="in the order of time", formula=r"y_t = h_t",
                words="Row t belongs to step t; the state that has seen everything stands first.",
                switch={"keras": "Bidirectional, or keras.ops.flip(y, axis=1)",
                        "jax": "nnx.RNN(cell, reverse=True, keep_order=True)"}),
        Variant(value="reading", title="in the order of reading", formula=r"y_t = h_{T - 1 - t}",
                words="The first row is what was computed first, at the last step.",
                switch={"keras": "go_backwards=True", "jax": "nnx.RNN(cell, reverse=True)",
                        "torch": "flip the input and leave the output"})),
    probe=Probe(compute="rnn_backward", arguments={"x": [1.0, -2.0, 3.0]}),
    example="The inputs {x}, all weights one: {0} or {1}.",
    consequence="Added to a forward layer's outputs without flipping, each step is paired with the wrong one.",
    snippets={
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.SimpleRNN(1, go_backwards=True, return_sequences=True, kernel_initializer="ones",
                                           recurrent_initializer="ones")
            y = layer(np.array([1, -2, 3], "float32").reshape(1, 3, 1))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            ones = nnx.initializers.ones
            cell = nnx.SimpleCell(1, 1, kernel_init=ones, recurrent_kernel_init=ones, rngs=nnx.Rngs(0))
            answer = nnx.RNN(cell, reverse=True)(jnp.array([1.0, -2, 3]).reshape(1, 3, 1))
            print(answer)"""),
        **onnx_node('y = RNN <hidden_size = 1, direction = "reverse"> (x, w, r)', inputs="float[] x, float[] w, float[] r",
                    output="float[] y", feeds=SEQUENCE),
    },
    absent={"torch": "a layer that reads backwards exists only as half of a bidirectional one", **NO_TF},
    sources=(KERAS_RNN, ONNX_RNN, FLAX_RNN))

BOTH = AtlasRow(
    layer="bidirectional", option="backward_order", title="backward half of a bidirectional layer", group="recurrent",
    leads=("R15",), question="Are both halves of a bidirectional layer's output in the order of time?",
    variants=(
        replace(BACKWARD.variants[0], switch={
            "torch": "bidirectional=True", "keras": "Bidirectional(layer)", "onnx": 'direction="bidirectional"'}),
        replace(BACKWARD.variants[1], switch={"keras": "two layers by hand, the second with go_backwards=True"})),
    probe=Probe(compute="rnn_both_directions", arguments={"x": [1.0, -2.0, 3.0]}),
    example="The inputs {x}, all weights one, a row for each step: {0} or {1}.",
    consequence="A bidirectional layer put together by hand from two layers disagrees everywhere but in the middle.",
    snippets={
        "torch": snippet("""
            import torch
            rnn = torch.nn.RNN(1, 1, bias=False, bidirectional=True)
            for p in rnn.parameters():
                torch.nn.init.ones_(p)
            answer, _ = rnn(torch.tensor([1.0, -2, 3]).reshape(3, 1, 1))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.SimpleRNN(1, return_sequences=True, kernel_initializer="ones",
                                           recurrent_initializer="ones")
            y = keras.layers.Bidirectional(layer)(np.array([1, -2, 3], "float32").reshape(1, 3, 1))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            ones = nnx.initializers.ones
            def rnn():
                return nnx.RNN(nnx.SimpleCell(1, 1, kernel_init=ones, recurrent_kernel_init=ones, rngs=nnx.Rngs(0)))
            answer = nnx.Bidirectional(rnn(), rnn())(jnp.array([1.0, -2, 3]).reshape(1, 3, 1))
            print(answer)"""),
        **onnx_node('y = RNN <hidden_size = 1, direction = "bidirectional"> (x, w, r)',
                    inputs="float[] x, float[] w, float[] r", output="float[] y",
                    feeds='x, w, r = np.array([[[1]], [[-2]], [[3]]], "f"), *np.ones((2, 2, 1, 1), "f")'),
    },
    absent=NO_TF, sources=(TORCH_RNN, "https://keras.io/api/layers/recurrent_layers/bidirectional/", ONNX_RNN, FLAX_RNN))

LAST = AtlasRow(
    layer="bidirectional", option="last_of", title="last output of a bidirectional layer", group="recurrent", leads=("R15",),
    question="Has the backward half of a bidirectional layer's last output read the whole sequence, or the last step alone?",
    variants=(
        Variant(value="whole", title="the whole sequence", formula=r"y = (\overrightarrow{h}_{T - 1}, \overleftarrow{h}_0)",
                words="The final state of each direction: that of the backward half belongs to the first step.",
                switch={"torch": "torch.cat([h_n[0], h_n[1]], -1)", "keras": "Bidirectional(layer), return_sequences=False",
                        "onnx": "Y_h"}),
        Variant(value="step", title="the last step alone", formula=r"y = (\overrightarrow{h}_{T - 1}, \overleftarrow{h}_{T - 1})",
                words="The last row of the outputs in the order of time, where the backward half has only begun.",
                switch={"torch": "output[-1]", "keras": "return_sequences=True, then y[:, -1]", "jax": "y[:, -1]"})),
    probe=Probe(compute="rnn_last_of_both", arguments={"x": [1.0, -2.0, 3.0]}),
    example="The inputs {x}, all weights one: {0} or {1}.",
    consequence="A classifier that takes output[-1] in PyTorch for Keras's Bidirectional throws away what the backward half "
                "has read: half of its features know one step.",
    snippets={
        "torch": BOTH.snippets["torch"].replace("answer, _ = rnn(", "y, _ = rnn(").replace("print(answer)",
                                                                                           "answer = y[-1]\nprint(answer)"),
        "keras": BOTH.snippets["keras"].replace("return_sequences=True, ", ""),
        "jax": BOTH.snippets["jax"].replace("reshape(1, 3, 1))", "reshape(1, 3, 1))[:, -1]"),
    },
    absent={**NO_TF, **everywhere("RNN gives both: the outputs Y and the final states Y_h", "onnx", "onnxruntime")},
    sources=BOTH.sources)

PADDED = AtlasRow(
    layer="simple_rnn", option="padded_output", title="output at padded steps", group="recurrent", leads=("R17",),
    question="What does a recurrent layer hand out at steps that are padding?",
    variants=(
        Variant(value="zeros", title="zeros", formula=r"y_t = 0",
                words="There is nothing to say about a step that does not exist.",
                switch={"torch": "pack_padded_sequence, pad_packed_sequence", "keras": "keras.layers.RNN(cell, "
                        "zero_output_for_mask=True)", "onnx": "sequence_lens"}),
        Variant(value="repeat", title="the last state again", formula=r"y_t = y_{\ell - 1}",
                words="The state is carried on, so that the last row is the final state of every example.",
                switch={"keras": "a mask", "torch": "not available; gather the last valid row"}),
        Variant(value="runs_on", title="the padding is read as well", formula=r"y_t = \tanh(x_t + y_{t-1})",
                words="Lengths decide about the returned state only; outputs at padding are to be ignored.",
                switch={"jax": "nnx.RNN with seq_lengths", "torch": "no packing", "keras": "no mask"})),
    probe=Probe(compute="rnn_padded", arguments={"x": [1.0, -2.0, 0.0], "length": 2}),
    example="The inputs {x}, of which two are valid, all weights one: {0}, {1} or {2}.",
    consequence="y[:, -1] is the final state in one framework, zero in another and something else in the third; a mean over time "
                "counts the padding differently.",
    snippets={
        "torch": snippet("""
            import torch
            from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
            rnn = torch.nn.RNN(1, 1, bias=False)
            for p in rnn.parameters():
                torch.nn.init.ones_(p)
            y, _ = rnn(pack_padded_sequence(torch.tensor([1.0, -2, 0]).reshape(3, 1, 1), [2]))
            answer, _ = pad_packed_sequence(y, total_length=3)
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.SimpleRNN(1, return_sequences=True, kernel_initializer="ones",
                                           recurrent_initializer="ones")
            x = np.array([1, -2, 0], "float32").reshape(1, 3, 1)
            answer = keras.ops.convert_to_numpy(layer(x, mask=np.array([[True, True, False]])))
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            ones = nnx.initializers.ones
            cell = nnx.SimpleCell(1, 1, kernel_init=ones, recurrent_kernel_init=ones, rngs=nnx.Rngs(0))
            x = jnp.array([1.0, -2, 0]).reshape(1, 3, 1)
            answer = nnx.RNN(cell)(x, seq_lengths=jnp.array([2]))
            print(answer)"""),
        **onnx_node("y = RNN <hidden_size = 1> (x, w, r, , s)", inputs="float[] x, float[] w, '\n    'float[] r, int32[] s",
                    output="float[] y", feeds='x, w, r = np.array([[[1]], [[-2]], [[0]]], "f"), *np.ones((2, 1, 1, 1), "f")\n'
                                              's = np.array([2], "i")'),
    },
    absent=NO_TF, sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_packed_sequence.html",
                           "https://keras.io/guides/understanding_masking_and_padding/", ONNX_RNN, FLAX_RNN))

ROWS = (BACKWARD, BOTH, LAST, PADDED)

"""Recurrent layers on top of each other: the states that a stack hands out, what its second layer reads, where it drops."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, snippet

TORCH_RNN = "https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html"
KERAS_STACK = "https://keras.io/api/layers/recurrent_layers/stacked_rnn_cell/"
KERAS_BOTH = "https://keras.io/api/layers/recurrent_layers/bidirectional/"
NO_STACK = {"tensorflow": "tf.nn has no stack of recurrent layers; tf.keras is Keras",
            "jax": "flax has no stack: layers are put on top of each other by hand",
            **everywhere("the operator RNN is one layer; a stack is several nodes", "onnx", "onnxruntime")}

STATES = AtlasRow(
    layer="stacked_rnn", option="state_of", title="final state of a stack of recurrent layers", group="recurrent", leads=("R13",),
    question="Of which layers are the states h_n of a stack of recurrent layers (RNN, GRU, LSTM), and in which order?",
    variants=(
        Variant(value="all", title="of every layer, the first layer first", formula=r"(h^{(1)}_T, h^{(2)}_T)",
                words="The state of the topmost layer, which a classifier reads, is the last one.",
                switch={"torch": "h_n; h_n[-1] is the top layer's", "keras": "RNN([cell, cell], return_state=True)"}),
        Variant(value="all_reversed", title="of every layer, the last layer first", formula=r"(h^{(2)}_T, h^{(1)}_T)",
                words="The order of old Keras with reverse_state_order=True, which Keras 3 no longer has."),
        Variant(value="top", title="of the last layer alone", formula=r"(h^{(2)}_T)",
                words="What a stack of separate layers returns, each layer's state being its own.",
                switch={"torch": "h_n[-1]", "keras": "two layers, return_state=True on the last"})),
    probe=Probe(compute="stack_states", arguments={"x": [1.0, -2.0, 3.0]}),
    example="The inputs {x}, two layers with all weights one: {0}, {1} or {2}.",
    consequence="A decoder that is started from the encoder's h_n gets the states of the wrong layers; a classifier that takes "
                "h_n[0] for the last layer reads the first.",
    snippets={
        "torch": snippet("""
            import torch
            rnn = torch.nn.RNN(1, 1, num_layers=2, bias=False)
            for p in rnn.parameters():
                torch.nn.init.ones_(p)
            _, h_n = rnn(torch.tensor([1.0, -2, 3]).reshape(3, 1, 1))
            answer = h_n[:, 0, 0]
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
            layer = keras.layers.RNN([keras.layers.SimpleRNNCell(1, **ones) for _ in range(2)], return_state=True)
            y, *states = layer(np.array([1, -2, 3], "float32").reshape(1, 3, 1))
            answer = [keras.ops.convert_to_numpy(h)[0, 0] for h in states]
            print(answer)"""),
    },
    absent=NO_STACK, sources=(TORCH_RNN, KERAS_STACK))

STATE_ORDER = AtlasRow(
    layer="stacked_bidirectional", option="state_order", title="order of the states of a bidirectional stack",
    group="recurrent", leads=("R15",),
    question="Do the states of a stack of bidirectional layers come layer by layer or direction by direction?",
    variants=(
        Variant(value="layer", title="layer by layer, forwards before backwards",
                formula=r"(\overrightarrow{h}^{(1)}, \overleftarrow{h}^{(1)}, \overrightarrow{h}^{(2)}, "
                        r"\overleftarrow{h}^{(2)})",
                words="Row 2 l + d is layer l, direction d; h_n.view(layers, directions, batch, units) has both as axes.",
                switch={"torch": "h_n", "keras": "two Bidirectional layers with return_state=True, one behind the other"}),
        Variant(value="direction", title="direction by direction, the first layer first",
                formula=r"(\overrightarrow{h}^{(1)}, \overrightarrow{h}^{(2)}, \overleftarrow{h}^{(1)}, "
                        r"\overleftarrow{h}^{(2)})",
                words="Each direction is a stack of its own, and its states stay together.",
                switch={"keras": "Bidirectional(RNN([cell, cell], return_state=True))",
                        "torch": "h_n.view(layers, 2, batch, units).transpose(0, 1)"})),
    probe=Probe(compute="bidirectional_stack_states", arguments={"biases": [[0.1, 0.2], [0.3, 0.4]]}),
    example="One step from zero, biases 0.1 and 0.2 of the first layer's directions, 0.3 and 0.4 of the second's: {0} or {1}.",
    consequence="h_n[-1] of a bidirectional stack is the backward half of the top layer alone; a half of the wrong layer is "
                "taken for the other where rows are picked by the other order.",
    snippets={
        "torch": snippet("""
            import torch
            rnn = torch.nn.RNN(1, 1, num_layers=2, bidirectional=True)
            for p in rnn.parameters():
                torch.nn.init.zeros_(p)
            for bias, p in ((0.1, "l0"), (0.2, "l0_reverse"), (0.3, "l1"), (0.4, "l1_reverse")):
                torch.nn.init.constant_(getattr(rnn, f"bias_ih_{p}"), bias)
            answer = rnn(torch.zeros(1, 1, 1))[1][:, 0, 0]
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            def half(*biases, **back):
                constants = [keras.initializers.Constant(b) for b in biases]
                cells = [keras.layers.SimpleRNNCell(1, kernel_initializer="zeros", bias_initializer=c) for c in constants]
                return keras.layers.RNN(cells, return_state=True, **back)
            layer = keras.layers.Bidirectional(half(0.1, 0.3), backward_layer=half(0.2, 0.4, go_backwards=True))
            y, *states = layer(np.zeros((1, 1, 1), "float32"))
            answer = [keras.ops.convert_to_numpy(h)[0, 0] for h in states]
            print(answer)"""),
    },
    absent=NO_STACK, sources=(TORCH_RNN, KERAS_BOTH, KERAS_STACK))

SECOND_INPUT = AtlasRow(
    layer="stacked_bidirectional", option="second_reads", title="input of the second layer of a bidirectional stack",
    group="recurrent", leads=("R15",),
    question="Does the second layer of a bidirectional stack read both directions of the first, or only its own?",
    variants=(
        Variant(value="both", title="both directions, side by side",
                formula=r"\overrightarrow{h}^{(2)}_t = \tanh(W \, (\overrightarrow{h}^{(1)}_t, "
                        r"\overleftarrow{h}^{(1)}_t) + \ldots)",
                words="At each step the second layer knows the whole sequence. Its input kernel has twice as many rows.",
                switch={"torch": "num_layers=2, bidirectional=True", "keras": "two Bidirectional layers, one behind the other"}),
        Variant(value="own", title="its own direction alone",
                formula=r"\overrightarrow{h}^{(2)}_t = \tanh(W \, \overrightarrow{h}^{(1)}_t + \ldots)",
                words="Two stacks that never meet, one forwards and one backwards; their outputs are joined at the top.",
                switch={"keras": "Bidirectional(RNN([cell, cell]))",
                        "torch": "two RNN(num_layers=2), the second on the flipped input"})),
    probe=Probe(compute="bidirectional_stack", arguments={"x": [1.0, -2.0, 3.0]}),
    example="The inputs {x}, two layers with all weights one, a row for each step: {0} or {1}.",
    consequence="The kernels of the second layer have another shape, (2 H, H) or (H, H). Whoever cuts them to fit loses half of "
                "what the layer read.",
    snippets={
        "torch": snippet("""
            import torch
            rnn = torch.nn.RNN(1, 1, num_layers=2, bias=False, bidirectional=True)
            for p in rnn.parameters():
                torch.nn.init.ones_(p)
            answer, _ = rnn(torch.tensor([1.0, -2, 3]).reshape(3, 1, 1))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
            cells = [keras.layers.SimpleRNNCell(1, **ones), keras.layers.SimpleRNNCell(1, **ones)]
            layer = keras.layers.Bidirectional(keras.layers.RNN(cells, return_sequences=True))
            y = layer(np.array([1, -2, 3], "float32").reshape(1, 3, 1))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
    },
    absent=NO_STACK, sources=(TORCH_RNN, KERAS_BOTH, KERAS_STACK))

DROPOUT = AtlasRow(
    layer="stacked_rnn", option="drops", title="dropout of a stack of recurrent layers", group="recurrent", leads=("R13",),
    question="Where does the argument dropout of a stack of recurrent layers drop: between, before or behind its layers?",
    variants=(
        Variant(value="between", title="between the layers, not behind the last", formula=r"h^{(2)} = \tanh(m \odot h^{(1)})",
                words="What the stack hands out is whole, and so are its final states.",
                switch={"torch": "RNN(n, m, num_layers=2, dropout=p)", "keras": "dropout=p on all layers but the first"}),
        Variant(value="before", title="before every layer, the first too",
                formula=r"h^{(2)} = \tanh(m' \odot \tanh(m \odot x))",
                words="Each layer drops of its own input.",
                switch={"keras": "dropout=p on every layer", "torch": "a Dropout before the stack, besides"}),
        Variant(value="behind", title="behind every layer, the last too",
                formula=r"y = m' \odot \tanh(m \odot h^{(1)})",
                words="What many write by hand: recurrent layer, dropout, recurrent layer, dropout.",
                switch={"torch": "a Dropout behind the stack, besides", "keras": "Dropout layers behind each"})),
    probe=Probe(compute="stack_dropped", arguments={"x": 1.0, "bias": 0.5}),
    example="Input {x:.0f}, weights one, biases {bias} and a dropout of 1, which drops all there is to drop: the first layer's "
            "state and the last layer's output are {0}, {1} or {2}.",
    consequence="The port of a stack regularises one place more or less than the original. Nothing differs in evaluation.",
    snippets={
        "torch": snippet("""
            import torch
            rnn = torch.nn.RNN(1, 1, num_layers=2, dropout=1.0)
            for name, p in rnn.named_parameters():
                torch.nn.init.constant_(p, {"weight": 1.0, "bias_i": 0.5, "bias_h": 0.0}[name[:6]])
            y, h_n = rnn(torch.ones(1, 1, 1))
            answer = [h_n[0, 0, 0].detach(), y[0, 0, 0].detach()]
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            def layer():
                return keras.layers.SimpleRNN(1, dropout=1.0, return_sequences=True, kernel_initializer="ones",
                                              bias_initializer=keras.initializers.Constant(0.5))
            h = layer()(np.ones((1, 1, 1), "float32"), training=True)
            y = layer()(h, training=True)
            answer = [keras.ops.convert_to_numpy(a)[0, 0, 0] for a in (h, y)]
            print(answer)"""),
    },
    absent=NO_STACK, sources=(TORCH_RNN, "https://keras.io/api/layers/recurrent_layers/simple_rnn/"))

NO_DROPOUT = {"tensorflow": "tf.nn has no recurrent layer; tf.keras is Keras",
                    **everywhere("ONNX's recurrent operators have no dropout", "onnx", "onnxruntime")}
DRAWN = (
    Variant(value="steps", title="anew at every step", formula=r"\tilde{x}_t = m_t \odot x_t", config={"value": 1.0},
            words="A unit that is dropped at one step is there at the next.",
            switch={"torch": "dropout=p", "keras": "a Dropout layer before, with noise_shape=None, the default",
                    "jax": "nnx.Dropout"}),
    Variant(value="sequence", title="once for the whole sequence", formula=r"\tilde{x}_t = m \odot x_t", config={"value": 0.0},
            words="A unit that is dropped is dropped at every step (Gal and Ghahramani 2016).",
            switch={"keras": "dropout=p, recurrent_dropout=p; Dropout(p, noise_shape=(None, 1, None))",
                    "torch": "not available; multiply by a mask of shape (1, batch, features)",
                    "jax": "nnx.Dropout(p, broadcast_dims=(1,))"}))
GAL = "https://arxiv.org/abs/1512.05287"

MASK = AtlasRow(
    layer="rnn_dropout", option="mask", title="mask of a recurrent layer's dropout", group="recurrent", leads=("R13",),
    question="Does the dropout of a recurrent layer (RNN, GRU, LSTM) draw a new mask at every time step, or one for all?",
    variants=DRAWN, probe=Probe(compute="constant"),
    example="100 units over three steps, half of them dropped: is one dropped at one step and kept at another? {0:.0f} (yes) or "
            "{1:.0f} (no).",
    consequence="Over a long sequence a mask that is drawn anew averages out, and one that stays takes whole features away: the "
                "same rate regularises differently.",
    snippets={
        "torch": snippet("""
            import torch
            rnn = torch.nn.RNN(100, 100, num_layers=2, bias=False, dropout=0.5)
            for name, p in rnn.named_parameters():
                torch.nn.init.eye_(p) if "weight_ih" in name else torch.nn.init.zeros_(p)
            y, _ = rnn(torch.ones(3, 1, 100))
            answer = ((y != 0).any(0) & (y == 0).any(0)).any()
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.SimpleRNN(100, dropout=0.5, return_sequences=True, kernel_initializer="identity",
                                           recurrent_initializer="zeros")
            y = keras.ops.convert_to_numpy(layer(np.ones((1, 3, 100), "float32"), training=True))
            answer = ((y != 0).any(1) & (y == 0).any(1)).any()
            print(answer)"""),
    },
    absent={"jax": "flax's cells have no dropout; nnx.Dropout between them draws at every step", **NO_DROPOUT},
    sources=(GAL, TORCH_RNN, "https://keras.io/api/layers/recurrent_layers/simple_rnn/"))

STATE_MASK = AtlasRow(
    layer="recurrent_dropout", option="mask", title="mask of recurrent dropout", group="recurrent", leads=("R13",),
    question="Does recurrent dropout, which drops parts of the state, draw a new mask at every time step or one for all?",
    variants=DRAWN, probe=Probe(compute="constant"),
    example="A state of 100 units, carried on unchanged over three steps, half of them dropped: does one fall away after the "
            "first step? {0:.0f} (yes) or {1:.0f} (no).",
    consequence="With a mask that is drawn anew nothing of a state is left after some steps, at a rate of 0.5 one thousandth "
                "after ten. PyTorch's layers have no such option: its dropout is not the counterpart.",
    snippets={
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.SimpleRNN(100, activation=None, recurrent_dropout=0.5, return_sequences=True,
                                           recurrent_initializer="identity")
            start = keras.ops.ones((1, 100))
            y = layer(np.zeros((1, 3, 100), "float32"), initial_state=start, training=True)
            y = keras.ops.convert_to_numpy(y)
            answer = ((y != 0).any(1) & (y == 0).any(1)).any()
            print(answer)"""),
    },
    absent={"torch": "its recurrent layers drop between layers only", "jax": "flax's cells have no dropout", **NO_DROPOUT},
    sources=(GAL, "https://keras.io/api/layers/recurrent_layers/simple_rnn/"))

ROWS = (STATES, STATE_ORDER, SECOND_INPUT, DROPOUT, MASK, STATE_MASK)

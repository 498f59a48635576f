"""What a fresh LSTM holds before its first step of training."""

from nnparity.cases.atlas.initialiser import NO_WEIGHTS
from nnparity.cases.atlas.lstm import KERAS_LSTM, TORCH_LSTM
from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import snippet
from nnparity.cases.snippets.recurrent import FLAX_RNN

NO_TF_LAYER = {"tensorflow": "tf.nn has no layers that own weights; tf.keras is Keras"}

FORGET_START = AtlasRow(
    layer="lstm", option="start", title="forget gate's bias in a fresh LSTM", group="recurrent", leads=("R7",),
    question="Which bias does the forget gate of an LSTM have that was not trained yet?",
    variants=(
        Variant(value=0, title="zero", formula="b_f = 0", words="The gate starts half open.",
                switch={"keras": "LSTM(n, unit_forget_bias=False)", "torch": "torch.nn.init.zeros_ on both biases"}),
        Variant(value=1, title="one", formula="b_f = 1",
                words="The gate starts three quarters open, so that the gradient reaches "
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

KERNEL_START = AtlasRow(
    layer="lstm", option="distribution", title="initialiser of an LSTM's input kernel", group="recurrent", leads=("R14",),
    question="From which distribution comes the input kernel of an LSTM that was given no initialiser?",
    variants=(
        Variant(value="torch_uniform", title="uniform, bound 1/√H", formula=r"U\left(\pm \frac{1}{\sqrt{H}}\right)",
                words="The number of units counts, that of inputs does not; the recurrent kernel and the biases have the same."),
        Variant(value="glorot_packed", title="Glorot uniform of the packed kernel",
                formula=r"U\left(\pm \sqrt{\frac{6}{n_{in} + 4 H}}\right)",
                words="All four gates count as outputs of one matrix, so each gate gets smaller weights than a layer of its own.",
                switch={"torch": "torch.nn.init.xavier_uniform_(layer.weight_ih_l0)"}),
        Variant(value="glorot_gate", title="Glorot uniform gate by gate",
                formula=r"U\left(\pm \sqrt{\frac{6}{n_{in} + H}}\right)",
                words="What Glorot's formula gives for one gate. No framework here has it by default.",
                switch={"torch": "torch.nn.init.xavier_uniform_ on each quarter of weight_ih_l0"}),
        Variant(value="lecun_normal", title="LeCun normal, truncated", formula=r"N\left(0, \frac{1}{n_{in}}\right)",
                words="The number of inputs counts alone.", switch={"keras": "LSTM(n, kernel_initializer='lecun_normal')"})),
    probe=Probe(compute="lstm_kernel", arguments={"inputs": 64, "hidden": 256}, match="distribution", size=4 * 64 * 256),
    example="For 64 inputs and 256 units the bounds are 0.0625, 0.0743 and 0.1369; the normal has the standard deviation 0.125.",
    consequence="The first epochs differ. A port that initialises gate by gate, as a text about Glorot's formula suggests, "
                "starts with weights almost twice as large as Keras's.",
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

ORTHOGONAL = AtlasRow(
    layer="lstm", option="orthogonal", title="orthogonality of a fresh LSTM's recurrent kernel", group="recurrent",
    leads=("R14",),
    question="Is the recurrent kernel of a fresh LSTM orthogonal: as a whole, gate by gate, or not at all?",
    variants=(
        Variant(value="packed", title="the packed kernel has orthonormal rows", config={"value": [True, False]},
                formula=r"R R^T = I",
                words="One matrix of H rows and 4H columns is drawn; a gate's own block is not orthogonal, and "
                      "its weights are half as large as an orthogonal block's.",
                switch={"torch": "torch.nn.init.orthogonal_(layer.weight_hh_l0)", "keras": "the default",
                        "jax": "nnx.OptimizedLSTMCell"}),
        Variant(value="gate", title="each gate's block is orthogonal", config={"value": [False, True]},
                formula=r"R_g R_g^T = I",
                words="Four orthogonal matrices side by side: each keeps the length of the state. Cells with a "
                      "layer for each gate have this.",
                switch={"torch": "torch.nn.init.orthogonal_ on each quarter of weight_hh_l0", "jax": "nnx.LSTMCell"}),
        Variant(value="none", title="not orthogonal", config={"value": [False, False]},
                formula=r"U\left(\pm \frac{1}{\sqrt{H}}\right)", words="Drawn number by number.")),
    probe=Probe(compute="constant"),
    example="Is R Rᵀ the identity, and is it for the first gate's block alone? {0}, {1} or {2}, where 1 is yes.",
    consequence="An orthogonal initialiser applied gate by gate is not Keras's: its weights are twice as large, and states grow "
                "or shrink at another pace in the first steps.",
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

ROWS = (FORGET_START, KERNEL_START, ORTHOGONAL)

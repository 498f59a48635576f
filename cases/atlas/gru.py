"""The gated recurrent unit: which formula, and how its weights are packed."""



import numpy as np

from nnparity.cases.convention import AtlasRow, Probe, Variant, measured
from nnparity.cases.conventions import gru
from nnparity.cases.snippets.blocks import onnx_node, snippet
from nnparity.cases.snippets.recurrent import FLAX_RNN, tensors

TORCH_GRU = "https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html"
KERAS_GRU = "https://keras.io/api/layers/recurrent_layers/gru/"
ONNX_GRU = "https://onnx.ai/onnx/operators/onnx__GRU.html"
NO_BIAS = np.zeros((3, 1))

RESET = measured(
    gru.RESET, title="GRU reset gate", group="recurrent", leads=("R1",),
    probe=Probe(compute="layer", arguments={
        "kind": "gru", "output": "h_n", "recurrent_bias": "none", "inputs": {"x": np.ones((1, 1, 1)), "h0": np.array([[1, -1]])},
        "params": {"kernel": np.array([[[2, -1]], [[0, 0]], [[1, -1]]]), "bias": np.zeros((3, 2)),
                   "recurrent_kernel": np.array([np.zeros((2, 2)), np.zeros((2, 2)), [[0, 1], [2, 0]]])}}),
    example="Two units with the old states 1 and -1, reset gates of 0.88 and 0.27 and a recurrent kernel that exchanges them "
            "have the new states {0} or {1}. With one unit and no bias the two formulas are the same.",
    snippets={
        "torch": snippet("""
            import torch
            w = {"weight_ih": torch.tensor([[2.0], [-1], [0], [0], [1], [-1]]), "weight_hh": torch.zeros(6, 2)}
            w["weight_hh"][4:] = torch.tensor([[0.0, 2], [1, 0]])
            cell = torch.nn.GRUCell(1, 2, bias=False)
            answer = torch.func.functional_call(cell, w, (torch.ones(1, 1), torch.tensor([[1.0, -1]])))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.GRU(2)
            layer.build((1, 1, 1))
            kernel = np.array([[0, 0, 2, -1, 1, -1]], "float32")
            recurrent_kernel = np.array([[0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 2, 0]], "float32")
            layer.set_weights([kernel, recurrent_kernel, np.zeros((2, 6))])
            y = layer(keras.ops.ones((1, 1, 1)), initial_state=keras.ops.array([[1.0, -1]]))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            w_ru = tf.constant([[2.0, -1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
            w_c = tf.constant([[1.0, -1], [0, 1], [2, 0]])
            cell = tf.raw_ops.GRUBlockCell(x=tf.ones((1, 1)), h_prev=tf.constant([[1.0, -1]]), w_ru=w_ru, w_c=w_c,
                                           b_ru=tf.zeros(4), b_c=tf.zeros(2))
            answer = cell.h
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            cell = nnx.GRUCell(1, 2, rngs=nnx.Rngs(0))
            cell.dense_i.kernel[...] = jnp.array([[2.0, -1, 0, 0, 1, -1]])
            cell.dense_h.kernel[...] = jnp.array([[0.0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 2, 0]])
            answer, _ = cell(jnp.array([[1.0, -1]]), jnp.ones((1, 1)))
            print(answer)"""),
        **onnx_node("y = GRU <hidden_size = 2> (x, w, r, , , h)", **tensors("x w r h"),
                    feeds='x, w = np.ones((1, 1, 1), "f"), np.array([[[0], [0], [2], [-1], [1], [-1]]], "f")\n'
                          'r, h = np.array([[[0, 0]] * 4 + [[0, 2], [1, 0]]], "f"), np.array([[[1, -1]]], "f")'),
    },
    sources=(*gru.RESET.sources, TORCH_GRU, ONNX_GRU, "https://github.com/ROCm/MIOpen/issues/716"))

RECURRENT_BIAS = measured(
    gru.RECURRENT_BIAS, title="recurrent bias of the GRU's candidate", group="recurrent", leads=("R1b",),
    probe=Probe(compute="layer", arguments={
        "kind": "gru", "output": "h_n", "inputs": {"x": np.zeros((1, 1, 1))},
        "params": {"kernel": np.zeros((3, 1, 1)), "recurrent_kernel": np.zeros((3, 1, 1)), "bias": NO_BIAS,
                   "recurrent_bias": np.array([[0], [0], [1]])}}),
    example="With a recurrent bias of 1 for the candidate and everything else zero the first state is {0}, {1} or {2}.",
    snippets={
        "torch": snippet("""
            import torch
            cell = torch.nn.GRUCell(1, 1)
            for p in cell.parameters():
                torch.nn.init.zeros_(p)
            torch.nn.init.ones_(cell.bias_hh[2:])
            answer = cell(torch.zeros(1, 1))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.GRU(1)
            layer.build((1, 1, 1))
            layer.set_weights([np.zeros((1, 3)), np.zeros((1, 3)), np.array([[0, 0, 0], [0, 0, 1]])])
            answer = keras.ops.convert_to_numpy(layer(np.zeros((1, 1, 1), "float32")))
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            cell = nnx.GRUCell(1, 1, bias_init=nnx.initializers.zeros, rngs=nnx.Rngs(0))
            assert cell.dense_h.bias is None  # no place for a recurrent bias
            answer, _ = cell(jnp.zeros((1, 1)), jnp.zeros((1, 1)))
            print(answer)"""),
        **onnx_node("y = GRU <hidden_size = 1> (x, w, r, b)", **tensors("x w r b"),
                    feeds='x, w, r = np.zeros((1, 1, 1), "f"), *np.zeros((2, 1, 3, 1), "f")\n'
                          'b = np.array([[0, 0, 0, 0, 0, 1]], "f")'),
    },
    absent={"tensorflow": "tf.raw_ops.GRUBlockCell has one bias a gate and nothing to set; tf.keras is Keras"},
    sources=(*gru.RECURRENT_BIAS.sources, TORCH_GRU, FLAX_RNN, ONNX_GRU))

UPDATE = measured(
    gru.UPDATE, title="GRU update gate", group="recurrent", leads=("R2",),
    probe=Probe(compute="layer", arguments={
        "kind": "gru", "output": "h_n", "recurrent_bias": "none", "inputs": {"x": np.ones((1, 1, 1)), "h0": np.ones((1, 1))},
        "params": {"kernel": np.array([[[0]], [[2]], [[0]]]), "recurrent_kernel": np.zeros((3, 1, 1)), "bias": NO_BIAS}}),
    example="With an update gate of 0.8808, the old state 1 and the candidate 0 the new state is {0} or {1}.",
    snippets={
        "torch": snippet("""
            import torch
            w = {"weight_ih": torch.tensor([[0.0], [2], [0]]), "weight_hh": torch.zeros(3, 1)}
            cell = torch.nn.GRUCell(1, 1, bias=False)
            answer = torch.func.functional_call(cell, w, (torch.ones(1, 1), torch.ones(1, 1)))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.GRU(1)
            layer.build((1, 1, 1))
            layer.set_weights([np.array([[2, 0, 0]]), np.zeros((1, 3)), np.zeros((2, 3))])
            y = layer(keras.ops.ones((1, 1, 1)), initial_state=keras.ops.ones((1, 1)))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            w_ru, w_c = tf.constant([[0.0, 2], [0, 0]]), tf.zeros((2, 1))
            cell = tf.raw_ops.GRUBlockCell(x=tf.ones((1, 1)), h_prev=tf.ones((1, 1)), w_ru=w_ru, w_c=w_c,
                                           b_ru=tf.zeros(2), b_c=tf.zeros(1))
            answer = cell.h
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            cell = nnx.GRUCell(1, 1, rngs=nnx.Rngs(0))
            cell.dense_i.kernel[...] = jnp.array([[0.0, 2, 0]])
            cell.dense_h.kernel[...] = jnp.zeros((1, 3))
            answer, _ = cell(jnp.ones((1, 1)), jnp.ones((1, 1)))
            print(answer)"""),
        **onnx_node("y = GRU <hidden_size = 1> (x, w, r, , , h)", **tensors("x w r h"),
                    feeds='x, w, r = np.ones((1, 1, 1), "f"), np.array([[[2], [0], [0]]], "f"), np.zeros((1, 3, 1), "f")\n'
                          'h = np.ones((1, 1, 1), "f")'),
    },
    sources=(*gru.UPDATE.sources, TORCH_GRU, ONNX_GRU))

GATE_ORDER = AtlasRow(
    layer="gru", option="gate_order", title="order of the GRU's packed gates", group="recurrent", leads=("R3",),
    question="In which order do the three gates of a GRU lie in the packed kernel?",
    variants=(
        Variant(value="rzn", title="reset, update, candidate", formula=r"\left(K_r, K_z, K_n\right)",
                words="The order of cuDNN.",
                switch={"torch": "weight_ih_l0, weight_hh_l0", "jax": "nnx.GRUCell's dense_i, dense_h"}),
        Variant(value="zrn", title="update, reset, candidate", formula=r"\left(K_z, K_r, K_n\right)",
                words="ONNX calls the candidate h, Keras has it third as well.",
                switch={"keras": "kernel, recurrent_kernel", "onnx": "W, R"})),
    probe=Probe(compute="gru_packed", arguments={"x": 1.0, "h": 1.0, "kernel": [1.0, -1.0, 0.5],
                                                 "recurrent_kernel": [0.5, 2.0, -1.0]}),
    example="One unit with the packed kernels {kernel} and {recurrent_kernel}, input 1 and old state 1 has the new state {0} or "
            "{1}.",
    consequence="Shapes agree, so the weights load; the reset and update gates are exchanged and every state is wrong.",
    snippets={
        "torch": snippet("""
            import torch
            w = {"weight_ih": torch.tensor([[1.0], [-1], [0.5]]), "weight_hh": torch.tensor([[0.5], [2], [-1]])}
            cell = torch.nn.GRUCell(1, 1, bias=False)
            answer = torch.func.functional_call(cell, w, (torch.ones(1, 1), torch.ones(1, 1)))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.GRU(1)
            layer.build((1, 1, 1))
            layer.set_weights([np.array([[1, -1, 0.5]]), np.array([[0.5, 2, -1]]), np.zeros((2, 3))])
            y = layer(keras.ops.ones((1, 1, 1)), initial_state=keras.ops.ones((1, 1)))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            w = tf.constant([[1.0, -1, 0.5], [0.5, 2, -1]])
            cell = tf.raw_ops.GRUBlockCell(x=tf.ones((1, 1)), h_prev=tf.ones((1, 1)), w_ru=w[:, :2], w_c=w[:, 2:],
                                           b_ru=tf.zeros(2), b_c=tf.zeros(1))
            answer = cell.h
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            cell = nnx.GRUCell(1, 1, rngs=nnx.Rngs(0))
            cell.dense_i.kernel[...] = jnp.array([[1.0, -1, 0.5]])
            cell.dense_h.kernel[...] = jnp.array([[0.5, 2, -1]])
            answer, _ = cell(jnp.ones((1, 1)), jnp.ones((1, 1)))
            print(answer)"""),
        **onnx_node("y = GRU <hidden_size = 1> (x, w, r, , , h)", **tensors("x w r h"),
                    feeds='x, w, h = np.ones((1, 1, 1), "f"), np.array([[[1], [-1], [0.5]]], "f"), np.ones((1, 1, 1), "f")\n'
                          'r = np.array([[[0.5], [2], [-1]]], "f")'),
    },
    sources=("https://github.com/keras-team/keras/issues/8720", "https://github.com/keras-team/keras/issues/15915", TORCH_GRU,
             KERAS_GRU, ONNX_GRU))

BIAS_LAYOUT = AtlasRow(
    layer="gru", option="bias_layout", title="number of GRU biases", group="recurrent", leads=("R4",),
    question="How many bias numbers does a GRU have?",
    variants=(
        Variant(value="single", title="one bias a gate", formula="3 H", words="The published formula.",
                switch={"keras": "GRU(n, reset_after=False)", "jax": "flax.nnx.GRUCell"}),
        Variant(value="candidate", title="one bias a gate and a second one for the candidate", formula="4 H",
                words="Two biases of a gate only ever add up, so one is left out; the candidate's second one is scaled by the "
                      "reset gate and stays.", switch={"jax": "flax.linen.GRUCell"}),
        Variant(value="double", title="two biases a gate", formula="6 H", words="The layout of cuDNN.",
                switch={"torch": "bias_ih_l0 and bias_hh_l0", "keras": "one array of shape (2, 3H)",
                        "onnx": "B holds Wb, then Rb"})),
    probe=Probe(compute="gru_bias_count", arguments={"hidden": 2}),
    example="Two units have {0}, {1} or {2} bias numbers.",
    consequence="Parameter counts differ between two correct GRUs. Weights of the larger layouts fit the smaller ones only after "
                "adding the gates' biases, and with one bias a gate the candidate's second one has no place at all.",
    snippets={
        "torch": snippet("""
            import torch
            layer = torch.nn.GRU(3, 2)
            answer = sum(p.numel() for name, p in layer.named_parameters() if "bias" in name)
            print(answer)"""),
        "keras": snippet("""
            import keras
            layer = keras.layers.GRU(2)
            layer.build((1, 1, 3))
            answer = sum(w.value.shape[0] * w.value.shape[1] for w in layer.weights if w.name == "bias")
            print(answer)"""),
        "jax": snippet("""
            import jax
            from flax import linen
            cell, x = linen.GRUCell(2), jax.numpy.ones((1, 3))
            params = cell.init(jax.random.key(0), jax.numpy.zeros((1, 2)), x)["params"]
            answer = sum(dense["bias"].size for dense in params.values() if "bias" in dense)
            print(answer)"""),
        "onnx": snippet("""
            import onnx, re
            B = onnx.defs.get_schema("GRU").inputs[3].description
            answer = 2 * int(re.search(r"(\\d+)\\*hidden_size", B)[1])
            print(answer)"""),
    },
    absent={"tensorflow": "tf.raw_ops.GRUBlockCell has one bias a gate, given from outside; tf.keras is Keras",
            "onnxruntime": "the layout is part of ONNX's definition of the operator"},
    sources=("https://github.com/tensorflow/tensorflow/issues/43960", "https://github.com/tensorflow/tensorflow/issues/8311",
             TORCH_GRU, KERAS_GRU, ONNX_GRU))

ROWS = (RESET, RECURRENT_BIAS, UPDATE, GATE_ORDER, BIAS_LAYOUT)

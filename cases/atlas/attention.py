"""Attention: what a mask means, and the scale."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, onnx_node, snippet

TORCH_SDPA = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html"
JAX_SDPA = "https://docs.jax.dev/en/latest/_autosummary/jax.nn.dot_product_attention.html"
KERAS_SDPA = "https://keras.io/api/ops/nn/"
ONNX_ATTENTION = "https://onnx.ai/onnx/operators/onnx__Attention.html"
NO_TF = {"tensorflow": "tf.nn has no attention; tf.keras is Keras"}
KEYS = {"q": [[0.0]], "k": [[0.0], [0.0]], "v": [[1.0], [5.0]]}


def onnx_attention(mask: str) -> dict[str, str]:
    """ONNX's Attention of a zero query and two zero keys with the values 1 and 5, one head."""
    return onnx_node("y = Attention (q, k, v, m)", inputs="float[] q, float[] k, '\n    'float[] v, bool[] m", output="float[] y",
                     feeds='q, k = np.zeros((1, 1, 1, 1), "f"), np.zeros((1, 1, 2, 1), "f")\n'
                           f'v, m = np.array([[[[1], [5]]]], "f"), np.array([[{mask}]])', opset=23)


MASK_WORDS = (
    Variant(value="attend", title="True: may be attended to", formula=r"y = \mathrm{softmax}(s + m) v, \quad m_j = -\infty "
                                                                      r"\text{ where false}",
            words="The mask names the keys that count.",
            switch={"torch": "F.scaled_dot_product_attention(q, k, v, attn_mask)", "keras": "attention_mask", "jax": "mask"}),
    Variant(value="blocked", title="True: must not be attended to", formula=r"y = \mathrm{softmax}(s + m) v, \quad m_j = -\infty "
                                                                            r"\text{ where true}",
            words="The mask names the keys that are left out.",
            switch={"torch": "nn.MultiheadAttention: attn_mask, key_padding_mask", "keras": "not available; invert the mask",
                    "jax": "not available; invert the mask"}))

MASK = AtlasRow(
    layer="attention", option="mask_true", title="boolean mask of dot-product attention", group="attention", leads=("X2",),
    question="Does True in a boolean mask of dot-product attention allow a key or block it?", variants=MASK_WORDS,
    probe=Probe(compute="attention", arguments={**KEYS, "mask": [[True, False]]}),
    example="Two equal keys with the values 1 and 5, the mask True, False: {0} or {1}.",
    consequence="A causal mask the wrong way round lets each step see the future alone. Training still lowers the loss.",
    snippets={
        "torch": snippet("""
            import torch
            q, k, v = torch.zeros(1, 1), torch.zeros(2, 1), torch.tensor([[1.0], [5]])
            mask = torch.tensor([[True, False]])
            answer = torch.nn.functional.scaled_dot_product_attention(q, k, v, mask)
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            q, k = keras.ops.zeros((1, 1, 1, 1)), keras.ops.zeros((1, 2, 1, 1))
            v = keras.ops.reshape(keras.ops.array([1.0, 5.0]), (1, 2, 1, 1))
            y = keras.ops.dot_product_attention(q, k, v, mask=keras.ops.array([[[[True, False]]]]))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "jax": snippet("""
            import jax, jax.numpy as jnp
            q, k, v = jnp.zeros((1, 1, 1)), jnp.zeros((2, 1, 1)), jnp.array([1.0, 5]).reshape(2, 1, 1)
            answer = jax.nn.dot_product_attention(q, k, v, mask=jnp.array([[[True, False]]]))
            print(answer)"""),
        **onnx_attention("True, False"),
    },
    absent=NO_TF,
    sources=(TORCH_SDPA, "https://github.com/pytorch/pytorch/pull/120668", "https://github.com/pytorch/pytorch/pull/170415",
             JAX_SDPA, ONNX_ATTENTION))

HEADS_MASK = AtlasRow(
    layer="multi_head_attention", option="mask_true", title="boolean mask of the multi-head attention layer", group="attention",
    leads=("X2",), question="Does True in a boolean mask of the multi-head attention layer allow a key or block it?",
    variants=MASK_WORDS, probe=MASK.probe, example=MASK.example,
    consequence="PyTorch's layer and PyTorch's own function read the same mask in opposite ways. Whoever replaces one by the "
                "other, or ports the layer, attends to the padding and to nothing else.",
    snippets={
        "torch": snippet("""
            import torch
            layer = torch.nn.MultiheadAttention(1, 1, bias=False)
            for p in layer.parameters():
                torch.nn.init.ones_(p)
            q, k, v = torch.zeros(1, 1), torch.zeros(2, 1), torch.tensor([[1.0], [5]])
            answer, _ = layer(q, k, v, attn_mask=torch.tensor([[True, False]]))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.MultiHeadAttention(1, 1, kernel_initializer="ones")
            q, k, v = np.zeros((1, 1, 1), "f"), np.zeros((1, 2, 1), "f"), np.array([[[1], [5]]], "f")
            y = layer(q, v, k, attention_mask=np.array([[[True, False]]]))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            layer = nnx.MultiHeadAttention(1, 1, kernel_init=nnx.initializers.ones, decode=False, rngs=nnx.Rngs(0))
            q, k, v = jnp.zeros((1, 1)), jnp.zeros((2, 1)), jnp.array([[1.0], [5]])
            answer = layer(q, k, v, mask=jnp.array([[[True, False]]]))
            print(answer)"""),
    },
    absent={**NO_TF, **everywhere("ONNX has the operator Attention, without the layer's weights", "onnx", "onnxruntime")},
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html", *MASK.sources[1:3],
             "https://keras.io/api/layers/attention_layers/multi_head_attention/",
             "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/attention.html"))

FULLY_MASKED = AtlasRow(
    layer="attention", option="fully_masked", title="attention of a query whose keys are all masked", group="attention",
    leads=("A29",), question="What does attention give where the mask leaves a query no key at all?",
    variants=(
        Variant(value="nan", title="not a number", formula=r"\frac{0}{0}", words="What the formula says: a softmax of -∞ alone."),
        Variant(value="zeros", title="zeros", formula="y = 0", words="The weights are set to zero after the softmax.",
                switch={"torch": "the default of F.scaled_dot_product_attention"}),
        Variant(value="mean", title="the mean of all values", formula=r"y = \frac{1}{K} \sum_j v_j",
                words="The mask adds a large negative number that is finite; where all keys get it, it cancels in the softmax.",
                switch={"torch": "a float mask of torch.finfo(dtype).min"})),
    probe=Probe(compute="attention", arguments={**KEYS, "mask": [[False, False]]}),
    example="Two keys with the values 1 and 5, both masked: {0}, {1} or {2}.",
    consequence="A row of padding is NaN and spoils the gradient of the whole batch; or it is an average of values that were "
                "masked, and nobody notices.",
    snippets={
        "torch": snippet("""
            import torch
            q, k, v = torch.zeros(1, 1), torch.zeros(2, 1), torch.tensor([[1.0], [5]])
            mask = torch.tensor([[False, False]])
            answer = torch.nn.functional.scaled_dot_product_attention(q, k, v, mask)
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            q, k = keras.ops.zeros((1, 1, 1, 1)), keras.ops.zeros((1, 2, 1, 1))
            v = keras.ops.reshape(keras.ops.array([1.0, 5.0]), (1, 2, 1, 1))
            y = keras.ops.dot_product_attention(q, k, v, mask=keras.ops.array([[[[False, False]]]]))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "jax": snippet("""
            import jax, jax.numpy as jnp
            q, k, v = jnp.zeros((1, 1, 1)), jnp.zeros((2, 1, 1)), jnp.array([1.0, 5]).reshape(2, 1, 1)
            answer = jax.nn.dot_product_attention(q, k, v, mask=jnp.array([[[False, False]]]))
            print(answer)"""),
        **onnx_attention("False, False"),
    },
    absent=NO_TF, sources=(TORCH_SDPA, JAX_SDPA, KERAS_SDPA, ONNX_ATTENTION))

HEADS_FULLY_MASKED = AtlasRow(
    layer="multi_head_attention", option="fully_masked", title="multi-head attention of a query whose keys are all masked",
    group="attention", leads=("A29", "X2"),
    question="What does the multi-head attention layer give where the mask leaves a query no key at all?",
    variants=FULLY_MASKED.variants, probe=FULLY_MASKED.probe, example=FULLY_MASKED.example, consequence=FULLY_MASKED.consequence,
    snippets={
        "torch": HEADS_MASK.snippets["torch"].replace("[[True, False]]", "[[True, True]]"),
        "keras": HEADS_MASK.snippets["keras"].replace("[True, False]", "[False, False]"),
        "jax": HEADS_MASK.snippets["jax"].replace("[True, False]", "[False, False]"),
    },
    absent=HEADS_MASK.absent, sources=HEADS_MASK.sources)

SCALE = AtlasRow(
    layer="attention", option="scale", title="scale of the attention layer", group="attention", leads=("X2",),
    question="Does the plain attention layer or function divide the scores by the root of their dimension?",
    variants=(
        Variant(value="root", title="scores divided by √d", formula=r"\mathrm{softmax}\left(\frac{q k^T}{\sqrt{d}}\right) v",
                words="Scaled dot-product attention, as in transformers.",
                switch={"keras": "MultiHeadAttention, keras.ops.dot_product_attention"}),
        Variant(value="none", title="scores as they are", formula=r"\mathrm{softmax}\left(q k^T\right) v",
                words="The attention of 2015, before transformers.",
                switch={"keras": "keras.layers.Attention(), the default", "torch": "scale=1.0", "jax": "scale=1.0"})),
    probe=Probe(compute="attention", arguments={"q": [[1.0, 1, 1, 1]], "k": [[0.5, 0.5, 0.5, 0.5], [0, 0, 0, 0]],
                                                "v": [[1.0], [5.0]]}),
    example="Scores of 2 and 0 in four dimensions, with the values 1 and 5: {0} or {1}.",
    consequence="Softmaxes sharper than those of the model that the weights come from.",
    snippets={
        "torch": snippet("""
            import torch
            q, k = torch.ones(1, 4), torch.tensor([[0.5] * 4, [0.0] * 4])
            answer = torch.nn.functional.scaled_dot_product_attention(q, k, torch.tensor([[1.0], [5]]))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            q, k = np.ones((1, 1, 4), "float32"), np.array([[[0.5] * 4, [0.0] * 4]], "float32")
            y = keras.layers.Attention()([q, np.array([[[1], [5]]], "float32"), k])
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "jax": snippet("""
            import jax, jax.numpy as jnp
            q, k = jnp.ones((1, 1, 4)), jnp.array([[0.5] * 4, [0.0] * 4])[:, None]
            v = jnp.array([[1.0] * 4, [5.0] * 4])[:, None]
            answer = jax.nn.dot_product_attention(q, k, v)[0, 0, :1]
            print(answer)"""),
        **onnx_node("y = Attention (q, k, v)", inputs="float[] q, float[] k, float[] v", output="float[] y",
                    feeds='q, k = np.ones((1, 1, 1, 4), "f"), np.array([[[[0.5] * 4, [0] * 4]]], "f")\n'
                          'v = np.array([[[[1], [5]]]], "f")', opset=23),
    },
    absent=NO_TF, sources=(TORCH_SDPA, "https://keras.io/api/layers/attention_layers/attention/", ONNX_ATTENTION))

NO_LAYER = {"tensorflow": "tf.nn has no attention; tf.keras is Keras",
            **everywhere("an operator takes what was projected", "onnx", "onnxruntime")}
TORCH_HEADS = "https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html"
KERAS_HEADS = "https://keras.io/api/layers/attention_layers/multi_head_attention/"
FLAX_HEADS = "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/attention.html"

HEAD_WIDTH = AtlasRow(
    layer="multi_head_attention", option="width_of", title="width that a multi-head attention layer is told", group="attention",
    leads=("X2",),
    question="Is the width that a multi-head attention layer is told that of each head or of all heads together?",
    variants=(
        Variant(value="all", title="all heads together", formula=r"d = \frac{D}{H}",
                words="The width of the model; each head gets its part, and the number of heads must divide it.",
                switch={"keras": "MultiHeadAttention(H, key_dim=D // H)"}),
        Variant(value="each", title="each head", formula=r"d = D",
                words="The heads are as wide as told, however many they are; a last layer brings them back to the width of the "
                      "input.", switch={"torch": "not available; nn.MultiheadAttention(H * d, H)"})),
    probe=Probe(compute="head_width", arguments={"told": 4, "heads": 2}),
    example="Told 4, with two heads, a head has a width of {0} or {1}.",
    consequence="key_dim=512 with eight heads in Keras is a layer eight times as wide as embed_dim=512 in PyTorch, with eight "
                "times the weights; and 1/√d, the scale of the scores, is another.",
    snippets={
        "torch": snippet("""
            import torch
            answer = torch.nn.MultiheadAttention(4, 2).head_dim
            print(answer)"""),
        "keras": snippet("""
            import keras
            layer = keras.layers.MultiHeadAttention(2, 4)
            layer.build((1, 3, 4), (1, 3, 4))
            answer = next(w.shape[-1] for w in layer.weights if "query/kernel" in w.path)
            print(answer)"""),
        "jax": snippet("""
            from flax import nnx
            answer = nnx.MultiHeadAttention(2, in_features=4, qkv_features=4, rngs=nnx.Rngs(0)).query.kernel.shape[-1]
            print(answer)"""),
    },
    absent=NO_LAYER, sources=(TORCH_HEADS, KERAS_HEADS, FLAX_HEADS))

PACKING = AtlasRow(
    layer="multi_head_attention", option="packing", title="projections of queries, keys and values", group="attention",
    leads=("X2",),
    question="Does a multi-head attention layer keep its projections (queries, keys and values) in one array or in three?",
    variants=(
        Variant(value="packed", title="packed in one array", formula=r"W = \begin{pmatrix} W_q \\ W_k \\ W_v \end{pmatrix}",
                words="Queries first, then keys, then values; with other widths for keys and values PyTorch keeps three.",
                switch={"torch": "in_proj_weight, of shape (3 E, E)"}),
        Variant(value="separate", title="three arrays", formula=r"W_q, \; W_k, \; W_v",
                words="With an axis for the heads: (features, heads, width of a head).",
                switch={"keras": "query/kernel, key/kernel, value/kernel", "torch": "kdim or vdim other than embed_dim",
                        "jax": "query.kernel, key.kernel, value.kernel"})),
    probe=Probe(compute="projection_arrays"),
    example="The kernels lie in {0} or in {1} arrays.",
    consequence="A part of the packed array that is taken for another exchanges queries and keys, and nothing complains: all "
                "three have one shape. PyTorch's rows are outputs, so each part is transposed as well.",
    snippets={
        "torch": snippet("""
            import torch
            layer = torch.nn.MultiheadAttention(4, 2)
            answer = sum("in_proj" in name or "q_proj" in name for name, p in layer.named_parameters() if p.ndim == 2)
            print(answer)"""),
        "keras": snippet("""
            import keras
            layer = keras.layers.MultiHeadAttention(2, 2)
            layer.build((1, 3, 4), (1, 3, 4))
            answer = sum(w.name == "kernel" and "output" not in w.path for w in layer.weights)
            print(answer)"""),
        "jax": snippet("""
            from flax import nnx
            layer = nnx.MultiHeadAttention(2, in_features=4, rngs=nnx.Rngs(0))
            answer = len({id(getattr(layer, name).kernel) for name in ("query", "key", "value")})
            print(answer)"""),
    },
    absent=NO_LAYER, sources=(TORCH_HEADS, KERAS_HEADS, FLAX_HEADS))

ROWS = (MASK, HEADS_MASK, FULLY_MASKED, HEADS_FULLY_MASKED, SCALE, HEAD_WIDTH, PACKING)

"""Normalisation: which epsilon, which variance, which axis."""

import numpy as np

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import onnx_node, snippet

LAYER_NORM_EPSILON = AtlasRow(
    layer="layer_norm", option="epsilon", title="LayerNormalization epsilon", group="normalisation", leads=("N6",),
    question="How large is the epsilon under the root of a layer normalisation that was given none?",
    variants=tuple(Variant(
        value=epsilon, title=f"epsilon {epsilon:g}", formula=rf"y = \frac{{x - \mu}}{{\sqrt{{v + 10^{{{power}}}}}}}",
        words=words, switch={"torch": f"LayerNorm(n, eps={epsilon:g})", "keras": f"LayerNormalization(epsilon={epsilon:g})",
                             "jax": f"nnx.LayerNorm(n, epsilon={epsilon:g}, rngs=rngs)", "onnx": f"epsilon={epsilon:g}"})
        for epsilon, power, words in (
            (1e-3, -3, "Features whose variance is below a thousandth come out visibly smaller than one."),
            (1e-5, -5, "The usual choice since the paper's first implementations."),
            (1e-6, -6, "Small enough to matter only for features that hardly vary."))),
    probe=Probe(compute="layer", arguments={"kind": "layer_norm", "inputs": {"x": np.array([[0.01, 0.02, 0.04]])}}),
    example="The three features 0.01, 0.02 and 0.04 have the variance 0.00016. Their last one becomes {0[0,2]}, {1[0,2]} or "
            "{2[0,2]}.",
    consequence="Invisible for features of ordinary size. Where a layer's activations are small, every output is off by a "
                "factor, and the next layers were trained for the other one.",
    snippets={
        "torch": snippet("""
            import torch
            answer = torch.nn.LayerNorm(3)(torch.tensor([[0.01, 0.02, 0.04]]))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            y = keras.layers.LayerNormalization()(np.array([[0.01, 0.02, 0.04]], "float32"))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "jax": snippet("""
            import numpy as np
            from flax import nnx
            answer = nnx.LayerNorm(3, rngs=nnx.Rngs(0))(np.array([[0.01, 0.02, 0.04]], "float32"))
            print(answer)"""),
        **onnx_node("y = LayerNormalization(x, s)", inputs="float[1,3] x, float[3] s", output="float[1,3] y",
                    feeds='x, s = np.array([[0.01, 0.02, 0.04]], "float32"), np.ones(3, "float32")'),
    },
    absent={"tensorflow": "tf.nn has no layer normalisation; tf.keras is Keras"},
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html",
             "https://keras.io/api/layers/normalization_layers/layer_normalization/",
             "https://onnx.ai/onnx/operators/onnx__LayerNormalization.html",
             "https://github.com/huggingface/transformers/pull/15332"))

ROWS = (LAYER_NORM_EPSILON,)

"""What fresh weights are drawn from. The answers are samples, held against distributions."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, snippet

NO_WEIGHTS = everywhere("ONNX holds trained weights; it initialises none", "onnx", "onnxruntime")

DENSE_KERNEL = AtlasRow(
    layer="dense", option="distribution", title="initialiser of a dense kernel", group="initialiser", leads=("I1",),
    question="From which distribution come the weights of a dense layer that was given no initialiser?",
    variants=(
        Variant(value="torch_uniform", title="uniform, bound 1/√fan_in", formula=r"U\left(\pm \frac{1}{\sqrt{n_{in}}}\right)",
                words="Only the number of inputs counts. Its variance is a third of LeCun's."),
        Variant(value="glorot_uniform", title="Glorot uniform",
                formula=r"U\left(\pm \sqrt{\frac{6}{n_{in} + n_{out}}}\right)",
                words="Inputs and outputs count alike: a compromise between the forward and the backward pass.",
                switch={"torch": "torch.nn.init.xavier_uniform_(layer.weight)"}),
        Variant(value="lecun_normal", title="LeCun normal, truncated",
                formula=r"N\left(0, \frac{1}{n_{in}}\right)",
                words="A normal cut at two standard deviations and widened so that the variance is as stated.",
                switch={"keras": "Dense(n, kernel_initializer='lecun_normal')"})),
    probe=Probe(compute="dense_kernel", arguments={"fan_in": 400, "fan_out": 100}, match="distribution", size=40000),
    example="For 400 inputs and 100 outputs the first bound is 0.05, the second 0.11; the third has the standard deviation 0.05.",
    consequence="The same network with the same optimizer starts with weights of another size, and a training curve from a paper "
                "is not reproduced.",
    snippets={
        "torch": snippet("""
            import torch
            answer = torch.nn.Linear(400, 100).weight
            print(answer)"""),
        "keras": snippet("""
            import keras
            layer = keras.layers.Dense(100)
            layer.build((None, 400))
            answer = keras.ops.convert_to_numpy(layer.kernel)
            print(answer)"""),
        "jax": snippet("""
            from flax import nnx
            answer = nnx.Linear(400, 100, rngs=nnx.Rngs(0)).kernel[...]
            print(answer)"""),
    },
    absent={"tensorflow": "tf.nn has no layers that own weights; tf.keras is Keras", **NO_WEIGHTS},
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html", "https://keras.io/api/layers/core_layers/dense/",
             "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/linear.html"))

ROWS = (DENSE_KERNEL,)

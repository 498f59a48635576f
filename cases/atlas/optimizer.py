"""Optimizers, step by step."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, snippet

NO_TRAINING = everywhere("ONNX describes inference; the optimizers of its preview training domain have no default construction",
                         "onnx", "onnxruntime")

RMSPROP_EPSILON = AtlasRow(
    layer="rmsprop", option="epsilon_in", title="RMSprop epsilon", group="optimizer", leads=("O2",),
    question="Does RMSprop add epsilon to the root of the mean square, or under the root?",
    variants=(
        Variant(value="outside", title="added to the root", formula=r"p' = p - \eta \frac{g}{\sqrt{s} + \epsilon}",
                words="Epsilon is compared with a gradient: 1e-3 damps gradients below 1e-3.",
                switch={"torch": "no option", "jax": "optax.rmsprop(rate, eps_in_sqrt=False)"}),
        Variant(value="inside", title="under the root", formula=r"p' = p - \eta \frac{g}{\sqrt{s + \epsilon}}",
                words="Epsilon is compared with a squared gradient: 1e-3 damps gradients below 0.03 already.",
                switch={"keras": "no option", "jax": "optax.rmsprop(rate), the default"})),
    probe=Probe(compute="optimizer", arguments={"name": "rmsprop", "p": [1.0], "gradients": [[0.1], [0.1]], "rates": 0.1,
                                                "rho": 0.9, "epsilon": 0.01}),
    example="From 1, two steps with gradient 0.1, rate 0.1, decay 0.9 and epsilon 0.01 lead to {0[0]} or {1[0]}.",
    consequence="A paper's epsilon of 0.001 or 1.0, copied into another framework, is another step size: the training does not "
                "reproduce, and nothing is reported as wrong.",
    snippets={
        "torch": snippet("""
            import torch
            p = torch.nn.Parameter(torch.tensor([1.0]))
            optimizer = torch.optim.RMSprop([p], lr=0.1, alpha=0.9, eps=0.01)
            for _ in range(2):
                p.grad = torch.tensor([0.1])
                optimizer.step()
            answer = p
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            p = keras.Variable(np.array([1.0], "float32"))
            optimizer = keras.optimizers.RMSprop(learning_rate=0.1, rho=0.9, epsilon=0.01)
            for _ in range(2):
                optimizer.apply([keras.ops.array([0.1])], [p])
            answer = keras.ops.convert_to_numpy(p)
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            p, s, m = (tf.Variable([start]) for start in (1.0, 0.0, 0.0))
            for _ in range(2):
                tf.raw_ops.ResourceApplyRMSProp(var=p.handle, ms=s.handle, mom=m.handle, lr=0.1, rho=0.9, momentum=0.0,
                                                epsilon=0.01, grad=tf.constant([0.1]))
            answer = p
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp, optax
            p = jnp.array([1.0])
            optimizer = optax.rmsprop(0.1, decay=0.9, eps=0.01)
            state = optimizer.init(p)
            for _ in range(2):
                update, state = optimizer.update(jnp.array([0.1]), state)
                p = p + update
            answer = p
            print(answer)"""),
    },
    absent=NO_TRAINING,
    sources=("https://github.com/pytorch/pytorch/issues/23796", "https://github.com/google-deepmind/optax/issues/532"))

ROWS = (RMSPROP_EPSILON,)

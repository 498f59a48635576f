"""Clipping of gradients, and their accumulation."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, snippet

NO_TRAINING = everywhere("ONNX's operators get a learning rate and gradients; neither schedules nor clipping belong to it",
                         "onnx",
                         "onnxruntime")
TORCH = "https://docs.pytorch.org/docs/stable/generated/torch.{}.html"
KERAS = "https://keras.io/api/optimizers/"
CLIPPING = (TORCH.format("nn.utils.clip_grad_norm_"), KERAS, "https://www.tensorflow.org/api_docs/python/tf/clip_by_global_norm",
            "https://optax.readthedocs.io/en/latest/api/transformations.html")


def _clipped(gradients, *, torch, keras, tensorflow, jax):
    """What is left of two gradients, each of one number. torch clips p.grad; Keras inside of a step, from 0 with rate 1."""
    return {
        "torch": snippet(f"""
            import torch
            p = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
            for parameter, g in zip(p, {gradients}):
                parameter.grad = torch.tensor([g])
            torch.nn.utils.{torch}
            answer = [parameter.grad[0] for parameter in p]
            print(answer)"""),
        "keras": snippet(f"""
            import keras
            p = [keras.Variable([0.0]) for _ in range(2)]
            optimizer = keras.optimizers.SGD(1.0, {keras})
            optimizer.apply([keras.ops.array([g]) for g in {gradients}], p)
            answer = [-keras.ops.convert_to_numpy(parameter)[0] for parameter in p]
            print(answer)"""),
        "tensorflow": snippet(f"""
            import tensorflow as tf
            gradients = [tf.constant([g]) for g in {gradients}]
            answer = [g[0] for g in {tensorflow}]
            print(answer)"""),
        "jax": snippet(f"""
            import jax.numpy as jnp, optax
            gradients = [jnp.array([g]) for g in {gradients}]
            answer = [g[0] for g in {jax}.update(gradients, optax.EmptyState())[0]]
            print(answer)"""),
    }


CLIP_EPSILON = AtlasRow(
    layer="clip_norm", option="epsilon", title="epsilon of clipping by the norm", group="optimizer", leads=("O13",),
    question="Is something added to the norm that the gradient is divided by?",
    variants=(
        Variant(value=1e-6, title="1e-6", formula=r"g \frac{c}{\|g\| + 10^{-6}}",
                words="The clipped gradient is a little shorter than c."),
        Variant(value=0.0, title="nothing", formula=r"g \frac{c}{\|g\|}", words="The clipped gradient has the length c.")),
    probe=Probe(compute="clipped_by_norm", arguments={"gradients": [[3e-6], [4e-6]], "largest": 1e-6}),
    example="The gradients 3e-6 and 4e-6, clipped to the norm 1e-6, become {0} or {1}.",
    consequence="With usual norms the seventh digit differs, which comparisons in float64 see; with tiny ones the step is "
                "shorter.",
    snippets=_clipped("[3e-6, 4e-6]", torch="clip_grad_norm_(p, 1e-6)", keras="global_clipnorm=1e-6",
                      tensorflow="tf.clip_by_global_norm(gradients, 1e-6)[0]", jax="optax.clip_by_global_norm(1e-6)"),
    absent=NO_TRAINING, sources=CLIPPING)

CLIP_SCOPE = AtlasRow(
    layer="clip_norm", option="scope", title="norm that clipping looks at", group="optimizer", leads=("O13",),
    question="Is the gradient of each parameter clipped by its own norm, or all together by that of all?",
    variants=(
        Variant(value="global", title="all together", formula=r"\|g\|^2 = \sum_i \|g_i\|^2",
                words="The direction of the step is kept.",
                switch={"keras": "global_clipnorm=c", "tensorflow": "tf.clip_by_global_norm"}),
        Variant(value="each", title="each by itself", formula=r"\|g_i\|", words="The direction of the step changes.",
                switch={"torch": "clip_grad_norm_([p], c) for each p", "keras": "clipnorm=c"})),
    probe=Probe(compute="clipped_by_norm", arguments={"gradients": [[3.0], [4.0]], "largest": 1.0}),
    example="The gradients 3 and 4, clipped to the norm 1, become {0} or {1}.",
    consequence="clipnorm=1.0 in Keras is not clip_grad_norm_(parameters, 1.0): with a hundred tensors the step is up to ten "
                "times "
                "as long.",
    snippets=_clipped("[3.0, 4.0]", torch="clip_grad_norm_(p, 1.0)", keras="clipnorm=1.0",
                      tensorflow="(tf.clip_by_norm(g, 1.0) for g in gradients)", jax="optax.clip_by_global_norm(1.0)"),
    absent=NO_TRAINING, sources=CLIPPING)

CLIP_INFINITE = AtlasRow(
    layer="clip_norm", option="spoiled", title="clipping of an infinite gradient", group="optimizer", leads=("O13",),
    question="What is left of a gradient with one infinite element after clipping by the global norm?",
    variants=(
        Variant(value="itself", title="NaN there, zero elsewhere",
                formula=r"\infty \cdot \frac{c}{\infty} = NaN, \quad g \cdot 0 = 0",
                words="Plain arithmetic: all others are divided by infinity."),
        Variant(value="all", title="NaN everywhere", formula=r"NaN", words="Made on purpose, so that it is noticed at once.")),
    probe=Probe(compute="clipped_infinite", arguments={"gradient": [float("inf"), 1.0]}, scale=1.0),
    example="The gradients inf and 1 become {0} or {1}.",
    consequence="In one framework the whole network is NaN after the step. In the other only that element is at first, and "
                "the rest "
                "did not move: the cause is easier to find, but also to overlook.",
    snippets=_clipped('[float("inf"), 1.0]', torch="clip_grad_norm_(p, 1.0)", keras="global_clipnorm=1.0",
                      tensorflow="tf.clip_by_global_norm(gradients, 1.0)[0]", jax="optax.clip_by_global_norm(1.0)"),
    absent=NO_TRAINING, sources=CLIPPING)

CLIP_VALUE = AtlasRow(
    layer="clip_value", option="form", title="clipping of gradients by value", group="optimizer", leads=("O13",),
    question="Does clipping to a largest value treat each element by itself, or scale the gradient until it fits?",
    variants=(
        Variant(value="elements", title="each element", formula=r"\min(\max(g_i, -c), c)", words="The direction changes."),
        Variant(value="scaled", title="scaled as a whole", formula=r"g \min\left(1, \frac{c}{\max_j |g_j|}\right)",
                words="The direction is kept: clipping by the largest element as a norm.",
                switch={"torch": "clip_grad_norm_(p, c, norm_type=float('inf'))"})),
    probe=Probe(compute="clipped_by_value", arguments={"gradient": [3.0, -0.5], "largest": 1.0}),
    example="The gradients 3 and -0.5, clipped to 1, become {0} or {1}.",
    consequence="All frameworks agree; a hand-written 'clip' that scales is another method with the same name.",
    snippets=_clipped("[3.0, -0.5]", torch="clip_grad_value_(p, 1.0)", keras="clipvalue=1.0",
                      tensorflow="(tf.clip_by_value(g, -1.0, 1.0) for g in gradients)", jax="optax.clip(1.0)"),
    absent=NO_TRAINING, sources=(TORCH.format("nn.utils.clip_grad_value_"), *CLIPPING[1:]))

ACCUMULATED = AtlasRow(
    layer="accumulation", option="reduction", title="accumulated gradients", group="optimizer", leads=("O3",),
    question="Are gradients that are accumulated over several batches added or averaged?",
    variants=(
        Variant(value="sum", title="added", formula=r"p' = p - \eta \sum_k g_k",
                words="Repeated calls of backward() add to p.grad.",
                switch={"jax": "optax.MultiSteps(..., use_grad_mean=False)"}),
        Variant(value="mean", title="averaged", formula=r"p' = p - \frac{\eta}{K} \sum_k g_k",
                words="As if the batch were K times as large.", switch={"torch": "(loss / K).backward()"})),
    probe=Probe(compute="accumulated", arguments={"p": [0.0], "gradients": [[1.0], [3.0]], "rate": 1.0}),
    example="The gradients 1 and 3, accumulated, lead from 0 with rate 1 to {0} or {1}.",
    consequence="Without dividing the loss by hand, the step in PyTorch is K times as long as in Keras and Optax.",
    snippets={
        "torch": snippet("""
            import torch
            p = torch.nn.Parameter(torch.zeros(1))
            optimizer = torch.optim.SGD([p], lr=1.0)
            for g in [1.0, 3.0]:
                (g * p).sum().backward()
            optimizer.step()
            answer = p
            print(answer)"""),
        "keras": snippet("""
            import keras
            p = keras.Variable([0.0])
            optimizer = keras.optimizers.SGD(1.0, gradient_accumulation_steps=2)
            for g in [1.0, 3.0]:
                optimizer.apply([keras.ops.array([g])], [p])
            answer = keras.ops.convert_to_numpy(p)
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp, optax
            p = jnp.array([0.0])
            optimizer = optax.MultiSteps(optax.sgd(1.0), every_k_schedule=2)
            state = optimizer.init(p)
            for g in [1.0, 3.0]:
                update, state = optimizer.update(jnp.array([g]), state, p)
                p = p + update
            answer = p
            print(answer)"""),
    },
    absent={"tensorflow": "tf.compat.v1.train accumulates nothing", **NO_TRAINING},
    sources=(TORCH.format("Tensor.backward"), KERAS, "https://optax.readthedocs.io/en/latest/api/optimizer_wrappers.html"))

ROWS = (CLIP_EPSILON, CLIP_SCOPE, CLIP_INFINITE, CLIP_VALUE, ACCUMULATED)

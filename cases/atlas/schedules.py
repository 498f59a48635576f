"""Learning rates over time, clipping of gradients, accumulation: what stands around an optimizer."""

from cases.atlas.snippets import everywhere, snippet
from cases.convention import Convention, Probe, Variant

NO_TRAINING = everywhere("ONNX's operators get a learning rate and gradients; neither schedules nor clipping belong to it",
                         "onnx",
                         "onnxruntime")
TORCH = "https://docs.pytorch.org/docs/stable/generated/torch.{}.html"
KERAS = "https://keras.io/api/optimizers/"
OPTAX = "https://optax.readthedocs.io/en/latest/api/optimizer_schedules.html"


def _rates(*, torch, keras, tensorflow, jax, count):
    """Learning rates of steps 0, 1, ...; torch's scheduler is stepped, the others are functions of the step t."""
    return {
        "torch": snippet(f"""
            import torch
            optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
            schedule = torch.optim.lr_scheduler.{torch}
            answer = []
            for _ in range({count}):
                answer.append(schedule.get_last_lr()[0])
                optimizer.step()
                schedule.step()
            print(answer)"""),
        "keras": f"import keras\nrate = keras.optimizers.schedules.{keras}\nanswer = [float(rate(t)) for t in range({count})]\n"
                 "print(answer)",
        "tensorflow": "import tensorflow as tf\n"
                      f"rates = [tf.compat.v1.train.{tensorflow} for t in range({count})]\n"
                      "answer = [float(rate()) for rate in rates]  # with eager execution each is a function\nprint(answer)",
        "jax": f"import optax\nrate = optax.{jax}\nanswer = [float(rate(t)) for t in range({count})]\nprint(answer)",
    }


COSINE = Convention(
    layer="cosine_decay", option="after_end", title="cosine schedule after its end", group="optimizer", leads=("O12",),
    question="What does a cosine schedule do after its last step?",
    variants=(
        Variant(value="rises", title="it rises again", formula=r"\eta_t = \frac{\eta}{2}\left(1 + \cos \frac{\pi t}{T}\right)",
                words="The cosine goes on: at 2 T the rate is the first one again."),
        Variant(value="stays", title="it stays at zero",
                formula=r"\eta_t = \frac{\eta}{2}\left(1 + \cos \frac{\pi \min(t, T)}{T}\right)",
                words="Nothing is learned after T.", switch={"torch": "step the scheduler T times at most"})),
    probe=Probe(compute="cosine_rates", arguments={"rate": 0.1, "length": 4, "count": 7}),
    example="The rates of seven steps, with 0.1 at first and T = {length}, are {0} or {1}.",
    consequence="A training that is made longer, or counts epochs in one place and steps in another, ends with a large rate in one "
                "framework, and with none in the others.",
    snippets=_rates(torch="CosineAnnealingLR(optimizer, T_max=4)", keras="CosineDecay(0.1, 4)",
                    tensorflow="cosine_decay(0.1, t, 4)", jax="cosine_decay_schedule(0.1, 4)", count=7),
    absent=NO_TRAINING, sources=(TORCH.format("optim.lr_scheduler.CosineAnnealingLR"), KERAS, OPTAX))

BOUNDARY = Convention(
    layer="piecewise_rate", option="at_boundary", title="piecewise schedule at its boundary", group="optimizer", leads=("O12",),
    question="With a boundary at step 2, counted from 0, which rate does step 2 have?",
    variants=(
        Variant(value="old", title="the old one", formula=r"\eta_t = \eta_1 \text{ for } t \le b",
                words="The boundary is the last step of its piece.",
                switch={"torch": "milestones=[b + 1]", "jax": "{b + 1: factor}"}),
        Variant(value="new", title="the new one", formula=r"\eta_t = \eta_1 \text{ for } t < b",
                words="The boundary is the first step of the next piece.", switch={"keras": "boundaries=[b - 1]"})),
    probe=Probe(compute="boundary_rates", arguments={"rate": 0.1, "factor": 0.1, "boundary": 2, "count": 5}),
    example="The rates of five steps are {0} or {1}.",
    consequence="Runs agree up to the boundary and differ from there by one step: a comparison of losses fails in the middle.",
    snippets=_rates(torch="MultiStepLR(optimizer, milestones=[2])", keras="PiecewiseConstantDecay([2], [0.1, 0.01])",
                    tensorflow="piecewise_constant(t, [2], [0.1, 0.01])", jax="piecewise_constant_schedule(0.1, {2: 0.1})",
                    count=5),
    absent=NO_TRAINING, sources=(TORCH.format("optim.lr_scheduler.MultiStepLR"), KERAS, OPTAX))


def _plateau(losses, torch, keras, jax):
    return {
        "torch": snippet(f"""
            import torch
            optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
            schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, {torch})
            answer = []
            for loss in {losses}:
                schedule.step(loss)
                answer.append(optimizer.param_groups[0]["lr"])
            print(answer)"""),
        "keras": snippet(f"""
            import keras
            model = keras.Sequential([keras.layers.Dense(1)])
            model.compile(keras.optimizers.SGD(1.0))
            schedule, answer = keras.callbacks.ReduceLROnPlateau("loss", {keras}), []
            schedule.set_model(model), schedule.on_train_begin()
            for epoch, loss in enumerate({losses}):
                schedule.on_epoch_end(epoch, {{"loss": loss}})
                answer.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
            print(answer)"""),
        "jax": snippet(f"""
            import jax.numpy as jnp, optax
            schedule = optax.contrib.reduce_on_plateau({jax})
            state, answer = schedule.init(jnp.zeros(1)), []
            for loss in {losses}:
                _, state = schedule.update(jnp.ones(1), state, value=loss)
                answer.append(state.scale)
            print(answer)"""),
    }


PLATEAU = (TORCH.format("optim.lr_scheduler.ReduceLROnPlateau"), "https://keras.io/api/callbacks/reduce_lr_on_plateau/",
           "https://optax.readthedocs.io/en/latest/api/contrib.html")
NO_PLATEAU = {"tensorflow": "tf.compat.v1.train has no schedule that looks at the loss", **NO_TRAINING}

PATIENCE = Convention(
    layer="plateau", option="waits", title="patience of the plateau schedule", group="optimizer", leads=("O12",),
    question="With a patience of 2, at which epoch without progress is the learning rate lowered?",
    variants=(
        Variant(value="more", title="at the third", formula=r"\text{bad} > \text{patience}",
                words="So many epochs are tolerated, and the next one lowers the rate."),
        Variant(value="as_many", title="at the second", formula=r"\text{bad} \ge \text{patience}",
                words="The last of so many epochs lowers the rate.")),
    probe=Probe(compute="plateau_rates", arguments={"losses": [1.0] * 6, "rate": 1.0, "factor": 0.1, "patience": 2}),
    example="Six epochs with the same loss, the first of which is the best, have the rates {0} or {1} after them.",
    consequence="The same patience lowers the rate one epoch earlier, at each plateau anew.",
    snippets=_plateau("[1.0] * 6", "factor=0.1, patience=2", "factor=0.1, patience=2", "factor=0.1, patience=2"),
    absent=NO_PLATEAU, sources=PLATEAU)

SLOW = [100.0, 99.998, 99.996, 99.994, 99.992]
THRESHOLD = Convention(
    layer="plateau", option="threshold_mode", title="threshold of the plateau schedule", group="optimizer", leads=("O12",),
    question="Is the threshold of 1e-4, which a better loss has to pass, relative or absolute?",
    variants=(
        Variant(value="relative", title="relative", formula=r"e < (1 - 10^{-4}) \, e_{best}", words="A share of the best loss.",
                switch={"torch": "threshold_mode='rel', the default", "jax": "rtol=1e-4, the default"}),
        Variant(value="absolute", title="absolute", formula=r"e < e_{best} - 10^{-4}", words="A difference.",
                switch={"torch": "threshold_mode='abs'", "jax": "rtol=0.0, atol=1e-4"})),
    probe=Probe(compute="plateau_rates", arguments={"losses": SLOW, "rate": 1.0, "factor": 0.1, "patience": 3,
                                                    "waits": "as_many"}),
    example="The losses {losses:.6g} with a patience of three epochs leave the rates {0} or {1}.",
    consequence="Large losses that fall slowly count as progress in one and as a plateau in the other; small losses the other way "
                "round.",
    snippets=_plateau(str(SLOW), "patience=2", "patience=3", "patience=3"),
    absent=NO_PLATEAU, sources=PLATEAU)

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


CLIP_EPSILON = Convention(
    layer="clip_norm", option="epsilon", title="epsilon of clipping by the norm", group="optimizer", leads=("O13",),
    question="Is something added to the norm that the gradient is divided by?",
    variants=(
        Variant(value=1e-6, title="1e-6", formula=r"g \frac{c}{\|g\| + 10^{-6}}",
                words="The clipped gradient is a little shorter than c."),
        Variant(value=0.0, title="nothing", formula=r"g \frac{c}{\|g\|}", words="The clipped gradient has the length c.")),
    probe=Probe(compute="clipped_by_norm", arguments={"gradients": [[3e-6], [4e-6]], "largest": 1e-6}),
    example="The gradients 3e-6 and 4e-6, clipped to the norm 1e-6, become {0} or {1}.",
    consequence="With usual norms the seventh digit differs, which comparisons in float64 see; with tiny ones the step is shorter.",
    snippets=_clipped("[3e-6, 4e-6]", torch="clip_grad_norm_(p, 1e-6)", keras="global_clipnorm=1e-6",
                      tensorflow="tf.clip_by_global_norm(gradients, 1e-6)[0]", jax="optax.clip_by_global_norm(1e-6)"),
    absent=NO_TRAINING, sources=CLIPPING)

CLIP_SCOPE = Convention(
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
    consequence="clipnorm=1.0 in Keras is not clip_grad_norm_(parameters, 1.0): with a hundred tensors the step is up to ten times "
                "as long.",
    snippets=_clipped("[3.0, 4.0]", torch="clip_grad_norm_(p, 1.0)", keras="clipnorm=1.0",
                      tensorflow="(tf.clip_by_norm(g, 1.0) for g in gradients)", jax="optax.clip_by_global_norm(1.0)"),
    absent=NO_TRAINING, sources=CLIPPING)

CLIP_INFINITE = Convention(
    layer="clip_norm", option="spoiled", title="clipping of an infinite gradient", group="optimizer", leads=("O13",),
    question="What is left of a gradient with one infinite element after clipping by the global norm?",
    variants=(
        Variant(value="itself", title="NaN there, zero elsewhere",
                formula=r"\infty \cdot \frac{c}{\infty} = NaN, \quad g \cdot 0 = 0",
                words="Plain arithmetic: all others are divided by infinity."),
        Variant(value="all", title="NaN everywhere", formula=r"NaN", words="Made on purpose, so that it is noticed at once.")),
    probe=Probe(compute="clipped_infinite", arguments={"gradient": [float("inf"), 1.0]}, scale=1.0),
    example="The gradients inf and 1 become {0} or {1}.",
    consequence="In one framework the whole network is NaN after the step. In the other only that element is at first, and the rest "
                "did not move: the cause is easier to find, but also to overlook.",
    snippets=_clipped('[float("inf"), 1.0]', torch="clip_grad_norm_(p, 1.0)", keras="global_clipnorm=1.0",
                      tensorflow="tf.clip_by_global_norm(gradients, 1.0)[0]", jax="optax.clip_by_global_norm(1.0)"),
    absent=NO_TRAINING, sources=CLIPPING)

CLIP_VALUE = Convention(
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

ACCUMULATED = Convention(
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

ROWS = (COSINE, BOUNDARY, PATIENCE, THRESHOLD, CLIP_EPSILON, CLIP_SCOPE, CLIP_INFINITE, CLIP_VALUE, ACCUMULATED)

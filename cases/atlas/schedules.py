"""Learning rates over time."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, snippet

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


COSINE = AtlasRow(
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
    consequence="A training that is made longer, or counts epochs in one place and steps in another, ends with a large rate "
                "in one "
                "framework, and with none in the others.",
    snippets=_rates(torch="CosineAnnealingLR(optimizer, T_max=4)", keras="CosineDecay(0.1, 4)",
                    tensorflow="cosine_decay(0.1, t, 4)", jax="cosine_decay_schedule(0.1, 4)", count=7),
    absent=NO_TRAINING, sources=(TORCH.format("optim.lr_scheduler.CosineAnnealingLR"), KERAS, OPTAX))

BOUNDARY = AtlasRow(
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

PATIENCE = AtlasRow(
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
THRESHOLD = AtlasRow(
    layer="plateau", option="threshold_mode", title="threshold of the plateau schedule", group="optimizer", leads=("O12",),
    question="Is the plateau schedule's threshold of 1e-4, which a better loss has to pass, relative or absolute?",
    variants=(
        Variant(value="relative", title="relative", formula=r"e < (1 - 10^{-4}) \, e_{best}", words="A share of the best loss.",
                switch={"torch": "ReduceLROnPlateau(threshold_mode='rel'), the default",
                        "jax": "reduce_on_plateau(rtol=1e-4, atol=0.0), the default"}),
        Variant(value="absolute", title="absolute", formula=r"e < e_{best} - 10^{-4}", words="A difference.",
                switch={"torch": "ReduceLROnPlateau(threshold_mode='abs')",
                        "jax": "reduce_on_plateau(rtol=0.0, atol=1e-4)"})),
    probe=Probe(compute="plateau_rates", arguments={"losses": SLOW, "rate": 1.0, "factor": 0.1, "patience": 3,
                                                    "waits": "as_many"}),
    example="The losses {losses:.6g} with a patience of three epochs leave the rates {0} or {1}.",
    consequence="Large losses that fall slowly count as progress in one and as a plateau in the other; small losses the other "
                "way "
                "round.",
    snippets=_plateau(str(SLOW), "patience=2", "patience=3", "patience=3"),
    absent=NO_PLATEAU, sources=PLATEAU)

ROWS = (COSINE, BOUNDARY, PATIENCE, THRESHOLD)

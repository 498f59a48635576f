"""What the methods of somebody's network are called, and what they take, by the names of their parameters: x or X, y or targets,
dout or grad, y_hat or probs, lr or eta."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.handed_in.student import BACK
from nnparity.reports.checking.names import bare

FORWARD = ("forward", "forward_pass", "feedforward", "feed_forward", "forward_propagation", "fprop", "predict_proba", "predict",
           "__call__")
BACKWARD = (*BACK, "backward_pass", "back_propagation", "backward_propagation", "backpropagate", "compute_gradients",
            "gradients", "gradient")
LOSS = ("loss", "compute_loss", "loss_fn", "calculate_loss", "cost", "compute_cost", "cross_entropy", "cross_entropy_loss", "mse",
        "criterion", "loss_and_grads", "loss_function", "lossFun")
ROLES = {
    "x": "x inputs input data a0 batch images features img xbatch xb",
    "target": "y t target targets labels label ytrue ybatch yb ytarget onehot yonehot true truth truelabels",
    "upstream": "dy dout grad gradient delta dl upstream gradoutput dz dloss dldy outgrad error dyhat dlogits",
    "output": "yhat ypred pred preds predictions output outputs probs out scores logits a2 o prediction probabilities p al a3 "
              "yprob activations",
    "rate": "lr learningrate eta alpha stepsize rate",
    "epochs": "epochs nepochs numepochs epoch iterations niterations numiterations niter niters iters steps nsteps maxiter",
    "batch": "batchsize minibatchsize nbatch bs"}
TRAIN = ("fit", "train", "train_step", "training_step", "train_on_batch", "train_batch", "partial_fit", "learn", "update", "step",
         "gradient_descent", "optimize")


def optional_target(method: Callable) -> bool:
    """loss(X, y=None): scores without y."""
    parameters = list(inspect.signature(method).parameters.values())
    return any(role_of(p.name) == "target" and p.default is None for p in parameters)


def call(obj: Any, name: str, known: Mapping[str, Any]) -> Any:
    """A method, called with what its parameters are named after. Raises NoAnswer for one that is required and not known."""
    method = getattr(obj, name)
    parameters = inspect.signature(method).parameters
    positional, named = [], {}
    for p in parameters.values():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            continue
        value = known.get(role_of(p.name))
        if value is None and name in BACKWARD and p.default is p.empty and len(parameters) == 1:
            value = known.get("upstream")
        if value is None and p.default is p.empty:
            raise NoAnswer(f"{type(obj).__name__}.{name} asks for {p.name!r}, and it is not known what that is: call it x, y, "
                           f"y_hat or dout")
        if value is not None and p.kind == p.POSITIONAL_ONLY:
            positional.append(value)
        elif value is not None:
            named[p.name] = value
    return method(*positional, **named)


def role_of(parameter: str) -> str:
    return next((role for role, names in ROLES.items() if bare(parameter) in names.split()), "")


def as_tuple(value: Any) -> tuple:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def takes(obj: Any, name: str | None, role: str) -> bool:
    """Whether a method has a parameter of this role."""
    return name is not None and any(role_of(p) == role for p in inspect.signature(getattr(obj, name)).parameters)

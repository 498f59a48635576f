"""N08 over all of its 60,000 steps."""

from nnparity.cases.documents import n08
from nnparity.reference_impl.network import forward
from nnparity.reports.page.networks.shown import Seen, Shown, path_of, trainings
from nnparity.reports.page.plots import loss_curves


def shown(seen: Seen) -> Shown:
    case = n08.training(60_000)
    path = path_of(case)
    y = forward(case, {name: path[name][-1] for name in case.params}, case.inputs)[0]["y"].ravel()
    note = (f"After 60,000 steps the four outputs are {', '.join(f'{v:.4f}' for v in y)} for targets 0, 1, 1, 0: it learns XOR.")
    return Shown((note,), (*trainings(seen).pictures, loss_curves("N08 over all 60,000 steps", {"reference": path["loss"]})))

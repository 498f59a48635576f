"""Parameters that are no layer's, and layers that a person wrote out, move into the files of the other frameworks."""

import numpy as np
import pytest
from parameters_of_own import OF_TORCH, WAYS, built, given

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("compiled_quickly")]
EVERY = [(source, to) for source in ("torch", "keras", "flax") for to in ("torch", "keras", "flax", "onnx") if source != to]


@pytest.fixture(scope="module")
def port_model(load_oracle):
    load_oracle("keras")
    load_oracle("torch")
    import nnparity
    return nnparity.port_model


def moved(port_model, tmp_path, source, to, name, way):
    for needed in {source, to} & {"flax", "onnx"}:
        pytest.importorskip(needed)
    x = given(name)
    x = np.moveaxis(x, 1, -1) if source != "torch" and x.ndim == 4 else x
    made = port_model(built(source, name, way), to, tmp_path / ("made.onnx" if to == "onnx" else "made.py"), x)
    assert made.ok and made.worst < 1e-12, str(made.comparison)
    return made


@pytest.mark.parametrize(("source", "to"), EVERY, ids=lambda v: v)
@pytest.mark.parametrize("name", WAYS)
def test_a_model_moves(port_model, tmp_path, name, source, to):
    for way in WAYS[name]:
        place = tmp_path / way.replace(" ", "_")
        place.mkdir()
        moved(port_model, place, source, to, name, way)


@pytest.mark.parametrize("to", ["keras", "flax", "onnx"])
@pytest.mark.parametrize("name", OF_TORCH)
def test_the_same_by_functions(port_model, tmp_path, name, to):
    for way in OF_TORCH[name]:
        place = tmp_path / way
        place.mkdir()
        moved(port_model, place, "torch", to, name, way)


@pytest.mark.parametrize(("source", "to", "name", "has"), [
    ("keras", "torch", "vit", ("self.token_cls = nn.Parameter(", "self.add_position_pos = nn.Parameter(", ".expand(len(")),
    ("keras", "torch", "scale", ("_gamma = nn.Parameter(",)),
    ("keras", "torch", "rows", ("nn.Linear(6, 8)", "nn.Linear(8, 3)")),
    ("keras", "torch", "rms", ("nn.RMSNorm(6, eps=1e-06)",)),
    ("torch", "keras", "vit", ('Parameter((1, 5, 8), name="pos_embed")',)),
    ("torch", "keras", "rows", ('layers.Dense(8, name="matmul")',)),
], ids=["token and positions", "scale", "a dense layer of Keras's guide", "RMSNorm of Keras's guide", "from PyTorch",
        "x @ W + b"])
def test_they_stay_parameters_that_are_learnt(port_model, tmp_path, source, to, name, has):
    text = moved(port_model, tmp_path, source, to, name, WAYS[name][-1]).path.read_text()
    assert all(part in text for part in has) and "buffer" not in text, text


def test_a_normalisation_that_no_layer_is_moves_by_its_functions(port_model, tmp_path):
    """By the deviation of a sample, with epsilon outside the root."""
    made = moved(port_model, tmp_path, "torch", "keras", "layer norm", "written out")
    assert "ops.std(" in made.path.read_text()


@pytest.mark.parametrize("to", ["keras", "flax", "onnx"])
def test_a_tied_head_is_a_layer_of_its_own(port_model, tmp_path, to):
    """A language model whose head has the table of words and no bias."""
    if to != "keras":
        pytest.importorskip(to)
    import torch

    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.norm, self.head = torch.nn.Embedding(9, 6), torch.nn.LayerNorm(6), torch.nn.Linear(6, 9, bias=False)
            self.head.weight = self.words.weight

        def forward(self, ids):
            return self.head(self.norm(self.words(ids)))
    made = port_model(Tied(), to, tmp_path / ("made.onnx" if to == "onnx" else "made.py"), given("words"))
    assert made.ok and made.worst < 1e-12, str(made.comparison)

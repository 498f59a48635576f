"""Which tests share a process, where several run side by side (`pytest -n 2`): those that need the same framework, which takes
seconds to import, or that are about the same cases, whose allowed errors are computed once."""

import re

from xdist.scheduler import LoadScopeScheduling

LIVE = ("test_agreement.py", "test_networks.py::test_n18", "test_documents_n13.py::test_training", "test_port_outputs.py",
        "test_models.py", "test_models_own_parameters.py", "test_models_natural.py", "test_models_onnx.py", "test_models_flax.py",
        "test_models_described.py", "test_models_sequences.py", "test_models_images.py", "test_recordings.py",
        "test_port_models.py", "test_port_own_parameters.py",
        "test_port_onnx.py", "test_port_flax.py", "test_port_details.py", "test_port_functions.py", "test_models_ported.py")
NO_TOPIC = re.compile(r"^(recorded-)?(torch|keras|forward|backward|training|reference)-")


def group_of(nodeid: str) -> str:
    """"keras" and "torch" for what is asked of a framework in this process, "atlas keras-torch" for a column of the atlas, whose
    one process measures all rows; else the first word of the parameters ("gru"), or the test itself.

    One framework a process: what needs both goes where Keras is.
    """
    place, _, parameters = nodeid.removesuffix("]").partition("[")
    name = place.rpartition("/")[2]
    if name.startswith(LIVE):
        frameworks = [framework for framework in ("keras", "torch") if framework in parameters]
        return frameworks[0] if frameworks else "torch" if "onnx" in parameters or "flax" in parameters else "keras"
    if name.endswith(("test_framework_answers_as_recorded", "test_a_setting_gives_its_variant")):
        column = re.search(r"-((keras-)?\w+)$", parameters)[1]
        return f"atlas {column}"
    topic = re.match(r"\w+", NO_TOPIC.sub("", parameters))
    return topic[0] if topic else place


class ByGroup(LoadScopeScheduling):
    """A process gets one group after the other, the largest first."""

    def _split_scope(self, nodeid):
        return group_of(nodeid)

    def add_node_collection(self, node, collection):
        super().add_node_collection(node, collection)
        self.registered_collections[node] = Places(collection)


class Places(list):
    """A list that knows where each of its items stands: xdist asks for every test, of fifteen thousand."""

    def __init__(self, items):
        super().__init__(items)
        self.places = {item: place for place, item in enumerate(self)}

    def index(self, item):
        return self.places[item]

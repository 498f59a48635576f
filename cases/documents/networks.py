"""All networks of the documents. Every module n*.py of this folder has one, as NETWORK: the listing is the list."""

from importlib import import_module
from pathlib import Path

from nnparity.cases.documents.network import Network

MODULES = tuple(import_module(f"nnparity.cases.documents.{path.stem}")
                for path in sorted(Path(__file__).parent.glob("n[0-9]*.py")))
NETWORKS: dict[str, Network] = {module.NETWORK.id: module.NETWORK for module in MODULES}

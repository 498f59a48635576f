"""`make types`: the type checker over all packages, which finds `nnparity` by a folder's name that a checkout need not have."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("cases", "reference_impl", "oracles", "reports")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(ROOT, Path(folder) / "nnparity", target_is_directory=True)
        chosen = [argument for package in PACKAGES for argument in ("-p", f"nnparity.{package}")]
        return subprocess.run([sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", "--cache-dir",
                               ROOT / ".mypy_cache", *chosen], cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())

"""`make wheel`: build the wheel, install it into an empty environment, and use it where the checkout is not in sight.

The commands run in a folder that has a `cases/`, a `reports/` and a `tests/` of its own, as other people's repositories do, and
without any framework.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMANDS = (  # arguments, exit code, words that must be printed
    (["--version"], 0, "nnparity 0.1.0"),
    (["list", "--layer", "gru"], 0, "recurrent_kernel"),
    (["list", "--json"], 0, '"catches"'),
    (["check", "right.py", "--convention", "reset=before", "--convention", "recurrent_bias=outside"], 0, "6 of 6 cases agree"),
    (["check", "wrong.py", "--function", "my_gru"], 1, "update gate swapped"),
    (["conventions", "gru", "--recorded"], 0, "reset"),
    (["conventions", "batch_norm.momentum"], 0, "momentum"),
    (["explain", "K31"], 0, "softmax"),
    (["port", "gru", "--from", "keras", "--to", "torch"], 0, "weight_hh_l0"),
)
# a module of the user's with the name of one of our folders
OWN = {"cases/__init__.py": "", "cases/case.py": "mine = True\n", "reports/__init__.py": "", "tests/__init__.py": "",
       "tests/test_own.py": "from cases.case import mine\nfrom nnparity import cases\n\n"
                            "def test_both():\n    assert mine and cases.all_cases()\n"}


def run(*arguments, code: int = 0, **options) -> str:
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, errors="replace", **options)
    said = done.stdout + done.stderr
    if done.returncode != code:
        sys.exit(f"{' '.join(map(str, arguments))}: exit code {done.returncode}, expected {code}\n{said[-3000:]}")
    return said


def built(folder: Path) -> Path:
    """The wheel, from a copy of the tracked files: what lies about in a checkout must not get into it, nor build files here."""
    copy = folder / "source"
    for name in run("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).splitlines():
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--wheel-dir", folder, copy)
    wheel, = folder.glob("nnparity-*.whl")
    top = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    if strangers := {name for name in top if not name.startswith("nnparity")}:
        sys.exit(f"the wheel has more than nnparity at its top: {sorted(strangers)}")
    return wheel


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        wheel = built(folder)
        run(sys.executable, "-m", "venv", folder / "venv")
        bin_ = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        print(f"{wheel.name}: {wheel.stat().st_size / 2**20:.1f} MiB", flush=True)
        run(bin_ / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", ROOT / "constraints.txt",
            f"nnparity @ {wheel.as_uri()}", "pytest")
        users = folder / "users"
        for path, text in OWN.items():
            (users / path).parent.mkdir(parents=True, exist_ok=True)
            (users / path).write_text(text)
        shutil.copy(ROOT / "tests" / "user_grus" / "paper.py", users / "right.py")
        shutil.copy(ROOT / "tests" / "user_grus" / "swapped.py", users / "wrong.py")
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"COLUMNS": "80"}
        for arguments, code, words in COMMANDS:
            said = run(bin_ / "nnparity", *arguments, code=code, cwd=users, env=environment)
            if words not in said:
                sys.exit(f"nnparity {' '.join(arguments)} says nothing of {words!r}:\n{said[-3000:]}")
            print(f"nnparity {' '.join(arguments)}: exit code {code}", flush=True)
        run(bin_ / "python", "-m", "pytest", "-q", cwd=users, env=environment)
        print("pytest beside a cases/ of the user's own: passed")


if __name__ == "__main__":
    main()

# Every target does its own set-up: .venv is made and filled when pyproject.toml or constraints.txt have changed.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
STAMP_ALL := .venv/installed-all
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# tiny arrays: a second thread only spins
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1
PYTEST_ARGS ?=
REPORT_ARGS ?=
MUTATE ?=
BENCH_ARGS ?=
CELLS ?=
ALL_FRAMEWORKS := tests/test_atlas.py tests/test_port_outputs.py tests/test_models_onnx.py tests/test_models_flax.py \
	tests/test_port_onnx.py tests/test_port_flax.py tests/test_port_details.py \
	tests/test_models_own_parameters.py tests/test_port_own_parameters.py
QUICK := tests/test_recording.py tests/test_judges.py tests/test_suite_can_fail.py

.PHONY: help report test matrix wheel types quick record bench atlas mutation lint clean
.DEFAULT_GOAL := help

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

report: $(STAMP)  ## ask PyTorch and Keras every case, write reports/latest/index.html (REPORT_ARGS="--case n10")
	@$(ONE_THREAD) $(BIN)/nnparity report $(REPORT_ARGS)

test: $(STAMP)  ## all tests, the frameworks included (PYTEST_ARGS="-k n10")
	@$(ONE_THREAD) $(BIN)/python -m pytest -q $(PYTEST_ARGS)

matrix: $(STAMP)  ## framework-free tests under other BLAS kernels, two threads, in random order (an hour; CELLS="Haswell-1 Nehalem-2")
	@PYTEST_ARGS='$(PYTEST_ARGS)' $(BIN)/python -m tests.matrix $(CELLS)

wheel: $(STAMP)  ## build the wheel, install it into an empty environment and use it where the checkout is not in sight
	@$(BIN)/python -m tests.wheel

types: $(STAMP)  ## the type checker over all packages
	@$(BIN)/python -m tests.typed

quick: $(STAMP)  ## recorded answers, third judge and self-proof: no framework, on every save (K=gru for one layer: seconds)
	@$(ONE_THREAD) $(BIN)/python -m pytest -q $(QUICK) $(if $(K),-k "$(K)",-n 2) $(PYTEST_ARGS)

record: $(STAMP)  ## replace the recorded answers in cases/recorded by what the frameworks answer now
	@$(ONE_THREAD) $(BIN)/nnparity report --record
	@$(ONE_THREAD) $(BIN)/nnparity conventions --record

bench: $(STAMP)  ## time of the reference ÷ time of PyTorch, one thread each; time to name a mistake (minutes)
	@$(BIN)/python -m nnparity.reports.commands.bench $(BENCH_ARGS)
	@$(ONE_THREAD) $(BIN)/python -m nnparity.reports.commands.bench_diagnosis

mutation: $(STAMP)  ## change every line of the reference and see whether a test notices (half an hour; MUTATE="reference_impl/noise.py")
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[mutation]"
	@$(ONE_THREAD) $(BIN)/python -m tests.mutation.run $(MUTATE)

atlas: $(STAMP_ALL)  ## what needs JAX and ONNX too: the atlas on all frameworks, their models (the first time: a larger installation)
	@$(ONE_THREAD) $(BIN)/python -m pytest -q $(ALL_FRAMEWORKS) --require-columns $(PYTEST_ARGS)

lint: $(STAMP)  ## style and likely mistakes
	@$(BIN)/ruff check .

clean:  ## remove the environment, caches and the report
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis build mutants reports/latest *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt
	@echo "setting up .venv (the first time takes minutes: PyTorch and TensorFlow are large)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(INSTALL) -e ".[oracles,test]"
	@touch $@

$(STAMP_ALL): $(STAMP)
	@echo "adding JAX and ONNX to .venv"
	@$(INSTALL) -e ".[oracles,test,jax,onnx]"
	@touch $@

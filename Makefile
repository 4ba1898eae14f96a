# Two commands set everything up: `make demo` and `make test`.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check docs gallery lock bench bench-refusal calibrate reference-model clean

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ip-bench needs Python 3.11 or later; name one: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

demo: $(READY)  ## build two datasets, evaluate a reference model through lm-eval, compare with its planted effects
	$(BIN)/ip-bench build ip-cues ip-echo
	IP_BENCH_DATA=data $(BIN)/ip-bench selfcheck --device cpu --out runs/demo/ip-cues --task ip_cues_cultural_mini --task ip_cues_names_mini
	IP_BENCH_DATA=data $(BIN)/ip-bench selfcheck --device cpu --out runs/demo/ip-echo --dataset ip-echo

test: $(READY)  ## all tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

check: $(READY)  ## lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Reports that are there are not made again; `make gallery` makes them anew.
docs: $(READY)  ## the site of the documents, with reference and gallery, into build/site
	$(BIN)/python -m website.gallery build/gallery
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	@echo "to look at it: $(BIN)/python -m http.server --directory build/site"

gallery: $(READY)  ## the reports of the reference models, which the site shows
	rm -rf build/gallery
	$(BIN)/python -m website.gallery build/gallery

lock: $(READY)  ## lock the content hashes of the present version
	$(BIN)/python -m ip_bench.release.lock

bench: $(READY)  ## one table of ratios beside peers, on this machine (peers of the extra `bench` where installed)
	$(BIN)/python benchmarks/run.py

bench-refusal: $(READY)  ## the refusal detector on labeled completions of models that it was not fitted on
	$(BIN)/python benchmarks/refusal.py

# One process a core: more threads in each would only wait for one another.
calibrate: $(READY)  ## coverage, error and power of the estimators over a grid of designs; writes docs/calibration.*
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/calibration.py

reference-model: $(READY)  ## train both checkpoints anew and compute their truth
	$(BIN)/python -m ip_bench.builders.reference_model.train
	$(BIN)/python -m ip_bench.builders.reference_model.truth

clean:
	rm -rf $(VENV) data runs build *.egg-info

# A newcomer needs two of these, `make demo` and `make up`; who works on it, also `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.installed-run
DEV    := $(VENV)/.installed-dev
PLOT   := .venv-figures
FUZZ   := .venv-fuzz
CLIENT := .venv-client
SITE   := .venv-docs
DIST   := .venv-dist
BOARDS := .venv-boards
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check
# In the environment whose mark is made, which is there or is made first.
APART   = $(BIN)/python -m venv $(@D) && $(@D)/bin/python -m pip -q --disable-pip-version-check
LOCK   := $(BIN)/uv pip compile -q -U --universal --python-version 3.11 --generate-hashes \
            --no-header --no-annotate --no-emit-package purrceptron
# The service and its client, as they stand here.
OURS   := install --no-deps --no-build-isolation -e client -e .

.PHONY: demo up test page faults rolling siege corpus fuzz boards check format bench learn figures docs dist lock clean help

help:
	@echo "make demo     train a cat classifier on this machine and ask it about two pictures"
	@echo "make up       run the whole service on this machine"
	@echo "make test     run the whole test suite"
	@echo "make page     look at the whole page in Chromium (five minutes)"
	@echo "make faults   break the whole service in every way that is known (an hour)"
	@echo "make rolling  replace one release by another while jobs run, with ARGS=REVISION (some minutes)"
	@echo "make siege    attack the whole service in every way that is known (a quarter of an hour)"
	@echo "make corpus   send it uploads of every kind, sound and bad (some minutes)"
	@echo "make fuzz     send it and its readers what nobody would (installs Schemathesis and Atheris apart)"
	@echo "make boards   send jobs to a real MLflow (installs it apart)"
	@echo "make check    formatter, linter, types"
	@echo "make bench    the benchmarks (installs PyTorch, JAX and scikit-learn apart)"
	@echo "make learn    what the recipes photos and backbone reach, with ARGS=\"--data FOLDER\" (hours; installs Matplotlib apart)"
	@echo "make figures  the docs' plots, and the numbers of docs/learning*.md (installs Matplotlib likewise)"
	@echo "make docs     the docs as one site with a search, in site/ (installs Zensical apart; ARGS=--serve shows it)"
	@echo "make dist     what is published, in dist/: built, checked and listed (installs build and twine apart)"
	@echo "make lock     renew the exact versions in locks/"

demo: $(RUN)
	@$(BIN)/purr demo $(ARGS)

up: $(RUN)
	@$(BIN)/purr up $(ARGS)

test: $(DEV) $(CLIENT)/.installed $(SITE)/.installed
	@$(BIN)/python -m tests $(ARGS)

page: $(DEV)
	@PURR_PAGE=1 $(BIN)/python -m pytest -q -n 3 --dist loadfile tests/page $(ARGS)

faults: $(DEV)
	@PURR_FAULTS=1 $(BIN)/python -m pytest -q tests/faults
	@$(BIN)/python -m tests.faults $(ARGS)

rolling: $(DEV)
	@$(BIN)/python -m tests.upgrades $(ARGS)

siege: $(DEV)
	@$(BIN)/python -m tests.siege $(ARGS)

corpus: $(DEV)
	@$(BIN)/python -m tests.corpus $(ARGS)

fuzz: $(FUZZ)/.installed
	@$(FUZZ)/bin/python -m tests.fuzz $(ARGS)

boards: $(DEV) $(BOARDS)/.installed
	@$(BIN)/python -m pytest -q tests/service/tracking/test_real_mlflow.py $(ARGS)

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV)
	@PYTHON=$(PYTHON) sh benchmarks/run.sh $(ARGS)

# The plot is drawn too where less was reached than is asked for.
learn: $(PLOT)/.installed
	@$(PLOT)/bin/python -m benchmarks.learning.photos $(ARGS); status=$$?; \
	  [ ! -e benchmarks/results/learn.json ] || $(PLOT)/bin/python -m benchmarks.learning.learned_plot; \
	  $(PLOT)/bin/python -m benchmarks.learning.few_photos $(ARGS) && exit $$status

figures: $(PLOT)/.installed
	@$(PLOT)/bin/python -m benchmarks.core.scaling_plot
	@$(PLOT)/bin/python -m benchmarks.learning.figures $(ARGS)
	@$(if $(findstring --only,$(ARGS)),,$(PLOT)/bin/python -m benchmarks.learning.kernels \
	  $(filter --quick,$(ARGS)))

docs: $(SITE)/.installed
	@$(SITE)/bin/python -m docs.site $(ARGS)

# A wheel is built from the source distribution, so that what is missing there is missed here.
dist: $(DIST)/.installed
	rm -rf dist
	$(DIST)/bin/python -m build --no-isolation --outdir dist .
	$(DIST)/bin/python -m build --no-isolation --outdir dist client
	$(DIST)/bin/python -m twine check --strict dist/*
	@for file in dist/*.whl; do echo "$$file"; $(DIST)/bin/python -m zipfile --list "$$file"; done
	@for file in dist/*.tar.gz; do echo "$$file"; tar --list --file "$$file"; done

lock: $(BIN)/python
	$(PIP) install uv
	$(LOCK) pyproject.toml --group build -o locks/run.txt
	$(LOCK) pyproject.toml --extra gpu -c locks/run.txt -o locks/gpu.txt
	$(LOCK) pyproject.toml --group dev -o locks/dev.txt
	$(LOCK) pyproject.toml --group figures -o locks/figures.txt
	$(LOCK) pyproject.toml --group fuzz -o locks/fuzz.txt
	$(LOCK) --group pyproject.toml:client -o locks/client.txt
	$(LOCK) --group pyproject.toml:docs -o locks/docs.txt
	$(LOCK) --group pyproject.toml:dist -o locks/dist.txt
	$(LOCK) --group pyproject.toml:boards -o locks/boards.txt

clean:
	rm -rf $(VENV) $(PLOT) $(FUZZ) $(CLIENT) $(SITE) $(DIST) $(BOARDS) .cache .docs site dist .mypy_cache .pytest_cache .ruff_cache .coverage*

# The marks say "installed from this lock"; make compares times, so a second run installs nothing.
$(RUN): $(BIN)/python locks/run.txt pyproject.toml client/pyproject.toml
	@echo "Installing Purrceptron into $(VENV) …"
	@$(PIP) install --require-hashes -r locks/run.txt
	@$(PIP) $(OURS)
	@touch $@

$(DEV): $(RUN) locks/dev.txt
	@echo "Installing the test tools into $(VENV) …"
	@$(PIP) install --require-hashes -r locks/dev.txt
	@touch $@

$(PLOT)/.installed: $(BIN)/python locks/figures.txt pyproject.toml client/pyproject.toml
	@echo "Installing Matplotlib and Purrceptron into $(PLOT) …"
	@$(APART) install --require-hashes -r locks/figures.txt
	@$(APART) $(OURS)
	@touch $@

$(FUZZ)/.installed: $(BIN)/python locks/fuzz.txt pyproject.toml client/pyproject.toml
	@echo "Installing Schemathesis, Atheris and Purrceptron into $(FUZZ) …"
	@$(APART) install --require-hashes -r locks/fuzz.txt
	@$(APART) $(OURS)
	@touch $@

$(CLIENT)/.installed: $(BIN)/python locks/client.txt
	@echo "Installing clients that others wrote into $(CLIENT) …"
	@$(APART) install --require-hashes -r locks/client.txt
	@touch $@

$(SITE)/.installed: $(BIN)/python locks/docs.txt
	@echo "Installing Zensical into $(SITE) …"
	@$(APART) install --require-hashes -r locks/docs.txt
	@touch $@

$(DIST)/.installed: $(BIN)/python locks/dist.txt
	@echo "Installing build and twine into $(DIST) …"
	@$(APART) install --require-hashes -r locks/dist.txt
	@touch $@

$(BOARDS)/.installed: $(BIN)/python locks/boards.txt
	@echo "Installing MLflow into $(BOARDS) …"
	@$(APART) install --require-hashes -r locks/boards.txt
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Python 3.11 or newer is needed, and '$(PYTHON)' was not found."; \
	  echo "Install it (Debian, Ubuntu: sudo apt-get install python3 python3-venv),"; \
	  echo "or name yours: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) -V 2>&1)."; \
	  echo "Name a newer one: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  v=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "'$(PYTHON) -m venv' is missing. Install it with:"; \
	  echo "  sudo apt-get install python$$v-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

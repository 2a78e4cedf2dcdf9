# Set-up and checks. Everything goes into a virtual environment, never into the system's Python.
#
#   make demo      set up and track a sample movie from end to end
#   make test      set up and run the tests
#   make check     formatting, lint, types, import contracts
#   make docs      build the documentation, strictly
#   make picture   make the picture of README and documentation again, from the sample movie
#   make pictures  make the other pictures of the documentation again; needs Chromium and Xvfb
#   make napari    set up napari with the plugin and open it on a sample movie
#   make clean     remove the environment and what was built
#
# Variables: VENV (the environment; an existing one is used as it is), PYTHON (the interpreter it
# is made with), PYTEST_ARGS (more words for pytest), DEMO_OUT (where the demo writes), TORCH (empty:
# `make test` leaves out PyTorch, which takes gigabytes; the tests of training and of the large
# models skip).

VENV ?= .venv
PYTHON ?=
PYTEST_ARGS ?=
TORCH ?= yes
DEMO_OUT ?= tracksam-demo

BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
UV := $(shell command -v uv 2>/dev/null)
INSTALL = $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check format docs picture pictures napari clean

help:
	@sed -n 's/^#   //p' Makefile

demo: $(STAMPS)/base
	$(BIN)/tracksam demo --out $(DEMO_OUT)

test: $(STAMPS)/test $(if $(TORCH),$(STAMPS)/torch)
	$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

check: $(STAMPS)/lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMPS)/lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMPS)/docs
	$(BIN)/mkdocs build --strict --config-file docs/mkdocs.yml

picture: demo
	cp $(DEMO_OUT)/overview.png docs/pages/images/overview.png

pictures: $(STAMPS)/base $(STAMPS)/napari
	$(BIN)/python docs/pictures.py
	$(BIN)/python docs/napari_pictures.py

napari: $(STAMPS)/napari
	$(BIN)/python -m napari_tracksam

clean:
	rm -rf .venv build dist docs/site

# The environment. A stamp is newer than pyproject.toml: a second call installs nothing.
$(BIN)/python:
	@set -eu; \
	if [ -n "$(UV)" ]; then \
	  "$(UV)" venv --quiet --python "$(or $(PYTHON),>=3.11)" "$(VENV)"; \
	  exit 0; \
	fi; \
	old=; bare=; \
	for python in $(or $(PYTHON),python3 python python3.13 python3.12 python3.11 python3.14); do \
	  "$$python" -c '' 2>/dev/null || continue; \
	  if ! "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then old=$$python; continue; fi; \
	  if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then bare=$$python; continue; fi; \
	  echo "Making $(VENV) with $$("$$python" -c 'import sys; print(sys.executable)')"; \
	  "$$python" -m venv "$(VENV)"; \
	  exit 0; \
	done; \
	if [ -n "$$bare" ]; then \
	  version=$$("$$bare" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "tracksam needs a virtual environment, and $$bare cannot make one: install it with 'sudo apt install python$$version-venv', or install uv." >&2; \
	else \
	  echo "tracksam needs Python 3.11 or newer$${old:+ and found only $$("$$old" --version)}: install it, name it with 'make PYTHON=/path/to/python3.11', or install uv." >&2; \
	fi; \
	exit 1

$(STAMPS)/base: pyproject.toml | $(BIN)/python
	$(INSTALL) --editable .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/test: pyproject.toml | $(BIN)/python
	$(INSTALL) --editable ".[test,cluster,eval,geff,parquet]"
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/base

# Its own step, because PyTorch is large. PyTorch and torchvision are named together, so that the
# two builds that are taken belong together.
$(STAMPS)/torch: $(STAMPS)/test
	@echo "Installing PyTorch for the tests of training and of large models ('make test TORCH=' leaves it out)"
	$(INSTALL) torch torchvision --editable ".[sam,text,train]"
	@touch $@

$(STAMPS)/lint: pyproject.toml | $(BIN)/python
	$(INSTALL) --editable ".[lint]"
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/base

$(STAMPS)/docs: pyproject.toml | $(BIN)/python
	$(INSTALL) --editable ".[docs]"
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/base

$(STAMPS)/napari: pyproject.toml | $(BIN)/python
	$(INSTALL) --editable ".[napari]" "PyQt6>=6.7"
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/base

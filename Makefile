# Each target works alone in a fresh clone on a machine with python3, pip and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STAMP_DEV := $(VENV)/.installed-dev

.PHONY: demo test lint format bench clean docs lock

demo: $(STAMP)
	$(BIN)/gaitsmith demo --out gaitsmith-out/demo --force

test: lint
	$(BIN)/python -m pytest

lint: $(STAMP_DEV)
	$(BIN)/ruff format --check src tests benchmarks docs
	$(BIN)/ruff check src tests benchmarks docs
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(STAMP_DEV)
	$(BIN)/ruff check --fix -q src tests benchmarks docs; $(BIN)/ruff format -q src tests benchmarks docs

docs: $(STAMP_DEV)
	$(BIN)/python -m sphinx -W -q -b html docs docs/_build

bench: $(STAMP_DEV)
	$(BIN)/python -m benchmarks

# The lock: exact versions for Python 3.11 to 3.13 on every platform.
lock: $(STAMP_DEV)
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --all-extras --no-header --no-annotate \
		--no-emit-package triton pyproject.toml -o constraints.txt
	sed -i -E '/^(nvidia-|cuda-|triton)/d' constraints.txt

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[web]'
	touch $@

$(STAMP_DEV): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev,oracles,export,networks,sklearn,web,cluster,docs]'
	touch $@ $(STAMP)

clean:
	rm -rf $(VENV) dist build gaitsmith-out

.DEFAULT_GOAL := help
.PHONY: help setup tools demo lab test check bench clean

# Tests and demo start many interpreters; compiled modules make each start faster.
unexport PYTHONDONTWRITEBYTECODE

JOBS ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
NOTEBOOKS := notebooks
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile

setup: ## install what the demo and JupyterLab need into .venv
	@scripts/bootstrap.sh

tools: ## install also what only tests need: packages of npm, a browser
	@scripts/bootstrap.sh --tests

demo: setup ## record, verify and show a small analysis
	@.venv/bin/threadbook demo

lab: setup ## open JupyterLab on notebooks/
	@.venv/bin/jupyter lab --notebook-dir="$(NOTEBOOKS)" --log-level=WARN $(ROOT_FLAG)

test: tools check ## check, then run the tests in parallel
	@echo "tests: pytest on $(JOBS) processes"
	@.venv/bin/python -m pytest -n $(JOBS) --dist worksteal --ignore=tests/benchmarks

check: setup ## lint, formatting and types
	@echo "check: ruff"
	@.venv/bin/ruff check --quiet --extend-exclude .uv,.node
	@.venv/bin/ruff format --quiet --check --extend-exclude .uv,.node
	@echo "check: mypy"
	@.venv/bin/mypy

bench: tools ## run the benchmarks
	@.venv/bin/python tests/benchmarks/run.py

clean: ## remove .venv, .uv, .node, built files and caches
	@rm -rf .venv .uv .node extension/lab/node_modules extension/lab/build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two commands on a fresh machine: `make run` and `make test`. Each builds the environment it needs.
# PYTHON picks the interpreter (3.10 to 3.13): make test PYTHON=python3.12
PYTHON ?= python3
DATA ?= .opsledger

VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
RUN := .venv/run-$(VERSION)
DEV := .venv/dev-$(VERSION)
BENCH := .venv/bench-$(VERSION)

.DEFAULT_GOAL := help
.PHONY: help run test lint docs simulate bench package package-check format lock clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

# The source-only SDKs are built with the pinned setuptools, never with one fetched unpinned.
define environment
	$(PYTHON) -m venv --clear $(1)
	$(1)/bin/python -m pip --disable-pip-version-check install -q --require-hashes -r requirements/build.txt
	$(1)/bin/python -m pip install -q --no-build-isolation --require-hashes -r $(2)
	$(1)/bin/python -m pip install -q --no-build-isolation --no-deps -e infra/yunmock -e .
	@touch $(1)/.ready
endef

$(RUN)/.ready: requirements/local.txt requirements/build.txt pyproject.toml infra/yunmock/pyproject.toml
	$(call environment,$(RUN),requirements/local.txt)

$(DEV)/.ready: requirements/dev.txt requirements/build.txt pyproject.toml infra/yunmock/pyproject.toml
	$(call environment,$(DEV),requirements/dev.txt)

$(BENCH)/.ready: requirements/bench.txt requirements/build.txt pyproject.toml infra/yunmock/pyproject.toml
	$(call environment,$(BENCH),requirements/bench.txt)

run: $(RUN)/.ready ## Publish a sample of every family on the local cloud and show what became of it
	@$(RUN)/bin/opsledger --data $(DATA) tour

test: $(DEV)/.ready ## Run the tests
	$(DEV)/bin/python -m pytest -n 2 $(ARGS)

lint: $(DEV)/.ready ## Check style, types and generated pages
	$(DEV)/bin/ruff check .
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/mypy shared infra functions tests benchmarks
	$(DEV)/bin/opsledger docs --check
	$(DEV)/bin/opsledger doctor s.yaml
	$(DEV)/bin/python -m opsctl.ros
	$(DEV)/bin/python -m benchmarks.report --check

docs: $(DEV)/.ready ## Write the generated pages
	$(DEV)/bin/opsledger docs

simulate: $(DEV)/.ready ## Look for a schedule of faults that breaks a promise: make simulate ARGS="--seed 7"
	$(DEV)/bin/python -m tests.simulation $(ARGS)

bench: $(BENCH)/.ready ## Measure side by side with the peers and write docs/performance.md
	$(BENCH)/bin/python -m benchmarks $(ARGS)

package: $(RUN)/.ready ## Build the layers and code packages that Function Compute runs, into build/package/
	$(RUN)/bin/python -m opsctl.package $(ARGS)

package-check: $(DEV)/.ready ## Build them twice, compare, and run every function from what was built
	OPSLEDGER_PACKAGES=build/package $(DEV)/bin/python -m pytest tests/opsctl/package $(ARGS)

format: $(DEV)/.ready ## Format the code
	$(DEV)/bin/ruff check --fix .
	$(DEV)/bin/ruff format .

LOCK := uv pip compile -q --universal --python-version 3.10 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

lock: ## Pin the requirements again (needs uv)
	for name in function poller local dev bench; do $(LOCK) requirements/$$name.in -o requirements/$$name.txt; done
	$(LOCK) --allow-unsafe requirements/build.in -o requirements/build.txt

clean: ## Remove the environments and the local state
	rm -rf .venv .opsledger

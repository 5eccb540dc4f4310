# Two commands on a fresh machine: `make run` and `make test`. Each builds the environment it needs.
# PYTHON picks the interpreter (3.10 to 3.13): make test PYTHON=python3.12
PYTHON ?= python3
DATA ?= .opsledger

VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
RUN := .venv/run-$(VERSION)
DEV := .venv/dev-$(VERSION)
BENCH := .venv/bench-$(VERSION)
DOCS := .venv/docs-$(VERSION)
DIST := .venv/dist-$(VERSION)
NODE := .venv/apart-node .venv/apart-browser
# One environment for each way of installing the wheels in dist/; tests/apart/conftest.py names them too.
APART := $(foreach name,yunmock tablestore extras mns ecs calendar maintnote sdk-oldest opsledger cli,.venv/apart-$(name)-$(VERSION))

.DEFAULT_GOAL := help
.PHONY: help run drill console deploy docs-site release test test-apart test-long lint docs simulate bench package package-check dist format lock clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

PIP = $(1)/bin/python -m pip --disable-pip-version-check install -q
BUILT_FROM := requirements/build.txt pyproject.toml infra/yunmock/pyproject.toml

# An empty environment with the locked requirements $(2). The source-only SDKs are built with the pinned setuptools,
# never with one fetched unpinned.
define environment
	$(PYTHON) -m venv --clear $(1)
	$(PIP) --require-hashes -r requirements/build.txt
	$(PIP) --no-build-isolation --require-hashes -r $(2)
endef

# The same with this folder's code, edited in place. The warning is about folders named like the packages in the
# working directory; there are none.
define workshop
	$(call environment,$(1),$(2))
	PYTHONWARNINGS='ignore:Editable installation' $(PIP) --no-build-isolation --no-deps -e infra/yunmock -e .
	@touch $(1)/.ready
endef

$(RUN)/.ready: requirements/cli.txt $(BUILT_FROM)
	$(call workshop,$(RUN),requirements/cli.txt)

$(DEV)/.ready: requirements/dev.txt $(BUILT_FROM)
	$(call workshop,$(DEV),requirements/dev.txt)

$(BENCH)/.ready: requirements/bench.txt $(BUILT_FROM)
	$(call workshop,$(BENCH),requirements/bench.txt)

$(DIST)/.ready: requirements/dist.txt
	$(PYTHON) -m venv --clear $(DIST)
	$(call PIP,$(DIST)) --require-hashes -r requirements/dist.txt
	@touch $@

$(DOCS)/.ready: requirements/docs.txt
	$(PYTHON) -m venv --clear $(DOCS)
	$(call PIP,$(DOCS)) --require-hashes -r requirements/docs.txt
	@touch $@

# What someone has who installs a wheel: its locked requirements and the wheel, nothing of this folder.
define installed
.venv/apart-$(1)-$(VERSION)/.locked: requirements/$(2) requirements/build.txt
	$$(call environment,.venv/apart-$(1)-$(VERSION),requirements/$(2))
	@touch $$@

.venv/apart-$(1)-$(VERSION)/.ready: .venv/apart-$(1)-$(VERSION)/.locked dist/.ready
	$$(call PIP,.venv/apart-$(1)-$(VERSION)) --no-index --no-deps --force-reinstall $(3)
	@touch $$@
endef
$(eval $(call installed,yunmock,pytest.txt,dist/yunmock-*.whl))
$(eval $(call installed,tablestore,tablestore.txt,dist/yunmock-*.whl))
$(eval $(call installed,extras,extras.txt,dist/yunmock-*.whl))
$(eval $(call installed,mns,mns.txt,dist/yunmock-*.whl))
$(eval $(call installed,sdk-oldest,sdk-oldest.txt,dist/opsledger-*.whl dist/yunmock-*.whl))
$(eval $(call installed,opsledger,function.txt,dist/opsledger-*.whl))
$(eval $(call installed,cli,cli.txt,dist/opsledger-*.whl dist/yunmock-*.whl))

# The vendor's SDKs for CloudMonitor, ECS, FC and ROS alone: their programs talk to a server of this folder's yunmock.
.venv/apart-ecs-$(VERSION)/.ready: requirements/ecs.txt requirements/build.txt
	$(call environment,.venv/apart-ecs-$(VERSION),requirements/ecs.txt)
	@touch $@

# Readers of iCalendar: they read what this folder's console wrote.
$(foreach name,calendar maintnote,.venv/apart-$(name)-$(VERSION)/.ready): .venv/apart-%-$(VERSION)/.ready: requirements/%.txt requirements/build.txt
	$(call environment,$(@D),$<)
	@touch $@

$(NODE:%=%/.ready): .venv/apart-%/.ready: tests/apart/%/package.json tests/apart/%/package-lock.json
	rm -rf $(@D) && mkdir -p $(@D) && cp $^ $(@D)
	@if command -v npm >/dev/null; then cd $(@D) && npm ci --silent --ignore-scripts --no-audit --no-fund; \
	else echo "npm is not installed: the tests of Node programs are skipped"; fi
	@touch $@

run: $(RUN)/.ready ## Play a team's day on the local cloud: events, messages, and what is recorded
	@$(RUN)/bin/opsledger --data $(DATA) tour

drill: $(RUN)/.ready ## Simulate an event on the local cloud and follow it to the message
	@$(RUN)/bin/opsledger --data $(DATA) drill

console: $(RUN)/.ready ## Show the console in the browser: what is open, what comes next, every record
	@$(RUN)/bin/opsledger --data $(DATA) console $(ARGS)

test: $(DEV)/.ready ## Run the tests; this needs no environment but its own
	$(DEV)/bin/python -m pytest -n 2 --dist worksteal $(ARGS)

test-apart: $(DEV)/.ready $(APART:%=%/.ready) $(NODE:%=%/.ready) ## Run the tests that need environments of their own, and build them
	$(DEV)/bin/python -m pytest tests/apart $(ARGS)

test-long: $(DEV)/.ready ## Run the campaigns: more schedules, payloads and kills than `make test` has time for
	$(DEV)/bin/python -m tests.simulation --seed 1 --schedules 100000
	$(DEV)/bin/python -m tests.simulation --seed 1 --schedules 1000 --store tablestore
	$(DEV)/bin/python -m tests.simulation --seed 1 --schedules 1000 --store wire
	$(DEV)/bin/python -m tests.simulation --seed 1 --fuzz 100000
	$(DEV)/bin/python -m tests.simulation --seed 1 --mutants
	OPSLEDGER_KILL_EVENTS=10000 $(DEV)/bin/python -m pytest tests/e2e/test_kill.py
	OPSLEDGER_RECONCILED_INSTANCES=100000 $(DEV)/bin/python -m pytest tests/opsledger/ecs_reconciler/test_scale.py
	$(DEV)/bin/python -m tests.simulation.rows_read --records 1000000
	$(DEV)/bin/python -m tests.simulation.tool_costs --records 100000
	$(DEV)/bin/python -m tests.simulation.tool_costs --records 1000000 --tools export import

lint: $(DEV)/.ready ## Check style, types, layers and generated pages
	$(DEV)/bin/ruff check .
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/mypy shared infra functions tests benchmarks
	$(DEV)/bin/opsledger docs --check
	$(DEV)/bin/opsledger doctor s.yaml
	$(DEV)/bin/opsledger doctor s.quickstart.yaml --no-import --delivery triggers
	$(DEV)/bin/opsledger rules check events/corpus >/dev/null
	$(DEV)/bin/opsledger rules check events/corpus --template s.quickstart.yaml >/dev/null
	$(DEV)/bin/python -m opsctl.ros
	$(DEV)/bin/python -m benchmarks.report --check
	$(DEV)/bin/python -m yunmock.sdk_calls
	$(DEV)/bin/lint-imports --no-logo

docs: $(DEV)/.ready ## Write the generated pages
	$(DEV)/bin/opsledger docs

docs-site: $(DOCS)/.ready ## Build the documentation as a site into build/site; a broken link fails
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --quiet

simulate: $(DEV)/.ready ## Look for a schedule of faults that breaks a promise: make simulate ARGS="--seed 7"
	$(DEV)/bin/python -m tests.simulation $(ARGS)

bench: $(BENCH)/.ready ## Measure side by side with the peers and write docs/performance.md
	$(BENCH)/bin/python -m benchmarks $(ARGS)

package: $(RUN)/.ready ## Build the layers and code packages that Function Compute runs, into build/package/
	$(RUN)/bin/python -m opsctl.package $(ARGS)

deploy: $(RUN)/.ready ## Build and deploy to an account: make deploy ARGS="--region cn-hangzhou --instance NAME"; needs `s` and credentials
	$(RUN)/bin/python -m opsctl.package
	$(RUN)/bin/opsledger deploy $(ARGS)

package-check: $(DEV)/.ready ## Build them twice, compare, and run every function from what was built
	$(DEV)/bin/python -m pytest tests/apart/package $(ARGS)

dist: dist/.ready ## Build the wheels and sdists of opsledger and yunmock into dist/

# Each wheel is built from its sdist, in a folder of its own: nothing left over in build/ can get into it.
dist/.ready: $(DIST)/.ready $(BUILT_FROM) MANIFEST.in README.md LICENSE $(shell find shared infra -type f -not -name '*.pyc' -not -path '*.egg-info*')
	rm -rf dist
	$(DIST)/bin/python -m build --no-isolation --outdir dist infra/yunmock
	$(DIST)/bin/python -m build --no-isolation --outdir dist .
	@touch $@

release: dist package ## Put wheels, sdists, layers, bills of materials and checksums into build/release/
	rm -rf build/release && mkdir -p build/release
	cp dist/*.whl dist/*.tar.gz build/release/
	for runtime in build/package/python*; do for layer in $$runtime/opsledger*.zip; do \
	  cp $$layer build/release/$$(basename $$layer .zip)-$$(basename $$runtime).zip; done; done
	for name in function poller console cli; do $(DIST)/bin/cyclonedx-py requirements --output-reproducible \
	  -o build/release/opsledger-$$name.cdx.json requirements/$$name.txt; done
	cd build/release && sha256sum * > SHA256SUMS
	@echo "build/release/ has $$(wc -l < build/release/SHA256SUMS) files; check them with sha256sum -c SHA256SUMS"

format: $(DEV)/.ready ## Format the code
	$(DEV)/bin/ruff check --fix-only .
	$(DEV)/bin/ruff format .

LOCK := uv pip compile -q --universal --python-version 3.10 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

lock: ## Pin the requirements again (needs uv)
	for name in function poller console sdk yunmock cli dev bench pytest tablestore extras mns ecs calendar maintnote sdk-oldest docs; do $(LOCK) requirements/$$name.in -o requirements/$$name.txt; done
	for name in build dist; do $(LOCK) --allow-unsafe requirements/$$name.in -o requirements/$$name.txt; done

clean: ## Remove the environments, what was built and the local state
	rm -rf .venv .opsledger build dist

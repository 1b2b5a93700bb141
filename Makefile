# Every target installs what it needs; nothing has to be there but Python 3.11+, Go 1.26+, kubectl, make.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REQUIREMENTS := .ci/requirements

.PHONY: help
help: ## Show the targets
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.ready: $(REQUIREMENTS)/dev.txt pyproject.toml
	@echo "==> installing into $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "sim-operator needs Python 3.11 or newer: set PYTHON=")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(REQUIREMENTS)/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: cluster
cluster: $(VENV)/.ready ## Make sure that a Kubernetes API server can be had (builds one where none is)
	@$(BIN)/python -m tests.cluster build

.PHONY: demo
demo: cluster ## Show the operator at work, on a real API server (ONCE=1: run through, check, exit)
	@ONCE=$(ONCE) $(BIN)/python -m tests.demo

.PHONY: lint
lint: $(VENV)/.ready ## Style, types and import contracts
	@echo "==> ruff"
	@$(BIN)/ruff check operator tests
	@$(BIN)/ruff format --check operator tests
	@echo "==> mypy"
	@$(BIN)/mypy
	@echo "==> import contracts"
	@$(BIN)/lint-imports

.PHONY: test
test: lint verify tools ## Everything that needs no node
	@echo "==> pytest: six files at a time, each worker with a control plane of its own: most of it is waiting"
	@# In the order of the folders: files that wait long come first, and the many quick ones fill what is left.
	@$(BIN)/pytest --ignore=tests/e2e --numprocesses=6 --dist=loadfile --no-loadscope-reorder $(PYTEST_ARGS)

.PHONY: coverage
coverage: cluster tools ## The same tests, and which lines they reach: half an hour, since all processes are traced
	@$(BIN)/pytest --ignore=tests/e2e --numprocesses=4 --dist=loadfile --cov --cov-report=term $(PYTEST_ARGS)

.PHONY: e2e
e2e: tools ## Install the chart on a real node, live through failures and upgrades, uninstall (kind where Docker is)
	@$(BIN)/pytest tests/e2e --exitfirst --verbose --capture=no $(PYTEST_ARGS)

.PHONY: bench
bench: cluster ## Measure the operator beside the least it can cost, and print ratios (BENCH=quick|full)
	@BENCH=$(BENCH) $(BIN)/python -m tests.bench $(BENCH_ARGS)

.PHONY: chaos
chaos: cluster ## Everything that can go wrong, round after round, for CHAOS_MINUTES (60); prints one table
	@$(BIN)/python -m tests.chaos $(CHAOS_ARGS)

.PHONY: backtest
backtest: $(VENV)/.ready ## Print how far off forecasts are, on simulated devices
	@$(BIN)/python -m tests.backtest

.PHONY: tools
tools: cluster ## Make sure that Helm and what judges the chart can be had (builds what is missing)
	@$(BIN)/python -m tests.cluster tool helm helm-docs > /dev/null

.PHONY: chart
chart: tools ## Lint the chart, render it with many values, and judge what comes out
	@$(BIN)/pytest tests/chart $(PYTEST_ARGS)

.PHONY: package
package: verify ## Package the chart into dist/
	@mkdir -p dist
	@$$($(BIN)/python -m tests.cluster tool helm) package charts/sim-operator --destination dist

.PHONY: generate
generate: $(VENV)/.ready ## Write the generated files: CRDs, dashboards, reference pages, the chart's README
	@$(BIN)/sim-operator crds --write crds
	@$(BIN)/sim-operator crds --write charts/sim-operator/files/crds
	@$(BIN)/python -m tests.chart.account_spec
	@$$($(BIN)/python -m tests.cluster tool helm-docs) --chart-search-root charts/sim-operator --sort-values-order file
	@$(BIN)/python -m sim_operator.telemetry.reference > docs/reference/metrics.md
	@$(BIN)/python -m sim_operator.console.rest.reference > docs/reference/rest-api.md
	@$(BIN)/python -m tests.monitoring.reference
	@$(BIN)/python -m tests.gitops.configmap > docs/examples/argo-cd/argocd-cm.yaml
	@$(BIN)/python -m sim_dashboards --write charts/sim-operator/dashboards
	@$(BIN)/python -m sim_dashboards.reference > docs/reference/dashboards.md
	@$(BIN)/python -m tests.supply_chain
	@$(BIN)/python -m tests.reasons

# Whether the file $(2) is what the module $(1) prints.
current = $(BIN)/python -m $(1) | diff - $(2) \
	|| { echo "not current: $(2). Run \`make generate\` and commit what it writes."; exit 1; }

.PHONY: verify
verify: $(VENV)/.ready ## Fail where a generated file is not current
	@$(BIN)/sim-operator crds --check crds
	@$(BIN)/sim-operator crds --check charts/sim-operator/files/crds
	@$(BIN)/python -m sim_dashboards --check charts/sim-operator/dashboards
	@$(BIN)/python -m tests.monitoring.reference --check
	@$(BIN)/python -m tests.supply_chain --check
	@$(BIN)/python -m tests.reasons --check
	@$(call current,sim_operator.telemetry.reference,docs/reference/metrics.md)
	@$(call current,sim_operator.console.rest.reference,docs/reference/rest-api.md)
	@$(call current,sim_dashboards.reference,docs/reference/dashboards.md)
	@$(call current,tests.gitops.configmap,docs/examples/argo-cd/argocd-cm.yaml)

.PHONY: pictures
pictures: cluster ## Draw the dashboards with Grafana's own components, and the console (npm, Chromium; a quarter of an hour)
	@$(BIN)/python -m tests.dashboards.pictures --to docs/images
	@$(BIN)/python -m tests.console.pictures --to docs/images

.PHONY: requirements
requirements: $(VENV)/.ready ## Pin the dependencies again, with hashes
	@$(BIN)/uv pip compile --quiet pyproject.toml --upgrade --generate-hashes --universal --python-version 3.11 \
		--no-strip-extras --no-emit-index-url --no-header --no-annotate -o $(REQUIREMENTS)/run.txt
	@$(BIN)/uv pip compile --quiet pyproject.toml --upgrade --extra dev -c $(REQUIREMENTS)/run.txt --generate-hashes \
		--universal --python-version 3.11 --no-strip-extras --no-emit-index-url --no-header --no-annotate -o $(REQUIREMENTS)/dev.txt
	@echo 'hatchling>=1.27' | $(BIN)/uv pip compile --quiet - -c $(REQUIREMENTS)/dev.txt --generate-hashes --universal \
		--python-version 3.11 --no-strip-extras --no-emit-index-url --no-header --no-annotate -o $(REQUIREMENTS)/build.txt

.PHONY: clean
clean: ## Remove what the targets made in this checkout (not the cache of binaries)
	@rm -rf $(VENV) .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .import_linter_cache dist

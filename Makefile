# Everything here works from a fresh clone with python3 (3.11–3.13), node (20 or newer), npm and make.
# Paths stay relative: the folder's own name may hold a space.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv/bin
PIP := $(VENV)/python -m pip --disable-pip-version-check -qq

# Node 20 still runs all of this; jsii would say in large letters that its support has ended.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

.DEFAULT_GOAL := help
.PHONY: help setup lint test test-slow faults snapshots synth diff scan sandbox rehearse rehearse-verdicts rehearse-rollback disasters rehearse-iam bench sbom lock engine-lock clean

help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready node_modules/.ready ## install what is locked, into .venv and node_modules

.venv/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11, 3.12 or 3.13 found; install one, or say make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "==> Python packages (requirements.lock, into .venv)"
	@test -x $(VENV)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes --only-binary :all: --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.ready: package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "error: Node 20 or newer is needed" >&2; exit 1; }
	@echo "==> Node packages (package-lock.json, into node_modules)"
	@npm ci --silent
	@touch $@

lint: setup ## ruff and mypy
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy

test: setup lint ## lint, then every test but the slow ones
	@$(VENV)/python -m pytest

test-slow: setup ## the tests that deploy stacks, kill processes or wait out retries (a quarter of an hour)
	@$(VENV)/python -m pytest -n0 -m 'slow and not faults and not rehearsal and not disasters'

faults: setup ## break the candidate in every way while reads go on (three minutes, alone on the machine)
	@$(VENV)/python -m pytest -n0 -m faults tests/e2e

snapshots: setup ## write the templates' snapshots again, to review and commit
	@$(VENV)/python -m pytest -n0 -q tests/stacks/test_snapshots.py tests/stacks/test_databases.py --snapshot-update

synth: setup ## synthesise every environment's templates into cdk.out
	@node_modules/.bin/cdk synth --quiet '*/*'

BASE ?= origin/main

diff: setup ## what this change does to every environment's templates: make diff BASE=<commit>
	@$(VENV)/python -m review "$(BASE)" $(if $(COMMENT),--output "$(COMMENT)")

scan: synth .cache/scan/.ready ## scan templates and workflows with checkov
	@node_modules/.bin/cdk synth --quiet --app '$(VENV)/python -m tests.e2e.apps.variants' --output build/variants '*/*'
	@.cache/scan/bin/checkov --config-file review/checkov.yaml -d cdk.out -d build/variants -d .github

.cache/scan/.ready: review/requirements-scan.lock
	@$(PYTHON) -m venv .cache/scan
	@.cache/scan/bin/python -m pip --disable-pip-version-check -qq install --require-hashes --only-binary :all: --requirement $<
	@touch $@

sandbox: setup ## keep an embedded AWS running until Ctrl-C
	@$(VENV)/python -m sandbox serve

# The ramp's holds take a day and a half of playbook time.
rehearse: setup ## deploy to an embedded AWS and play the whole playbook with the operator's own tool
	@$(VENV)/python -m sandbox run --enforce-iam --postgres --clock-behind 119400 -- $(VENV)/python -m playbook.rehearsal

rehearse-verdicts: setup ## candidates that are not well, each in a canary of its own, and the verdict on each (ten minutes)
	@$(VENV)/python -m sandbox run --enforce-iam --postgres --clock-behind 43200 -- $(VENV)/python -m playbook.verdict_rehearsal

rehearse-rollback: setup ## break things in an embedded AWS, and see that reads become safe by themselves
	@$(VENV)/python -m sandbox run --enforce-iam --postgres --clock-behind 43200 -- $(VENV)/python -m playbook.rollback_rehearsal

disasters: setup ## rollback rehearsals of stacks whose alarms cannot be heard, which must fail
	@$(VENV)/python -m pytest -n0 -m disasters tests/e2e

rehearse-iam: setup ## rehearse with a permission missing, which must fail, and try every command with the operator's own
	@$(VENV)/python -m pytest -n0 -m rehearsal tests/e2e

bench: setup ## measure what is promised, next to what people use instead, and write docs/PERFORMANCE.md (twenty minutes)
	@$(VENV)/python -m tests.bench --suite

SBOM := $(VENV)/cyclonedx-py environment --output-reproducible

sbom: setup ## write what the project and each function is made of, with licences, to build/sbom-*.cdx.json
	@mkdir -p build
	@$(SBOM) --pyproject pyproject.toml --output-file build/sbom-python.cdx.json $(VENV)/python
	@for function in mock_read prisma_read; do \
	  $(VENV)/python -m venv --clear --without-pip build/sbom/$$function && \
	  $(PIP) --python build/sbom/$$function install --no-deps --require-hashes --only-binary :all: \
	    --requirement lambda/$$function/requirements.lock && \
	  $(SBOM) --output-file build/sbom-$$function.cdx.json build/sbom/$$function || exit 1; \
	done
	@npm sbom --sbom-format cyclonedx > build/sbom-node.cdx.json

COMPILE := $(VENV)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header --no-annotate
# Lambda's runtime brings botocore and what it needs; the functions' packages leave it out.
LEFT_OUT := --no-emit-package botocore --no-emit-package jmespath --no-emit-package urllib3

lock: ## write every lock file again
	@$(PIP) install uv
	@$(COMPILE) requirements-dev.txt --output-file requirements.lock
	@$(COMPILE) --constraints requirements.lock $(LEFT_OUT) --no-emit-package python-dateutil --no-emit-package six \
	  lambda/mock_read/requirements.txt --output-file lambda/mock_read/requirements.lock
	@$(COMPILE) --constraints requirements.lock $(LEFT_OUT) \
	  lambda/prisma_read/requirements.txt --output-file lambda/prisma_read/requirements.lock
	@$(COMPILE) review/requirements-scan.txt --output-file review/requirements-scan.lock
	@npm install --package-lock-only --silent

engine-lock: setup ## record the hashes of Prisma's engines, where they can be downloaded
	@$(VENV)/python -m stacks.prisma_engine

clean: ## remove everything the targets above made
	@rm -rf .venv node_modules build cdk.out .cache

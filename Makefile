# Every target works on a machine with python3 (and venv), git and make: .venv comes from uv.lock.
.PHONY: demo causes test test-agents hostile crash verdicts storms check fmt lint types arch docs docs-check bench secrets clean
UV ?= $(or $(shell command -v uv),.uv/bin/uv)
BIN := .venv/bin
# What runs the program thousands of times: measuring which lines ran would take most of its time.
PROOFS := $(addprefix tests/,hostile secrets verdicts crash storms causes)
export PYTHONDONTWRITEBYTECODE :=

demo: .venv/ready ; $(BIN)/python -m demo.run $(DEMO)
test: .venv/ready
	$(BIN)/coverage erase && $(BIN)/coverage run -m pytest $(or $(PYTEST),tests/unit tests/integration) && $(BIN)/coverage combine --quiet && $(BIN)/coverage report
	$(if $(PYTEST),,$(BIN)/pytest $(PROOFS))
	@echo "tests/agents and tests/browser (other people's programs) were not run: make test-agents"
test-agents: .venv/ready .tools/ready ; $(BIN)/pytest tests/agents tests/browser $(AGENTS)
causes: .venv/ready ; PYTHONPATH=.:tests $(BIN)/python -m causes.run $(CAUSES)
hostile: .venv/ready ; PYTHONPATH=.:tests $(BIN)/python -m hostile.run --count 100000 --control $(HOSTILE)
verdicts: .venv/ready ; PYTHONPATH=.:tests $(BIN)/python -m verdicts.run $(VERDICTS)
crash: .venv/ready ; PYTHONPATH=.:tests $(BIN)/python -W ignore -m crash.run $(CRASH)
bench: .venv/ready ; $(BIN)/python -m bench.run $(BENCH)
storms: .venv/ready
	PYTHONPATH=.:tests $(BIN)/python -m storms.run $(STORMS)
	STORMS_FULL=1 $(BIN)/pytest --quiet tests/integration/jobs/test_storms.py
secrets: .venv/ready ; PYTHONPATH=.:tests $(BIN)/python -m tests.secrets.run $(SECRETS)
check: lint types arch docs-check
lint: .venv/ready ; $(BIN)/ruff check && $(BIN)/ruff format --check
types: .venv/ready ; $(BIN)/mypy
arch: .venv/ready ; $(BIN)/lint-imports --no-cache
docs: .venv/ready ; $(BIN)/sentry-monitor docs --write
docs-check: .venv/ready ; $(BIN)/sentry-monitor docs --check
fmt: .venv/ready ; $(BIN)/ruff check --fix && $(BIN)/ruff format
clean: ; rm -rf .venv .uv .tools .coverage* .mypy_cache .ruff_cache .pytest_cache

.venv/ready: uv.lock pyproject.toml | $(UV) ; $(UV) sync --frozen --compile-bytecode --quiet && touch $@
.tools/ready: tests/agents/install.sh tests/agents/cut_schema.py tests/agents/package-lock.json | .venv/ready ; tests/agents/install.sh
.uv/bin/uv: ; python3 -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv

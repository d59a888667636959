# Everything here works from a fresh clone with git, make and Python 3.11 or newer; nothing is installed by hand.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
  $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; exit; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= demo
DAY := 2024-06-15
COVERAGE := --cov --cov-report=term:skip-covered
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCALE := src/crmkit/locale/zh_CN/LC_MESSAGES/crmkit

.DEFAULT_GOAL := help
.PHONY: help demo dev test check lint types layers bench schemas locale pictures clean

help: ## What can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

$(VENV)/.made:
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer with venv is needed: apt install python3-venv, brew install python@3.12" >&2; exit 1; fi
	@echo "making $(VENV) with $(PYTHON)" >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml
	@echo "installing crmkit (about a minute the first time)" >&2
	@$(PIP) install -e .
	@touch $@

# pip learned `--group` in 25.1; the one that comes with Python 3.11 reads a list.
$(VENV)/.dev: $(VENV)/.installed
	@echo "installing what the tests need" >&2
	@$(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['dependency-groups']['dev'], sep='\n')" > $(VENV)/dev.txt
	@$(PIP) install -r $(VENV)/dev.txt
	@touch $@

demo: $(VENV)/.installed ## A book of 31 made-up customers in ./demo, and what is due in it
	@if [ -f $(DEMO)/crm.yaml ]; then echo "$(DEMO)/ is there already: left as it is (remove it to start over)"; \
	  else $(BIN)/crm init $(DEMO) --sample; fi
	@echo
	@echo "Saturday, $(DAY), in the book of a maker of energy-saving equipment. You are 李四, one of its salespeople."
	@echo
	@echo '$$ crm due --on $(DAY)'
	@CRM_USER=李四 $(BIN)/crm due --book $(DEMO) --on $(DAY) --owner me --format table
	@echo
	@echo "Now try, in this order:"
	@echo
	@echo "  source $(BIN)/activate; cd $(DEMO); export CRM_USER=李四"
	@echo "  crm due --on $(DAY) --owner all --why     # the whole team's list, with the rule behind each row"
	@echo "  crm show zs --on $(DAY)                   # 中盛, by its initials: the page to read before the call"
	@echo "  crm log zs --channel phone --content '同意降 3%' --next 寄合同 --by 下周二 --on $(DAY)T10:30"
	@echo "  git show --stat                               # the two files that this wrote"
	@echo "  crm undo                                      # and back"
	@echo "  crm card zs --on $(DAY)                   # the reminder card; -o card.html prints well"
	@echo "  crm dash --on $(DAY)                      # all of it on one screen; ? names the keys, q leaves"
	@echo "  crm report weekly --on $(DAY)             # how the week went"
	@echo "  crm list customer 'tier:A region:华东'"
	@echo
	@echo "The rest of the day is in README.md."

dev: $(VENV)/.dev ## The virtual environment with everything the tests need

test: $(VENV)/.dev ## The tests
	$(BIN)/python -m pytest -n 2 $(TESTFLAGS)

check: TESTFLAGS = $(COVERAGE)
check: lint types layers test ## What CI asks for: style, types, layers, and the tests with their coverage

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

layers: $(VENV)/.dev
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## Measure: 10,000 and 100,000 record files (minutes)
	$(BIN)/python benchmarks/run.py

schemas: $(VENV)/.installed ## JSON Schemas for editors, from the record classes
	$(BIN)/python -m crmkit.records.schema schemas

locale: $(VENV)/.dev ## Compile the Chinese messages
	$(BIN)/pybabel compile -i $(LOCALE).po -o $(LOCALE).mo

pictures: $(VENV)/.dev ## The pictures in README: the dashboard, and reports in a browser (Chromium)
	$(BIN)/python docs/pictures.py
	$(BIN)/python docs/pictures/report.py

clean: ## Remove what can be made again (not ./demo: that is a book)
	rm -rf $(VENV) build dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis benchmarks/out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

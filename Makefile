# Two commands do everything: make demo, make test. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Without bytecode every process compiles all that it imports, seconds long; the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install setup demo run test coverage models lint types imports check languages bench matrix mutants peers openapi pictures clean

help:           ## This list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

# Three stages, each with all of the one before: what the bot runs with, what the sandbox adds, what the tests and the
# checks add. Each is one call of pip, and leaves the stamps of those that it contains. Bytecode is made of what is
# imported, and not of all there is: that would be 40 MB more.
DECODERS := heif,exr,sound,speed
pip = $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt

install: $(VENV)/.run ## Make .venv with what the bot needs to run

setup: $(VENV)/.all ## Make .venv with everything: what runs, the sandbox, tests and checks

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/it."; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; } # half of one would pass for one

$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	$(pip) -e '.[$(DECODERS)]'
	$(BIN)/python -c 'import bot.app' # here, for where the bot may not write beside its code
	touch $@

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	$(pip) -e '.[$(DECODERS),sandbox]'
	touch $(VENV)/.run $@

# the pip of an old Python reads no dependency groups
$(VENV)/.all: pyproject.toml constraints.txt | $(BIN)/python
	$(pip) pip
	$(pip) -e '.[$(DECODERS),sandbox,postgres]' --group dev
	touch $(VENV)/.run $(VENV)/.demo $@

demo: $(VENV)/.demo ## The bot against the sandbox: no key, no internet (ONCE=1 leaves after one picture)
	$(BIN)/python -m bot demo $(if $(ONCE),--once)

run: $(VENV)/.run ## The bot with the keys of .env
	$(BIN)/python -m bot run

test: setup     ## The whole suite
	$(BIN)/python -m pytest -n 7 --dist worksteal $(ARGS)

# What is traced may be slower than a test's patience: what failed is run once more, alone.
coverage: setup ## How much of the code the suite runs, in all its processes; fails where it is less than it was
	rm -rf artefacts/coverage && mkdir -p artefacts/coverage
	$(BIN)/coverage run -m pytest -n 7 --dist worksteal $(ARGS) || $(BIN)/coverage run -m pytest --last-failed -n 1
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

models: setup   ## Every model and workflow of a catalogue of 500, cold, all pages of its form and its command (minutes)
	$(BIN)/python -m tests.e2e.table all

lint: setup     ## Style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup    ## Strict types
	$(BIN)/basedpyright

imports: setup  ## The import rules of docs/architecture.md
	$(BIN)/lint-imports

check: lint types imports test ## Everything that CI checks

languages: setup ## Bring each language's file up to the English sentences; what is to be looked at again becomes fuzzy
	@for file in bot/ui/speech/locales/*.po; do \
		$(BIN)/pybabel -q update --no-wrap --previous --ignore-pot-creation-date -i bot/ui/speech/locales/en.pot \
			-o $$file -l $$(basename $$file .po | tr - _) || exit 1; \
	done

mutants: setup  ## Change the code a little, many times: do the tests notice? (ARGS="--folder ui --quick")
	$(BIN)/python -m tests.mutants $(ARGS)

bench: setup    ## Speed and memory, as ratios
	$(BIN)/python -m tests.bench $(ARGS)

peers: setup    ## Clients of other people against the sandbox; installs them below artefacts/ (needs Node and npm)
	$(BIN)/python -m tests.peers $(ARGS)

openapi: setup  ## Our traffic against Discord's OpenAPI specification: make openapi SPEC=path
	$(BIN)/python -m tests.openapi $(if $(SPEC),--spec $(SPEC)) $(ARGS)

matrix: setup   ## 300 seeded fault stories over real processes (ARGS="--sample", ARGS="--seed 17 --only 42")
	$(BIN)/python -m tests.matrix $(ARGS)

pictures: setup ## The pictures of the docs, taken from the running sandbox (needs Chromium, fonts-noto-cjk, fonts-noto-color-emoji)
	$(BIN)/python -m tests.pictures

clean:          ## Remove what was made
	rm -rf $(VENV) artefacts build dist *.egg-info .pytest_cache .ruff_cache .import_linter_cache .hypothesis

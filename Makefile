# Messages Near and Far. `make` alone lists the commands.
.DEFAULT_GOAL := help
.PHONY: help lab test site chapters blank measure hunt clean

PYTHON ?= python3
VENV := .venv
SEEDS ?= 1000
FIRST ?= 0
BIN := $(VENV)/bin
READY := $(VENV)/ready
PLAYER := $(VENV)/share/jupyter/labextensions/nearfar/player.js

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /make \1  \t/p' Makefile

lab: $(READY)  ## open JupyterLab on the first chapter (LABFLAGS passes more)
	$(BIN)/jupyter lab --ServerApp.root_dir=. \
	  --LabApp.default_url=/lab/tree/chapters/00_start_here.ipynb $(LABFLAGS)

test: $(READY)  ## everything that must hold: lint, chapters, unit tests, site
	$(BIN)/ruff check .
	$(BIN)/ruff format --check lib tests docs conf.py
	@# A file's tests (a chapter's cells) stay together, in order.
	$(BIN)/pytest -q --numprocesses=logical --maxprocesses=4 \
	  --dist=loadscope --no-loadscope-reorder

site: $(READY)  ## build the site in _build/html
	$(BIN)/sphinx-build -n -W --keep-going -q -b html . _build/html
	@echo "open _build/html/index.html"

chapters: $(READY)  ## run all chapters, save their outputs, draw the pictures
	$(BIN)/python docs/draw.py
	$(BIN)/python docs/run_chapters.py chapters/*.ipynb

blank: $(READY)  ## write the chapters without solutions and outputs, for a class
	$(BIN)/python docs/_ext/downloads.py _build/blank
	@echo "look into _build/blank"

measure: $(READY)  ## measure speed beside limits and peers, on a quiet machine
	$(BIN)/pip install --quiet --disable-pip-version-check -e .[measure]
	$(BIN)/python docs/measurements/tasklets.py
	$(BIN)/python docs/measurements/primes.py
	$(BIN)/python docs/measurements/messages.py
	$(BIN)/python docs/measurements/report.py
	$(BIN)/python docs/measurements/bank.py
	$(BIN)/python docs/measurements/simulation.py
	@# Last: its 20,000 threads leave a machine that is not quiet for a while.
	$(BIN)/python docs/measurements/hackysack.py

hunt: $(READY)  ## look for bad days that break the bank (SEEDS=10000, FIRST=0)
	$(BIN)/python -m nearfar hunt --seeds $(SEEDS) --first $(FIRST)

clean:  ## remove what was built
	rm -rf $(VENV) _build

# JupyterLab serves the step player from here; it follows no link.
$(PLAYER): lib/nearfar/drawing/player.js
	@mkdir -p $(dir $@) && cp $< $@

$(READY): requirements.txt pyproject.toml | $(PLAYER)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "This needs Python 3.11 or newer as $(PYTHON): install it, or call make PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "This needs Python's venv module: install it (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@echo "setting up $(VENV); this takes about a minute, once"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@# No question about news, no look for updates: nothing leaves the machine.
	@$(BIN)/jupyter labextension disable --level=sys_prefix \
	  @jupyterlab/apputils-extension:announcements 2>/dev/null
	@touch $(READY)

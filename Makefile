# Messages Near and Far. `make` alone lists the commands.
.DEFAULT_GOAL := help
.PHONY: help lab quick types test site chapters blank measure hunt lock clean

PYTHON ?= python3
VENV := .venv
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout=60
SEEDS ?= 1000
FIRST ?= 0
BIN := $(VENV)/bin
PLAYER := $(VENV)/share/jupyter/labextensions/nearfar/player.js

# A stamp says which extras of pyproject.toml are installed.
BOOK := $(VENV)/with-book
SITE := $(VENV)/with-site
TYPES := $(VENV)/with-dev
QUICK := $(VENV)/with-test,dev
ALL := $(VENV)/with-book,site,test,dev
MEASURE := $(VENV)/with-book,measure

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /make \1  \t/p' Makefile

lab: $(BOOK) $(VENV)/no-news $(PLAYER)  ## open JupyterLab on the first chapter (LABFLAGS passes more)
	$(BIN)/jupyter lab --ServerApp.root_dir=. \
	  --LabApp.default_url=/lab/tree/chapters/00_start_here.ipynb $(LABFLAGS)

quick: $(QUICK)  ## lint, types, and the tests of near and far, in 40 seconds
	$(BIN)/ruff check .
	$(BIN)/ruff format --check lib tests docs conf.py
	$(BIN)/mypy
	$(BIN)/pytest -q --numprocesses=2 tests/near tests/far \
	  tests/test_house.py tests/test_packaging.py

types: $(TYPES)  ## check the types, strictly in near and far
	$(BIN)/mypy

test: $(ALL) $(PLAYER)  ## all checks: lint, types, chapters, tests, site
	$(BIN)/ruff check .
	$(BIN)/ruff format --check lib tests docs conf.py
	$(BIN)/mypy
	@# A file's tests (a chapter's cells) stay together, in order.
	$(BIN)/pytest -q $(NBVAL) chapters tests --numprocesses=logical \
	  --maxprocesses=4 --dist=loadscope --no-loadscope-reorder

site: $(SITE)  ## build the site in _build/html
	$(BIN)/sphinx-build -n -W --keep-going -q -b html . _build/html
	@echo "open _build/html/index.html"

chapters: $(BOOK)  ## run all chapters, store their outputs, draw the pictures
	$(BIN)/python docs/draw.py
	$(BIN)/python docs/run_chapters.py chapters/*.ipynb

blank: $(BOOK)  ## write the chapters without solutions and outputs, for a class
	$(BIN)/python docs/_ext/downloads.py _build/blank
	@echo "written to _build/blank"

measure: $(MEASURE)  ## measure speed beside limits and peers, on a quiet machine
	$(BIN)/python docs/measurements/tasklets.py
	$(BIN)/python docs/measurements/primes.py
	$(BIN)/python docs/measurements/messages.py
	$(BIN)/python docs/measurements/report.py
	$(BIN)/python docs/measurements/bank.py
	$(BIN)/python docs/measurements/replicas.py
	$(BIN)/python docs/measurements/simulation.py
	$(BIN)/python docs/measurements/orders.py
	@# Last: its 20,000 threads keep the machine busy for a while.
	$(BIN)/python docs/measurements/hackysack.py

hunt: $(BOOK)  ## search simulated days for one that breaks the bank (SEEDS=10000, FIRST=0)
	$(BIN)/python -m nearfar hunt --seeds $(SEEDS) --first $(FIRST)

lock:  ## pin the packages again, after a change in pyproject.toml (needs uv)
	echo '-e .[book,site,test,dev,measure]' | uv pip compile --universal \
	  --python-version 3.11 --no-emit-index-url --no-header --quiet \
	  --output-file requirements.txt $(LOCKFLAGS) -

clean:  ## remove what was built
	rm -rf $(VENV) _build

# JupyterLab serves the step player from here; it follows no link.
$(PLAYER): lib/nearfar/drawing/player.js
	@mkdir -p $(dir $@) && cp $< $@

# Stop JupyterLab's request for news: nothing leaves the machine.
$(VENV)/no-news: | $(BOOK)
	@$(BIN)/jupyter labextension disable --level=sys_prefix \
	  @jupyterlab/apputils-extension:announcements 2>/dev/null
	@touch $@

# with-book,site installs both extras at once, at the versions of the lock.
comma := ,
$(VENV)/with-%: requirements.txt pyproject.toml | $(BIN)/pip
	@echo "installing packages into $(VENV) ($*); this takes about a minute, once"
	@# pip accepts no -e line in a file of constraints.
	@grep -v '^-e' requirements.txt > $(VENV)/constraints.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check \
	  -c $(VENV)/constraints.txt -e '.[$*]'
	@touch $@ $(addprefix $(VENV)/with-,$(subst $(comma), ,$*))

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "This needs Python 3.11 or newer as $(PYTHON): install it, or call make PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "This needs Python's venv module: install it (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

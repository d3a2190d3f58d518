# Messages Near and Far. Each target is a command of nearfar/__main__.py, which
# needs no make: `python -m nearfar lab`. `make` alone lists them.
.DEFAULT_GOAL := help

PYTHON ?= python3
SEEDS ?= 1000
FIRST ?= 0
COMMANDS := lab quick types test site links pdf epub slides chapters blank measure hunt lock clean
.PHONY: help $(COMMANDS)

help:
	@$(PYTHON) nearfar

lab: OPTIONS = $(LABFLAGS)
hunt: OPTIONS = --seeds $(SEEDS) --first $(FIRST)
lock: OPTIONS = $(LOCKFLAGS)
$(COMMANDS):
	@$(PYTHON) nearfar $@ $(OPTIONS)

"""`python -m nearfar`: choose a program and run it.

The programs are in `nearfar.programs`. Only the chosen one is imported.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from importlib import import_module

from .programs import PROGRAMS
from .programs.running import run_program

MORE = "`python -m nearfar PROGRAM --help` explains a program and its options."


def main(arguments: list[str] | None = None) -> int:
    """Run one program; returns its exit code.

    `arguments` default to those of the command line. Without any, it lists the
    programs. A mistake in them, and `--help`, prints an answer and ends the
    process.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        prog="python -m nearfar",
        description="The programs of Messages Near and Far.",
        epilog=MORE,
    )
    listed = parser.add_subparsers(metavar="PROGRAM", title="programs")
    for name in PROGRAMS:
        _add(listed, name, chosen=arguments[:1] == [name])
    options = parser.parse_args(arguments)
    if not arguments:
        parser.print_help()
        return 0
    return run_program(options)


def _add(listed, name, chosen):
    """List a program, with its options if it was chosen."""
    module, summary = PROGRAMS[name]
    program = listed.add_parser(
        name,
        help=summary,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if not chosen:
        return
    module = import_module(f".programs.{module}", __package__)
    function, add_options = module.PROGRAMS[name]
    text, _, example = inspect.getdoc(function).partition("\n\nexample:\n")
    program.description, program.epilog = text, f"example:\n{example}"
    program.set_defaults(program=name, function=function)
    # A child of `processes.Program`: see there.
    program.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    add_options(program.add_argument)


if __name__ == "__main__":
    sys.exit(main())

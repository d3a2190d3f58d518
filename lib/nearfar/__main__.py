"""`python -m nearfar`: choose a program and run it.

The programs are in `nearfar.programs`. Only the chosen one is imported. In a
clone there are commands beside them, such as `test` and `site`: the file
nearfar/__main__.py at the top of the clone has those.
"""

from __future__ import annotations

import argparse
import inspect
import runpy
import sys
from importlib import import_module
from pathlib import Path

from .programs import PROGRAMS
from .programs.running import run_program, take_standard_files

MORE = "`python -m nearfar PROGRAM --help` explains a program and its options."
CLONE = Path(__file__).resolve().parents[2] / "nearfar" / "__main__.py"


def main(arguments: list[str] | None = None) -> int:
    """Run one program; returns its exit code.

    `arguments` default to those of the command line. Without any, it lists the
    programs. A mistake in them, and `--help`, prints an answer and ends the
    process.
    """
    take_standard_files()
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] not in PROGRAMS and CLONE.is_file():
        clone = runpy.run_path(str(CLONE))
        if arguments[0] in clone["COMMANDS"]:
            clone["main"](*arguments)
            return 0
    parser = argparse.ArgumentParser(
        prog="python -m nearfar",
        description="The programs of Messages Near and Far.",
        epilog=MORE,
    )
    listed = parser.add_subparsers(metavar="PROGRAM", title="programs")
    for name in PROGRAMS:
        _add(listed, name, chosen=arguments[:1] == [name])
    options, more = parser.parse_known_args(arguments)
    options.more = more
    if more and not getattr(options, "passes_on", False):
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    if not arguments:
        parser.print_help()
        return 0
    return run_program(options)


def _add(listed, name, chosen):
    """List a program, with its options if it was chosen."""
    module, summary, passes_on = PROGRAMS[name]
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
    program.set_defaults(program=name, function=function, passes_on=passes_on)
    # A child of `processes.Program`: see there.
    program.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    add_options(program.add_argument)


if __name__ == "__main__":
    sys.exit(main())

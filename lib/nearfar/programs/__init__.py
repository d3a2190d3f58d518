"""Programs: what `python -m nearfar` can run.

The one idea: here, and nowhere else, the parts are put together. A program is
a function of its options: it opens the sockets, the files and the clock that
the library is handed everywhere else.

`PROGRAMS` lists them. A module is imported when one of its programs is
chosen, so a worker starts without the bank. Read `bank` and `atm` first, then
`farm`, `hunt`, `lab` and `grade`; `answer` is the process that `grade` starts
for each answer. `options` holds what several of them take, `running` what all
of them share: the exit code, and one clear line for an error.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Entry", "PROGRAMS"]


class Entry(NamedTuple):
    """A program in the list: the module that holds it, and what it does.

    If it `passes_on` options, those that it does not know are no mistake.
    """

    module: str
    summary: str
    passes_on: bool = False


PROGRAMS = {
    "lab": Entry("lab", "open the chapters in JupyterLab", passes_on=True),
    "bank": Entry("bank", "serve accounts to ATMs"),
    "atm": Entry("atm", "serve customers at this terminal"),
    "audit": Entry("bank", "prove that a bank's books are right"),
    "unlock": Entry("bank", "let a customer in again after wrong PINs"),
    "primes": Entry("farm", "count primes with many workers"),
    "worker": Entry("farm", "work for a farm on this or another machine"),
    "hunt": Entry("hunt", "look for a day that breaks the bank"),
    "grade": Entry("grade", "check the notebooks that a class hands in"),
}

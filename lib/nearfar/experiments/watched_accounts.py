"""Watched accounts: a dict that records who reads and who writes, in order.

The one idea: an update is lost when a tasklet writes a balance over one that
it has not read. So every read and write is recorded, and the picture shows
the balances after each step, one row a step.

Chapter 04 shows it, and so does its exercise 4.5.
"""

from __future__ import annotations

from typing import NamedTuple

from ..drawing import Figure, svg
from ..near import Misuse, current

__all__ = ["WatchedAccounts", "Access"]

MARGIN, ROW, COLUMN = 20, 28, 68  # pixels
MOST = 24  # steps in the picture


class Access(NamedTuple):
    """One or more accounts, read or written by a tasklet without a break.

    `lost` are the balances that a write covered and its tasklet had not read.
    """

    tasklet: str
    verb: str  # "reads" or "writes"
    cents: dict[str, int]  # by account
    lost: dict[str, int]
    after: dict[str, int]  # all accounts


class WatchedAccounts(dict):
    """Accounts by name, in cents: a dict whose reads and writes are kept."""

    def __init__(self, accounts: dict[str, int]):
        super().__init__(accounts)
        self.at_first = dict(accounts)
        self.steps: list[Access] = []
        self._known: dict[tuple[str, str], int] = {}  # by tasklet and account

    def __getitem__(self, name):
        cents = super().__getitem__(name)
        self._note("reads", name, cents, {})
        return cents

    def get(self, name, default=None):
        if name not in self:
            return default
        return self[name]

    def __setitem__(self, name, cents):
        was = super().get(name, cents)
        known = self._known.get((_tasklet(), name), was)
        super().__setitem__(name, cents)
        self._note("writes", name, cents, {name: was} if known != was else {})

    def _note(self, verb, name, cents, lost):
        tasklet = _tasklet()
        if not tasklet:
            return
        self._known[tasklet, name] = cents
        last = self.steps[-1] if self.steps else None
        if last and (last.tasklet, last.verb) == (tasklet, verb):
            last = self.steps.pop()
            cents, lost = last.cents | {name: cents}, last.lost | lost
        else:
            cents = {name: cents}
        self.steps.append(Access(tasklet, verb, cents, lost, dict(self)))

    def draw(self, title: str) -> Figure:
        """Draw a row for each step, with the balances after it."""
        steps, accounts = self.steps[:MOST], list(self.at_first)
        labels = ["at first"] + [f"{s.tasklet} {s.verb}" for s in steps]
        left = MARGIN + 16 + max(map(svg.width_of, labels))
        named = [*accounts, "total"] if len(accounts) > 1 else accounts
        columns = {n: left + COLUMN * (at + 0.5) for at, n in enumerate(named)}
        top = MARGIN + 44
        parts = [svg.text(MARGIN, MARGIN + 8, title, "t")]
        parts += [svg.text(x, top, name, "p") for name, x in columns.items()]
        rows = [Access("", "", {}, {}, self.at_first), *steps]
        for label, row in zip(labels, rows, strict=True):
            top += ROW
            parts.append(svg.text(MARGIN, top + 4, label))
            for name in accounts:
                parts += _cell(row, name, columns[name], top)
            if "total" in columns:
                parts += self._total(sum(row.after.values()), columns, top)
        top += 14
        for words in LEGEND:
            top += 18
            parts.append(svg.text(MARGIN, top, words, "q"))
        wide = max(svg.width_of(title, 14), svg.width_of(LEGEND[1], 11))
        right = max(left + COLUMN * len(columns), 2 * MARGIN + wide)
        return Figure(parts, self._told(title, steps), round(right), top + 14)

    def _total(self, now, columns, y):
        x = columns["total"]
        if now == sum(self.at_first.values()):
            return [svg.text(x, y + 4, f"{now}", "p")]
        return [svg.text(x - 16, y + 4, f"{now} ✗", "wrong")]

    def _told(self, title, steps):
        told = [f"At first {_listed(self.at_first)}"]
        for step in steps:
            words = f"{step.tasklet} {step.verb} {_listed(step.cents)}"
            if step.lost:
                words += f", over {_listed(step.lost)}, which it had not read"
            told.append(words)
        totals = sum(self.at_first.values()), sum(self.values())
        if len(self.at_first) > 1:
            told.append(f"The total was {totals[0]} and is {totals[1]}")
        return f"{title}: balances, step by step. {'. '.join(told)}."


LEGEND = (
    "Dashed: read. Blue: written.",
    "Red: written over a balance that the tasklet had not read.",
)


def _tasklet():
    try:
        return current().name
    except Misuse:  # outside of a run
        return ""


def _cell(row, name, x, y):
    """Draw a balance: read, written, lost, or left alone."""
    cents = str(row.after[name])
    width = COLUMN - 10
    if name not in row.cents:
        return [svg.text(x, y + 4, cents, "p")]
    if row.verb == "reads":
        edge = y + 11
        under = svg.line(x - width / 2, edge, x + width / 2, edge, "d")
        return [svg.text(x, y + 4, cents, "p"), under]
    kind = "wrong" if name in row.lost else "r"
    ground = svg.box(x - width / 2, y - 11, width, 22, kind)
    return [ground, svg.text(x, y + 4, cents, "n")]


def _listed(cents):
    return ", ".join(f"{name} {amount}" for name, amount in cents.items())

"""The audit: prove from the books alone that nothing is missing.

The one idea: an audit asks every query of `schema.INVARIANTS`, and each row
that one of them finds is a problem.
"""

from __future__ import annotations

import msgspec

from .accounts import CASH, HELD, money
from .file import LedgerFile
from .schema import COUNT, INVARIANTS, OPEN

__all__ = ["Audit"]


class Audit(msgspec.Struct, frozen=True):
    """What was found in the books. `problems` is empty if they are right."""

    accounts: int
    movements: int
    refused: int
    customers_cents: int
    cash_cents: int
    open_withdrawals: tuple[str, ...]
    held_cents: int
    problems: tuple[str, ...]

    def __str__(self):
        doubt = len(self.open_withdrawals)
        return "\n".join(
            [
                f"{self.accounts} accounts hold {money(self.customers_cents)}",
                f"{self.movements} movements, {self.refused} refusals",
                f"{doubt} withdrawals not settled: {money(self.held_cents)}",
                *(f"WRONG: {problem}" for problem in self.problems),
                f"{len(INVARIANTS)} invariants: "
                + (f"{len(self.problems)} problems" * bool(self.problems))
                + ("all hold" * (not self.problems)),
            ]
        )


def look_through(file: LedgerFile) -> Audit:
    """Prove the invariants of an open file, and count."""
    balances = dict(
        file.do("SELECT name, cents FROM account WHERE name LIKE '@%'")
    )
    return Audit(
        accounts=file.one("SELECT count(*) - 2 FROM account"),
        movements=file.one(COUNT.format("IS NULL")),
        refused=file.one(COUNT.format("IS NOT NULL")),
        customers_cents=file.one(
            "SELECT coalesce(sum(cents), 0) FROM account "
            "WHERE name NOT LIKE '@%'"
        ),
        cash_cents=balances.get(CASH, 0),
        open_withdrawals=tuple(id for id, _ in file.do(OPEN)),
        held_cents=balances.get(HELD, 0),
        problems=tuple(_problems(file)),
    )


def _problems(file):
    for sentence, query in INVARIANTS.items():
        for (found,) in file.do(query + " LIMIT 10"):
            yield f"{sentence}: not so for {found}"
    for (text,) in file.do("PRAGMA integrity_check(10)"):
        if text != "ok":
            yield f"the file is damaged: {text}"

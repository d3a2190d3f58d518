"""How fast orders are tried and histories checked, and what that finds.

`make measure` records this as "orders":

- `orders`: schedules a second, for programs small enough for all orders;
- `histories`: seconds for linearizable histories of eight clients, by calls;
- `depths`: schedules until a bug is found that needs so many departures, by
  delay bounding and at random (the median of `SEEDS` random searches);
- `answers`: the same for each wrong answer of the exercises that is right in
  the plain order, where the random search is the one of 201 fixed seeds.
"""

import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from random import Random

from tqdm import tqdm

from nearfar import Channel, schedule, spawn
from nearfar.benchmark import record
from nearfar.checking import (
    Accounts,
    Call,
    Explored,
    explore,
    linearizable,
    replay_order,
)

ROUNDS = 5
SEEDS = 21
MOST = 2_000  # schedules of a random search
LENGTHS = (100, 1_000, 10_000)  # calls of a history
CLIENTS = 8
BOOK = Path(__file__).parents[2] / "tests" / "book"


def lost_update(customers: int) -> Callable[[], object]:
    """Deposits that each wait between reading and writing."""

    def program():
        accounts = {"grant": 0}

        def deposit():
            balance = accounts["grant"]
            schedule()
            accounts["grant"] = balance + 10

        for _ in range(customers):
            spawn(deposit)

    return program


def producers(many: int) -> Callable[[], object]:
    """Producers with two messages each, and one consumer."""

    def program():
        channel: Channel = Channel("c")

        def produce():
            channel.send(1)
            channel.send(2)

        def consume():
            for _ in range(2 * many):
                channel.receive()

        for _ in range(many):
            spawn(produce)
        spawn(consume)

    return program


PROGRAMS = {
    "2 deposits": lost_update(2),
    "3 deposits": lost_update(3),
    "4 deposits": lost_update(4),
    "2 producers": producers(2),
    "3 producers": producers(3),
}


def planted(depth: int, width: int = 6) -> Callable[[], object]:
    """Fails if in each of `depth` groups the last tasklet comes first."""

    def program():
        turned = []

        def group():
            log: list[int] = []
            for each in [spawn(log.append, n) for n in range(width)]:
                each.join()
            turned.append(log[0] == width - 1)

        for _ in range(depth):
            spawn(group).join()
        assert not all(turned)

    return program


def orders() -> list[dict]:
    """Schedules a second, program by program."""
    rows = []
    for name, program in PROGRAMS.items():
        rates = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            explored = explore(program)
            rates.append(explored.orders / (time.perf_counter() - began))
        assert explored.complete
        rows.append(
            {"program": name, "orders": explored.orders, "a_second": rates}
        )
    return rows


def history(calls: int, seed: int) -> tuple[list[Call], Accounts]:
    """What eight clients of a right bank might be told."""
    chance, model = Random(seed), Accounts({"grant": 10**6})
    free, spans = [0.0] * CLIENTS, []
    for _ in range(calls):
        client = min(range(CLIENTS), key=free.__getitem__)
        began = free[client] + chance.random()
        free[client] = ended = began + 3 * chance.random()
        spans.append((chance.uniform(began, ended), client, began, ended))
    state, told = model.start(None), []
    for _, client, began, ended in sorted(spans):
        name = chance.choice(["deposit", "withdraw"])
        args = ("grant", chance.randint(1, 9))
        state, answer = model.step(state, name, args)
        told.append(Call(f"c{client}", name, args, answer, began, ended))
    return told, model


def histories() -> list[dict]:
    """Seconds to decide, by the number of calls."""
    rows = []
    for calls in LENGTHS:
        times = []
        for seed in range(ROUNDS):
            told, model = history(calls, seed)
            began = time.perf_counter()
            assert linearizable(told, model)
            times.append(time.perf_counter() - began)
        rows.append({"calls": calls, "seconds": times})
    return rows


def tried_at_random(program, first: int) -> int:
    """Seeds from `first` on, until one fails."""
    for number in range(MOST):
        try:
            replay_order(program, first + number)
        except AssertionError:
            return number + 1
    return MOST


def depths() -> list[dict]:
    """Schedules to a planted bug, by the departures that it needs."""
    rows = []
    for depth in (1, 2, 3):
        program = planted(depth)
        failure = explore(program, 10**6, turns=10**9).failure
        assert failure is not None
        assert len(failure.schedule) == depth
        drawn = [tried_at_random(program, 10**6 * n) for n in range(SEEDS)]
        rows.append(
            {
                "departures": depth,
                "bounded": failure.tried,
                "random": statistics.median(drawn),
            }
        )
    return rows


def answers() -> list[dict]:
    """Schedules to the failure of wrong answers, before and after."""
    sys.path.insert(0, str(BOOK))
    import test_exercises
    from wrong_answers import WRONG

    from nearfar.exercises import check, trials

    rows, plain = [], trials.explore

    def both(check, **options) -> Explored:
        after = plain(check, **options)
        before = plain(check, 201, departures=0, turns=10**9)
        if after.failure or before.failure:
            found = [each.failure for each in (before, after)]
            tried = [each.tried if each else None for each in found]
            rows.append(
                {"exercise": number, "before": tried[0], "after": tried[1]}
            )
        return after

    trials.explore = both
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NEARFAR_PROGRESS"] = f"{folder}/progress.json"
        for handed in tqdm(test_exercises.HANDED):
            number = handed.number
            for answer, _ in WRONG[number]:
                cell = {"check": check}
                exec(compile(answer, "<the cell>", "exec"), cell)
                with redirect_stdout(io.StringIO()):
                    exec(handed.call, cell)
    trials.explore = plain
    return rows


def main() -> None:
    """Measure, print and record."""
    facts = {
        "orders": orders(),
        "histories": histories(),
        "depths": depths(),
        "answers": answers(),
    }
    for rows in facts.values():
        for row in rows:
            print(row)
    if "--dry" not in sys.argv:
        record("orders", facts)


if __name__ == "__main__":
    main()

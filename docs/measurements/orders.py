"""How fast orders are tried and histories checked, and what that finds.

`make measure` records this as "orders":

- `orders`: schedules a second, for programs small enough for all orders;
- `histories`: seconds for linearizable histories of eight clients, by calls;
- `depths`: schedules to a bug that needs so many departures: by delay bounding
  alone, drawn evenly (the median of `SEEDS` searches), and by `explore`, which
  tries one of each kind in turn;
- `answers`: the same for each wrong answer of the exercises that is right in
  the plain order. What `check` did before is the plain order and 200 seeds.
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

from nearfar import VirtualClock, run, spawn
from nearfar.benchmark import record
from nearfar.checking import Accounts, Call, Explored, explore, linearizable
from nearfar.checking.searching import every_order
from nearfar.exercises import check, trials
from nearfar.near import lowlevel

TESTS = Path(__file__).parents[2] / "tests"
sys.path += [str(TESTS / "book"), str(TESTS / "checking")]
import test_exercises  # noqa: E402
from small_programs import (  # noqa: E402
    lost_update,
    philosophers,
    producers,
    reversed_pairs,
)
from wrong_answers import WRONG  # noqa: E402

ROUNDS = 5
SEEDS = 21
MOST = 2_000  # schedules of a random search
BEFORE = 201  # schedules that a check tried before
STEPS = 20_000  # choices in one schedule: more means that it does not end
WIDTH = 6  # tasklets that may come last, in a planted bug
LENGTHS = (100, 1_000, 10_000)  # calls of a history
CLIENTS = 8


PROGRAMS = {
    "2 deposits": lost_update(2),
    "3 deposits": lost_update(3),
    "4 deposits": lost_update(4),
    "2 producers": producers(2),
    "3 producers": producers(3),
    "2 philosophers": philosophers(crossed=False),
}


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


def drawn(program: Callable[[], object], first: int, most: int) -> int | None:
    """Schedules drawn evenly, from a seed on, until one fails; None: none."""
    for number in range(most):
        even = Random(first + number).randrange
        left = iter(range(STEPS))

        def choose(many: int, even=even, left=left) -> int:
            next(left)  # StopIteration: the program does not end
            return even(many)

        try:
            with lowlevel.apart():
                spawn(program)
                run(clock=VirtualClock(), seed=choose)
        except Exception:
            return number + 1
    return None


def bounded(program: Callable[[], object]) -> int:
    """Schedules of delay bounding alone until one fails."""
    tried = every_order(program, 10**6)
    return next(n for n, (_, _, error) in enumerate(tried, 1) if error)


def depths() -> list[dict]:
    """Schedules to a planted bug, by the departures that it needs."""
    rows = []
    for depth in (1, 2, 3):
        program = reversed_pairs(depth, WIDTH)
        failure = explore(program, 10**6, turns=10**9).failure
        assert failure is not None
        assert len(failure.schedule) == depth
        even = [drawn(program, 10**6 * n, MOST) for n in range(SEEDS)]
        rows.append(
            {
                "departures": depth,
                "bounded": bounded(program),
                "even": statistics.median(tried or MOST for tried in even),
                "in turn": failure.tried,
            }
        )
    return rows


def answers() -> list[dict]:
    """Schedules to the failure of wrong answers, before and after.

    Before are the plain order and 200 seeds; None says that none failed.
    """
    rows, plain = [], trials.explore

    def both(check, **options) -> Explored:
        after = plain(check, **options)
        before = drawn(check, 0, BEFORE - 1)
        if after.failure or before:
            row = {
                "exercise": number,
                "before": before and before + 1,
                "bounded": after.failure and bounded(check),
                "after": after.failure and after.failure.tried,
                "departures": after.failure and len(after.failure.schedule),
            }
            rows.append(row)
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


def totals(rows: list[dict]) -> dict:
    """Of each kind of search: what it missed, the median, and the total."""
    told = {}
    for kind in ("before", "bounded", "after"):
        tried = [row[kind] or BEFORE for row in rows]
        missed = sum(row[kind] is None for row in rows)
        told[kind] = missed, statistics.median(tried), sum(tried)
    return told


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
    print("missed, median, total:", totals(facts["answers"]))
    if "--dry" not in sys.argv:
        record("orders", facts)


if __name__ == "__main__":
    main()

"""The exercises of chapter 05: primes against the clock."""

from __future__ import annotations

from .. import VirtualClock, run, sleep, spawn
from ..far import pair
from ..farm import Result, Task
from .promises import Exercise, Prediction, expect, now


def four_workers():
    """Return the seconds that four workers need for twelve chunks."""
    clock = VirtualClock()
    chunks = iter([1] * 11 + [5])  # seconds, in this order

    def worker():
        for seconds in chunks:
            sleep(seconds)

    for _ in range(4):
        spawn(worker)
    run(clock=clock)
    return clock.now()


Prediction(
    "5.1",
    "the speed-up of four workers",
    truth=lambda: 16 / four_workers(),
    holds=lambda said, true: abs(said - true) < 0.02,
    because="one worker needs 16 seconds, four need 7: a worker takes the long "
    "chunk after two seconds, and computes for five more",
    beliefs=[
        (
            lambda said: abs(said - 4) < 0.06,
            "four workers are four times as fast only if all four are busy to "
            "the end. Which of them are busy during the long chunk?",
        ),
        (
            lambda said: abs(said - 3.2) < 0.06,
            "3.2 is right if a worker takes the long chunk first; here it is "
            "the last one",
        ),
        (
            lambda said: said == 7,
            "the workers need 7 seconds; the speed-up is 16 divided by 7",
        ),
    ],
    hint="Draw a line for each worker and fill in the chunks in their order: "
    "the next chunk goes to the worker that is free first.",
)


# --- Workers: in memory and in virtual time ----------------------------------


def _hire(
    seconds=1.0, *, asked=None, dies_at=0, silent_at=0, late_s=0.0, twice=False
):
    """Start a worker that squares; return the coordinator's connection to it.

    `asked` collects its chunks. It hangs up at chunk number `dies_at`; from
    number `silent_at` on it answers `late_s` seconds late, or after an hour.
    """
    ours, its = pair(Task | Result)
    asked = [] if asked is None else asked

    def work():
        for task in its:
            ((number, chunk),) = task.chunks
            asked.append(chunk)
            if len(asked) == dies_at:
                return its.close()
            sleep(seconds)
            if 0 < silent_at <= len(asked):
                sleep(late_s or 3_600)
            for _ in range(1 + twice):
                its.send(Result(seconds, [(number, chunk**2)], []))

    spawn(work, name="worker", daemon=True)
    return ours


def _expect_squares(what, found, count):
    expect(what, happened=found, expected=[n * n for n in range(count)])


def _expect_error(work):
    try:
        found = work()
    except RuntimeError as error:
        if type(error) is RuntimeError:
            return
        raise
    expect(
        "what came back",
        happened=found,
        expected="a RuntimeError",
        holds=False,
    )


pulled = Exercise(
    "5.2",
    "a coordinator that lets workers pull",
    hint="Spawn one tasklet for each worker. All of them pop from one queue "
    "of (number, chunk); each sends a Task, receives, and stores under the "
    "number in the Result.",
)


@pulled.promise("results come back in the order of the chunks", orders=100)
def in_order(answer):
    workers = [_hire(3), _hire(1)]
    found = answer(workers, "square", iter(range(5)))
    _expect_squares("results of the chunks 0 to 4", found, 5)
    found = answer([_hire(1)], "square", iter([]))
    expect("results of no chunks", happened=found, expected=[])


@pulled.promise("the workers compute at the same time", orders=100)
def at_once(answer):
    began = now()
    answer([_hire(1), _hire(1)], "square", iter(range(4)))
    expect(
        "seconds for four chunks of 1 s on two workers",
        happened=now() - began,
        expected="2",
        holds=now() - began < 3,
    )


@pulled.promise("a slow worker does not hold up the others", orders=100)
def not_held_up(answer):
    began, asked = now(), []
    workers = [_hire(1), _hire(1), _hire(4, asked=asked)]
    found = answer(workers, "square", iter(range(18)))
    expect(
        "seconds for 18 chunks on workers that need 1, 1 and 4 s for one "
        f"(the slow one did {len(asked)} of them)",
        happened=now() - began,
        expected="8 or fewer, with all three of them at work",
        holds=now() - began <= 8,
    )
    _expect_squares("results of the chunks 0 to 17", found, 18)


survived = Exercise(
    "5.3",
    "a chunk that outlives its worker",
    hint="Put the chunk back into the queue when send or receive raises. The "
    "other workers may be idle by then: start them again while chunks are "
    "left. Keep receiving until the result of this chunk is there.",
)


@survived.promise("a worker dies: another one gets its chunk", orders=100)
def one_dies(answer):
    asked = []
    workers = [_hire(1), _hire(1, asked=asked, dies_at=2)]
    found = answer(workers, "square", iter(range(8)))
    _expect_squares(
        "results, when a worker died over its second chunk", found, 8
    )
    expect("chunks sent to the dead worker", happened=len(asked), expected=2)


@survived.promise("a worker dies when the others are idle", orders=100)
def last_dies(answer):
    def slow_death(connection):
        connection.receive()
        sleep(10)
        connection.close()

    ours, its = pair(Task | Result)
    spawn(slow_death, its, name="worker", daemon=True)
    found = answer([_hire(1), ours], "square", iter(range(3)))
    _expect_squares(
        "results, when a worker died 10 s after the rest was done", found, 3
    )


@survived.promise("all workers die: RuntimeError, not a wait", orders=100)
def all_die(answer):
    workers = [_hire(1, dies_at=1), _hire(1, dies_at=1)]
    _expect_error(lambda: answer(workers, "square", iter(range(2))))


@survived.promise("a worker answers twice: nothing counts twice", orders=100)
def answers_twice(answer):
    workers = [_hire(1, twice=True), _hire(1)]
    found = answer(workers, "square", iter(range(6)))
    _expect_squares("results, when a worker sends each result twice", found, 6)


silent = Exercise(
    "5.4",
    "a worker that says nothing",
    hint="receive(timeout=patience) raises TimeoutError. Treat that as you "
    "treat a dead worker: its chunk goes back, and it gets no other.",
)


@silent.promise("a slow worker within its time keeps its chunk", orders=100)
def slow_is_kept(answer):
    asked = []
    workers = [_hire(4, asked=asked), _hire(1)]
    found = answer(workers, "square", iter(range(9)), 5)
    _expect_squares("results of the chunks 0 to 8", found, 9)
    expect(
        "chunks of a worker that needs 4 s for one, with a patience of 5 s",
        happened=len(asked),
        expected="2 or more",
        holds=len(asked) >= 2,
    )


@silent.promise("a result comes too late: each chunk keeps its own", orders=100)
def late_result(answer):
    workers = [_hire(1), _hire(1, silent_at=1, late_s=9)]
    found = answer(workers, "square", iter(range(30)), 5)
    _expect_squares("results, when one came 5 s too late", found, 30)


@silent.promise("a worker falls silent: another gets its chunk", orders=100)
def one_is_silent(answer):
    began = now()
    workers = [_hire(1), _hire(1, silent_at=2)]
    found = answer(workers, "square", iter(range(8)), 5)
    _expect_squares("results, when a worker fell silent", found, 8)
    expect(
        "seconds for all of it, with a patience of 5 s",
        happened=now() - began,
        expected="12 or fewer",
        holds=now() - began <= 12,
    )


@silent.promise("all workers are silent: RuntimeError, not a wait", orders=100)
def all_silent(answer):
    workers = [_hire(1, silent_at=1), _hire(1, silent_at=1)]
    _expect_error(lambda: answer(workers, "square", iter(range(2)), 5))


# --- A machine on which it takes care to race fairly -------------------------


def _contender(seconds, *, start_s=0.0, hiccup_at=0, busier=0.0, result=42):
    """Return a program that takes `seconds`, and what disturbs its time.

    Its first call also takes `start_s`; call number `hiccup_at` takes 50 s
    more. `busier` is by how much a second of use slows the machine down.
    """
    calls = []

    def program():
        calls.append(now())
        extra = start_s if len(calls) == 1 else 0.0
        extra += 50.0 if len(calls) == hiccup_at else 0.0
        sleep(seconds * (1 + busier * now()) + extra)
        return result

    return program


fair = Exercise(
    "5.5",
    "a fair race",
    hint="One round to warm up, then several rounds with every contender in "
    "turn. Divide the times of the same round, and take the median.",
)


def _expect_ratio(answer, what, *contenders, expected=2.0):
    found = answer(dict(zip("ab", contenders, strict=True)), 42, now)
    expect(
        "the names in the answer", happened=sorted(found), expected=["a", "b"]
    )
    expect(
        f"the speed-up of b over a, {what}",
        happened=round(found["b"], 2),
        expected=f"about {expected}",
        holds=abs(found["b"] - expected) < 0.2,
    )


@fair.promise("the start of a contender is in no round", orders=0)
def start_apart(answer):
    slow_start = _contender(0.5, start_s=9)
    _expect_ratio(answer, "whose start takes 9 s", _contender(1), slow_start)


@fair.promise("a machine that gets busier changes no ratio", orders=0)
def in_turns(answer):
    _expect_ratio(
        answer,
        "on a machine that slows down with every second",
        _contender(1, busier=0.05),
        _contender(0.5, busier=0.05),
    )


@fair.promise("one disturbed round changes no verdict", orders=0)
def median_counts(answer):
    disturbed = _contender(0.5, hiccup_at=3)
    _expect_ratio(answer, "disturbed once", _contender(1), disturbed)


@fair.promise("a wrong result has no speed-up", orders=0)
def wrong_result(answer):
    contenders = {"a": _contender(1), "b": _contender(0.01, result=41)}
    found = answer(contenders, 42, now)
    expect(
        "the names in the answer, when b returns 41 instead of 42",
        happened=sorted(found),
        expected=["a"],
    )

"""The exercises of chapter 05 about a coordinator: 5.2, 5.3 and 5.4.

The one idea: the reader's coordinator gets connections to workers that live
in memory and in virtual time. A worker may be slow, die, fall silent, answer
late or answer twice, each at a chosen chunk.
"""

from __future__ import annotations

from .. import sleep, spawn
from ..far import pair
from ..farm import Result, Task
from .promises import Exercise, expect, now


def _hire(
    seconds=1.0, *, asked=None, dies_at=0, silent_at=0, late_s=0.0, twice=False
):
    """Start a worker that squares; return the coordinator's connection to it.

    `asked` collects its chunks. The worker hangs up at chunk number `dies_at`;
    from number `silent_at` on it answers `late_s` seconds late, or after an
    hour.
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
        expected="8, with all three of them at work",
        holds=now() - began < 9,
    )
    _expect_squares("results of the chunks 0 to 17", found, 18)


survived = Exercise(
    "5.3",
    "a chunk that outlives its worker",
    hint="Put the chunk back into the queue when send or receive raises. The "
    "other workers may be idle by then: start them again while chunks are "
    "left. Keep receiving until the result of this chunk is there.",
    begun=True,
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

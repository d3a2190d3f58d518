"""The coordinators of chapter 05 on two real workers, as it promises."""

import os
import signal
from pathlib import Path

import nbformat
import pytest

from nearfar import exercises, run, sleep, spawn
from nearfar.exercises.promises import EXERCISES
from nearfar.farm import Task, chunks

CHAPTER = Path(__file__).parents[2] / "chapters" / "05_primes.ipynb"


@pytest.fixture(scope="module")
def cells():
    return [cell.source for cell in nbformat.read(CHAPTER, 4).cells]


def coordinator(cells, number):
    """The solution of an exercise."""
    check = f'check("{number}", coordinate)'
    solution = cells[cells.index(check) + 2]
    found = {}
    exec(solution.split("```python\n")[1].split("```")[0], found)
    return found["coordinate"]


@pytest.fixture
def two_workers(cells):
    """Two workers, started as the chapter starts them."""
    found = {"run": run, "spawn": spawn}
    for name in ("def hire(", "def two_workers("):
        exec(next(source for source in cells if name in source), found)
    with found["two_workers"]() as started:
        yield started


@pytest.mark.parametrize(
    ("number", "more", "how"),
    [
        ("5.2", (), None),
        ("5.3", (), signal.SIGKILL),
        ("5.4", (1.0,), signal.SIGKILL),
        ("5.4", (1.0,), signal.SIGSTOP),
    ],
)
def test_the_count_is_right(cells, two_workers, number, more, how):
    workers, programs = two_workers
    coordinate = coordinator(cells, number)
    if how:
        os.kill(programs[0].pid, how)
    job = chunks(100_000, 10_000)
    counts = run(until=spawn(coordinate, workers, "count_between", job, *more))
    if how == signal.SIGSTOP:
        os.kill(programs[0].pid, signal.SIGCONT)
    assert (len(counts), sum(counts)) == (10, 9_592)


def test_a_worker_that_looks_for_chunks_twenty_times_a_second_is_right_too():
    def coordinate(workers, function, chunks):
        waiting, results = list(enumerate(chunks)), {}
        count = len(waiting)

        def employ(worker):
            while len(results) < count:
                if not waiting:
                    sleep(0.05)
                    continue
                worker.send(Task(function, [waiting.pop(0)]))
                results.update(worker.receive().values)

        for tasklet in [spawn(employ, worker) for worker in workers]:
            tasklet.join()
        return [results[number] for number in range(count)]

    exercises.exercise_numbers()  # registers all of them
    verdict = EXERCISES["5.2"].examine(coordinate)
    assert verdict.solved, verdict

"""Wrong answers to the exercises of chapter 05."""

WRONG = {
    "5.1": [
        ("speed_up = 4", "Which of them are busy during the long chunk?"),
        ("speed_up = 3.2", "if a worker takes the long chunk first"),
        ("speed_up = 7", "the workers need 7 seconds"),
    ],
    "5.2": [
        (
            # lock-step, as in 2006
            """
from nearfar.farm import Task


def coordinate(workers, function, chunks):
    results, waiting = {}, list(enumerate(chunks))
    while waiting:
        batch = waiting[: len(workers)]
        del waiting[: len(workers)]
        for worker, task in zip(workers, batch):
            worker.send(Task(function, [task]))
        for worker, _ in zip(workers, batch):
            for number, value in worker.receive().values:
                results[number] = value
    return [results[number] for number in sorted(results)]
""",
            "a slow worker does not hold up the others",
        ),
        (
            # joins each tasklet before the next one is spawned
            """
from collections import deque

from nearfar import spawn
from nearfar.farm import Task


def coordinate(workers, function, chunks):
    waiting, results = deque(enumerate(chunks)), {}

    def employ(worker):
        while waiting:
            worker.send(Task(function, [waiting.popleft()]))
            for number, value in worker.receive().values:
                results[number] = value

    for worker in workers:
        spawn(employ, worker).join()
    return [results[number] for number in sorted(results)]
""",
            "seconds for four chunks of 1 s on two workers",
        ),
        (
            # results in the order in which they come
            """
from nearfar import spawn
from nearfar.farm import Task


def coordinate(workers, function, chunks):
    tasks, results = enumerate(chunks), []

    def employ(worker):
        for task in tasks:
            worker.send(Task(function, [task]))
            for _, value in worker.receive().values:
                results.append(value)

    for tasklet in [spawn(employ, worker) for worker in workers]:
        tasklet.join()
    return results
""",
            "results come back in the order of the chunks",
        ),
        (
            # does not wait for the results
            """
from nearfar import spawn
from nearfar.farm import Task


def coordinate(workers, function, chunks):
    tasks, results = enumerate(chunks), {}

    def employ(worker):
        for task in tasks:
            worker.send(Task(function, [task]))
            results.update(worker.receive().values)

    for worker in workers:
        spawn(employ, worker)
    return [results[number] for number in sorted(results)]
""",
            "happened: []",
        ),
    ],
    "5.3": [
        (
            # the solution of 5.2
            """
from collections import deque

from nearfar import spawn
from nearfar.farm import Task


def coordinate(workers, function, chunks):
    waiting, results = deque(enumerate(chunks)), {}

    def employ(worker):
        while waiting:
            worker.send(Task(function, [waiting.popleft()]))
            results.update(worker.receive().values)

    for tasklet in [spawn(employ, worker) for worker in workers]:
        tasklet.join()
    return [results[number] for number in sorted(results)]
""",
            "✗ a worker dies: another one gets its chunk Closed: the peer has",
        ),
        (
            # the chunk dies with its worker
            """
from collections import deque

from nearfar import Closed, spawn
from nearfar.far import Broken
from nearfar.farm import Task


def coordinate(workers, function, chunks):
    waiting, results = deque(enumerate(chunks)), {}

    def employ(worker):
        try:
            while waiting:
                worker.send(Task(function, [waiting.popleft()]))
                results.update(worker.receive().values)
        except (Broken, Closed):
            pass

    for tasklet in [spawn(employ, worker) for worker in workers]:
        tasklet.join()
    return [results[number] for number in sorted(results)]
""",
            "results, when a worker died over its second chunk",
        ),
        (
            # given back, but no tasklet is left to take it
            """
from collections import deque

from nearfar import Closed, spawn
from nearfar.far import Broken
from nearfar.farm import Task


def coordinate(workers, function, chunks):
    waiting, results = deque(enumerate(chunks)), {}

    def employ(worker):
        while waiting:
            number, chunk = waiting.popleft()
            try:
                worker.send(Task(function, [(number, chunk)]))
                while number not in results:
                    results.update(worker.receive().values)
            except (Broken, Closed):
                waiting.append((number, chunk))
                return

    for tasklet in [spawn(employ, worker) for worker in workers]:
        tasklet.join()
    return [results[number] for number in sorted(results)]
""",
            "a worker died 10 s after the rest was done",
        ),
        (
            # one receive for each send: the second copy counts for the next
            """
from collections import deque

from nearfar import Closed, spawn
from nearfar.far import Broken
from nearfar.farm import Task


def coordinate(workers, function, chunks):
    waiting, results = deque(enumerate(chunks)), {}
    alive = list(workers)

    def employ(worker):
        while waiting:
            number, chunk = waiting.popleft()
            try:
                worker.send(Task(function, [(number, chunk)]))
                results[number] = worker.receive().values[0][1]
            except (Broken, Closed):
                waiting.append((number, chunk))
                alive.remove(worker)
                return

    while waiting and alive:
        for tasklet in [spawn(employ, worker) for worker in alive]:
            tasklet.join()
    if waiting:
        raise RuntimeError("all workers are dead")
    return [results[number] for number in sorted(results)]
""",
            "results, when a worker sends each result twice",
        ),
        (
            # returns what it has when all are dead
            """
from collections import deque

from nearfar import Closed, spawn
from nearfar.far import Broken
from nearfar.farm import Task


def coordinate(workers, function, chunks):
    waiting, results = deque(enumerate(chunks)), {}
    alive = list(workers)

    def employ(worker):
        while waiting:
            number, chunk = waiting.popleft()
            try:
                worker.send(Task(function, [(number, chunk)]))
                while number not in results:
                    results.update(worker.receive().values)
            except (Broken, Closed):
                waiting.append((number, chunk))
                alive.remove(worker)
                return

    while waiting and alive:
        for tasklet in [spawn(employ, worker) for worker in alive]:
            tasklet.join()
    return [results[number] for number in sorted(results)]
""",
            "what came back expected: a RuntimeError happened: []",
        ),
    ],
    "5.4": [
        (
            # waits without a timeout
            """
from collections import deque

from nearfar import Closed, spawn
from nearfar.far import Broken
from nearfar.farm import Task


def coordinate(workers, function, chunks, patience):
    waiting, results = deque(enumerate(chunks)), {}
    alive = list(workers)

    def employ(worker):
        while waiting:
            number, chunk = waiting.popleft()
            try:
                worker.send(Task(function, [(number, chunk)]))
                while number not in results:
                    results.update(worker.receive().values)
            except (Broken, Closed):
                waiting.append((number, chunk))
                alive.remove(worker)
                return

    while waiting and alive:
        for tasklet in [spawn(employ, worker) for worker in alive]:
            tasklet.join()
    return [results[number] for number in sorted(results)]
""",
            "seconds for all of it, with a patience of 5 s",
        ),
        (
            # asks the silent one again, and takes a late result for the next
            """
from collections import deque

from nearfar import spawn
from nearfar.farm import Task


def coordinate(workers, function, chunks, patience):
    waiting, results = deque(enumerate(chunks)), {}

    def employ(worker):
        while waiting:
            number, chunk = waiting.popleft()
            try:
                worker.send(Task(function, [(number, chunk)]))
                answer = worker.receive(timeout=patience)
                results[number] = answer.values[0][1]
            except TimeoutError:
                waiting.append((number, chunk))

    for tasklet in [spawn(employ, worker) for worker in workers]:
        tasklet.join()
    return [results[number] for number in sorted(results)]
""",
            "✗ a result comes too late",
        ),
        (
            # forgets the chunk of the silent one
            """
from collections import deque

from nearfar import spawn
from nearfar.farm import Task


def coordinate(workers, function, chunks, patience):
    waiting, results = deque(enumerate(chunks)), {}

    def employ(worker):
        while waiting:
            number, chunk = waiting.popleft()
            try:
                worker.send(Task(function, [(number, chunk)]))
                while number not in results:
                    results.update(worker.receive(timeout=patience).values)
            except TimeoutError:
                return

    for tasklet in [spawn(employ, worker) for worker in workers]:
        tasklet.join()
    return [results[number] for number in sorted(results)]
""",
            "results, when one came 5 s too late",
        ),
    ],
    "5.5": [
        (
            # one contender after the other
            """
from statistics import median


def race(contenders, expected, now):
    times = {}
    for name, work in contenders.items():
        work()
        rounds = []
        for _ in range(5):
            began = now()
            result = work()
            rounds.append(now() - began)
        if result == expected:
            times[name] = median(rounds)
    first = times[next(iter(contenders))]
    return {name: first / seconds for name, seconds in times.items()}
""",
            "on a machine that slows down with every second",
        ),
        (
            # the first round counts, and so does a mean
            """
from statistics import mean


def race(contenders, expected, now):
    times = {name: [] for name in contenders}
    for _ in range(5):
        for name, work in contenders.items():
            began = now()
            work()
            times[name].append(now() - began)
    first = times[next(iter(contenders))]
    return {
        name: mean(a / b for a, b in zip(first, own))
        for name, own in times.items()
    }
""",
            "when the start of b takes 9 s",
        ),
        (
            # the mean of rounds of which one was disturbed
            """
from statistics import mean


def race(contenders, expected, now):
    times = {name: [] for name in contenders}
    for number in range(6):
        for name, work in contenders.items():
            began = now()
            work()
            if number:
                times[name].append(now() - began)
    first = times[next(iter(contenders))]
    return {name: mean(first) / mean(own) for name, own in times.items()}
""",
            "when one round was disturbed",
        ),
        (
            # no result is looked at
            """
from statistics import median


def race(contenders, expected, now):
    times = {name: [] for name in contenders}
    for number in range(6):
        for name, work in contenders.items():
            began = now()
            work()
            if number:
                times[name].append(now() - began)
    first = times[next(iter(contenders))]
    return {
        name: median(a / b for a, b in zip(first, own))
        for name, own in times.items()
    }
""",
            "when b returns 41 instead of 42",
        ),
        (
            # divides the wrong way round
            """
from statistics import median


def race(contenders, expected, now):
    times = {name: [] for name in contenders}
    for number in range(6):
        for name, work in contenders.items():
            began = now()
            work()
            if number:
                times[name].append(now() - began)
    first = times[next(iter(contenders))]
    return {
        name: median(b / a for a, b in zip(first, own))
        for name, own in times.items()
    }
""",
            "the speed-up of b, which takes half as long as a",
        ),
    ],
}

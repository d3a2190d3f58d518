"""Wrong answers to the exercises of chapter 11."""

WRONG = {
    "11.1": [
        (
            # waits for the task in `submit`
            """
class Done:
    def __init__(self, value):
        self.value = value

    def result(self):
        return self.value


class Engine:
    def __init__(self, workers):
        pass

    def submit(self, function, *arguments):
        ready = [a.result() if isinstance(a, Done) else a for a in arguments]
        return Done(function(*ready))
""",
            "the seconds of submit",
        ),
        (
            # keeps the future to itself
            """
from nearfar import spawn


class Engine:
    def __init__(self, workers):
        self.workers = workers

    def submit(self, function, *arguments):
        spawn(function, *arguments)
""",
            "what `submit` returns expected: a future, with a `result()` "
            "happened: None (A function without `return` returns None.)",
        ),
        (
            # a worker for each task
            """
from nearfar import Tasklet, spawn


class Engine:
    def __init__(self, workers):
        pass

    def submit(self, function, *arguments):
        return spawn(self._run, function, arguments, daemon=True)

    def _run(self, function, arguments):
        return function(
            *[a.result() if isinstance(a, Tasklet) else a for a in arguments]
        )
""",
            "six tasks on 1 worker(s)",
        ),
        (
            # futures are passed on as they are
            """
from nearfar import Channel, spawn


class Engine:
    def __init__(self, workers):
        self.free = Channel("free workers")
        for _ in range(workers):
            spawn(self.free.send, "a worker", daemon=True)

    def submit(self, function, *arguments):
        return spawn(self._run, function, arguments, daemon=True)

    def _run(self, function, arguments):
        worker = self.free.receive()
        value = function(*arguments)
        spawn(self.free.send, worker, daemon=True)
        return value
""",
            "TypeError",
        ),
        (
            # takes a worker, and then waits for the arguments
            """
from nearfar import Channel, Tasklet, spawn


class Engine:
    def __init__(self, workers):
        self.free = Channel("free workers")
        for _ in range(workers):
            spawn(self.free.send, "a worker", daemon=True)

    def submit(self, function, *arguments):
        return spawn(self._run, function, arguments, daemon=True)

    def _run(self, function, arguments):
        worker = self.free.receive()
        value = function(
            *[a.result() if isinstance(a, Tasklet) else a for a in arguments]
        )
        spawn(self.free.send, worker, daemon=True)
        return value
""",
            "Deadlock",
        ),
        (
            # gives each result away once
            """
from nearfar import Channel, spawn


class Future:
    def __init__(self):
        self.value = Channel("value")

    def result(self):
        return self.value.receive()


class Engine:
    def __init__(self, workers):
        self.free = Channel("free workers")
        for _ in range(workers):
            spawn(self.free.send, "a worker", daemon=True)

    def submit(self, function, *arguments):
        future = Future()
        spawn(self._run, future, function, arguments, daemon=True)
        return future

    def _run(self, future, function, arguments):
        ready = [a.result() if isinstance(a, Future) else a for a in arguments]
        worker = self.free.receive()
        value = function(*ready)
        spawn(self.free.send, worker, daemon=True)
        future.value.send(value)
""",
            "Deadlock",
        ),
    ],
    "11.2": [
        ("runs = 7", "7 runs are enough if no worker dies"),
        ("runs = 8", "Its arguments were on A, too"),
        ("runs = 13", "no task of B runs again"),
        ("runs = 6", "6 tasks ran before A died"),
        ("runs = 3", "3 runs are the repeated ones"),
    ],
    "11.3": [
        (
            # empties the graph, which the next answer needs
            """
def to_run(graph, kept, wanted):
    graph.clear()
    kept.clear()
    return []
""",
            "if nothing is kept, all that it needs runs",
        ),
        (
            # all that is not there, needed or not
            """
def to_run(graph, kept, wanted):
    return [task for task in graph if task not in kept]
""",
            "'d', 'other', 'total']",
        ),
        (
            # looks one step back
            """
def to_run(graph, kept, wanted):
    missing = [a for a in graph[wanted][1:] if a in graph and a not in kept]
    return [*missing, wanted]
""",
            "if nothing is kept, all that it needs runs",
        ),
        (
            # goes on behind what is kept
            """
def to_run(graph, kept, wanted):
    runs = []

    def compute(task):
        for argument in graph[task][1:]:
            if argument in graph and argument not in runs:
                compute(argument)
        runs.append(task)

    compute(wanted)
    return [task for task in runs if task not in kept]
""",
            "✗ what is kept does not run, nor what only it needs",
        ),
        (
            # a shared argument twice
            """
def to_run(graph, kept, wanted):
    if wanted in kept:
        return []
    runs = []
    for argument in graph[wanted][1:]:
        if argument in graph:
            runs += to_run(graph, kept, argument)
    return [*runs, wanted]
""",
            "each task runs once, after its arguments",
        ),
        (
            # a task before what it needs
            """
def to_run(graph, kept, wanted):
    runs, waiting = [], [wanted]
    while waiting:
        task = waiting.pop()
        if task in graph and task not in kept and task not in runs:
            runs.append(task)
            waiting += graph[task][1:]
    return runs
""",
            "arguments of 'total' that run after it",
        ),
        (
            # gives nothing back
            """
def to_run(graph, kept, wanted):
    runs = [task for task in graph if task not in kept]
""",
            "expected: a list of names of tasks happened: None (A function "
            "without `return` returns None.)",
        ),
        (
            # tasks in place of their names
            """
def to_run(graph, kept, wanted):
    return [graph[task] for task in graph if task not in kept]
""",
            "expected: a list of names of tasks happened: [(<built-in",
        ),
        (
            # plain values among the names
            """
def to_run(graph, kept, wanted):
    runs = []

    def compute(task):
        if task not in kept and task not in runs:
            for argument in graph.get(task, ())[1:]:
                compute(argument)
            runs.append(task)

    compute(wanted)
    return runs
""",
            "expected: a list of names of tasks happened: [1, 'a', 2, 'b',",
        ),
        (
            # a generator expression
            """
def to_run(graph, kept, wanted):
    return (task for task in graph if task not in kept)
""",
            "expected: a list of names of tasks happened: <generator object",
        ),
        (
            # a generator
            """
def to_run(graph, kept, wanted):
    for task in graph:
        if task not in kept:
            yield task
""",
            "Use `return`, with a list for several values",
        ),
        (
            # equal to everything
            """
class Yes:
    def __eq__(self, other):
        return True


def to_run(graph, kept, wanted):
    return Yes()
""",
            "expected: a list of names of tasks happened: <",
        ),
        (
            # asks for itself, without end
            """
def to_run(graph, kept, wanted):
    return [*to_run(graph, kept, wanted), wanted]
""",
            "A function called itself too often. Where does it stop?",
        ),
    ],
    "11.4": [
        (
            # looks first, then acts
            """
def pay(store, payment, account, cents):
    if payment not in store.names(account):
        store.add(account, cents)
        store.put(account, payment, 0)
""",
            "when the worker died after call 2 of 3",
        ),
        (
            # marks first, then acts
            """
def pay(store, payment, account, cents):
    if payment not in store.names(account):
        store.put(account, payment, 0)
        store.add(account, cents)
""",
            "expected: 1000 happened: 0",
        ),
        (
            # a name that differs in each run
            """
from itertools import count

numbers = count()


def pay(store, payment, account, cents):
    store.put(account, next(numbers), cents)
""",
            "its worker dies after any call: it counts once",
        ),
        (
            # one entry for all payments
            """
def pay(store, payment, account, cents):
    store.put(account, "paid", cents)
""",
            "expected: 1250 happened: 250",
        ),
    ],
    "11.5": [
        (
            # ten times instead of nine
            """
def fitting_chunk(stop, number_s, overhead_s, workers):
    chunk = round(10 * overhead_s / number_s)
    return max(1, min(chunk, stop // (4 * workers)))
""",
            "less than that with one number fewer",
        ),
        (
            # too few chunks for the workers
            """
from math import ceil


def fitting_chunk(stop, number_s, overhead_s, workers):
    return max(1, ceil(round(9 * overhead_s / number_s, 6)))
""",
            "each worker gets four full chunks or more",
        ),
        (
            # enough chunks, but the last one is short
            """
from math import ceil


def fitting_chunk(stop, number_s, overhead_s, workers):
    large_enough = ceil(9 * overhead_s / number_s)
    return max(1, min(large_enough, ceil(stop / (4 * workers))))
""",
            "numbers in a chunk, for 12 full chunks or more of 100 numbers",
        ),
        (
            # a chunk of nothing
            """
from math import ceil


def fitting_chunk(stop, number_s, overhead_s, workers):
    chunk = ceil(round(9 * overhead_s / number_s, 6))
    return min(chunk, stop // (4 * workers))
""",
            "no chunk is empty",
        ),
        (
            # part of a number
            """
def fitting_chunk(stop, number_s, overhead_s, workers):
    chunk = 9 * overhead_s / number_s
    return max(1, min(chunk, stop // (4 * workers)))
""",
            "expected: a whole number happened: 818.18",
        ),
        (
            # all chunks in place of their size
            """
def fitting_chunk(stop, number_s, overhead_s, workers):
    return [stop // workers] * workers
""",
            "expected: a whole number happened: [500000000, 500000000]",
        ),
    ],
}

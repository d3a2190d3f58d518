"""The farm: the same `map`, done by workers in other processes.

The one idea: pull, do not push. Workers connect to the coordinator and are
sent one more chunk whenever they give a result back, so a fast worker gets
more of them and nobody has to guess who is fast. A chunk counts as done when
its result is here; if a worker is lost, what it had goes to others.

A message brings data, never code: a worker runs only the functions in its own
table, by name.

Left out, until a later chapter: proof of who connects, workers that are alive
but silent, and results before the last one is in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .channels import Channel, Closed
from .connections import Broken, Connection
from .messages import Malformed, Message, encode
from .primes import count_between
from .tasklets import Misuse, run, sleep, spawn

__all__ = ["Farm", "work", "FUNCTIONS"]

FUNCTIONS: dict[str, Callable] = {"count_between": count_between}
IN_FLIGHT = 2  # chunks sent to a worker ahead, so that it never waits
START_TIMEOUT = 10.0  # seconds for all expected workers to arrive
HELLO_TIMEOUT = 5.0  # seconds for one that has connected to say Hello
REPLACEMENT_S = 1.0  # seconds to wait for another one when all are lost
ATTEMPTS = 3  # workers that may be lost over one chunk
ERROR_LETTERS = 1_000  # of an error's text that go over the wire


class Hello(Message):
    """A worker's first message: what it can do."""

    functions: list[str]


class Task(Message):
    """Coordinator to worker: apply `function` to `argument`."""

    number: int
    function: str
    argument: Any


class Result(Message):
    """Worker to coordinator: what came out, or the error's text."""

    number: int
    value: Any = None
    error: str = ""


class Farm:
    """Coordinates the workers that connect to `listener`.

    `map` waits until `workers` of them have come (later ones help too) and
    raises RuntimeError if they do not come, or if all of them are lost.
    """

    def __init__(self, listener, workers: int = 1):
        if workers < 1:
            raise Misuse(f"a farm has 1 or more workers, not {workers}")
        self.listener = listener
        self.workers = workers
        self.connections: list[Connection] = []
        self.strangers: list[Connection] = []  # who have not said Hello yet
        self.lost = 0  # workers that vanished, so far
        self.programs = []  # worker processes that came with this farm
        self.closed = False
        self._numbered = 0

    def wait_for_workers(self) -> None:
        """Wait until the expected workers have connected."""
        if self.closed:
            raise Misuse("the farm is closed: use it inside its with block")
        expected = max(1, self.workers - self.lost)

        def arrive():
            arrived = self._open_door()
            while len(self.connections) < expected:
                arrived.receive()

        try:
            run(until=spawn(arrive), timeout=START_TIMEOUT)
        except TimeoutError:
            raise RuntimeError(
                f"expected {expected} worker(s) within {START_TIMEOUT:g} s, "
                f"{len(self.connections)} came. Start them with: "
                f"python -m nearfar worker {self.listener.address}"
            ) from None

    def map(
        self,
        function: Callable,
        chunks: Iterable,
        on_result: Callable[[], None] = lambda: None,
    ) -> Iterator:
        """`function` of each chunk, in the order of `chunks`.

        `function` must stand in the table of the workers; chunks and results
        are what JSON can hold (a tuple arrives as a list, NaN as None).
        `on_result()` is called after each. Raises RuntimeError with the
        worker's error text if a chunk fails, or if workers are lost over it
        again and again.

        It is a `run()` of its own: whoever is spawned and has not started yet
        runs along, and is ended with it.
        """
        if FUNCTIONS.get(function.__name__) is not function:
            raise Misuse(
                f"workers know {', '.join(FUNCTIONS)}, not "
                f"{function.__name__!r}: a message brings data, never code. "
                "Add it to nearfar.farm.FUNCTIONS, here and at the workers"
            )
        self.wait_for_workers()
        job = _Job(function.__name__, chunks, self._numbered, on_result)
        self._numbered += len(job.results)
        if job.missing:
            run(until=spawn(self._coordinate, job))
        return iter(job.results)

    def close(self) -> None:
        """Send all workers home."""
        self.closed = True
        for connection in self.connections + self.strangers:
            connection.close()
        self.connections.clear()
        self.strangers.clear()
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def _open_door(self) -> Channel:
        """Let workers in; the channel gives each that has said Hello."""
        arrived = Channel("a worker")

        def greet(connection):
            try:
                if not isinstance(connection.receive(HELLO_TIMEOUT), Hello):
                    raise Malformed("expected a worker's Hello")
            except (Broken, Closed, Malformed, TimeoutError):
                self.strangers.remove(connection)
                connection.close()
            else:
                self.strangers.remove(connection)
                self.connections.append(connection)
                arrived.send(connection)

        def answer():
            for connection in self.listener:
                self.strangers.append(connection)
                spawn(greet, connection, daemon=True)

        for connection in self.strangers:  # since the last time
            spawn(greet, connection, daemon=True)
        spawn(answer, daemon=True)
        return arrived

    def _coordinate(self, job):
        for connection in self.connections:
            spawn(self._feed, connection, job, daemon=True)
        spawn(self._feed_arrivals, job, daemon=True)
        job.finished.receive()
        if job.error:
            raise RuntimeError(job.error)

    def _feed_arrivals(self, job):
        for connection in self._open_door():
            spawn(self._feed, connection, job, daemon=True)

    def _feed(self, connection, job):
        """Keep one worker busy; take its chunks back if it is lost."""
        held = {}
        while True:
            try:
                while len(held) < IN_FLIGHT and job.waiting:
                    task = job.waiting.popleft()
                    held[task.number] = task
                    connection.send(task)
                if not held:
                    job.more.receive()
                    continue
                result = connection.receive()
                if not isinstance(result, Result):
                    raise Malformed("expected a worker's Result")
            except (Broken, Closed, Malformed):
                self._lose(connection, job, held)
                return
            if held.pop(result.number, None):
                job.settle(result)  # else of a map given up before

    def _lose(self, connection, job, held):
        connection.close()
        self.connections.remove(connection)
        self.lost += 1
        job.take_back(held.values())
        if not self.connections:
            sleep(REPLACEMENT_S)
            if not self.connections:
                job.fail("all workers are lost")


class _Job:
    """The chunks of one map, and what has become of them."""

    def __init__(self, function, chunks, first, on_result):
        self.first = first
        self.waiting = deque()
        for number, chunk in enumerate(chunks, first):
            task = Task(number, function, chunk)
            try:
                encode(task)
            except (Malformed, TypeError) as error:
                raise Misuse(f"chunk {number - first}: {error}") from None
            self.waiting.append(task)
        self.results = [None] * len(self.waiting)
        self.missing = len(self.waiting)
        self.losses = [0] * len(self.waiting)
        self.on_result = on_result
        self.error = ""
        self.more = Channel("a chunk to do")
        self.finished = Channel("the last result")

    def settle(self, result):
        if result.error:
            self.fail(f"chunk {result.number - self.first}: {result.error}")
            return
        self.results[result.number - self.first] = result.value
        self.missing -= 1
        self.on_result()
        if not self.missing:
            self.finished.send(None)

    def fail(self, error):
        self.error = error
        self.finished.send(None)

    def take_back(self, tasks):
        for task in reversed(list(tasks)):
            self.waiting.appendleft(task)
            chunk = task.number - self.first
            self.losses[chunk] += 1
            if self.losses[chunk] == ATTEMPTS:
                self.fail(f"chunk {chunk}: {ATTEMPTS} workers lost over it")
        while self.waiting and self.more.balance < 0:
            self.more.send(None)


def work(connection: Connection, functions=FUNCTIONS) -> int:
    """Be a worker: do what comes until the coordinator hangs up.

    Returns how many chunks were done.
    """
    done = 0
    connection.send(Hello(sorted(functions)))
    try:
        for task in connection:
            connection.send(_do(task, functions))
            done += 1
    except Broken:
        pass  # the coordinator is gone, and so is whoever wanted the result
    return done


def _do(task, functions):
    function = functions.get(task.function)
    if function is None:
        return Result(task.number, error=f"no function {task.function!r} here")
    try:
        result = Result(task.number, function(task.argument))
        encode(result)  # if it cannot be sent, that is an error, too
    except (Exception, SystemExit) as error:
        text = f"{type(error).__name__}: {error}"
        result = Result(task.number, error=text[:ERROR_LETTERS])
    return result

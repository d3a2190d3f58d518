"""First answers: what chapters 04 and 05 go on with after an exercise.

The one idea: the chapter runs without the reader's answer, and its page does
not show the solution right below the exercise. `smallest_server` solves 4.1,
`first_coordinator` solves 5.2. Both fail later in their chapter, on purpose.
"""

from __future__ import annotations

from collections import deque

from ..farm import Task
from ..near import spawn

__all__ = ["first_coordinator", "smallest_server"]


def smallest_server(listener, decide):
    """Serve one connection after another."""
    for connection in listener:
        for request in connection:
            connection.send(decide(request))


def first_coordinator(workers, function, chunks):
    """Return the results of all chunks; each worker pulls one at a time."""
    waiting, results = deque(enumerate(chunks)), {}

    def employ(worker):
        while waiting:
            worker.send(Task(function, [waiting.popleft()]))
            for number, value in worker.receive().values:
                results[number] = value

    for tasklet in [spawn(employ, worker) for worker in workers]:
        tasklet.join()
    return [results[number] for number in sorted(results)]

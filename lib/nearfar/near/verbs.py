"""The verbs: spawn, schedule, sleep, current, run.

The one idea: a queue of those that can run. A tasklet that has to wait leaves
the processor to the first in the queue; one that can go on again is put at the
end. First in, first out: the same program gives the same order every time.

What `spawn` returns is in `tasklets`, how the switching works in `stacks`.
`Shuffled` is the queue of `run(seed=...)`.
"""

from __future__ import annotations

import itertools
import signal
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, NoReturn

from greenlet import getcurrent

from .clock import Clock, check_seconds
from .errors import Misuse
from .scheduler import Scheduler, current_scheduler, threads
from .stacks import Interrupt, Stack, current_stack, packed, within
from .tasklets import Tasklet

__all__ = ["spawn", "schedule", "sleep", "current", "run"]

PLAIN = signal.default_int_handler
Chooser = Callable[[int], int]  # of so many, which is next


def spawn(
    function: Callable[..., Any],
    /,
    *args: Any,
    name: str | None = None,
    daemon: bool = False,
    **kwargs: Any,
) -> Tasklet:
    """Queue `function(*args, **kwargs)` as a new tasklet, at the end.

    It starts when its turn comes, inside `run()`. Without a `name` it is
    called after its function and its number. A `daemon` serves others: `run()`
    does not wait for it, and ends it when all others are done.

    Its context variables are a copy of those of the tasklet that spawns it, as
    they are now; or, spawned outside, of the caller of `run()`. What is
    spawned outside never runs if Ctrl-C comes before `run()`.
    """
    if not callable(function):
        raise Misuse(
            f"spawn() takes a function and its arguments, not {function!r}. "
            "Did you call the function yourself? spawn(f, x), not spawn(f(x))"
        )
    given = packed(args, kwargs) if args or kwargs else None
    me: Any = getcurrent()
    if type(me) is Stack:
        scheduler, spawner = me.scheduler, me.tasklet.number
        if me.gr_context is not None:
            given = within(me.gr_context, given)
    else:
        scheduler, spawner = threads.next, 0
        if not scheduler.spawned:
            listen(scheduler)
    tasklet = Tasklet()  # an `__init__` would take as long as all of this
    tasklet.scheduler = scheduler
    tasklet.spawner = spawner
    tasklet.function = function
    tasklet.given = given
    tasklet.stack = tasklet.joiners = None
    tasklet.number = scheduler.spawned = scheduler.spawned + 1
    tasklet.daemon = daemon
    if name is not None:
        tasklet.label = name
    if daemon:
        tasklet.joiners = ()
        scheduler.settled += 1
    if scheduler.parent != spawner:
        scheduler.parent, scheduler.eldest = spawner, tasklet.number
    if on_spawn:
        for tell in on_spawn:
            tell(tasklet, me.tasklet if spawner else None)
    scheduler.ready.append(tasklet)
    return tasklet


# What else is to be called as `tell(tasklet, spawner)`, before its first turn.
on_spawn: list[Callable[[Tasklet, Tasklet | None], None]] = []


def spawn_in(
    scheduler: Scheduler, function: Any, name: str | None, daemon: bool
) -> Tasklet:
    """Queue a tasklet that no other one has spawned, but a timer, say."""
    tasklet = Tasklet()
    tasklet.scheduler, tasklet.spawner = scheduler, 0
    tasklet.function, tasklet.daemon = function, daemon
    if name is not None:
        tasklet.label = name
    tasklet.given = within(scheduler.main.gr_context, None)
    tasklet.stack, tasklet.joiners = None, () if daemon else None
    tasklet.number = scheduler.spawned = scheduler.spawned + 1
    scheduler.settled += daemon
    for tell in on_spawn:
        tell(tasklet, None)
    scheduler.ready.append(tasklet)
    return tasklet


def schedule() -> None:
    """Let all others that can run have a turn first."""
    current_stack("schedule()").give_way()


def sleep(seconds: float) -> None:
    """Wait for at least this many seconds of the run's clock."""
    me = current_stack("sleep()")
    timer = me.scheduler.after(seconds, me.go_on)
    me.value, me.waits_for = None, timer
    me.park()


def current() -> Tasklet:
    """The tasklet that is running."""
    return current_stack("current()").tasklet  # type: ignore[no-any-return]


def run(
    until: Tasklet | None = None,
    *,
    timeout: float | None = None,
    clock: Clock | None = None,
    seed: int | dict[int, int] | Chooser | None = None,
) -> Any:
    """Run the spawned tasklets; return when all (but daemons) are done.

    With `until`, return as soon as that one is done, with its result. With
    `timeout` (seconds of the clock), raise TimeoutError after that. `clock` is
    a `SystemClock()` unless one is handed in.

    Tasklets run first in, first out; with a `seed`, in an order that a
    generator draws, the same for the same seed on every machine. A dict
    replays an order: `{7: 2}` takes the one with two others before it at the
    7th choice, and the first one everywhere else.

    An error that no tasklet awaits comes out here, as itself, with the
    tasklet's name added. Raises `Deadlock` when tasklets are left and none can
    ever run. However it ends, the tasklets that are left are ended too (their
    `finally` blocks run): nothing lives on into the next `run()`.

    Inside a tasklet, `run()` runs those that this tasklet has spawned and that
    have not started yet, on the same clock unless another is handed in; all
    others stand still meanwhile.
    """
    begun: list[Scheduler] = []
    try:
        me, current = getcurrent(), current_scheduler()
        spawner = me.tasklet.number if type(me) is Stack else 0
        if timeout is not None:
            check_seconds(timeout)
        if until and (
            (until.scheduler, until.spawner) != (current, spawner)
            or type(until.stack) is Stack
        ):
            raise Misuse(
                f"run(until={until!r}): it is not one of the tasklets spawned "
                "for this run. Spawn it anew, in this thread, before run()"
            )
        if spawner:
            clock = clock or current.clock
            begun.append(current.branch(spawner))
        else:
            begun.append(current)
            threads.next = Scheduler()
        scheduler = begun[0]
        if seed is not None:
            scheduler.choose = chooser(seed)
        if scheduler.choose is not None:
            make = getattr(scheduler.choose, "queue", Shuffled)
            scheduler.ready = make(scheduler)
        listen(scheduler)
        return scheduler.run(until, timeout, clock)
    except BaseException as error:  # an interrupt may come at any line
        if begun or not isinstance(error, Misuse):
            threads.drop()
        raise
    finally:
        for scheduler in begun:
            scheduler.end(None)


def listen(scheduler: Scheduler) -> None:
    """Give Ctrl-C to this run, begun or not, unless the program has it."""
    if signal.getsignal(signal.SIGINT) is PLAIN:
        scheduler.undo.append(lambda: signal.signal(signal.SIGINT, PLAIN))
        try:
            signal.signal(signal.SIGINT, _on_interrupt)
        except ValueError:  # only the main thread hears signals
            scheduler.undo.pop()


def _on_interrupt(signum: int, frame: Any) -> NoReturn:
    """Ctrl-C ends the run, whatever a tasklet catches.

    Before the run, it ends what has been spawned for it.
    """
    me = getcurrent()
    if type(me) is not Stack:
        threads.drop()
    elif me.scheduler.ending:
        me.scheduler.failed = KeyboardInterrupt()
    else:
        main = me.scheduler.main
        me.scheduler.ready.appendleft(Interrupt(main, KeyboardInterrupt()))
    raise KeyboardInterrupt


class Shuffled(deque[Any]):
    """A run queue whose next one is not always the first.

    A chooser that has a method `queue(scheduler)` brings one of its own. If
    that has a method `case(channels)`, it chooses for `select`, too.
    """

    def __init__(self, scheduler: Any):
        super().__init__(scheduler.ready)
        self.scheduler = scheduler

    def popleft(self) -> Any:
        """Take the one that is chosen."""
        self.tidy()
        place, many = 0, len(self)
        if many > 1 and not self.scheduler.ending:
            place = self.scheduler.choose(many)
        self.rotate(-place)
        item = super().popleft()
        self.rotate(place)
        return item

    def tidy(self) -> None:
        """Take out those that were killed unbegun: they are no choices."""
        if self.scheduler.over:
            self.scheduler.over = False
            left = [t for t in self if getattr(t, "stack", None) is None]
            self.clear()
            self.extend(left or [self.scheduler.idle()])


def chooser(seed: int | dict[int, int] | Chooser) -> Chooser:
    """A function from how many there are to which of them is next."""
    if callable(seed):
        return seed
    if not isinstance(seed, dict):
        return Random(seed).randrange
    steps, count = seed, itertools.count(1)
    return lambda many: min(steps.get(next(count), 0), many - 1)

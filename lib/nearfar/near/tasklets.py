"""Tasklets: functions that take turns.

The one idea: a queue of those who can run. Whoever has to wait leaves the
processor to the first in the queue by switching straight to it; whoever can go
on again is put at the end. First in, first out, nothing else decides: the same
program gives the same order every time.

Read in this order: the verbs (`spawn`, `schedule`, `sleep`, `run`), what they
hand out (`Tasklet`), and then the machinery below the line, where one
`Scheduler` lives for one `run()` and a `Stack` is a greenlet that runs one
tasklet after another (making a greenlet costs twenty times as much as using
one again). Waiting for a message is in `channels`, for time in `clock`.

It is a long module, because a scheduler is one idea with many edges: killing,
time-outs, errors and nested runs all meet in the same queue.

Left out: priorities, and turns taken by force. A tasklet that never waits
keeps everybody else waiting. That is the price of knowing where switches
happen.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from random import Random
from threading import local

from greenlet import GreenletExit, getcurrent, greenlet

from .clock import SystemClock
from .deadlock import describe_deadlock
from .errors import Deadlock, Misuse

__all__ = [
    "spawn",
    "schedule",
    "sleep",
    "run",
    "current",
    "Tasklet",
]


def spawn(
    function: Callable,
    /,
    *args,
    name: str | None = None,
    daemon: bool = False,
    **kwargs,
) -> Tasklet:
    """Queue `function(*args, **kwargs)` as a new tasklet, at the end.

    It starts when its turn comes, inside `run()`. Without a `name` it is
    called after its function and its number. A `daemon` serves others: `run()`
    does not wait for it, and ends it when everybody else is done.
    """
    if not callable(function):
        raise Misuse(
            f"spawn() takes a function and its arguments, not {function!r}. "
            "Did you call the function yourself? spawn(f, x), not spawn(f(x))"
        )
    me = getcurrent()
    if type(me) is Stack:
        scheduler, spawner = me.scheduler, me.tasklet
    else:
        scheduler, spawner = _threads.next, None
    if kwargs:
        function = partial(function, **kwargs)
    tasklet = Tasklet(scheduler, spawner, function, args, name, daemon)
    if not daemon:
        scheduler.unfinished += 1
    scheduler.ready.append(tasklet)
    return tasklet


def schedule() -> None:
    """Let everybody else who can run have a turn first."""
    current_stack("schedule()").give_way()


def sleep(seconds: float) -> None:
    """Wait for at least this many seconds of the run's clock."""
    me = current_stack("sleep()")
    timer = me.scheduler.after(seconds, me.go_on)
    me.waits_for = timer
    me.park()


def current() -> Tasklet:
    """The tasklet that is running."""
    return current_stack("current()").tasklet


def run(
    until: Tasklet | None = None,
    *,
    timeout: float | None = None,
    clock=None,
    seed: int | dict[int, int] | None = None,
):
    """Run the spawned tasklets; return when all (but daemons) are done.

    With `until`, return as soon as that one is done, with its result. With
    `timeout` (seconds of the clock), raise TimeoutError after that. `clock` is
    a `SystemClock()` unless one is handed in.

    Who is next is decided first in, first out; with a `seed`, by a generator
    that gives the same order for the same seed on every machine. A dict
    replays an order: `{7: 2}` takes the one with two others before it at the
    7th choice, and the first one everywhere else.

    An error that no tasklet awaits comes out here, as itself, with the
    tasklet's name added. Raises `Deadlock` when tasklets are left and none can
    ever run. However it ends, those who are left are ended too (their
    `finally` blocks run): nothing lives on into the next `run()`.

    Inside a tasklet, `run()` runs those that this tasklet has spawned and that
    have not started yet, on the same clock unless another is handed in;
    everybody else stands still meanwhile.
    """
    main = getcurrent()
    outer = main.scheduler if type(main) is Stack else None
    _check_run(main, outer, until, timeout)
    if outer is None:
        scheduler, _threads.next = _threads.next, Scheduler()
    else:
        scheduler = outer.branch(main.tasklet)
        outer.clock.flush()  # it may stand still from now on
        clock = clock or outer.clock
    scheduler.begin(main, clock or SystemClock(), until, timeout, seed)
    try:
        if scheduler.unfinished and not (until and until.done):
            scheduler.ready.popleft().switch()
    except BaseException as error:
        scheduler.end(error)
        raise
    else:
        scheduler.end()
    finally:
        if outer is not None:
            outer.spawned = scheduler.spawned
        scheduler.clock.leave()
        if clock is None:  # nobody else knows it
            scheduler.clock.close()
    return until.result() if until is not None else None


class Tasklet:
    """A function that takes turns with others. Made by `spawn()`.

    `name` is what errors and pictures call it; `done` says whether it has
    ended.
    """

    __slots__ = (
        "scheduler",
        "spawner",
        "function",
        "args",
        "daemon",
        "number",
        "stack",
        "done",
        "_name",
        "_value",
        "_error",
        "_joiners",
        "_awaiters",
    )

    def __init__(self, scheduler, spawner, function, args, name, daemon):
        self.scheduler = scheduler
        self.spawner = spawner  # the tasklet that spawned it, if any
        self.function = function
        self.args = args
        self.daemon = daemon
        self.number = scheduler.spawned = scheduler.spawned + 1
        self.stack = None  # it has one from its first turn to its end
        self.done = False
        self._name = name
        self._joiners = None  # those who wait for its end
        self._awaiters = 0  # how many of them want its result

    @property
    def name(self) -> str:
        if self._name is None:
            function = getattr(self.function, "func", self.function)
            plain = getattr(function, "__name__", "tasklet")
            self._name = f"{plain}-{self.number}"
        return self._name

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, in whatever way.

        Raises TimeoutError when that takes longer than `timeout` seconds.
        """
        if self.done:
            return
        me = current_stack("join()")
        if self.scheduler is not me.scheduler:
            raise Misuse(f"{self!r} belongs to another run or thread")
        if self is me.tasklet:
            raise Misuse(f"{self.name} waits for its own end")
        self._joiners = self._joiners or deque()
        self._joiners.append(me)
        me.waits_for = self
        me.park(timeout)

    def result(self, timeout: float | None = None):
        """Wait until it has ended; return what it returned.

        Raises what it raised; RuntimeError if it was killed; TimeoutError
        when it takes longer than `timeout` seconds.
        """
        if not self.done:
            self._awaiters += 1
            try:
                self.join(timeout)
            finally:
                self._awaiters -= 1
        self.scheduler.untaken.pop(self, None)
        if isinstance(self._error, GreenletExit):
            raise RuntimeError(f"{self.name} was killed: it has no result")
        if self._error is not None:
            raise self._error
        return self._value

    def kill(self) -> None:
        """End it: at its next turn, with its `finally` blocks.

        One that has not started never will; one that has ended stays as it
        was. `kill()` itself does not wait; `join()` does.
        """
        self.throw(GreenletExit())

    def throw(self, error: BaseException) -> None:
        """Raise `error` in it, wherever it waits, at its next turn."""
        if not isinstance(error, BaseException):
            raise Misuse(f"throw() takes an exception object, not {error!r}")
        if self.done:
            return
        if self.scheduler is not current_scheduler():
            raise Misuse(f"{self!r} belongs to another run or thread")
        if self.stack is getcurrent():
            raise error
        self.interrupt(error)

    def interrupt(self, error):
        """Let it find `error` at its next turn; a first one, if need be."""
        if self.stack is not None:
            self.stack.interrupt(error)
        elif isinstance(error, GreenletExit):
            remove(self.scheduler.ready, self)
            following = self.scheduler.ended(self, None, error)
            if following is not None:
                self.scheduler.ready.append(following)
        else:
            self.name  # noqa: B018 - is made from the function
            self.function, self.args = _raise, (error,)

    def switch(self):
        """Its first turn: take a used stack, or start a new one."""
        scheduler = self.scheduler
        scheduler.alive[self] = None
        if scheduler.pool:
            self.stack = stack = scheduler.pool.pop()
            stack.tasklet = self
            stack.switch()
        else:
            self.stack = stack = Stack(parent=scheduler.main)
            stack.tasklet = self
            stack.scheduler = scheduler
            stack.ready = scheduler.ready
            stack.waits_for = None
            scheduler.hub.switch(stack)

    def leave(self, stack) -> bool:
        """Somebody stops waiting for its end. Was it still waiting?"""
        return self._joiners is not None and remove(self._joiners, stack)

    def describe_wait(self, stack) -> str:
        return f"for {self.name} to end"

    def __repr__(self):
        return f"<tasklet {self.name}{' (done)' if self.done else ''}>"


# --- The machinery -----------------------------------------------------------

NEVER = math.inf  # seconds
POLL_EVERY = 16  # turns between two looks at the sockets, while others run
TIDY = 1000  # timers; cancelled ones are dropped when there are more
KILLS = 10  # how often a tasklet may go on waiting while it is being ended


class Scheduler:
    """Everything that one `run()` needs; it ends with it."""

    def __init__(self):
        self.ready = deque()  # of whatever has a .switch()
        self.alive = {}  # tasklets that have begun and not ended, in order
        self.unfinished = 0  # how many of them run() waits for
        self.spawned = 0  # names and timers are numbered
        self.timed = 0
        self.tidy_at = TIDY
        self.pool = []  # stacks whose tasklet has ended
        self.timers = []  # a heap of (when, number, Timer)
        self.main = None  # the greenlet that is inside run()
        self.turn = None
        self.watching = 0  # how many wait for a socket
        self.deadline = NEVER  # of run() itself
        self.untaken = {}  # tasklet: an error on its way to an awaiter
        self.choose = None  # who is next, if that is not the first
        self.ending = False

    def begin(self, main, clock, until, timeout, seed):
        self.main = main
        self.clock = clock
        if seed is not None:
            self.choose = chooser(seed)
        if self.choose is not None:
            self.ready = Shuffled(self.ready, self.choose)
        clock.enter(self)
        self.renew_stacks()
        if until is not None and not until.done:
            self.unfinished += until.daemon
            until.daemon = False
            until._awaiters += 1
            until._joiners = deque([main])
        if timeout is not None:
            self.deadline = clock.now() + timeout
            self.look_at_clock()

    def renew_stacks(self):
        """Forget used stacks, and start new ones from a new shallow place.

        A new greenlet inherits the recursion depth of the one that starts it.
        """
        self.pool.clear()
        self.hub = greenlet(_start_stacks, parent=self.main)

    def unbegun(self) -> list[Tasklet]:
        """Those in the queue whose first turn is still to come."""
        return [item for item in self.ready if type(item) is Tasklet]

    def members(self) -> list[Tasklet]:
        """Those who have begun and not ended, then those who have not begun."""
        return [*self.alive, *self.unbegun()]

    def expect(self, many: int) -> None:
        """Let run() wait for this many more tasklets, still to be spawned."""
        self.unfinished += many

    def spawn(self, function, args, name, daemon, spawner=None) -> Tasklet:
        """Queue a new tasklet at the end."""
        tasklet = Tasklet(self, spawner, function, args, name, daemon)
        if not daemon:
            self.unfinished += 1
        self.ready.append(tasklet)
        return tasklet

    def branch(self, spawner):
        """Take the unstarted tasklets of one spawner into a new scheduler."""
        inner = Scheduler()
        mine = [t for t in self.unbegun() if t.spawner is spawner]
        for tasklet in mine:
            self.ready.remove(tasklet)
            self.unfinished -= not tasklet.daemon
            tasklet.scheduler = inner
            inner.unfinished += not tasklet.daemon
        inner.ready.extend(mine)
        inner.spawned = self.spawned
        inner.choose = self.choose
        return inner

    def ended(self, tasklet, value, error):
        """Settle a tasklet's end. Returns who is next, if that is special."""
        tasklet.done = True
        tasklet._value = value
        tasklet._error = error
        tasklet.args = ()  # it may be kept, as the spawner of others
        tasklet.stack = None
        self.alive.pop(tasklet, None)
        if tasklet._joiners:
            self.ready.extend(tasklet._joiners)
            tasklet._joiners = None
        if not tasklet.daemon:
            self.unfinished -= 1
        if error is not None and not isinstance(error, GreenletExit):
            error.add_note(f"in tasklet {tasklet.name}")
            if not tasklet._awaiters:
                return Interrupt(self.main, error)
            self.untaken[tasklet] = error
        return None if self.unfinished else self.main

    def idle(self):
        """Who runs when nobody can: `main`, with a Deadlock."""
        if self.ending:
            return self.main
        return Interrupt(self.main, Deadlock(describe_deadlock(self.alive)))

    def after(self, seconds, action):
        """Call `action()` this many seconds from now, unless cancelled."""
        check_seconds(seconds)
        timer = Timer(self.clock.now() + seconds, action)
        if seconds == NEVER:
            return timer  # it never comes
        self.timed += 1
        heapq.heappush(self.timers, (timer.when, self.timed, timer))
        if len(self.timers) > self.tidy_at:  # most of them are cancelled
            self.timers[:] = [t for t in self.timers if t[2].action]
            heapq.heapify(self.timers)
            self.tidy_at = 2 * len(self.timers) + TIDY
        self.look_at_clock()
        return timer

    def look_at_clock(self):
        """From now on, look at timers and sockets once in every round."""
        if self.turn is None:
            self.turn = ClockTurn(self)
            self.ready.append(self.turn)

    def end(self, error=None):
        """End all who are left; what goes wrong there is not lost."""
        self.ending = True
        if isinstance(self.ready, Shuffled):
            self.ready.choose = lambda many: 0
        first = error
        for tasklet in list(self.alive):
            first = self._end_one(tasklet, first)
        self._clear()
        for stack in self.pool:  # a suspended frame is never collected
            stack.throw(GreenletExit)
        self.pool.clear()
        self.hub = None
        self.clock.flush()
        if first is None and self.untaken:
            first = next(iter(self.untaken.values()))
        if first is not error:
            raise first

    def _end_one(self, tasklet, first):
        """End it; return the first error there was in ending all."""
        for _ in range(KILLS):
            self._clear()
            if tasklet.done or getattr(tasklet.stack, "dead", False):
                break
            try:
                tasklet.interrupt(GreenletExit())
                self.ready.append(self.main)
                self.ready.popleft().switch()
            except BaseException as another:
                first = first or another
                if first is not another:
                    first.add_note(f"and while ending: {another!r}")
        self.alive.pop(tasklet, None)  # if it will not end, it is left alone
        return first

    def _clear(self):
        """Forget who could run; those who have not begun never will."""
        for tasklet in self.unbegun():
            tasklet.done, tasklet._error = True, GreenletExit()
        self.ready.clear()
        self.timers.clear()

    def _run_timed_out(self):
        names = ", ".join(t.name for t in self.members() if not t.daemon)
        return TimeoutError(f"run() timed out; not done yet: {names}")


class Shuffled(deque):
    """A run queue whose next one is not always the first."""

    def __init__(self, ready, choose):
        super().__init__(ready)
        self.choose = choose

    def popleft(self):
        place = self.choose(len(self)) if len(self) > 1 else 0
        if place == 0:
            return super().popleft()
        self.rotate(-place)
        item = super().popleft()
        self.rotate(place)
        return item


def chooser(seed) -> Callable[[int], int]:
    """A function from how many there are to which of them is next."""
    if callable(seed):
        return seed
    if not isinstance(seed, dict):
        return Random(seed).randrange
    count = itertools.count(1)
    return lambda many: min(seed.get(next(count), 0), many - 1)


class Stack(greenlet):
    """A greenlet that runs tasklets, one after another, without a switch."""

    __slots__ = ("tasklet", "scheduler", "ready", "value", "waits_for")

    def run(self):
        scheduler, ready = self.scheduler, self.ready
        while True:
            tasklet = self.tasklet
            value = error = None
            try:
                if tasklet.args:
                    value = tasklet.function(*tasklet.args)
                else:  # a call that needs less of the C stack
                    value = tasklet.function()
            except BaseException as raised:
                error = raised
                if self.waits_for is not None:  # interrupted while it waited
                    self.waits_for.leave(self)
            following = scheduler.ended(tasklet, value, error)
            self.value = self.waits_for = tasklet = value = error = None
            if following is None:
                following = ready.popleft() if ready else scheduler.idle()
                if type(following) is Tasklet:
                    scheduler.alive[following] = None
                    following.stack = self
                    self.tasklet = following
                    continue
            self.tasklet = None
            scheduler.pool.append(self)
            following.switch()

    def give_way(self):
        """Go to the end of the queue."""
        self.waits_for = None
        self.ready.append(self)
        self.ready.popleft().switch()

    def park(self, timeout=None):
        """Switch to whoever is next. Somebody must wake this stack again."""
        ready = self.ready
        if timeout is None:
            (ready.popleft() if ready else self.scheduler.idle()).switch()
            return
        timer = None
        try:
            timer = self.scheduler.after(
                timeout, lambda: self._timed_out(timeout)
            )
            (ready.popleft() if ready else self.scheduler.idle()).switch()
        finally:
            if timer is None:  # refused: nobody waits
                self.waits_for.leave(self)
            else:
                timer.leave(self)

    def look_early(self) -> None:
        """Look at sockets now, if that keeps no other tasklet from running.

        It saves two switches.
        """
        scheduler = self.scheduler
        if scheduler.turn is None:
            scheduler.look_at_clock()
        if len(self.ready) == 1:  # the clock's turn
            scheduler.turn.take_early(scheduler.clock)

    def go_on(self):
        """Queue it: what it waited for has happened."""
        self.ready.append(self)

    def interrupt(self, error):
        """Raise an error where it waits, at its turn; a kill stays a kill."""
        waits_for, self.waits_for = self.waits_for, None
        if waits_for is None or not waits_for.leave(self):
            for place, other in enumerate(self.ready):
                if other is self or getattr(other, "target", None) is self:
                    pending = getattr(other, "error", None)
                    if not isinstance(pending, GreenletExit):
                        self.ready[place] = Interrupt(self, error)
                    return
        self.resume_with(error)

    def resume_with(self, error):
        """Queue it: what it waited for has failed."""
        self.ready.append(Interrupt(self, error))

    def _timed_out(self, timeout):
        if self.waits_for is None:
            return
        what = self.waits_for.describe_wait(self)  # while it still stands there
        if self.waits_for.leave(self):
            self.resume_with(
                TimeoutError(
                    f"{self.tasklet.name} waited {what} for {timeout} s"
                )
            )


class Interrupt:
    """Stands in the run queue for one who resumes with an error."""

    __slots__ = ("target", "error")

    def __init__(self, target, error):
        self.target = target
        self.error = error

    def switch(self):
        error = self.error
        self.target.throw(type(error), error, error.__traceback__)


class Timer:
    """Something to do at a time. `action` is None once that is settled."""

    __slots__ = ("when", "action")

    def __init__(self, when, action):
        self.when = when
        self.action = action

    def leave(self, stack) -> bool:
        """Cancel it. Was it still to come?"""
        pending, self.action = self.action is not None, None
        return pending

    def describe_wait(self, stack) -> str:
        return f"until {self.when:g}"


class ClockTurn:
    """The clock's place in the run queue.

    It stands there only while somebody waits for a time or a socket, so that
    everybody else pays nothing. Its turn is the time to look.
    """

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.turns = 0

    def switch(self):
        scheduler = self.scheduler
        ready, clock = scheduler.ready, scheduler.clock
        try:
            clock.round += 1
            if clock.unsent:
                clock.flush()
            self._look(scheduler, ready, clock)
        except BaseException as error:  # an interrupt belongs to run()
            following = Interrupt(scheduler.main, error)
        else:
            following = ready.popleft() if ready else scheduler.idle()
        if following is not getcurrent():
            following.switch()

    def take_early(self, clock):
        """Its turn, for one who would wait and keeps nobody from running.

        It saves two switches. Now and then it does nothing, so that those who
        sleep are woken, too.
        """
        clock.round += 1
        scheduler = self.scheduler
        if clock.round % POLL_EVERY == 0 or scheduler.ending:
            return
        until, timers = scheduler.deadline, scheduler.timers
        if timers and timers[0][0] < until:
            until = timers[0][0]
        try:
            if clock.unsent:
                clock.flush()
            clock.wait(until)
        except BaseException as error:  # as in switch()
            scheduler.ready.append(Interrupt(scheduler.main, error))

    def _look(self, scheduler, ready, clock):
        timers = scheduler.timers
        self.turns += 1
        while True:
            while timers and timers[0][2].action is None:
                heapq.heappop(timers)  # cancelled
            waiting = bool(timers or scheduler.watching)
            if waiting and not ready:
                until = scheduler.deadline
                if timers and timers[0][0] < until:
                    until = timers[0][0]
                clock.wait(until)
            elif scheduler.watching and (
                self.turns % POLL_EVERY == 0
                or (timers and timers[0][0] <= clock.now())  # look, then ring
            ):
                clock.wait(0.0)
            if timers or scheduler.deadline < NEVER:
                self._ring(scheduler, timers, clock.now())
            if not (ready or waiting):
                return  # for ever
            if ready and (waiting or scheduler.deadline < NEVER):
                ready.append(self)
                return
            if ready:
                scheduler.turn = None
                return

    def _ring(self, scheduler, timers, now):
        """Do what is due by now."""
        while timers and timers[0][0] <= now:
            timer = heapq.heappop(timers)[2]
            action, timer.action = timer.action, None
            if action is not None:
                action()
        if now >= scheduler.deadline:
            scheduler.deadline = NEVER
            raise scheduler._run_timed_out()


class _Threads(local):
    """For each thread, the scheduler of its next run()."""

    def __init__(self):
        self.next = Scheduler()


_threads = _Threads()


@contextmanager
def apart():
    """Spawn and run in here as if nothing had been spawned before."""
    before, _threads.next = _threads.next, Scheduler()
    try:
        yield
    finally:
        _threads.next = before


def _check_run(main, outer, until, timeout):
    """Refuse a wrong call of run() while nothing has happened yet."""
    if timeout is not None:
        check_seconds(timeout)
    if until is None:
        return
    if outer is None:
        known = until.scheduler is _threads.next
    else:
        fresh = until.stack is None and until.scheduler is outer
        known = fresh and until.spawner is main.tasklet
    if not known:
        raise Misuse(
            f"run(until={until!r}): it is not one of the tasklets spawned for "
            "this run. Spawn it anew, in this thread, before run()"
        )


def check_seconds(seconds: float) -> None:
    """Raise Misuse unless that is a time to wait."""
    if not isinstance(seconds, int | float) or not seconds >= 0:
        raise Misuse(f"a time to wait is 0 or more seconds, not {seconds!r}")


def _raise(error):
    raise error


def _start_stacks(stack):
    while True:
        stack = stack.switch()


def current_scheduler() -> Scheduler:
    """The scheduler of this run; outside of one, of this thread's next run."""
    me = getcurrent()
    return me.scheduler if type(me) is Stack else _threads.next


def now() -> float:
    """What the clock of this run says, in its seconds."""
    return current_stack("now()").scheduler.clock.now()


def current_stack(what: str) -> Stack:
    """The stack that runs. Raises Misuse if no tasklet does, and names `what`.

    Where time is short, `type(getcurrent()) is Stack` asks the same.
    """
    me = getcurrent()
    if type(me) is not Stack:
        raise Misuse(
            f"{what} works inside a tasklet only. "
            "Put it into a function, spawn(...) that, then run()"
        )
    return me


def remove(queue, item) -> bool:
    """Take an item out. Was it there?"""
    try:
        queue.remove(item)
    except (ValueError, AttributeError):
        return False
    return True

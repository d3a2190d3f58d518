"""The 2006 names: tasklets and channels by the rules of Stackless Python.

`from nearfar import stackless` is the one line that changes in a program of
2006, once its prints have their parentheses. The rules are those of Stackless
Python 3.8, also where `nearfar`'s own channels have better ones: `run()`
returns silently when every tasklet is blocked, and `close()` wakes none.

The one idea: a ring. The tasklet that runs stands first, those that can run
stand behind it, and the end of the queue is the place just before the one that
runs. The ring is a linked list through the tasklets themselves, and so is the
row of those that wait in a channel: every verb moves one tasklet by changing
its neighbours, however many there are, and then turns the ring to the next.
The thread's own program is in it too: it is the main tasklet, and it waits in
a channel like any other. A tasklet finds in its `tempval` what it is handed
when its turn comes; a `bomb` there goes off as an error.

Read in this order: the verbs (`run`, `schedule`, ...), `tasklet`, `channel`,
then `_World`, one for each thread: it is the `Scheduler` of `tasklets`, with
its queue and its stacks, and with other rules for who is next. Last come the
callbacks and the names that only old programs and their test suites ask for.
There are some seventy names to keep: that is why the module is a long one.

Context variables: a tasklet starts with a copy of what the program has set
outside of all tasklets, as it is at its first turn, and not of its spawner's.

Left out: pickling tasklets, soft switching, C stacks, interrupts:
`run(timeout)` counts turns for instructions, and only with `totaltimeout`.
A tasklet that has begun and is forgotten is not freed: `kill()` it, or it
stays until its thread ends.
"""

from __future__ import annotations

import builtins
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from inspect import Parameter, isfunction, signature
from types import FrameType, GetSetDescriptorType, TracebackType
from typing import TYPE_CHECKING

from greenlet import GreenletExit, greenlet
from greenlet import getcurrent as running_greenlet

from .near import SystemClock, lowlevel

__all__ = [
    "run",
    "schedule",
    "schedule_remove",
    "getcurrent",
    "getmain",
    "getruncount",
    "tasklet",
    "channel",
    "TaskletExit",
    "atomic",
    "bomb",
    "set_channel_callback",
    "get_channel_callback",
    "set_schedule_callback",
    "get_schedule_callback",
    "set_error_handler",
    "switch_trap",
    "enable_softswitch",
    "getcurrentid",
    "getthreads",
    "get_thread_info",
    "stackless",
]

stackless = sys.modules[__name__]  # the module has always contained itself
ThrownError = type[BaseException] | BaseException


class TaskletExit(SystemExit):
    """Ends a tasklet silently. It is among the builtins, too."""


builtins.TaskletExit = TaskletExit  # type: ignore[attr-defined]


def run(
    timeout: int = 0,
    threadblock: bool = False,
    soft: bool = False,
    ignore_nesting: bool = False,
    totaltimeout: bool = False,
) -> tasklet | None:
    """Leave the queue until it is empty; then return, also if some are blocked.

    A tasklet's uncaught error comes out here and leaves the others queued.
    `run()` inside a tasklet is allowed: the innermost one returns first. With
    `threadblock` it waits for messages from other threads before it returns.

    With `totaltimeout` it returns after `timeout` instructions, each turn
    counted as 100 of them. Unless it is `soft`, it then gives back the tasklet
    whose turn it was, taken out of the queue.
    """
    world = _threads.world
    me = world.current
    world.check_trap()
    world.threadblock = threadblock
    try:
        world.withdraw(me)
        world.runs.append(me)
        if timeout > 0 and totaltimeout and world.runs[0] is None:
            world.runs[0] = me
            world.turns = max(timeout // INSTRUCTIONS, 1)
        world.switch(world.next_one())
    finally:
        world.stop_running(me)
    victim, world.interrupted = world.interrupted, None
    return None if victim is None or soft else victim.remove()


_ME = object()  # stands for the current tasklet, as a default


def schedule(retval: object = _ME) -> object:
    """Go to the end of the queue. Returns `retval` (else the current one)."""
    world = _threads.world
    me = world.current
    if me._next is not me:
        world.check_trap()
    me._tempval = me if retval is _ME else retval
    world.head = following = me._next
    return world.switch(following)


def schedule_remove(retval: object = _ME) -> object:
    """Leave the queue. Another tasklet must `insert()` or `run()` it again."""
    world = _threads.world
    me = world.current
    world.check_trap()
    me._tempval = me if retval is _ME else retval
    world.withdraw(me)
    return world.switch(world.next_one())


def getcurrent() -> tasklet:
    """The tasklet that is running; also `stackless.current`."""
    return _threads.world.current


def getmain() -> tasklet:
    """The one that stands for the thread itself; also `stackless.main`."""
    return _threads.world.main_tasklet


def getruncount() -> int:
    """How many can run, the current one among them; not the blocked ones."""
    return _threads.world.count


if TYPE_CHECKING:
    from builtins import property as _attribute
else:

    class _attribute(property):
        """A computed attribute; to inspection, one written in C."""

        __class__ = GetSetDescriptorType


class tasklet:
    """A function that takes turns: `tasklet(function)(*args)` queues it.

    `tempval` is what it will be handed at its next turn; before it has
    arguments, it is its function.
    """

    __slots__ = (
        "_tempval",
        "_atomic",  # kept for old programs: no tasklet is interrupted anyway
        "_ignore_nesting",  # the same
        "_block_trap",
        "_world",
        "_call",  # function, args, kwargs; None: not set up, or dead
        "_stack",  # the greenlet it has left; None before its first turn
        "_channel",  # where it is blocked
        "_next",  # its neighbours in the ring or in a channel; None: in neither
        "_prev",
        "__weakref__",
    )
    _tempval: object
    _atomic: bool
    _ignore_nesting: bool
    _block_trap: bool
    _world: _World
    _call: tuple | None
    _stack: greenlet | None
    _channel: channel | None
    _next: tasklet | None
    _prev: tasklet | None
    nesting_level = recursion_depth = 0
    trace_function = profile_function = None

    def __new__(cls, *args, **kwargs):
        world = _threads.world
        return cls._bare(world, world.current._atomic)

    @classmethod
    def _bare(cls, world, atomic):
        self = object.__new__(cls)
        self._world, self._atomic = world, atomic
        self._ignore_nesting = self._block_trap = False
        self._tempval = self._call = self._stack = self._channel = None
        self._next = self._prev = None
        return self

    def __init__(self, *args, **kwargs):
        self.bind(*args, **kwargs)

    def bind(
        self,
        func: Callable | None = None,
        args: tuple | None = None,
        kwargs: dict | None = None,
    ) -> tasklet:
        """Give it a function (or take it away), but do not queue it.

        With arguments it is alive and paused, and `insert()` or `run()` will
        do. One that is scheduled or has started keeps its function. `args` is
        a tuple, or another iterable: a text gives its letters.
        """
        if not (func is None or callable(func)):
            raise TypeError("tasklet function must be a callable or None")
        if not (args is None or isinstance(args, Iterable)):
            raise TypeError(f"args must be a tuple or None, not {args!r}")
        if not (kwargs is None or isinstance(kwargs, Mapping)):
            raise TypeError(f"kwargs must be a dict or None, not {kwargs!r}")
        if self is self._world.current or self is self._world.main_tasklet:
            which = "current" if self is self._world.current else "main"
            raise RuntimeError(f"can't unbind the {which} tasklet")
        if self._next is not None:
            raise RuntimeError("tasklet is scheduled")
        self._need_no_stack()
        self._call = None
        if args is None and kwargs is None:
            self._tempval = func
        else:
            given = tuple(args or ()), dict(kwargs or {})
            self._set_up(func or self._tempval, *given)
        return self

    def setup(self, /, *args, **kwargs) -> tasklet:
        """Give it its arguments and queue it; calling it does the same."""
        if self._alive():
            raise RuntimeError("tasklet is alive")
        self._set_up(self._tempval, args, kwargs)
        return self._world.insert(self)

    __call__ = setup

    def _set_up(self, function, args, kwargs):
        self._need_thread()
        if not callable(function):
            raise RuntimeError("the tasklet was not bound to a function")
        self._call = function, args, kwargs
        self._tempval = None

    def _begin(self):
        """Its first turn. It may find an error that was thrown into it."""
        self._world.started[self] = None
        self._world.handed(self)
        function, args, kwargs = self._call
        return function(*args, **kwargs)

    def insert(self) -> tasklet:
        """Queue it at the end, unless it is there already."""
        self._need_runnable()
        return self._world.insert(self)

    def remove(self) -> tasklet:
        """Take it out of the queue: it is paused."""
        if self._channel is not None:
            raise RuntimeError("You cannot remove a blocked tasklet.")
        if self is self._world.current:
            raise RuntimeError("The current tasklet cannot be removed.")
        self._world.withdraw(self)
        return self

    def run(self) -> object:
        """Jump to it. What stands behind it runs before this one goes on."""
        self._need_runnable()
        world = _threads.world
        if self._world is world:
            return world.jump(self)
        if self._next is None:
            self._world.insert_next(self)
        return world.handed(world.current)

    def switch(self) -> object:
        """Jump to it, and leave the queue."""
        self._need_runnable()
        if self._world is not _threads.world:
            raise RuntimeError("can't switch to a different thread.")
        return self._world.jump(self, keep_current=False)

    def kill(self, pending: bool = False) -> None:
        """Raise TaskletExit in it, now; if `pending`, when its turn comes.

        One that has not started never will; to a dead one nothing happens.
        """
        if self._alive():
            self.throw(TaskletExit, pending=pending)
        elif self._channel is not None:  # its thread has ended, without it
            self._channel._leave(self)

    def throw(
        self,
        exc: ThrownError,
        val: object = None,
        tb: TracebackType | None = None,
        pending: bool = False,
    ) -> None:
        """Raise an error in it, wherever it is: `exc(val)`, or `exc` itself.

        Now, and what stands behind it runs before this one goes on; or, if
        `pending`, at its next turn. RuntimeError if it is dead.
        """
        error = bomb.checked(exc, val, tb)
        world = _threads.world
        if self is world.current:
            error.explode()
        self._need_thread()
        if self._alive():
            world.throw(self, error, pending)
        elif not issubclass(error.type, TaskletExit):
            raise RuntimeError("You cannot throw to a dead tasklet")

    def raise_exception(
        self, exc_class: type[BaseException], *args: object
    ) -> None:
        """Raise `exc_class(*args)` in it, now. RuntimeError if it is dead."""
        self.throw(exc_class, args)

    def bind_thread(self, thread_id: int = -1) -> None:
        """Move it to that thread, or to this one, before it has started."""
        world = _worlds.get(thread_id)
        if thread_id == -1:
            world = _threads.world
        if world is None:
            raise ValueError("bad thread")
        if world is not self._world:
            if self._next is not None and self._channel is None:
                raise RuntimeError("can't (re)bind a runnable tasklet")
            self._need_no_stack()
            self._world = world

    def _need_runnable(self):
        if self._channel is not None:
            raise RuntimeError("You cannot run a blocked tasklet")
        if not self._alive():
            raise RuntimeError("You cannot run an unbound(dead) tasklet")

    def _need_thread(self):
        if self._world.over:
            raise RuntimeError("tasklet has no thread")

    def _need_no_stack(self):
        if self._stack is not None:
            raise RuntimeError("tasklet has C state on its stack")

    def _alive(self):
        return self._call is not None and not self._world.over

    def _paused(self):
        return self._next is None and self._alive()

    # What a subclass may call as it likes: the machinery never reads these.

    #: It has its arguments and has not ended.
    alive = _attribute(lambda t: t._alive())
    #: It waits in a channel.
    blocked = _attribute(lambda t: t._channel is not None)
    #: It is in the queue, or waits in a channel.
    scheduled = _attribute(lambda t: t._next is not None)
    #: It is alive, but in no queue.
    paused = _attribute(lambda t: t._paused())
    #: It is the one that runs, in its thread.
    is_current = _attribute(lambda t: t is t._world.current)
    #: It stands for its thread.
    is_main = _attribute(lambda t: t is t._world.main_tasklet)
    #: In Stackless it could have been pickled.
    restorable = _attribute(
        lambda t: (
            t is not t._world.main_tasklet
            and not (t._stack and (t._paused() or t._world.over))
        )
    )
    #: The thread it belongs to; -1 once that has ended.
    thread_id = _attribute(lambda t: t._world.thread_id)
    #: Kept for old programs: see `set_atomic()`.
    atomic = _attribute(lambda t: t._atomic)
    #: Kept for old programs: see `set_ignore_nesting()`.
    ignore_nesting = _attribute(lambda t: t._ignore_nesting)

    @_attribute
    def next(self) -> tasklet | None:
        """The one behind it, in the ring or in a channel; or None."""
        last = self._channel is not None and self._next is self._channel._first
        return None if last else self._next

    @_attribute
    def prev(self) -> tasklet | None:
        """The one before it, in the ring or in a channel; or None."""
        first = self._channel is not None and self is self._channel._first
        return None if first else self._prev

    @_attribute
    def tempval(self) -> object:
        """What it will be handed at its next turn."""
        return self._tempval

    @tempval.setter
    def tempval(self, value: object):
        self._tempval = value

    @_attribute
    def block_trap(self) -> bool:
        """True: to have to wait in a channel is an error."""
        return self._block_trap

    @block_trap.setter
    def block_trap(self, value: bool):
        self._block_trap = bool(value)

    @_attribute
    def frame(self) -> FrameType | None:
        """Where in the source it stands; None if it has not started."""
        if self is _threads.world.current:
            return sys._getframe(1)
        frame = getattr(self._stack, "gr_frame", None)
        while frame and _is_ours(frame):
            frame = frame.f_back
        return frame

    def set_atomic(self, flag: int) -> bool:
        """Set `atomic`; return what it was."""
        before, self._atomic = self._atomic, bool(flag)
        return before

    def set_ignore_nesting(self, flag: int) -> bool:
        """Set `ignore_nesting`; return what it was."""
        before, self._ignore_nesting = self._ignore_nesting, bool(flag)
        return before

    def __reduce__(self):
        if self._alive():
            raise TypeError("a tasklet that is alive cannot be pickled here")
        return type(self), ()


class channel:
    """A meeting place for senders and receivers.

    `balance` says how many wait: senders count +1, receivers -1.
    """

    __slots__ = (
        "_balance",
        "_closing",
        "_first",  # of all senders or all receivers that wait; or None
        "_preference",
        "_schedule_all",
        "__weakref__",
    )
    _balance: int
    _closing: bool
    _first: tasklet | None
    _preference: int
    _schedule_all: int

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self._balance = self._schedule_all = 0
        self._closing = False
        self._first = None
        self._preference = -1
        return self

    def send(self, value: object) -> None:
        """Hand `value` to a receiver; wait for one if need be."""
        self._meet(value, 1)

    def receive(self) -> object:
        """Take a value from a sender; wait for one if need be."""
        return self._meet(None, -1)

    def send_exception(self, exc: type[BaseException], *args: object) -> None:
        """Send `exc(*args)`: the receiver finds it raised."""
        self.send(bomb.checked(exc, args))

    def send_throw(
        self,
        exc: ThrownError,
        val: object = None,
        tb: TracebackType | None = None,
    ) -> None:
        """Send an error as it was caught, with its traceback."""
        self.send(bomb.checked(exc, val, tb))

    def send_sequence(self, seq: Iterable) -> int:
        """Send one after another; return how many."""
        count = 0
        for value in seq:
            self.send(value)
            count += 1
        return count

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> object:
        """The next value. Ends when it is closed, or sent a StopIteration."""
        if self._closing and not self._balance:
            raise StopIteration
        return self.receive()

    def close(self) -> None:
        """Let no tasklet wait here any more; those that wait already can stay.

        Their values can be received; then send and receive are ValueErrors.
        """
        self._closing = True

    def open(self) -> None:
        """Undo `close()`."""
        self._closing = False

    #: How many wait: senders count +1, receivers -1.
    balance = _attribute(lambda c: c._balance)
    #: `close()` was called.
    closing = _attribute(lambda c: c._closing)
    #: `close()` was called and no tasklet waits any more.
    closed = _attribute(lambda c: c._closing and not c._balance)
    #: The one that has waited longest, or None; its `next` is the second.
    queue = _attribute(lambda c: c._first)

    @_attribute
    def preference(self) -> int:
        """Who goes on when two meet: -1 the receiver, at once; 1 the sender,
        at once; 0 the second to arrive, and the other one is queued."""
        return self._preference

    @preference.setter
    def preference(self, value: int):
        if not isinstance(value, int):
            raise TypeError("preference must be set to an integer")
        self._preference = (value > 0) - (value < 0)

    @_attribute
    def schedule_all(self) -> int:
        """True: neither; both go to the end. This overrides `preference`."""
        return self._schedule_all

    @schedule_all.setter
    def schedule_all(self, value: int):
        if not isinstance(value, int):
            raise TypeError("schedule_all must be set to a bool or integer")
        self._schedule_all = int(bool(value))

    def _meet(self, value, direction):
        """Send (1) or receive (-1).

        Threads may meet here, and an interrupt may come. Between the look at
        the balance and the last of the neighbours there is no call, so that
        neither gets between.
        """
        world = _threads.world
        me = world.current
        me._tempval = value
        if _callbacks.channel is not None or world.trap:
            self._before_meeting(world, me, direction)
        if self._balance * direction >= 0:  # none there to meet
            if me._block_trap or self._closing:
                self._refuse(me)
            self._balance += direction
            me._channel = self
            following = me._next  # leave the ring ...
            world.count -= 1
            if following is me:
                following = None
            else:
                following._prev = before = me._prev
                before._next = following
            world.head = following
            first = self._first  # ... and stand last in the channel
            if first is None:
                self._first = me._next = me._prev = me
            else:
                me._prev = last = first._prev
                me._next = first
                last._next = first._prev = me
            try:
                if following is None:
                    following = world.next_one()
                return world.switch(following)
            except BaseException:
                world.regain(me)  # if this is an interrupt, it still waits
                raise
        other = self._first
        other._channel = None
        self._balance += direction
        following = other._next  # leave the channel ...
        if following is other:
            self._first = None
        else:
            following._prev = last = other._prev
            last._next = self._first = following
        me._tempval, other._tempval = other._tempval, value
        if other._world is not world:
            other._next = None
            other._world.insert_last(other)
            return world.handed(me)
        world.count += 1
        if self._preference == -direction and not self._schedule_all:
            other._prev = me  # ... and stand behind the one that runs
            other._next = following = me._next
            me._next = following._prev = other
            world.head = other
            return world.switch(other)
        other._next = me  # ... and stand last in the ring
        other._prev = last = me._prev
        last._next = me._prev = other
        if self._schedule_all:
            world.head = following = me._next
            return world.switch(following)
        value, me._tempval = me._tempval, None  # as in handed(), but faster
        if type(value) is bomb:
            value.explode()
        return value

    def _before_meeting(self, world, me, direction):
        blocks = self._balance * direction >= 0
        try:
            if _callbacks.channel is not None:
                about = self, me, direction > 0, blocks
                world.call_back(_callbacks.channel, *about)
            if blocks or self._schedule_all or self._preference == -direction:
                world.check_trap()
        except BaseException:
            me._tempval = None
            raise

    def _refuse(self, me):
        me._tempval = None
        if me._block_trap:
            raise RuntimeError("this tasklet does not like to be blocked.")
        raise ValueError("Send/receive operation on a closed channel")

    def _leave(self, one):
        """One stops waiting: the balance is put right."""
        self._balance -= 1 if self._balance > 0 else -1
        one._channel = None
        following, before = one._next, one._prev
        one._next = one._prev = None
        if following is one:
            self._first = None
        else:
            following._prev, before._next = before, following
            if self._first is one:
                self._first = following


class bomb:
    """An error on its way: a tasklet that receives it finds it raised.

    Made of `sys.exc_info()`, as one tuple or as three arguments.
    """

    def __init__(self, type=None, value=None, traceback=None):
        if isinstance(type, tuple):
            type, value, traceback = type
        self.type, self.value, self.traceback = type, value, traceback

    @classmethod
    def checked(cls, exc, val=None, tb=None):
        """One that can be raised; else TypeError."""
        if not (tb is None or isinstance(tb, TracebackType)):
            raise TypeError("third argument must be a traceback object")
        if isinstance(exc, BaseException):
            if val not in (None, ()):
                raise TypeError(
                    "instance exception may not have a separate value"
                )
            return cls(type(exc), exc, tb)
        if not (isinstance(exc, type) and issubclass(exc, BaseException)):
            raise TypeError(
                f"exceptions must be classes, or instances, not {exc!r}"
            )
        return cls(exc, val, tb)

    def explode(self):
        """Raise it, as `raise type, value, traceback` did in 2006."""
        error = self.value
        if not isinstance(error, BaseException):
            args = () if error is None else error
            error = self.type(*args if isinstance(args, tuple) else (args,))
        raise error.with_traceback(self.traceback)


class atomic:
    """`with atomic():` the current tasklet is `atomic` meanwhile."""

    def __enter__(self):
        self._before = getcurrent().set_atomic(True)

    def __exit__(self, *exc_info):
        getcurrent().set_atomic(self._before)


# --- The machinery -----------------------------------------------------------

KEPT_STACKS = 100  # unused stacks that are kept from one run() to the next
INSTRUCTIONS = 100  # what a turn counts against a timeout
KILLS = 10  # how often a tasklet may go on while its thread is ending
POLL_S = 0.001  # how often a thread looks for messages from others
GRACE_S = 1.0  # how long it waits for a thread that has not used us yet
DEADLOCK = "Deadlock: the last runnable tasklet cannot be blocked."
RECEIVING = "the main tasklet is receiving without a sender available."
SENDING = "the main tasklet is sending without a receiver available."


class _World(lowlevel.Scheduler):
    """The ring of one thread.

    `head` is the one that stands first: `current`, as soon as it runs. None:
    the ring is empty.
    """

    __slots__ = (  # a dict of more than thirty names would be slower
        *("thread_id", "main_tasklet", "current", "head", "count", "runs"),
        *("started", "turns", "interrupted", "trap"),
        *("asleep", "threadblock", "calling_back", "over"),
    )

    def __init__(self, thread):
        super().__init__()
        root = running_greenlet()
        while root.parent is not None:
            root = root.parent
        self.main, self.clock = root, SystemClock()
        self.renew_stacks()
        self.thread_id = thread
        self.main_tasklet = self.current = tasklet._bare(self, False)
        self.main_tasklet._call = getmain, (), {}  # only to be alive
        self.head, self.count = None, 0
        self.insert_last(self.current)
        self.runs = [None]  # who is inside run(); first, who has a timeout
        self.started = {}  # tasklets that have begun and not ended
        self.turns = None  # how many are left of that timeout
        self.interrupted = None  # whose turn it was when none was left
        self.trap = 0
        self.asleep = self.threadblock = self.calling_back = False
        self.over = False  # its thread has ended

    def insert_last(self, one):
        """Put it at the end, just before the head. It stands nowhere yet."""
        self.count += 1
        head = self.head
        if head is None:
            self.head = one._next = one._prev = one
        else:
            one._prev = last = head._prev
            one._next = head
            last._next = head._prev = one

    def insert_next(self, one):
        """Put it second, just behind the head. It stands nowhere yet."""
        head = self.head
        if head is not None:
            self.head = head._next
        self.insert_last(one)
        if head is not None:
            self.head = head

    def unlink(self, one):
        """Take it out of the ring; its follower may become the head."""
        self.count -= 1
        following, before = one._next, one._prev
        one._next = one._prev = None
        if following is one:
            self.head = None
        else:
            following._prev, before._next = before, following
            if self.head is one:
                self.head = following

    def regain(self, me):
        """`me` runs, whatever it waited for: let it stand first."""
        if me._channel is not None:
            me._channel._leave(me)
        if me._next is None:
            self.insert_last(me)
        self.head = self.current = me

    def switch(self, target):
        """Turn to `target`, the head; return what this one is handed then."""
        me = self.current
        if self.turns is not None:
            target = self.count_turn(target)
        if target is not me:
            if _callbacks.schedule is not None:
                self.tell_switch(me, target)
            if me._stack is None or me is self.main_tasklet:
                me._stack = running_greenlet()
            self.current = target
            try:
                (target._stack or self.first_turn(target)).switch()
            except BaseException:  # an interrupt: me waits for nothing now
                self.regain(me)
                self.renew_stacks()
                raise
        value, me._tempval = me._tempval, None  # as in handed(), but faster
        if type(value) is bomb:
            value.explode()
        return value

    def handed(self, me):
        """What `me`, whose turn it is, is handed."""
        value, me._tempval = me._tempval, None
        if type(value) is bomb:
            value.explode()
        return value

    def first_turn(self, one):
        """The `Tasklet` of the core that runs it: its `switch` starts it."""
        name = getattr(one._call[0], "__name__", None)
        task = lowlevel.spawn_in(self, one._begin, name, daemon=True)
        self.ready.clear()  # the ring stands in place of that queue
        return task

    def jump(self, target, keep_current=True):
        """Turn the ring to `target`, out of line."""
        me = self.current
        if target is me:
            return self.handed(me)
        self.check_trap()
        self.insert(target)
        if not keep_current:
            self.withdraw(me)
        self.head = target
        return self.switch(target)

    def throw(self, target, error, pending):
        """Hand `target` an error, and turn to it or just queue it."""
        jump = not pending and target._world is self
        if jump:
            self.check_trap()
        target._tempval = error
        if jump:
            self.jump(target)
        else:
            target._world.insert(target)

    def insert(self, one):
        """Put it at the end of the queue, wherever it waits."""
        if one._channel is not None:
            one._channel._leave(one)
        if one._next is None:
            self.insert_last(one)
        return one

    def withdraw(self, one):
        """Take it out of whatever it waits in."""
        if one._channel is not None:
            one._channel._leave(one)
        elif one._next is not None:
            self.unlink(one)

    def next_one(self):
        """Who is next, now that the current one has left the queue.

        If none can run: the innermost `run()`, or else main. When that one is
        itself blocked, it is a deadlock: the one that was blocked last goes
        on, with the error.
        """
        if self.head is not None:
            return self.head
        waiter = self.runs[-1] or self.main_tasklet
        if waiter._channel is not None or self.threadblock:
            self.await_threads()
            if self.head is not None:
                return self.head
        if waiter._channel is not None:
            waiter = self.current
            waiter._tempval = bomb(RuntimeError, DEADLOCK)
        return self.insert(waiter)

    def ended(self, task, error):
        """The core's question: that one has ended, who is next?"""
        me = self.current
        if error is not None:
            self.regain(me)
            error = self.unhandled(error)
        self.withdraw(me)
        target = self.next_after_end(error)
        if self.turns is not None:
            target = self.count_turn(target)
        if _callbacks.schedule is not None:
            self.tell_switch(me, target)
        me._call = me._stack = me._tempval = None
        self.started.pop(me, None)
        self.current = target
        return target._stack or self.first_turn(target)

    def unhandled(self, error):
        """What is left of an error once the error handler has had it."""
        if isinstance(error, (TaskletExit, GreenletExit)):
            return None
        if _callbacks.error is None:
            return error
        try:
            _callbacks.error(type(error), error, error.__traceback__)
        except BaseException as another:
            return another

    def next_after_end(self, error):
        waiter = self.runs[-1] or self.main_tasklet
        if error is None:
            if waiter._channel is not None and self.head is None:
                self.await_threads()
            if self.head is not None:
                return self.head
            if waiter._channel is None:
                return self.insert(waiter)
            sending = waiter._channel._balance > 0
            error = RuntimeError(SENDING if sending else RECEIVING)
        waiter._tempval = bomb(type(error), error, error.__traceback__)
        self.head = self.insert(waiter)
        return waiter

    def stop_running(self, me):
        """`me` goes on: tasklets inside a later `run()` may go on too."""
        while me in self.runs[1:]:
            self.insert(self.runs.pop())
        if self.runs[0] not in self.runs[1:]:
            self.runs[0] = self.turns = None
        if len(self.runs) == 1 and len(self.pool) > KEPT_STACKS:
            while len(self.pool) > KEPT_STACKS:  # as in Scheduler.end()
                unused = self.pool.pop()
                unused.parent = running_greenlet()
                unused.throw(GreenletExit)
            self.stacks = [stack for stack in self.stacks if not stack.dead]

    def count_turn(self, target):
        """Who is next, if it is not `target`: the timeout may be over."""
        self.turns -= 1
        waiter = self.runs[0]
        if self.turns > 0 or target is waiter or waiter._next is not None:
            return target
        self.turns = None
        self.interrupted = target
        self.head = self.insert(waiter)
        return waiter

    def check_trap(self):
        if self.trap:
            raise RuntimeError("switch_trap")

    def call_back(self, callback, *about):
        if self.calling_back:
            raise RuntimeError("Recursive channel call due to callbacks!")
        self.calling_back = True
        try:
            callback(*about)
        finally:
            self.calling_back = False

    def tell_switch(self, before, after):
        try:
            self.call_back(_callbacks.schedule, before, after)
        except BaseException:  # it must not stop the switch
            traceback.print_exc()

    def await_threads(self):
        """Wait, as long as another thread may still send something."""
        patience = time.monotonic() + GRACE_S
        try:
            while self.head is None and self.others_awake(patience):
                self.asleep = True
                time.sleep(POLL_S)
        finally:
            self.asleep = False

    def others_awake(self, patience):
        for world in list(_worlds.values()):
            if world is not self and (
                world.head is not None or not world.asleep
            ):
                return True
        return time.monotonic() < patience and any(
            not (thread.daemon or thread.ident in _worlds)
            for thread in threading.enumerate()
        )

    def close(self):
        """Its thread ends: kill all who have started, drop the others."""
        for one in list(self.started) * KILLS:
            self.clear()
            if one._alive():
                self.throw(one, bomb(TaskletExit), False)
        self.clear()
        del _worlds[self.thread_id]
        self.thread_id, self.over = -1, True

    def clear(self):
        """Leave only the current one in the ring."""
        me = self.current
        self.regain(me)
        while me._next is not me:
            self.unlink(me._next)


class _Threads(threading.local):
    """For each thread its world, and an object that sees the thread end."""

    def __init__(self):
        thread = threading.get_ident()
        self.world = _worlds.get(thread)  # there is one when that is closing
        if self.world is None:
            self.world = _worlds[thread] = _World(thread)
            self.end = _End(self.world)


class _End:
    def __init__(self, world):
        self.world = world

    def __del__(self, finalizing=sys.is_finalizing):
        if not finalizing():
            self.world.close()


class _Callbacks:
    channel = schedule = error = None

    def set(self, name, callback):
        if not (callback is None or callable(callback)):
            raise TypeError(f"the {name} callback must be callable, or None")
        before = getattr(self, name)
        setattr(self, name, callback)
        return before


_worlds: dict[int, _World] = {}
_threads = _Threads()
_callbacks = _Callbacks()


# --- Callbacks, and what only old programs and test suites ask for -----------


def set_channel_callback(callback: Callable | None) -> Callable | None:
    """Call `callback(channel, tasklet, sending, willblock)` before each send
    and receive in any channel. Returns the previous callback, or None."""
    return _callbacks.set("channel", callback)


def get_channel_callback() -> Callable | None:
    """What `set_channel_callback()` has set."""
    return _callbacks.channel


def set_schedule_callback(callback: Callable | None) -> Callable | None:
    """Call `callback(prev, next)` before each switch between two tasklets.
    Its errors are printed only. Returns the previous callback, or None."""
    return _callbacks.set("schedule", callback)


def get_schedule_callback() -> Callable | None:
    """What `set_schedule_callback()` has set."""
    return _callbacks.schedule


def set_error_handler(handler: Callable | None = None) -> Callable | None:
    """Call `handler(type, value, traceback)` in a tasklet that dies of an
    error, instead of raising that in main. Returns the previous one."""
    return _callbacks.set("error", handler)


def switch_trap(change: int = 0) -> int:
    """While the sum of all changes is not 0, a switch is a RuntimeError."""
    world = _threads.world
    before, world.trap = world.trap, world.trap + change
    return before


def enable_softswitch(flag: bool | None) -> bool:
    """False: there is no soft switching here."""
    return False


def getcurrentid() -> int:
    """A number for the current tasklet; the thread's, for the main one."""
    me = getcurrent()
    world = me._world
    return world.thread_id if me is world.main_tasklet else id(me)


def getthreads() -> list[int]:
    """All threads, the main one first; also `stackless.threads`."""
    first = threading.main_thread().ident
    return sorted(sys._current_frames(), key=lambda thread: thread != first)


def get_thread_info(thread_id: int = -1, flags: int = 0) -> tuple:
    """A thread's main tasklet, its current one, and its run count."""
    known = thread_id not in (-1, 0)
    world = _worlds.get(thread_id) if known else _threads.world
    if world is None and thread_id in sys._current_frames():
        return None, None, 0
    if world is None:
        raise RuntimeError("Thread id not found")
    info = world.main_tasklet, world.current, world.count
    return (*info, world.runs) if flags & 1 << 31 else info


def getdebug() -> bool:
    return False


def getuncollectables() -> list:
    return []


def _cframe(switches: int, words: int = 0) -> None:
    for _ in range(switches):
        schedule(None)


def _test_nostacklesscall(function, /, *args, **kwargs):
    return function(*args, **kwargs)


test_cframe = test_cframe_nr = _cframe
test_cstate = _test_nostacklesscall
test_outside = run


def __reduce__():
    return __name__  # the module is pickled by name


_COMPUTED = "current", "main", "runcount", "threads", "debug", "uncollectables"


def __getattr__(name: str):
    if name in _COMPUTED:
        return globals()[f"get{name}"]()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _as_in_c(function):
    """The same; of wrong arguments it tells in the words of Stackless."""
    expected = signature(function)
    kinds = [one.kind for one in expected.parameters.values()]
    plain = [
        one.default
        for name, one in expected.parameters.items()
        if name != "self" and one.kind is Parameter.POSITIONAL_OR_KEYWORD
    ]
    most, least = len(plain), plain.count(Parameter.empty)
    if Parameter.VAR_POSITIONAL in kinds:
        most = sys.maxsize

    @wraps(function)
    def checked(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except TypeError:
            if _fits(expected, args, kwargs):
                raise
        takes = f"at most {most} arguments"
        if least == most < 2:
            takes = "exactly one argument" if most else "no arguments"
        elif len(args) <= least:
            takes = f"at least {least} argument"
        raise TypeError(f"{function.__name__}() takes {takes}")

    return checked


def _fits(expected, args, kwargs):
    try:
        expected.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


run = _as_in_c(run)
for _class in tasklet, channel:
    for _name, _method in list(vars(_class).items()):
        public = _name[0] != "_" or _name in ("__iter__", "__next__")
        hot = _name in ("send", "receive")
        if isfunction(_method) and public and not hot:
            setattr(_class, _name, _as_in_c(_method))


def _is_ours(frame) -> bool:
    package = frame.f_globals.get("__package__") or ""
    return package.split(".")[0] == __package__

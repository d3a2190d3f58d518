"""Probes: what a trace replaces in `near`, so that events are written.

The one idea: a probe stands in for one method, does what that does, and
records it. `near` knows nothing of them. Loading `trace` puts them in place;
they are used only while a `Trace` is on.

Read `recording.when_traced` first. Here come tasklets, waits and channels, in
this order; connections have probes of their own, in `far`.
"""

from __future__ import annotations

from functools import partial

from ..near import Channel, Tasklet, lowlevel
from .events import shown
from .recording import when_called, when_traced

__all__ = ["here", "time_of"]


def here() -> dict[str, object]:
    """Who runs and what time it is, as details of an event."""
    me = lowlevel.getcurrent()
    if type(me) is not lowlevel.Stack:
        return {"tasklet": "main", "time": None}
    return {"tasklet": me.tasklet.name, "time": time_of(me.scheduler)}


def time_of(scheduler) -> float | None:
    """What the run's clock says; None before the run."""
    return scheduler.clock.now() if scheduler.main else None


@when_called(lowlevel.on_spawn)
def _trace_spawn(record, tasklet, spawner):
    name, scheduler = spawner.name if spawner else "main", tasklet.scheduler
    record("spawn", name, partner=tasklet.name, time=time_of(scheduler))
    if scheduler.main:
        _trace_function(record, tasklet)


@when_traced(lowlevel.Scheduler, "renew_stacks")
def _trace_begin(record, plain, scheduler):
    plain(scheduler)
    for tasklet in scheduler.unbegun():
        if not hasattr(tasklet.function, "is_traced"):  # by an outer run
            _trace_function(record, tasklet)


def _trace_function(record, tasklet):
    """Make its first turn and its end events, too."""
    name, function = tasklet.name, tasklet.function

    def traced(*args, **kwargs):
        how = ""
        time = time_of(tasklet.scheduler)
        record("start", name, time=time, function=function)
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            how = f" with {type(error).__name__}"
            raise
        finally:
            _trace_end(record, tasklet, how, function)

    traced.is_traced = True
    tasklet.function = traced


def _trace_end(record, tasklet, how, function=None):
    wakes = [
        stack.tasklet.name
        for stack in tasklet.joiners or ()
        if type(stack) is lowlevel.Stack
    ]
    ends = {"value": how, "wakes": wakes, "function": function}
    record("end", tasklet.name, time=time_of(tasklet.scheduler), **ends)


@when_traced(Tasklet, "throw")
def _trace_throw(record, plain, tasklet, error):
    me = getattr(lowlevel.getcurrent(), "tasklet", None)
    going = not tasklet.done
    begun = tasklet.stack is not None
    if going:
        record(
            "throw",
            me.name if me else "main",
            partner=tasklet.name,
            value=type(error).__name__,
            time=time_of(tasklet.scheduler),
            wakes=[tasklet.name],
        )
        if not begun and isinstance(error, lowlevel.Killed):  # it never will
            _trace_end(record, tasklet, f" with {type(error).__name__}")
    plain(tasklet, error)
    if going and not begun and not tasklet.done:
        _trace_function(record, tasklet)


@when_traced(lowlevel.Stack, "give_way")
def _trace_schedule(record, plain, stack):
    traced_wait(record, stack, "schedule", "", lambda: plain(stack))


@when_traced(lowlevel.Stack, "park")
def _trace_park(record, plain, stack, timeout=None):
    kind = "sleep" if isinstance(stack.waits_for, lowlevel.Timer) else "block"
    what = (
        stack.waits_for.when
        if kind == "sleep"
        else stack.waits_for.describe_wait(stack)
    )
    traced_wait(record, stack, kind, what, lambda: plain(stack, timeout))


@when_traced(lowlevel.Scheduler, "idle")
def _trace_deadlock(record, plain, scheduler):
    following = plain(scheduler)
    if not scheduler.ending:
        text = str(following.error)
        names = text.partition("In a circle")[2].partition(": ")[2]
        record("deadlock", "main", value=names, time=time_of(scheduler))
    return following


def traced_wait(record, stack, kind, what, wait):
    """Record that a tasklet waits, and that it goes on."""
    name, scheduler = stack.tasklet.name, stack.scheduler
    record(kind, name, value=what, time=time_of(scheduler))
    try:
        return wait()
    finally:
        record("switch", name, time=time_of(scheduler))


@when_traced(Channel, "send")
def _trace_send(record, plain, channel, value, timeout=None):
    queue, value_shown = channel.receivers, shown(value, brief=True)
    wait = f"to send {value_shown} on {channel.name}"
    do = partial(plain, channel, value, timeout)
    meeting = (channel, queue, value_shown, wait, do, timeout)
    return _meet(record, "send", *meeting)


@when_traced(Channel, "receive")
def _trace_receive(record, plain, channel, timeout=None):
    queue = channel.senders
    value_shown = shown(_offered(queue[0]), brief=True) if queue else ""
    wait = f"to receive on {channel.name}"
    do = partial(plain, channel, timeout)
    meeting = (channel, queue, value_shown, wait, do, timeout)
    return _meet(record, "receive", *meeting)


def _offered(sender):
    """What a sender has to give; to look at it must decide no select."""
    return sender.to_send if hasattr(sender, "to_send") else sender.value


def _meet(record, kind, channel, queue, value, wait, do, timeout):
    """The second to arrive records the message, the first its wait."""
    me = lowlevel.getcurrent()
    if not hasattr(me, "tasklet"):
        return do()  # which says that it needs a tasklet
    if not queue and channel.closed:
        return do()  # it does not wait
    if not queue:  # with a timeout, park() writes the wait down
        return (
            do()
            if timeout is not None
            else traced_wait(record, me, "block", wait, do)
        )
    record(
        kind,
        me.tasklet.name,
        channel=channel.name,
        partner=queue[0].tasklet.name,
        value=value,
        time=time_of(me.scheduler),
        wakes=[queue[0].tasklet.name],
    )
    return do()


@when_traced(Channel, "close")
def _trace_close(record, plain, channel):
    me = lowlevel.getcurrent()
    name = me.tasklet.name if hasattr(me, "tasklet") else "main"
    wakes = [receiver.tasklet.name for receiver in channel.receivers]
    time = time_of(me.scheduler) if hasattr(me, "scheduler") else None
    record("close", name, channel=channel.name, time=time, wakes=wakes)
    plain(channel)

"""Channels: how a tasklet hands a value to another one.

The one idea: a rendezvous. `send` returns when somebody has the value,
`receive` when there is one; whoever comes first waits. A channel stores
nothing: it is two queues of people waiting, and one of them is always empty.

Who goes on? The one who arrived second: it finds its partner waiting, hands
over (or takes) the value, queues the partner, and does not switch at all. So a
message costs one switch, and those who wait are served in order.

Read `Channel` first; `select` stands in the queues of several channels at
once, through a `_Case` in each.
"""

from __future__ import annotations

from collections import deque

from greenlet import getcurrent

from .errors import Closed, Misuse
from .tasklets import remove

__all__ = ["Channel", "select"]


class Channel:
    """A meeting place for senders and receivers, called `name`."""

    __slots__ = ("name", "closed", "_senders", "_receivers")

    def __init__(self, name: str = "channel"):
        self.name = name
        self.closed = False
        self._senders = deque()
        self._receivers = deque()

    def send(self, value, timeout: float | None = None) -> None:
        """Hand `value` to a receiver; wait for one if need be.

        Raises `Closed` if the channel is closed, TimeoutError if nobody takes
        the value within `timeout` seconds (then nobody ever will).
        """
        me = getcurrent()
        try:
            ready = me.ready
        except AttributeError:
            raise _outside("send") from None
        receivers = self._receivers
        if receivers:
            receiver = receivers.popleft()
            if receiver.ready is not ready:
                raise self._stranger(receivers, receiver)
            receiver.value = value
            ready.append(receiver)
            return
        if self.closed:
            raise Closed(f"channel {self.name!r} is closed: nobody receives")
        me.value = value
        me.waits_for = self
        self._senders.append(me)
        if timeout is None:
            (ready.popleft() if ready else me.scheduler.idle()).switch()
        else:
            me.park(timeout)

    def receive(self, timeout: float | None = None):
        """Take a value from a sender; wait for one if need be.

        Raises `Closed` if the channel is closed and no sender is left,
        TimeoutError if there is none within `timeout` seconds.
        """
        me = getcurrent()
        try:
            ready = me.ready
        except AttributeError:
            raise _outside("receive") from None
        senders = self._senders
        if senders:
            sender = senders.popleft()
            if sender.ready is not ready:
                raise self._stranger(senders, sender)
            ready.append(sender)
            return sender.value
        if self.closed:
            raise Closed(f"channel {self.name!r} is closed")
        me.waits_for = self
        self._receivers.append(me)
        if timeout is None:
            (ready.popleft() if ready else me.scheduler.idle()).switch()
        else:
            me.park(timeout)
        return me.value

    def close(self) -> None:
        """Say that nothing more will be sent.

        Waiting receivers get `Closed` (a `for` loop just ends). The values of
        senders who already wait can still be received. Closing twice is fine.
        """
        self.closed = True
        while self._receivers:
            receiver = self._receivers.popleft()
            receiver.resume_with(Closed(f"channel {self.name!r} is closed"))

    @property
    def balance(self) -> int:
        """How many wait: senders count as +1, receivers as -1."""
        return len(self._senders) - len(self._receivers)

    def __iter__(self):
        return self

    def __next__(self):
        """The next value; the end of the loop once the channel is closed."""
        try:
            return self.receive()
        except Closed:
            raise StopIteration from None

    def leave(self, stack) -> bool:
        """Somebody stops waiting here. Was it still waiting?"""
        return remove(self._receivers, stack) or remove(self._senders, stack)

    def describe_wait(self, stack) -> str:
        if stack in self._senders:
            return f"to send to {self.name!r}"
        return f"to receive from {self.name!r}"

    def __repr__(self):
        closed = ", closed" if self.closed else ""
        return f"<channel {self.name!r}, balance {self.balance}{closed}>"

    def _stranger(self, queue, stack):
        queue.appendleft(stack)
        return Misuse(
            f"channel {self.name!r} is in use by another run or thread, where "
            f"{stack.tasklet.name} waits. Give every run channels of its own"
        )


def select(
    cases: list[Channel | tuple[Channel, object]],
    timeout: float | None = None,
) -> tuple[Channel, object]:
    """Wait for the first of several meetings; do that one and no other.

    A channel in `cases` means to receive from it, a pair (channel, value) to
    send. Returns the channel of the meeting and the value received (None for
    a send). If several can go on at once, the first in `cases` does.

    Raises TimeoutError after `timeout` seconds, and `Closed` when one of the
    channels is closed before anything else could happen.

    ```python
    channel, value = select([orders, (table, "taco")], timeout=5)
    ```
    """
    pairs = [c if isinstance(c, tuple) else (c, RECEIVE) for c in cases]
    if not pairs:
        raise Misuse("select() takes one or more cases, not none")
    for channel, value in pairs:
        if value is RECEIVE and (channel._senders or channel.closed):
            return channel, channel.receive()
        if value is not RECEIVE and (channel._receivers or channel.closed):
            return channel, channel.send(value)
    me = getcurrent()
    if not hasattr(me, "ready"):
        raise _outside("select")
    waiting = _Select(me, pairs)
    me.waits_for = waiting
    me.park(timeout)
    return me.value


RECEIVE = object()  # in place of a value to send


class _Select:
    """A tasklet that waits in several channels at once."""

    def __init__(self, stack, pairs):
        self.cases = [_Case(self, stack, *pair) for pair in pairs]
        for case in self.cases:
            case.queue.append(case)

    def withdraw(self):
        """Leave all queues; true if it stood in any."""
        return any([remove(case.queue, case) for case in self.cases])

    def leave(self, stack) -> bool:
        return self.withdraw()

    def describe_wait(self, stack) -> str:
        return " or ".join(
            f"{'to receive from' if case.receives else 'to send to'} "
            f"{case.channel.name!r}"
            for case in self.cases
        )


class _Case:
    """Stands in one channel's queue for a tasklet that waits in several.

    Whoever takes it out sets `value`, or reads it, as of any waiting stack;
    that moment decides the select, so then the other cases leave their queues.
    """

    def __init__(self, select, stack, channel, value):
        self.select = select
        self.target = stack
        self.channel = channel
        self.receives = value is RECEIVE
        self.queue = channel._receivers if self.receives else channel._senders
        self.to_send = value
        self.ready = stack.ready
        self.switch = stack.switch

    @property
    def tasklet(self):
        return self.target.tasklet

    @property
    def value(self):
        self.select.withdraw()
        self.target.value = self.channel, None
        return self.to_send

    @value.setter
    def value(self, value):
        self.select.withdraw()
        self.target.value = self.channel, value

    def resume_with(self, error):
        self.select.withdraw()
        self.target.resume_with(error)


def _outside(verb):
    return Misuse(
        f"{verb}() works inside a tasklet only. "
        "Put it into a function, spawn(...) that, then run()"
    )

"""Channels: how a tasklet hands a value to another one.

The one idea: a rendezvous. The first of sender and receiver to arrive waits.
The second goes on: it finds its partner waiting, hands over (or takes) the
value, queues the partner, and does not switch at all. So a message costs one
switch. A channel stores nothing: it is two queues of waiting tasklets, of which
one is always empty.

Read `Channel` first. `select` stands in several channels' queues at once.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

from greenlet import getcurrent

from .errors import Closed, Misuse
from .stacks import Stack, Thrown, current_stack, outside

__all__ = ["Channel", "select"]

T = TypeVar("T")
SHORT = 32  # entries of a queue are searched quickly
SIDES = "receivers", "senders"  # of a channel: does it send? False, True


class Channel(Generic[T]):
    """A meeting place for senders and receivers, called `name`."""

    __slots__ = ("name", "closed", "senders", "receivers")
    meets = True  # a stack that has left has been handed a value

    def __init__(self, name: str = "channel"):
        self.name = name
        self.closed = False
        self.senders: Any = deque()  # stacks that wait
        self.receivers: Any = deque()

    def send(self, value: T, timeout: float | None = None) -> None:
        """Hand `value` to a receiver; wait for one if need be.

        Raises `Closed` if the channel is closed, TimeoutError if no receiver
        takes the value within `timeout` seconds (then none ever will).
        """
        me: Any = getcurrent()
        try:
            ready = me.ready
        except AttributeError:
            raise outside("send()") from None
        receivers = self.receivers
        if receivers:
            receiver = receivers.popleft()
            if receiver.ready is not ready:
                raise self._stranger(ready, receivers, receiver)
            receiver.value = value
            ready.append(receiver)
            return
        if self.closed:
            raise Closed(f"channel {self.name!r} is closed: it takes no value")
        me.value = value
        me.waits_for = self
        self.senders.append(me)
        if timeout is None:
            (ready.popleft() if ready else me.scheduler.idle()).switch()
        else:
            me.park(timeout)

    def receive(self, timeout: float | None = None) -> T:
        """Take a value from a sender; wait for one if need be.

        Raises `Closed` if the channel is closed and no sender is left,
        TimeoutError if there is none within `timeout` seconds.
        """
        me: Any = getcurrent()
        try:
            ready = me.ready
        except AttributeError:
            raise outside("receive()") from None
        senders = self.senders
        if senders:
            sender = senders.popleft()
            if sender.ready is not ready:
                raise self._stranger(ready, senders, sender)
            ready.append(sender)
            return sender.value  # type: ignore[no-any-return]
        if self.closed:
            raise Closed(f"channel {self.name!r} is closed")
        me.value = None  # it keeps no message while it waits
        me.waits_for = self
        self.receivers.append(me)
        if timeout is None:
            (ready.popleft() if ready else me.scheduler.idle()).switch()
        else:
            me.park(timeout)
        return me.value  # type: ignore[no-any-return]

    def close(self) -> None:
        """Say that nothing more will be sent.

        Waiting receivers get `Closed` (a `for` loop just ends). The values of
        senders that already wait can still be received. Closing twice is fine.
        """
        self.closed = True
        while self.receivers:
            receiver = self.receivers.popleft()
            receiver.resume_with(Closed(f"channel {self.name!r} is closed"))

    @property
    def balance(self) -> int:
        """How many wait: senders count as +1, receivers as -1."""
        return len(self.senders) - len(self.receivers)

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        """The next value; the end of the loop once the channel is closed."""
        try:
            return self.receive()
        except Closed:
            raise StopIteration from None

    def leave(self, stack: object) -> bool:
        return any(take_out(self, side, stack) for side in SIDES)

    def describe_wait(self, stack: Any) -> str:
        sends = getattr(stack, "sends", self.senders)
        return f"to {'send to' if sends else 'receive from'} {self.name!r}"

    def __repr__(self) -> str:
        closed = ", closed" if self.closed else ""
        return f"<channel {self.name!r}, balance {self.balance}{closed}>"

    def _stranger(self, ready: Any, queue: Any, stack: Any) -> BaseException:
        """Why the first in the queue cannot be met."""
        queue.appendleft(stack)
        if isinstance(ready, Thrown):
            return ready.target.found()  # type: ignore[no-any-return]
        return Misuse(
            f"channel {self.name!r} is in use by another run or thread, where "
            f"{stack.tasklet.name} waits. Give every run channels of its own"
        )


class Line(OrderedDict[Any, Any]):
    """A queue that any entry can leave at once; a deque has to search."""

    append = OrderedDict.setdefault  # with nothing
    remove = OrderedDict.__delitem__

    def appendleft(self, entry: Any) -> None:
        self[entry] = None
        self.move_to_end(entry, last=False)

    def popleft(self) -> Any:
        return self.popitem(last=False)[0]


def take_out(owner: Any, queue: str, entry: object) -> bool:
    """Take an entry out of the owner's queue of that name. Was it there?

    A long deque becomes a `Line`; a short one is quicker as it is.
    """
    entries = getattr(owner, queue)
    if len(entries) > SHORT and type(entries) is deque:
        entries = Line.fromkeys(entries)
        setattr(owner, queue, entries)
    try:
        entries.remove(entry)
    except (ValueError, KeyError):
        return False
    return True


RECEIVE = object()  # in place of a value to send


def select(
    cases: Sequence[Channel[Any] | tuple[Channel[Any], object]],
    timeout: float | None = None,
) -> tuple[Channel[Any], Any]:
    """Wait for the first of several meetings; do that one and no other.

    A channel in `cases` means to receive from it, a pair (channel, value) to
    send. Returns the channel of the meeting and the value received (None for
    a send). If several can go on at once, the first in `cases` does.

    Raises TimeoutError after `timeout` seconds, and `Closed` when one of the
    channels is closed and none of the others can go on.

    ```python
    channel, value = select([orders, (table, "taco")], timeout=5)
    ```
    """
    pairs = [c if isinstance(c, tuple) else (c, RECEIVE) for c in cases]
    if not pairs:
        raise Misuse("select() takes one or more cases, not none")
    me: Any = current_stack("select()")
    able = [
        pair
        for pair in pairs
        if (pair[0].senders if pair[1] is RECEIVE else pair[0].receivers)
    ] or [pair for pair in pairs if pair[0].closed]
    if able:
        case = getattr(me.ready, "case", None) if len(able) > 1 else None
        place = case([pair[0] for pair in able]) if case else 0
        channel, value = able[place]
        if value is RECEIVE:
            return channel, channel.receive()
        channel.send(value)
        return channel, None
    me.value, me.waits_for = None, _Select(me, pairs)
    me.park(timeout)
    return me.value  # type: ignore[no-any-return]


class _Select:
    """A tasklet that waits in several channels at once."""

    __slots__ = ("stack", "cases")
    meets = True

    def __init__(self, stack: Stack, pairs: list[tuple[Channel[Any], object]]):
        self.stack = stack
        self.cases = [_Case(self, *pair) for pair in pairs]

    def leave(self, stack: Stack, met: _Case | None = None) -> bool:
        """Leave the queues of all cases but `met`. False if done before."""
        cases, self.cases = self.cases, []
        for case in cases:
            if case is not met:
                take_out(case.channel, SIDES[case.sends], case)
        return bool(cases)

    def describe_wait(self, stack: Stack) -> str:
        return " or ".join(c.channel.describe_wait(c) for c in self.cases)


class _Case:
    """Stands in one channel's queue for a tasklet that waits in several.

    A partner sets `value`, or reads it, as that of any waiting stack. That
    moment decides the select, so then the other cases leave their queues.
    """

    __slots__ = (
        *("select", "channel", "to_send", "sends"),
        *("tasklet", "ready", "switch"),
    )

    def __init__(self, select: _Select, channel: Channel[Any], value: Any):
        self.select, self.channel, self.to_send = select, channel, value
        self.tasklet = select.stack.tasklet
        self.ready, self.switch = select.stack.ready, select.stack.switch
        self.sends = value is not RECEIVE
        (channel.senders if self.sends else channel.receivers).append(self)

    @property
    def value(self) -> Any:
        self.value = None
        return self.to_send

    @value.setter
    def value(self, value: Any) -> None:
        stack = self.select.stack
        if self.select.leave(stack, met=self):
            stack.value = self.channel, value

    def resume_with(self, error: BaseException) -> None:
        """Its channel has been closed."""
        self.select.leave(self.select.stack, met=self)
        self.select.stack.resume_with(error)

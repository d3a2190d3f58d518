"""Wrong answers to the exercise of chapter 02 that asks for a channel."""

START = """
from collections import deque

from greenlet import getcurrent


class SmallChannel:
    def __init__(self, park, wake):
        self.park, self.wake = park, wake
        self.senders, self.receivers = deque(), deque()
"""
SEND = """
    def send(self, value):
        if self.receivers:
            self.wake(self.receivers.popleft(), value)
        else:
            self.senders.append((getcurrent(), value))
            self.park()
"""
RECEIVE = """
    def receive(self):
        if self.senders:
            sender, value = self.senders.popleft()
            self.wake(sender, None)
            return value
        self.receivers.append(getcurrent())
        return self.park()
"""

WRONG = {
    "2.2": [
        (
            # a mailbox: send never waits
            START.replace("self.senders,", "self.values,")
            + """
    def send(self, value):
        self.values.append(value)
        if self.receivers:
            self.wake(self.receivers.popleft(), None)

    def receive(self):
        if not self.values:
            self.receivers.append(getcurrent())
            self.park()
        return self.values.popleft()
""",
            "happened: ['ann sent', \"bob got ann's hello\"",
        ),
        (
            # wakes the receiver without the value
            START
            + SEND.replace("popleft(), value", "popleft(), None")
            + RECEIVE,
            "✗ a sender that comes second keeps running",
        ),
        (
            # forgets the sender that waits
            START + SEND + RECEIVE.replace("self.wake(sender, None)", "pass"),
            "✗ a receiver that comes second gets the value",
        ),
        (
            # the sender parks, though a receiver was waiting
            START
            + SEND.replace("        else:\n", "        if True:\n")
            + RECEIVE,
            "✗ a sender that comes second keeps running",
        ),
        (
            # last in, first out
            START + SEND + RECEIVE.replace("popleft", "pop"),
            '"cy got bob\'s hello", "dee got ann\'s hello"',
        ),
        (
            # a receiver is not kept waiting
            START
            + SEND
            + """
    def receive(self):
        if self.senders:
            sender, value = self.senders.popleft()
            self.wake(sender, None)
            return value
""",
            "bob got None",
        ),
    ],
}

"""Known wrong answers, and the words with which each is sent back.

By exercise: pairs of an answer, as a learner would write it into the cell, and
something that the verdict must say. Each stands for a mistake that people
make, so the verdict has to name it, not only refuse it.
"""

WRONG = {
    "0.1": [
        ('order = ["ann", "bob", "cy", "dee"]', "one after another"),
        ('order = ["bob", "dee", "cy", "ann"]', "first in, first out"),
        ('order = "bob"', "expected: a list"),
    ],
    "0.2": [
        (
            # the cake comes over the same table
            """
from nearfar import Channel, sleep, spawn


def dinner(say, guest_after):
    table = Channel("table")

    def bring(what, minutes):
        sleep(minutes)
        table.send(what)

    def children():
        for _ in range(2):
            say(f"the children eat {table.receive()}")

    spawn(bring, "tacos", 25)
    spawn(bring, "cake", guest_after)
    spawn(children)
""",
            "'the children eat cake'",
        ),
        (
            # the guest sets out when dinner is over
            """
from nearfar import sleep, spawn


def dinner(say, guest_after):
    def evening():
        sleep(25)
        say("the children eat tacos")
        sleep(guest_after)
        say("the children eat cake")

    spawn(evening)
""",
            "happened: [(65, 'the children eat cake')]",
        ),
    ],
    "0.3": [
        ("def good_evening(log):\n    return True", "before dinner is ready"),
        (
            """
def good_evening(log):
    when = {words: minute for minute, words in log}
    return when["the children eat"] <= 60 and (
        when["dinner is on the table"] <= when["the children eat"]
    )
""",
            "KeyError: 'the children eat'",
        ),
    ],
    "1.1": [
        (
            'order = ["ann", "bob", "dee", "cy", "ann", "bob", "cy"]',
            "spawn does not call",
        ),
        (
            'order = ["ann", "ann", "bob", "dee", "bob", "cy", "cy"]',
            "nobody finishes first",
        ),
    ],
    "1.2": [
        (
            # real sleep: the whole thread waits
            """
import time


def watcher(state):
    while not state["ready"]:
        time.sleep(0.01)
    return "ready"
""",
            "stopped after 2 s",
        ),
        (
            # looks once
            """
from nearfar import schedule


def watcher(state):
    if not state["ready"]:
        schedule()
    return "ready"
""",
            "happened: ['ready', 'worker']",
        ),
    ],
    "1.3": [
        (
            """
from nearfar import schedule


def countdown(name, start, say):
    for number in range(start, 0, -1):
        say(f"{name} {number}")
        schedule()
    say(f"{name} lift-off")
""",
            "the line after 'ariane 1'",
        ),
        (
            """
from nearfar import schedule


def countdown(name, start, say):
    for number in range(start, 0, -1):
        say(f"{name} {number}")
    schedule()
    say(f"{name} lift-off")
""",
            "the first four lines",
        ),
    ],
    "1.4": [
        (
            # one after the other
            """
def print_in_turn(jobs, print_page):
    for pages in jobs.values():
        for page in pages:
            print_page(page)
""",
            "happened: ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']",
        ),
        (
            # the shortest job ends it all
            """
def print_in_turn(jobs, print_page):
    for round in zip(*jobs.values()):
        for page in round:
            print_page(page)
""",
            "happened: ['a1', 'b1', 'c1']",
        ),
    ],
    "2.1": [
        (
            'lines = ["got ann", "ann sent", "got bob", "bob sent"]',
            "end of the queue",
        ),
        (
            'lines = ["ann sent", "bob sent", "got ann", "got bob"]',
            "send returns when somebody has the value",
        ),
    ],
    "2.2": [
        (
            # everybody waits in the other direction
            """
def friend(number, present, mine, following):
    received = mine.receive()
    following.send(present)
    return received
""",
            "waits to receive",
        ),
        (
            # gives up, and a present is lost
            """
def friend(number, present, mine, following):
    try:
        following.send(present, timeout=1)
    except TimeoutError:
        pass
    return mine.receive(timeout=10)
""",
            "TimeoutError",
        ),
    ],
    "2.3": [
        (
            # no bound
            """
def buffer(inbox, outbox, size):
    for value in list(inbox):
        outbox.send(value)
    outbox.close()
""",
            "happened: 3",
        ),
        (
            # one too many
            """
from nearfar import Channel, spawn


def buffer(inbox, outbox, size):
    def relay(source, target):
        for value in source:
            target.send(value)
        target.close()

    for _ in range(size):
        step = Channel("step")
        spawn(relay, inbox, step)
        inbox = step
    relay(inbox, outbox)
""",
            "happened: 2",
        ),
        (
            # the last comes out first
            """
from nearfar import Closed, select


def buffer(inbox, outbox, size):
    held = []
    while True:
        cases = [inbox] if len(held) < size else []
        cases += [(outbox, held[-1])] if held else []
        try:
            channel, value = select(cases)
        except Closed:
            break
        if channel is inbox:
            held.append(value)
        else:
            held.pop()
    for value in held:
        outbox.send(value)
    outbox.close()
""",
            "what comes out when 0, 1, 2, 3, 4 went in",
        ),
        (
            # forgets to close
            """
from nearfar import Channel, spawn


def buffer(inbox, outbox, size):
    def relay(source, target):
        for value in source:
            target.send(value)
        if target is not outbox:
            target.close()

    for _ in range(size - 1):
        step = Channel("step")
        spawn(relay, inbox, step)
        inbox = step
    relay(inbox, outbox)
""",
            "whether the outbox is closed",
        ),
    ],
    "2.4": [
        (
            # a tick is kept for later
            """
def limiter(requests, ticks, allowed):
    for tick in ticks:
        try:
            allowed.send(requests.receive())
        except Exception:
            break
    allowed.close()
""",
            "after 5.5 quiet seconds",
        ),
        (
            # no limit at all
            """
def limiter(requests, ticks, allowed):
    for request in requests:
        allowed.send(request)
    allowed.close()
""",
            "a second between any two",
        ),
        (
            # does not pass on the end
            """
def limiter(requests, ticks, allowed):
    for request in requests:
        ticks.receive()
        allowed.send(request)
""",
            "Deadlock",
        ),
    ],
    "3.1": [
        ("hang = [33, 63, 64, 65, 96, 100]", "gets all it asks for"),
        ("hang = []", "insists on 32"),
        ("hang = [7, 33, 63, 65, 100]", "does not insist"),
    ],
    "3.2": [
        (
            # splits, and takes what is not finished for a word
            """
def read(pieces):
    return b"".join(pieces).decode().split("\\n")
""",
            "each word in a packet of its own",
        ),
        (
            # forgets what stands behind the last line end
            """
def read(pieces):
    words = []
    for piece in pieces:
        words += [word.decode() for word in piece.split(b"\\n")[:-1]]
    return words
""",
            "two words in one packet, or one and a half",
        ),
        (
            # decodes the pieces, and not the words
            """
def read(pieces):
    kept, words = "", []
    for piece in pieces:
        *whole, kept = (kept + piece.decode()).split("\\n")
        words += whole
    return words
""",
            "UnicodeDecodeError",
        ),
    ],
    "3.3": [
        (
            # looks at the length when the word is finished
            """
def read(pieces, limit):
    kept = b""
    for piece in pieces:
        *whole, kept = (kept + piece).split(b"\\n")
        for word in whole:
            if len(word) > limit:
                raise ValueError("too long")
            yield word.decode()
""",
            "without an end",
        ),
        (
            # counts everything that has come, not the word
            """
def read(pieces, limit):
    kept = b""
    for piece in pieces:
        kept += piece
        if len(kept) > limit:
            raise ValueError("too long")
        *whole, kept = kept.split(b"\\n")
        yield from (word.decode() for word in whole)
""",
            "a word of exactly the limit passes",
        ),
    ],
    "3.4": [
        (
            # counts letters
            """
class Codec:
    def frame(self, text):
        return len(text).to_bytes(2, "big") + text.encode()

    def feed(self, data):
        return []
""",
            "the frame of 'é'",
        ),
        (
            # one text from each piece
            """
class Codec:
    def __init__(self):
        self.kept = b""

    def frame(self, text):
        body = text.encode()
        return len(body).to_bytes(2, "big") + body

    def feed(self, data):
        self.kept += data
        stop = 2 + int.from_bytes(self.kept[:2], "big")
        if len(self.kept) < stop:
            return []
        text, self.kept = self.kept[2:stop].decode(), self.kept[stop:]
        return [text]
""",
            "several texts in one piece",
        ),
        (
            # one place to keep things, for all who read
            """
class Codec:
    kept = bytearray()

    def frame(self, text):
        body = text.encode()
        return len(body).to_bytes(2, "big") + body

    def feed(self, data):
        self.kept.extend(data)
        texts = []
        while len(self.kept) >= 2:
            stop = 2 + int.from_bytes(self.kept[:2], "big")
            if len(self.kept) < stop:
                break
            texts.append(self.kept[2:stop].decode())
            del self.kept[:stop]
        return texts
""",
            "then the other half",
        ),
        (
            # takes two bytes for the length, and one may be all there is
            """
class Codec:
    def __init__(self):
        self.kept, self.left = b"", None

    def frame(self, text):
        body = text.encode()
        return len(body).to_bytes(2, "big") + body

    def feed(self, data):
        self.kept += data
        texts = []
        while self.kept:
            if self.left is None:
                self.left = int.from_bytes(self.kept[:2], "big")
                self.kept = self.kept[2:]
            if len(self.kept) < self.left:
                break
            texts.append(self.kept[: self.left].decode())
            self.kept, self.left = self.kept[self.left :], None
        return texts
""",
            "the texts in",
        ),
    ],
}

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
    "6.1": [
        ("booked = 100", "the bank sees two requests"),
        ("booked = 0", "the request had arrived before"),
        ("booked = 300", "there is no third request"),
    ],
    "6.2": [
        (
            # remembers only the last one
            """
from nearfar.delivery import Booked


def decide(request, answers, book):
    if request.id not in answers:
        answers.clear()
        answers[request.id] = Booked(book(request.cents))
    return answers[request.id]
""",
            "how many were booked",
        ),
        (
            # takes the amount for the payment
            """
from nearfar.delivery import Booked


def decide(request, answers, book):
    if request.cents not in answers:
        answers[request.cents] = Booked(book(request.cents))
    return answers[request.cents]
""",
            "expected: [50, 50]",
        ),
        (
            # remembers that it was booked, and answers with nothing
            """
from nearfar.delivery import Booked


def decide(request, answers, book):
    if request.id in answers:
        return Booked(0)
    answers[request.id] = Booked(book(request.cents))
    return answers[request.id]
""",
            "the replies",
        ),
    ],
    "6.3": [
        (
            # in step: no chance in it
            """
from nearfar import sleep


def ask_again(ask, chance):
    for pause in (0, 1, 2, 4, 8, 8):
        sleep(pause)
        if (reply := ask()) is not None:
            return reply
""",
            "about half of them",
        ),
        (
            # does not give up
            """
from nearfar import sleep


def ask_again(ask, chance):
    longest = 1
    while (reply := ask()) is None:
        sleep(chance.uniform(0, longest))
        longest = min(8, 2 * longest)
    return reply
""",
            "gives up",
        ),
        (
            # the pauses grow without a bound
            """
from nearfar import sleep


def ask_again(ask, chance):
    for attempt in range(6):
        if attempt:
            sleep(chance.uniform(0, 2 ** (attempt - 1)))
        if (reply := ask()) is not None:
            return reply
""",
            "the longest pause number 5",
        ),
    ],
    "6.4": [
        (
            # a new id for each attempt
            """
from nearfar import sleep
from nearfar.delivery import LOST, PayIn


def pay(connect, cents, new_id):
    while True:
        try:
            with connect() as connection:
                connection.send(PayIn(new_id(), cents))
                return connection.receive(timeout=5).cents
        except LOST:
            sleep(1)
""",
            "the balance, with seed",
        ),
        (
            # asks once
            """
from nearfar.delivery import LOST, PayIn


def pay(connect, cents, new_id):
    try:
        with connect() as connection:
            connection.send(PayIn(new_id(), cents))
            return connection.receive(timeout=5).cents
    except LOST:
        return None
""",
            "with seed",
        ),
        (
            # one id for everything
            """
from nearfar import sleep
from nearfar.delivery import LOST, PayIn


def pay(connect, cents, new_id):
    while True:
        try:
            with connect() as connection:
                connection.send(PayIn("payment", cents))
                return connection.receive(timeout=5).cents
        except LOST:
            sleep(1)
""",
            "the balance",
        ),
    ],
}

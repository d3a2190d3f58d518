"""Wrong answers to the exercises of chapter 06."""

WRONG = {
    "6.1": [
        ("booked = 100", "the bank sees two requests"),
        ("booked = 0", "not the request: it had arrived before"),
        ("booked = 10_000", "that is one payment, in cents"),
        ("booked = 300", "there is no third request"),
    ],
    "6.2": [
        (
            # remembers only the last one
            """
from nearfar.experiments.delivery import Booked


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
from nearfar.experiments.delivery import Booked


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
from nearfar.experiments.delivery import Booked


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
            # not a reply, and not None either
            """
from nearfar import sleep


def ask_again(ask, chance):
    for longest in (0, 1, 2, 4, 8, 8):
        sleep(chance.uniform(0, longest))
        if (reply := ask()) is not None:
            return reply
    return False
""",
            "happened: False",
        ),
        (
            # one lot for all pauses
            """
from nearfar import sleep


def ask_again(ask, chance):
    share = chance.random()
    for longest in (0, 1, 2, 4, 8, 8):
        sleep(share * longest)
        if (reply := ask()) is not None:
            return reply
""",
            "five different ones",
        ),
        (
            # sleeps once more before it gives up
            """
from nearfar import sleep


def ask_again(ask, chance):
    for longest in (1, 2, 4, 8, 8, 8):
        if (reply := ask()) is not None:
            return reply
        sleep(chance.uniform(0, longest))
""",
            "the seconds after the last attempt",
        ),
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
            # does not know that silence is an answer lost
            """
from nearfar import sleep
from nearfar.far import Broken
from nearfar.experiments.delivery import PayIn


def pay(connect, cents, new_id, chance):
    request = PayIn(new_id(), cents)
    while True:
        try:
            with connect() as connection:
                connection.send(request)
                return connection.receive(timeout=5).cents
        except Broken:
            sleep(1)
""",
            "after any of the errors in `LOST`",
        ),
        (
            # one connection, whatever becomes of it
            """
from nearfar import sleep
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id, chance):
    request = PayIn(new_id(), cents)
    with connect() as connection:
        while True:
            try:
                connection.send(request)
                return connection.receive(timeout=5).cents
            except LOST:
                sleep(1)
""",
            "each attempt needs a new connection",
        ),
        (
            # waits forever
            """
from nearfar import sleep
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id, chance):
    request = PayIn(new_id(), cents)
    while True:
        try:
            with connect() as connection:
                connection.send(request)
                return connection.receive().cents
        except LOST:
            sleep(1)
""",
            "`receive` needs a timeout",
        ),
        (
            # returns the reply and not what it says
            """
from nearfar import sleep
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id, chance):
    request = PayIn(new_id(), cents)
    while True:
        try:
            with connect() as connection:
                connection.send(request)
                return connection.receive(timeout=5)
        except LOST:
            sleep(1)
""",
            "expected: the balance, a whole number",
        ),
        (
            # a new id for each attempt
            """
from nearfar import sleep
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id, chance):
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
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id, chance):
    try:
        with connect() as connection:
            connection.send(PayIn(new_id(), cents))
            return connection.receive(timeout=5).cents
    except LOST:
        return None
""",
            "expected: the balance, a whole number",
        ),
        (
            # one id for everything
            """
from nearfar import sleep
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id, chance):
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
        (
            # does not pause at all
            """
from nearfar import sleep
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id, chance):
    request, longest = PayIn(new_id(), cents), 1
    while True:
        try:
            with connect() as connection:
                connection.send(request)
                return connection.receive(timeout=5).cents
        except LOST:
            pass
""",
            "more than 0 s",
        ),
        (
            # pauses for a second each time
            """
from nearfar import sleep
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id, chance):
    request, longest = PayIn(new_id(), cents), 1
    while True:
        try:
            with connect() as connection:
                connection.send(request)
                return connection.receive(timeout=5).cents
        except LOST:
            sleep(1)
""",
            "how many different first pauses",
        ),
        (
            # random, but it does not grow
            """
from nearfar import sleep
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id, chance):
    request, longest = PayIn(new_id(), cents), 1
    while True:
        try:
            with connect() as connection:
                connection.send(request)
                return connection.receive(timeout=5).cents
        except LOST:
            sleep(chance.uniform(0, 2))
""",
            "the mean pauses",
        ),
        (
            # grows, and all machines are in step
            """
from nearfar import sleep
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id, chance):
    request, longest = PayIn(new_id(), cents), 1
    while True:
        try:
            with connect() as connection:
                connection.send(request)
                return connection.receive(timeout=5).cents
        except LOST:
            sleep(longest)
            longest = min(8, 2 * longest)
""",
            "how many different first pauses",
        ),
    ],
    "6.5": [
        (
            # drops in time, and tells no sender
            """
from nearfar.experiments.overload import WORK


class Queue:
    def __init__(self):
        self.waiting = []

    def put(self, request, now):
        self.waiting.append(request)
        return True

    def get(self, now):
        while self.waiting:
            request = self.waiting.pop(0)
            if now + WORK <= request.deadline:
                return request
""",
            "taken and then dropped",
        ),
        (
            # a fixed length: too short for a patient customer
            """
from nearfar.experiments.overload import WORK


class Queue:
    def __init__(self):
        self.waiting = []

    def put(self, request, now):
        if len(self.waiting) >= 5:
            return False
        self.waiting.append(request)
        return True

    def get(self, now):
        while self.waiting:
            request = self.waiting.pop(0)
            if now + WORK <= request.deadline:
                return request
""",
            "that fit into their time: a short queue refuses",
        ),
        (
            # a fixed length: too long for an impatient one
            """
from nearfar.experiments.overload import WORK


class Queue:
    def __init__(self):
        self.waiting = []

    def put(self, request, now):
        if len(self.waiting) >= 18:
            return False
        self.waiting.append(request)
        return True

    def get(self, now):
        return self.waiting.pop(0) if self.waiting else None
""",
            "how many answers came too late",
        ),
        (
            # forgets the request in work
            """
from nearfar.experiments.overload import WORK


class Queue:
    def __init__(self):
        self.waiting = []

    def put(self, request, now):
        if now + (len(self.waiting) + 1) * WORK > request.deadline:
            return False
        self.waiting.append(request)
        return True

    def get(self, now):
        return self.waiting.pop(0) if self.waiting else None
""",
            "how many answers came too late",
        ),
        (
            # the newest first
            """
from nearfar.experiments.overload import WORK


class Queue:
    def __init__(self):
        self.waiting = []

    def put(self, request, now):
        self.waiting.append(request)
        return True

    def get(self, now):
        return self.waiting.pop() if self.waiting else None
""",
            "the deadlines of what `get` returns",
        ),
        (
            # only takes work when idle
            """
from nearfar.experiments.overload import WORK


class Queue:
    def __init__(self):
        self.waiting = []

    def put(self, request, now):
        if self.waiting:
            return False
        self.waiting.append(request)
        return True

    def get(self, now):
        while self.waiting:
            request = self.waiting.pop(0)
            if now + WORK <= request.deadline:
                return request
""",
            "what `put` says",
        ),
    ],
}

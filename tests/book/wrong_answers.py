"""Known wrong answers, and the words with which each is sent back.

By exercise: pairs of an answer, as a learner would write it into the cell, and
something that the verdict must say. Each stands for a mistake that people
make, so the verdict has to name it, not only refuse it.
"""

WRONG = {
    "0.1": [
        ('order = ["ann", "bob", "Cy", "dee"]', "'Cy' is none of what can"),
        ('order = ["bob", "dee", "cy"]', "there are 4 of them, not 3"),
        ('order = ["ann", "bob", "cy", "dee"]', "one after another"),
        ('order = ["bob", "dee", "cy", "ann"]', "first in, first out"),
        ('order = "bob"', "expected: a list"),
    ],
    "0.2": [
        (
            # calls the guest instead of spawning it
            """
from nearfar import Channel, sleep, spawn


def dinner(say, guest_after):
    table, dessert = Channel("table"), Channel("dessert")

    def bring(channel, what, minutes):
        sleep(minutes)
        channel.send(what)

    def children():
        say(f"the children eat {table.receive()}")
        say(f"the children eat {dessert.receive()}")

    spawn(bring(table, "tacos", 25))
    spawn(bring(dessert, "cake", guest_after))
    spawn(children)
""",
            "not `spawn(f(x))`",
        ),
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
            "happened: [(10, 'the children eat cake')",
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
            "(65, 'the children eat cake')",
        ),
    ],
    "0.3": [
        (
            # compares minutes only
            """
def good_evening(log):
    when = {words: minute for minute, words in log}
    eaten = when.get("the children eat", 1000)
    return when.get("dinner is on the table", 1000) <= eaten <= 60
""",
            "✗ also when it is in the same minute",
        ),
        (
            # takes the last line for the meal
            """
def good_evening(log):
    lines = [words for _, words in log]
    return "the children eat" in lines and log[-1][0] <= 60
""",
            "✗ it does not mind when he comes home late",
        ),
        (
            # takes dinner for granted
            """
def good_evening(log):
    lines = [words for _, words in log]
    if "the children eat" not in lines:
        return False
    eaten = lines.index("the children eat")
    if lines.index("dinner is on the table") > eaten:
        return False
    return log[eaten][0] <= 60
""",
            "✗ it sees when there is no dinner at all ValueError",
        ),
        ("def good_evening(log):\n    return True", "✗ 60 minutes are in time"),
    ],
    "1.1": [
        (
            'order = ["ann", "ann", "bob", "bob", "cy", "cy", "dee"]',
            "each to the end",
        ),
        (
            'order = ["ann", "bob", "cy", "ann", "cy", "dee", "bob"]',
            "right up to number 4",
        ),
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
            # waits a fixed number of turns
            """
from nearfar import schedule


def watcher(state):
    for _ in range(1000):
        schedule()
    return "ready"
""",
            "also when the worker needs 3,000 turns",
        ),
        (
            # a generator
            """
def watcher(state):
    while not state["ready"]:
        yield
    return "ready"
""",
            "leave out `yield`",
        ),
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
            # always from 3
            """
from nearfar import schedule


def countdown(name, start, say):
    for number in (3, 2, 1):
        say(f"{name} {number}")
        if number > 1:
            schedule()
    say(f"{name} lift-off")
""",
            "the first four lines",
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
            # returns nothing
            """
def friend(number, present, mine, following):
    if number:
        following.send(present)
    mine.receive()
    if not number:
        following.send(present)
""",
            "None is what comes out of a function without `return`",
        ),
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
            # gives nothing away until it is full
            """
def buffer(inbox, outbox, size):
    room = []
    for value in inbox:
        room.append(value)
        if len(room) == size:
            outbox.send(room.pop(0))
    for value in room:
        outbox.send(value)
    outbox.close()
""",
            "what went in comes out",
        ),
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
            # a clock of its own
            """
from nearfar import sleep


def limiter(requests, ticks, allowed):
    for request in requests:
        allowed.send(request)
        sleep(1)
    allowed.close()
""",
            "with a tick every 3 s",
        ),
        (
            # two ticks each
            """
def limiter(requests, ticks, allowed):
    for request in requests:
        ticks.receive()
        ticks.receive()
        allowed.send(request)
    allowed.close()
""",
            "the ticks that four requests took",
        ),
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
            "each waits for a tick",
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
        ("hang = [21, 39, 40, 41, 60, 64]", "gets all it asks for"),
        ("hang = []", "insists on 20"),
        ("hang = [7, 21, 39, 41, 64]", "does not insist"),
        ("hang = {64, 60, 41, 40, 39, 21}", "gets all it asks for"),
        ("hang = [21, 39, 40, 41, 64]", "gets all it asks for"),
        ("hang = [20, 21, 39, 41]", "the end is among them"),
        ('hang = ["21", 39]', "there are 4 of them"),
    ],
    "3.2": [
        (
            # splits, and takes what is not finished for a word
            """
def words_of(pieces):
    return b"".join(pieces).decode().split("\\n")
""",
            "each word in a packet of its own",
        ),
        (
            # forgets what stands behind the last line end
            """
def words_of(pieces):
    words = []
    for piece in pieces:
        words += [word.decode() for word in piece.split(b"\\n")[:-1]]
    return words
""",
            "two words in one packet, or one and a half",
        ),
        (
            # takes the spaces off with the line end
            """
def words_of(pieces):
    kept, words = b"", []
    for piece in pieces:
        *whole, kept = (kept + piece).split(b"\\n")
        words += [word.decode().strip() for word in whole]
    return words
""",
            "spaces belong to the word",
        ),
        (
            # decodes the pieces, and not the words
            """
def words_of(pieces):
    kept, words = "", []
    for piece in pieces:
        *whole, kept = (kept + piece.decode()).split("\\n")
        words += whole
    return words
""",
            "reading [b'a \\n\\ncaf\\xc3', b'\\xa9\\nb\\n'] UnicodeDecodeError",
        ),
    ],
    "3.3": [
        (
            # is patient for five bytes too long
            """
def words_within(pieces, limit):
    kept, words = b"", []
    for piece in pieces:
        *whole, kept = (kept + piece).split(b"\\n")
        if len(kept) >= limit + 5 or any(len(word) > limit for word in whole):
            raise ValueError("too long")
        words += [word.decode() for word in whole]
    return words
""",
            "pieces of 1 bytes without an end",
        ),
        (
            # counts letters
            """
def words_within(pieces, limit):
    words = b"".join(pieces).decode().split("\\n")
    if any(len(word) > limit for word in words):
        raise ValueError("too long")
    return words[:-1]
""",
            "with a limit of 3",
        ),
        (
            # looks at the length when the word is finished
            """
def words_within(pieces, limit):
    kept, words = b"", []
    for piece in pieces:
        *whole, kept = (kept + piece).split(b"\\n")
        for word in whole:
            if len(word) > limit:
                raise ValueError("too long")
            words.append(word.decode())
    return words
""",
            "without an end",
        ),
        (
            # counts everything that has come, not the word
            """
def words_within(pieces, limit):
    kept, words = b"", []
    for piece in pieces:
        kept += piece
        if len(kept) > limit:
            raise ValueError("too long")
        *whole, kept = kept.split(b"\\n")
        words += [word.decode() for word in whole]
    return words
""",
            "ValueError: too long",
        ),
    ],
    "3.4": [
        (
            # one byte of the length
            """
class Codec:
    def __init__(self):
        self.kept = b""

    def frame(self, text):
        body = text.encode()
        return len(body).to_bytes(2, "big") + body

    def feed(self, data):
        self.kept += data
        texts = []
        while len(self.kept) >= 2 and len(self.kept) >= 2 + self.kept[1]:
            stop = 2 + self.kept[1]
            texts.append(self.kept[2:stop].decode())
            self.kept = self.kept[stop:]
        return texts
""",
            "in a frame of 300",
        ),
        (
            # waits for more, although nothing more is to come
            """
class Codec:
    def __init__(self):
        self.kept = b""

    def frame(self, text):
        body = text.encode()
        return len(body).to_bytes(2, "big") + body

    def feed(self, data):
        self.kept += data
        texts = []
        while len(self.kept) > 2:
            stop = 2 + int.from_bytes(self.kept[:2], "big")
            if len(self.kept) < stop:
                break
            texts.append(self.kept[2:stop].decode())
            self.kept = self.kept[stop:]
        return texts
""",
            "an empty text",
        ),
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
            # yields the texts
            """
class Codec:
    kept = b""

    def frame(self, text):
        body = text.encode()
        return len(body).to_bytes(2, "big") + body

    def feed(self, data):
        self.kept += data
        while len(self.kept) >= 2:
            stop = 2 + int.from_bytes(self.kept[:2], "big")
            if len(self.kept) < stop:
                break
            yield self.kept[2:stop].decode()
            self.kept = self.kept[stop:]
""",
            "collect the texts in one, and return it",
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
    "4.1": [
        ("cents = 85", "two of three are lost"),
        ("cents = 110", "somebody writes after it"),
        ('cents = "75"', "expected: a number"),
    ],
    "4.2": [
        (
            # looks at the balance before the slip, and believes it afterwards
            """
def transfer(accounts, payer, payee, cents, print_slip):
    if accounts[payer] < cents:
        return False
    print_slip()
    accounts[payer] -= cents
    accounts[payee] += cents
    return True
""",
            "what moved when 70 was asked for twice",
        ),
        (
            # one half before the slip, the other read before it
            """
def transfer(accounts, payer, payee, cents, print_slip):
    if accounts[payer] < cents:
        return False
    accounts[payer] -= cents
    gets = accounts[payee]
    print_slip()
    accounts[payee] = gets + cents
    return True
""",
            "all accounts together while a slip is printed",
        ),
        (
            # half of it is done while others run
            """
def transfer(accounts, payer, payee, cents, print_slip):
    if accounts[payer] < cents:
        return False
    accounts[payer] -= cents
    print_slip()
    accounts[payee] += cents
    return True
""",
            "all accounts together while a slip is printed",
        ),
        (
            # prints nothing
            """
def transfer(accounts, payer, payee, cents, print_slip):
    if accounts[payer] < cents:
        return False
    accounts[payer] -= cents
    accounts[payee] += cents
    return True
""",
            "slips printed",
        ),
        (
            # moves it, and says nothing
            """
def transfer(accounts, payer, payee, cents, print_slip):
    if accounts[payer] >= cents:
        accounts[payer] -= cents
        accounts[payee] += cents
        print_slip()
""",
            "what transfer returns",
        ),
    ],
    "4.3": [
        (
            # takes the money and then has a look
            """
from nearfar.bank import Accepted, Balance, Declined, Deposit, Withdraw


def decide(accounts, request):
    if request.account not in accounts:
        return Declined("no such account")
    if isinstance(request, Balance):
        return Accepted(accounts[request.account])
    if request.cents <= 0:
        return Declined("not above zero")
    sign = 1 if isinstance(request, Deposit) else -1
    accounts[request.account] += sign * request.cents
    if accounts[request.account] < 0:
        return Declined("not enough")
    return Accepted(accounts[request.account])
""",
            "the accounts after a withdrawal of 51 by eve",
        ),
        (
            # thinks of the overdraft only
            """
from nearfar.bank import Accepted, Balance, Declined, Deposit, Withdraw


def decide(accounts, request):
    balance = accounts.get(request.account, 0)
    if isinstance(request, Balance):
        return Accepted(balance)
    if isinstance(request, Withdraw) and request.cents > balance:
        return Declined("not enough")
    sign = 1 if isinstance(request, Deposit) else -1
    accounts[request.account] = balance + sign * request.cents
    return Accepted(accounts[request.account])
""",
            "the reply to a deposit of -100",
        ),
        (
            # greets strangers
            """
from nearfar.bank import Accepted, Balance, Declined, Deposit, Withdraw


def decide(accounts, request):
    balance = accounts.setdefault(request.account, 0)
    if isinstance(request, Balance):
        return Accepted(balance)
    if request.cents <= 0:
        return Declined("not above zero")
    if isinstance(request, Withdraw) and request.cents > balance:
        return Declined("not enough")
    sign = 1 if isinstance(request, Deposit) else -1
    accounts[request.account] = balance + sign * request.cents
    return Accepted(accounts[request.account])
""",
            "for 'Eve'",
        ),
    ],
    "4.4": [
        (
            "def audit(look, names):\n"
            "    return sum(look(name)[0] for name in names)",
            "while 40 goes from grant to eve",
        ),
        (
            # takes equal balances for a proof of rest
            """
def audit(look, names):
    before = [look(name)[0] for name in names]
    while True:
        now = [look(name)[0] for name in names]
        if now == before:
            return sum(now)
        before = now
""",
            "to and fro three times",
        ),
        (
            # compares with the very first look, for ever
            """
def audit(look, names):
    first = [look(name) for name in names]
    while True:
        now = [look(name) for name in names]
        if now == first:
            return sum(cents for cents, _ in now)
""",
            "500 looks, and no end",
        ),
    ],
    "5.1": [
        ("speed_up = 4", "Who is busy when the long chunk is under way?"),
        ("speed_up = 3.2", "if the long chunk were taken first"),
        ("speed_up = 7", "7 are the seconds"),
    ],
    "5.2": [
        (
            # 4 is mended; what is below 2 is not
            """
def is_prime(number):
    return all(number % d for d in range(2, number // 2 + 1))
""",
            "is_prime(1)",
        ),
        (
            # ends one before the root
            """
from math import isqrt


def is_prime(number):
    return number > 1 and all(number % d for d in range(2, isqrt(number)))
""",
            "is_prime(4)",
        ),
        (
            # right, and as slow as before
            """
def is_prime(number):
    return number > 1 and all(number % d for d in range(2, number))
""",
            "divisors tried for the prime 10007",
        ),
    ],
    "5.3": [
        (
            # lock-step, as in 2006
            """
from nearfar import spawn


def hunt(pieces, nodes):
    results = []

    def work(node, piece):
        results.append(node(piece))

    while pieces:
        now, pieces = pieces[: len(nodes)], pieces[len(nodes) :]
        tasks = [spawn(work, *pair) for pair in zip(nodes, now)]
        for task in tasks:
            task.join()
    return results
""",
            "a slow node does not hold up the others",
        ),
        (
            # everybody does everything
            """
from nearfar import spawn


def hunt(pieces, nodes):
    results = []

    def work(node):
        for piece in pieces:
            results.append(node(piece))

    for worker in [spawn(work, node) for node in nodes]:
        worker.join()
    return results
""",
            "every piece is done, and once",
        ),
        (
            # does not wait for the results
            """
from nearfar import spawn


def hunt(pieces, nodes):
    pieces, results = iter(pieces), []

    def work(node):
        for piece in pieces:
            results.append(node(piece))

    for node in nodes:
        spawn(work, node)
    return results
""",
            "happened: []",
        ),
    ],
    "5.4": [
        (
            # the piece dies with its node
            """
from nearfar import spawn
from nearfar.far import Broken


def hunt(pieces, nodes):
    pieces, results = iter(pieces), []

    def work(node):
        try:
            for piece in pieces:
                results.append(node(piece))
        except Broken:
            pass

    for worker in [spawn(work, node) for node in nodes]:
        worker.join()
    return results
""",
            "its piece is done by another, and once",
        ),
        (
            # given back, but the others have gone home
            """
from nearfar import spawn
from nearfar.far import Broken


def hunt(pieces, nodes):
    waiting, results = list(pieces), []

    def work(node):
        while waiting:
            piece = waiting.pop()
            try:
                results.append(node(piece))
            except Broken:
                waiting.append(piece)
                return

    for worker in [spawn(work, node) for node in nodes]:
        worker.join()
    return results
""",
            "a node dies over the last piece",
        ),
        (
            # asks the dead one again and again
            """
from nearfar import spawn
from nearfar.far import Broken


def hunt(pieces, nodes):
    waiting, results = list(pieces), []

    def work(node):
        while waiting:
            piece = waiting.pop(0)
            try:
                results.append(node(piece))
            except Broken:
                waiting.append(piece)

    while waiting:
        for worker in [spawn(work, node) for node in nodes]:
            worker.join()
    return results
""",
            "✗ a node dies: its piece is done by another",
        ),
    ],
    "6.1": [
        ("booked = 100", "the bank sees two requests"),
        ("booked = 0", "the request had arrived before"),
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


def pay(connect, cents, new_id):
    request = PayIn(new_id(), cents)
    while True:
        try:
            with connect() as connection:
                connection.send(request)
                return connection.receive(timeout=5).cents
        except Broken:
            sleep(1)
""",
            "whichever of the errors in `LOST`",
        ),
        (
            # one connection, whatever becomes of it
            """
from nearfar import sleep
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id):
    request = PayIn(new_id(), cents)
    with connect() as connection:
        while True:
            try:
                connection.send(request)
                return connection.receive(timeout=5).cents
            except LOST:
                sleep(1)
""",
            "in `LOST`",
        ),
        (
            # waits for ever
            """
from nearfar import sleep
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id):
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


def pay(connect, cents, new_id):
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
from nearfar.experiments.delivery import LOST, PayIn


def pay(connect, cents, new_id):
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
    "7.1": [
        ('contents = ["abcdef"]', "on its way, not that it is there"),
        ('contents = ["ab", "abcd", "abcdef"]', "in the middle of writing ef"),
        ('contents = ["", "ab", "abcd"]', "ab was synced before the cut"),
    ],
    "7.2": [
        (
            "def pay_in(disk, line, answer):\n"
            "    disk.sync('log')\n"
            "    disk.append('log', line)\n"
            "    answer()",
            "had been answered",
        ),
        (
            # overwrites what was there
            "def pay_in(disk, line, answer):\n"
            "    disk.write('log', line)\n"
            "    disk.sync('log')\n"
            "    answer()",
            "what is in the file 'log'",
        ),
        (
            # safe, and silent
            "def pay_in(disk, line, answer):\n"
            "    disk.append('log', line)\n"
            "    disk.sync('log')",
            "what was answered",
        ),
    ],
    "7.3": [
        (
            "def save(disk, data):\n"
            "    disk.write('state', data)\n"
            "    disk.sync('state')",
            "(half written)",
        ),
        (
            # syncs the name that does not matter yet
            "def save(disk, data):\n"
            "    disk.write('new', data)\n"
            "    disk.sync('state')\n"
            "    disk.rename('new', 'state')",
            "(unsynced lost)",
        ),
        (
            # adds to what an earlier attempt left
            "def save(disk, data):\n"
            "    disk.append('new', data)\n"
            "    disk.sync('new')\n"
            "    disk.write('state', disk.read('new'))\n"
            "    disk.sync('state')",
            "at step 2 (half written)",
        ),
        (
            # the rename itself may be lost
            "def save(disk, data):\n"
            "    disk.write('new', data)\n"
            "    disk.sync('new')\n"
            "    disk.rename('new', 'state')",
            "(rename lost)",
        ),
        (
            # what an earlier attempt has left is still there
            "def save(disk, data):\n"
            "    disk.append('new', data)\n"
            "    disk.sync('new')\n"
            "    disk.rename('new', 'state')\n"
            "    disk.sync('state')",
            "and then done again",
        ),
    ],
    "7.4": [
        (
            # one line each: texts have lines of their own
            """
import zlib


class Records:
    def pack(text):
        body = text.encode()
        return b"%08x %b\\n" % (zlib.crc32(body), body)

    def unpack(data):
        texts = []
        for line in data.split(b"\\n"):
            checksum, _, body = line.partition(b" ")
            if checksum != b"%08x" % zlib.crc32(body):
                break
            texts.append(body.decode())
        return texts
""",
            "six records",
        ),
        (
            # a length and no checksum
            """
class Records:
    def pack(text):
        body = text.encode()
        return len(body).to_bytes(4, "big") + body

    def unpack(data):
        texts = []
        while len(data) >= 4:
            size = int.from_bytes(data[:4], "big")
            if len(data) < 4 + size:
                break
            texts.append(data[4 : 4 + size].decode())
            data = data[4 + size :]
        return texts
""",
            "of the second record is wrong",
        ),
        (
            # the checksum leaves out the length
            """
import zlib


class Records:
    def pack(text):
        body = text.encode()
        checksum = zlib.crc32(body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + checksum + body

    def unpack(data):
        texts = []
        while len(data) >= 8:
            size = int.from_bytes(data[:4], "big")
            body = data[8 : 8 + size]
            checksum = zlib.crc32(body).to_bytes(4, "big")
            if len(body) < size or checksum != data[4:8]:
                break
            texts.append(body.decode())
            data = data[8 + size :]
        return texts
""",
            "64 zero bytes",
        ),
    ],
    "8.1": [
        ("worlds = 0", "these are forty bad days"),
        ("worlds = 40", "most worlds are kind"),
        ("worlds = 1", "more than a factor of two"),
    ],
    "8.2": [
        (
            # takes back, and does not expect a No
            """
from nearfar.bank import ATM
from nearfar.bank import Confirm, Deposit, Reverse


class Mended(ATM):
    def _settle(self, begun, attempts):
        moved = self.drawer.moved(begun.id)
        if begun.verb == "withdraw":
            verb = Confirm if moved else Reverse
            self._asked(verb(begun.id), attempts)
        elif moved:
            again = Deposit(begun.id, begun.account, begun.cents)
            self._asked(again, attempts)
        self._end(begun)
""",
            "nothing was withdrawn under this id",
        ),
        (
            # takes everything back
            """
from nearfar.bank import Refused
from nearfar.bank import ATM
from nearfar.bank import Deposit, Reverse


class Mended(ATM):
    def _settle(self, begun, attempts):
        try:
            if begun.verb == "withdraw":
                self._asked(Reverse(begun.id), attempts)
            elif self.drawer.moved(begun.id):
                again = Deposit(begun.id, begun.account, begun.cents)
                self._asked(again, attempts)
        except Refused:
            pass
        self._end(begun)
""",
            "the drawers gained",
        ),
        (
            # ends only what was paid: the rest is never settled
            """
from nearfar.bank import ATM
from nearfar.bank import Confirm, Deposit


class Mended(ATM):
    def _settle(self, begun, attempts):
        moved = self.drawer.moved(begun.id)
        if not moved:
            return
        if begun.verb == "withdraw":
            self._asked(Confirm(begun.id), attempts)
        else:
            again = Deposit(begun.id, begun.account, begun.cents)
            self._asked(again, attempts)
        self._end(begun)
""",
            "TimeoutError",
        ),
    ],
    "8.3": [
        (
            # the bank has no lightning rod
            """
from nearfar.simulation import Fault


def thunderstorm(hosts, at, seconds):
    return [
        Fault("crash", name, seconds, at=at + number)
        for number, name in enumerate(hosts)
    ]
""",
            "'bank': 1",
        ),
        (
            # all at once
            """
from nearfar.simulation import Fault


def thunderstorm(hosts, at, seconds):
    return [Fault("crash", name, seconds, at=at) for name in hosts[1:]]
""",
            "'atm-2': 10.0",
        ),
        (
            # up the street instead of down
            """
from nearfar.simulation import Fault


def thunderstorm(hosts, at, seconds):
    return [
        Fault("crash", name, seconds, at=at + number)
        for number, name in enumerate(hosts[:0:-1])
    ]
""",
            "when each machine crashes",
        ),
        (
            # what was tried first, whatever is asked
            """
from nearfar.simulation import Fault


def thunderstorm(hosts, at, seconds):
    return [Fault("crash", f"atm-{n}", 5.0, at=9.0 + n) for n in (1, 2, 3)]
""",
            "'atm-7': 1",
        ),
        (
            # what is late is late for a message, not at a time
            """
from nearfar.simulation import Fault


def thunderstorm(hosts, at, seconds):
    return [
        Fault("late", name, seconds, at=at + number)
        for number, name in enumerate(hosts[1:])
    ]
""",
            "leave out at=",
        ),
        (
            # at no time
            """
from nearfar.simulation import Fault


def thunderstorm(hosts, at, seconds):
    return [Fault("crash", name, seconds) for name in hosts[1:]]
""",
            "each with a time",
        ),
        (
            # each stays away longer
            """
from nearfar.simulation import Fault


def thunderstorm(hosts, at, seconds):
    return [
        Fault("crash", name, seconds + number, at=at + number)
        for number, name in enumerate(hosts[1:])
    ]
""",
            "for how many seconds",
        ),
    ],
    "8.4": [
        (
            # the books alone
            """
def no_money_is_made_or_lost(day):
    return not day.audit().problems
""",
            "behind the drawer",
        ),
        (
            # the books alone, by hand
            """
def no_money_is_made_or_lost(day):
    audit = day.audit()
    return audit.customers_cents + audit.held_cents == -audit.cash_cents
""",
            "behind the drawer",
        ),
        (
            # forgets what is held
            """
def no_money_is_made_or_lost(day):
    notes = day.drawer_cents() - 1_000_000 * len(day.machines)
    booked = day.audit().customers_cents - 10_000 * len(day.machines)
    return booked == notes
""",
            "holds a withdrawal",
        ),
        (
            # lets the bank take
            """
def no_money_is_made_or_lost(day):
    machines, audit = len(day.machines), day.audit()
    booked = audit.customers_cents + audit.held_cents - 10_000 * machines
    return booked <= day.drawer_cents() - 1_000_000 * machines
""",
            "✗ it is false when the bank takes money",
        ),
        (
            # two machines, whatever the day
            """
def no_money_is_made_or_lost(day):
    audit = day.audit()
    booked = audit.customers_cents + audit.held_cents - 20_000
    return booked == day.drawer_cents() - 2_000_000
""",
            "a day with 3 machines",
        ),
        (
            # returns nothing
            """
def no_money_is_made_or_lost(day):
    machines, audit = len(day.machines), day.audit()
    booked = audit.customers_cents + audit.held_cents - 10_000 * machines
    booked == day.drawer_cents() - 1_000_000 * machines
""",
            "without `return`",
        ),
        (
            # forgets that notes come and go
            """
def no_money_is_made_or_lost(day):
    return day.audit().customers_cents == 10_000 * len(day.machines)
""",
            "on honest days",
        ),
    ],
    "9.1": [
        ("milliseconds = 20", "20 of 22"),
        ("milliseconds = 2", "half of the time is overhead"),
        ("milliseconds = 1.8", "less than half"),
    ],
    "9.2": [
        (
            # ten times instead of nine
            """
def fitting_chunk(stop, number_s, overhead_s, workers):
    chunk = round(10 * overhead_s / number_s)
    return max(1, min(chunk, stop // (4 * workers)))
""",
            "less than that with one number fewer",
        ),
        (
            # nobody looked whether there is enough for all
            """
from math import ceil


def fitting_chunk(stop, number_s, overhead_s, workers):
    return max(1, ceil(round(9 * overhead_s / number_s, 6)))
""",
            "each worker gets four chunks or more",
        ),
        (
            # a chunk of nothing
            """
from math import ceil


def fitting_chunk(stop, number_s, overhead_s, workers):
    chunk = ceil(round(9 * overhead_s / number_s, 6))
    return min(chunk, stop // (4 * workers))
""",
            "no chunk is empty",
        ),
    ],
    "9.3": [
        (
            # one after the other
            """
from nearfar.exercises.chapter_09 import add, count_money


def audit(client, branches):
    total = client.submit(count_money, branches[0])
    for branch in branches[1:]:
        total = client.submit(add, total, client.submit(count_money, branch))
    return total.result()
""",
            "seconds for eight branches",
        ),
        (
            # waits for each
            """
from nearfar.exercises.chapter_09 import count_money


def audit(client, branches):
    futures = [client.submit(count_money, branch) for branch in branches]
    return sum(future.result() for future in futures)
""",
            "calls of result()",
        ),
        (
            # an odd branch is lost
            """
from nearfar.exercises.chapter_09 import add, count_money


def audit(client, branches):
    sums = [client.submit(count_money, branch) for branch in branches]
    while len(sums) > 1:
        pairs = zip(sums[::2], sums[1::2])
        sums = [client.submit(add, *pair) for pair in pairs]
    return sums[0].result()
""",
            "the cents in 5 branches",
        ),
    ],
    "10.1": [
        ('winner = "the farm"', "The sieve is more than that ahead"),
        ("winner = 100", "expected: a text in quotes"),
    ],
    "10.2": [
        (
            # a sieve of everything below
            """
def count_chunk(bounds):
    start, stop = bounds
    marks = bytearray([1]) * stop
    marks[:2] = bytes(min(2, stop))
    n = 2
    while n * n < stop:
        if marks[n]:
            marks[n * n :: n] = bytes(len(range(n * n, stop, n)))
        n += 1
    return sum(marks[start:])
""",
            "bytes needed for 2,000 numbers",
        ),
        (
            # crosses out the primes themselves
            """
from math import isqrt

from nearfar.farm import is_prime


def count_chunk(bounds):
    start, stop = max(bounds[0], 2), bounds[1]
    marks = bytearray([1]) * max(0, stop - start)
    for prime in filter(is_prime, range(isqrt(max(stop - 1, 0)) + 1)):
        for multiple in range(-start % prime, len(marks), prime):
            marks[multiple] = 0
    return sum(marks)
""",
            "the primes in (0, 100)",
        ),
    ],
    "10.3": [
        (
            # the fastest, not the first that wins
            """
def cost(single_s, times):
    best = min(times, key=times.get, default=None)
    return best if best and times[best] < single_s else None
""",
            "expected: 8",
        ),
        (
            # a tie is no win
            """
def cost(single_s, times):
    enough = [w for w, seconds in times.items() if seconds <= single_s]
    return min(enough, default=None)
""",
            "expected: None",
        ),
        (
            # in the order in which they come
            """
def cost(single_s, times):
    for workers, seconds in times.items():
        if seconds < single_s:
            return workers
    return None
""",
            "happened: 16",
        ),
    ],
}

"""Wrong answers to the exercises of chapter 08."""

WRONG = {
    "8.1": [
        (
            # one sequence of draws for all messages
            """
from collections import Counter, defaultdict
from random import Random

from nearfar import Channel, sleep, spawn


class SmallNetwork:
    def __init__(self, seed, faults=()):
        self.seed, self.chance = seed, Random(seed)
        self.faults, self.sent = dict(faults), Counter()
        self.inboxes = defaultdict(Channel)

    def send(self, sender, receiver, message):
        self.sent[sender, receiver] += 1
        name = f"{sender}>{receiver}#{self.sent[sender, receiver]}"
        delay, fault = self.chance.uniform(0.01, 0.1), self.faults.get(name, 0)
        if fault != "lost":
            inbox = self.inboxes[receiver]
            spawn(self._deliver, delay + fault, inbox, message, daemon=True)

    def _deliver(self, delay, inbox, message):
        sleep(delay)
        inbox.send(message)
""",
            "with one from ann to dee",
        ),
        (
            # draws nothing for a lost message
            """
from collections import Counter, defaultdict
from random import Random

from nearfar import Channel, sleep, spawn


class SmallNetwork:
    def __init__(self, seed, faults=()):
        self.seed, self.chance = seed, Random(seed)
        self.faults, self.sent = dict(faults), Counter()
        self.inboxes = defaultdict(Channel)

    def send(self, sender, receiver, message):
        self.sent[sender, receiver] += 1
        name = f"{sender}>{receiver}#{self.sent[sender, receiver]}"
        fault = self.faults.get(name, 0)
        if fault != "lost":
            delay = self.chance.uniform(0.01, 0.1) + fault
            inbox = self.inboxes[receiver]
            spawn(self._deliver, delay, inbox, message, daemon=True)

    def _deliver(self, delay, inbox, message):
        sleep(delay)
        inbox.send(message)
""",
            "with ann>bob#1 lost",
        ),
        (
            # delivers before it returns
            """
from collections import Counter, defaultdict
from random import Random

from nearfar import Channel, sleep, spawn


class SmallNetwork:
    def __init__(self, seed, faults=()):
        self.seed, self.chance = seed, Random(seed)
        self.faults, self.sent = dict(faults), Counter()
        self.inboxes = defaultdict(Channel)

    def send(self, sender, receiver, message):
        self.sent[sender, receiver] += 1
        name = f"{sender}>{receiver}#{self.sent[sender, receiver]}"
        fault = self.faults.get(name, 0)
        if fault != "lost":
            delay = Random(f"{self.seed}/{name}").uniform(0.01, 0.1)
            self._deliver(delay + fault, self.inboxes[receiver], message)

    def _deliver(self, delay, inbox, message):
        sleep(delay)
        inbox.send(message)
""",
            "that six sends take",
        ),
        (
            # numbers messages by their receiver
            """
from collections import Counter, defaultdict
from random import Random

from nearfar import Channel, sleep, spawn


class SmallNetwork:
    def __init__(self, seed, faults=()):
        self.seed, self.chance = seed, Random(seed)
        self.faults, self.sent = dict(faults), Counter()
        self.inboxes = defaultdict(Channel)

    def send(self, sender, receiver, message):
        self.sent[receiver] += 1
        name = f"{sender}>{receiver}#{self.sent[receiver]}"
        fault = self.faults.get(name, 0)
        if fault != "lost":
            delay = Random(f"{self.seed}/{name}").uniform(0.01, 0.1)
            inbox = self.inboxes[receiver]
            spawn(
                self._deliver, delay + fault, inbox, message, daemon=True
            )

    def _deliver(self, delay, inbox, message):
        sleep(delay)
        inbox.send(message)
""",
            "with one from ann to dee",
        ),
        (
            # every fault is a loss
            """
from collections import Counter, defaultdict
from random import Random

from nearfar import Channel, sleep, spawn


class SmallNetwork:
    def __init__(self, seed, faults=()):
        self.seed, self.chance = seed, Random(seed)
        self.faults, self.sent = dict(faults), Counter()
        self.inboxes = defaultdict(Channel)

    def send(self, sender, receiver, message):
        self.sent[sender, receiver] += 1
        name = f"{sender}>{receiver}#{self.sent[sender, receiver]}"
        delay = Random(f"{self.seed}/{name}").uniform(0.01, 0.1)
        inbox = self.inboxes[receiver]
        if name not in self.faults:
            spawn(self._deliver, delay, inbox, message, daemon=True)

    def _deliver(self, delay, inbox, message):
        sleep(delay)
        inbox.send(message)
""",
            "with ann>bob#1 lost",
        ),
    ],
    "8.4": [
        ('breaks = ["B"]', "one more"),
        ('breaks = ["A", "B"]', "it asks again under the same id"),
        ('breaks = ["B", "C", "D"]', "the bank crashes, not the machine"),
        ('breaks = ["B", "D", "E"]', "the Confirm has arrived"),
    ],
    "8.5": [
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
        (
            # ends whatever the bank refuses, and forgets the notes
            """
from nearfar.bank import ATM, Confirm, Deposit, Refused, Reverse


class Mended(ATM):
    def _settle(self, begun, attempts):
        moved = self.drawer.moved(begun.id)
        try:
            if begun.verb == "withdraw":
                verb = Confirm if moved else Reverse
                self._asked(verb(begun.id), attempts)
            elif moved:
                again = Deposit(begun.id, begun.account, begun.cents)
                self._asked(again, attempts)
        except Refused:
            pass
        self._end(begun)
""",
            "on no account, so `except Refused` must not end it",
        ),
    ],
    "8.2": [
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
            "holds 500 cents of customer-1",
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
    "8.6": [
        (
            # too early: nothing is confirmed yet
            """
from nearfar.simulation import Fault


def worst():
    return Fault("crash", "bank>atm-1#2", 5)
""",
            "breaks its day expected: True",
        ),
        (
            # a lost answer is asked for again
            """
from nearfar.simulation import Fault


def worst():
    return Fault("lost", "bank>atm-1#3")
""",
            "breaks its day expected: True",
        ),
        (
            # the bank outlives it
            """
from nearfar.simulation import Fault


def worst():
    return Fault("crash", "atm-1>bank#3", 5)
""",
            "breaks its day expected: True",
        ),
        (
            # no such message
            """
from nearfar.simulation import Fault


def worst():
    return Fault("crash", "bank>atm-1#4", 5)
""",
            "the faults that struck",
        ),
        (
            # several
            """
from nearfar.simulation import Fault


def worst():
    return [Fault("crash", "bank>atm-1#3", 5)]
""",
            "expected: one Fault",
        ),
        (
            # the bank never comes back: no machine survives that
            """
from nearfar.simulation import Fault


def worst():
    return Fault("crash", "atm-1>bank#2", float("inf"))
""",
            "each host must come back",
        ),
    ],
    "8.3": [
        (
            # the first that is enough alone
            """
from itertools import combinations


def shrink(faults, breaks):
    for fault in faults:
        if breaks([fault]):
            return [fault]
    return faults
""",
            "what is left expected",
        ),
        (
            # one pass
            """
from itertools import combinations


def shrink(faults, breaks):
    left = list(faults)
    for fault in faults:
        without = [other for other in left if other != fault]
        if breaks(without):
            left = without
    return left
""",
            "what can be left out of",
        ),
        (
            # every combination
            """
from itertools import combinations


def shrink(faults, breaks):
    for many in range(len(faults) + 1):
        for some in combinations(faults, many):
            if breaks(list(some)):
                return list(some)
""",
            "at most 300",
        ),
        (
            # changes the list that it was given
            """
from itertools import combinations


def shrink(faults, breaks):
    for fault in list(faults):
        faults.remove(fault)
        if not breaks(faults):
            faults.append(fault)
    return faults
""",
            "the list of 9 faults",
        ),
        (
            # halves only
            """
from itertools import combinations


def shrink(faults, breaks):
    left = list(faults)
    while len(left) > 1:
        half = len(left) // 2
        if breaks(left[:half]):
            left = left[:half]
        elif breaks(left[half:]):
            left = left[half:]
        else:
            break
    return left
""",
            "what is left expected",
        ),
    ],
}

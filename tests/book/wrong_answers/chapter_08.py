"""Wrong answers to the exercises of chapter 08."""

WRONG = {
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
}

"""Customers: what people type at an ATM, and what it says to them.

The one idea: a customer knows only what the machine says. So each `Wish` keeps
the words typed, the words said, and what passed between the machine and the
bank meanwhile.

`plan` draws sessions; `Customers` types them, in place of a terminal. What must
be true of a wish is in `bank_truth`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random

from ..bank import Declined, SignIn
from ..near import sleep

__all__ = ["Session", "Wish", "Customers", "plan", "typed", "read"]

AMOUNT = re.compile(r"-?\d+\.\d\d")
LOOKS = ("balance", "statement")
CHOICES = ("withdraw", "deposit", "transfer", "statement", "balance", "leave")
ALL_I_HAVE, ALL_IN_IT = "all I have", "all in it"  # amounts, when it is typed
MOST_TRIES = 10  # at a PIN
NONSENSE = ("12.345", "-5", "1,50", "1e3", "ten", "12.5")


@dataclass
class Wish:
    """One thing that a customer asked of a machine, and what came of it.

    `said` is empty if the machine went dark. `passed` holds the requests and
    replies meanwhile, with None for each connection that broke.
    """

    account: str
    verb: str
    typed: str = ""
    payee: str = ""
    said: str = ""
    passed: list = field(default_factory=list)
    drawer_cents: int = 0
    jams: int = 0

    @property
    def cents(self) -> int:
        """The amount; 0 if what was typed is none."""
        whole, _, cents = self.typed.partition(".")
        fine = whole.isdigit() and (len(cents) == 2 or "." not in self.typed)
        return int(whole) * 100 + int(cents or 0) if fine else 0

    @property
    def told(self) -> str:
        """Whether it was done, refused or unknown, or "" if that is open."""
        first = self.said.partition(":")[0].lower()
        known = first if first in ("refused", "unknown") else "done"
        return known if self.said else ""


@dataclass
class Session:
    """A customer: when it comes, the PINs it tries, what it wants."""

    pause: float
    account: str
    pins: list[str]
    wishes: list[Wish]


def plan(chance: Random, pins: dict[str, str]) -> Session:
    """Draw a session of a customer; `pins` are those of all accounts."""
    accounts = [name for name in pins if name != "frozen"]
    odd = ["frozen", "frozen", "nobody"] if chance.random() < 0.2 else []
    account = chance.choice(odd or accounts)
    wrong = chance.choice([*[0] * 12, 1, 1, 2, 3])
    tries = [f"000{number}" for number in range(wrong)]
    tries += [pins.get(account, "9999")]
    many = chance.randint(1, 3)
    wishes = [_wish(chance, account, accounts) for _ in range(many)]
    return Session(chance.uniform(0, 60), account, tries, wishes)


def _wish(chance, account, accounts):
    verb = chance.choice(
        ["withdraw", "withdraw", "deposit", "transfer", "balance", "statement"]
    )
    if verb in LOOKS:
        return Wish(account, verb)
    others = chance.choice([accounts, accounts, accounts, ["frozen", "nobody"]])
    payee = chance.choice(others) if verb == "transfer" else ""
    return Wish(account, verb, _amount(chance), payee)


def _amount(chance):
    """What is typed: odd cents, whole ones, all, too much, and nonsense."""
    kind = chance.random()
    if kind < 0.05:
        return chance.choice([*NONSENSE, "0", "0.00"])
    if kind < 0.15:
        return chance.choice([ALL_I_HAVE, ALL_IN_IT])
    if kind < 0.3:
        return str(chance.randint(1, 150))
    return typed(chance.randint(1, 6_000 if kind < 0.85 else 20_000))


class Customers:
    """The customers at one machine, in place of its screen and keys.

    `notes()` says how much is in the drawer, whatever the machine says.
    """

    def __init__(self, sessions, wishes, notes, chance, mark):
        self.machine = None
        self.sessions: list[Session] = sessions  # to come, also after a crash
        self.wishes: list[Wish] = wishes
        self.notes = notes
        self.chance = chance
        self.mark = mark
        self.now: Wish | None = None
        self.inside = False  # whether a customer has signed in
        self.known = 0  # the balance that was shown last
        self._pins: list[str] = []
        self._lines: list[str] = []  # still to be typed
        self._session: Session  # since the first customer has come
        self._last = None  # that has passed
        self._refused: list = []  # the card, on the line that is open

    def ask(self, prompt: str, hidden: bool = False, idle=None) -> str:
        """Type the next line. Raises EOFError when no customer is left."""
        if hidden != ("PIN" in prompt):
            raise AssertionError(f"not so: {prompt!r} hides what is typed")
        if hidden:
            self._begin(Wish(self._session.account, "sign in"))
            return self._pins.pop(0)
        if self._lines:
            return self._lines.pop(0)
        if self.machine.account:
            return self._next_wish()
        if self.inside:
            raise AssertionError("not so: the machine forgets its customer")
        if self._pins:  # the last one was wrong
            return self._session.account
        self.now = None
        return self._next_customer(idle)

    def say(self, text: str = "") -> None:
        """Read what the machine says."""
        if self.now is not None and self._answers(text):
            self.now.said = text
            if self.now.verb in ("sign in", "leave"):
                done = self.now.told == "done"
                self.inside = done and self.now.verb == "sign in"
            if self.now.verb != "leave":
                self.mark(f"{self.now.verb}: {self.now.told}")
            amounts = AMOUNT.findall(text)
            if "You have" in text and amounts:
                self.known = read(amounts[-1])
            self.now, self._lines = None, []

    def hears(self, what) -> None:
        """Note what passes between the machine and the bank."""
        if isinstance(what, SignIn) or what is None:
            self._refused = []
        elif isinstance(what, Declined) and isinstance(self._last, SignIn):
            self._refused = [what]
        self._last = what
        if self.now is not None:
            self.now.passed.append(what)

    def jammed(self) -> bool:
        """Say whether the drawer jams, and note it."""
        jam = self.chance.random() < 0.1
        if jam:
            self.mark("machine: jams")
        if jam and self.now is not None:
            self.now.jams += 1
        return jam

    def _answers(self, text):
        return bool(text.strip()) and "THE BANK" not in text

    def _next_customer(self, idle):
        if not self.sessions:
            raise EOFError
        self._session = self.sessions.pop(0)
        self._pins = [*self._session.pins]
        sleep(self._session.pause)
        if idle is not None and len(self.sessions) % 2:
            idle()
        return self._session.account

    def _next_wish(self):
        self._pins = []
        if not self._session.wishes:
            self._begin(Wish(self._session.account, "leave"))
            return "leave"
        wish = self._session.wishes.pop(0)
        if wish.typed == ALL_I_HAVE:
            wish.typed = typed(self.known)
        elif wish.typed == ALL_IN_IT:
            wish.typed = typed(self.notes())
        self._begin(wish)
        verb = wish.verb
        if self.chance.random() < 0.3:
            verb = f"{CHOICES.index(verb) + 1}"
        words = [word for word in (verb, wish.typed, wish.payee) if word]
        if self.chance.random() < 0.3:  # one after the other
            self._lines = words[1:]
            return words[0]
        return " ".join(words)

    def _begin(self, wish):
        wish.drawer_cents = self.notes()
        if wish.verb != "sign in":  # else on a line of its own
            wish.passed += self._refused
        self.now = wish
        self.wishes.append(wish)


def typed(cents: int) -> str:
    """Write an amount as people do, without the bank's own function for it."""
    digits = f"{abs(cents):03}"
    return f"{'-' * (cents < 0)}{digits[:-2]}.{digits[-2:]}"


def read(text: str) -> int:
    """Read an amount that a machine shows."""
    return int(text.replace(".", ""))

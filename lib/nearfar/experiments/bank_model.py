"""A model of the bank: what each of its replies must be, on one page.

The one idea: the rules of the bank without a bank. There is no disk here, no
network and no query, only dictionaries, and the requests in the order in which
the bank decided on them. If a reply differs from the model's, one of the two
is wrong, and the model can be read in a minute.

`answer` is the whole model. Left out: the words of a refusal.
"""

from __future__ import annotations

from ..bank import (
    Balance,
    Confirm,
    Deposit,
    Reverse,
    SignIn,
    Statement,
    Transfer,
    Withdraw,
)

__all__ = ["Model"]

DONE = "done"
MOST_CENTS = 10**12
WRONG_PINS = 3  # in a row, before an account is locked for a while
OURS = {"deposit": "@cash", "withdraw": "@held"}  # the other side of each
UNTOLD = ("", "", 0, None)


class Model:
    """Accounts, and what was asked: {id: {verb: (payer, payee, cents, told)}}.

    `told` is the balance in the reply, or None for a refusal. `changes` counts
    what a power cut could undo.
    """

    def __init__(self):
        self.cents = {"@cash": 0, "@held": 0}
        self.lines: dict[str, list] = {}  # of statements, the newest first
        self.pins: dict[str, str] = {}
        self.wrong: dict[str, int] = {}  # PINs in a row
        self.guesses: dict[str, tuple] = {}  # (how many, when, the last one)
        self.peers: dict[str, tuple] = {}  # (how many, when)
        self.frozen: set[str] = set()
        self.past: dict[str, dict[str, tuple]] = {}
        self.changes = 0

    def open(self, name: str, cents: int, pin: str) -> None:
        """Add a customer with money."""
        self.cents[name], self.lines[name] = 0, []
        self.pins[name], self.wrong[name] = pin, 0
        self._move("open", "@cash", name, cents)

    def copy(self) -> Model:
        """Return the same state, to go back to after a power cut."""
        other = Model()
        vars(other).update(vars(self))
        for name in ("cents", "wrong"):
            setattr(other, name, dict(getattr(self, name)))
        other.guesses, other.peers = {}, {}  # which are not on the disk
        other.lines = {name: [*lines] for name, lines in self.lines.items()}
        other.past = {id: dict(verbs) for id, verbs in self.past.items()}
        return other

    def answer(
        self, request, customer: str, peer: str = "", now: float = 0.0
    ) -> int | list | str | None:
        """Return the balance or the lines of the reply; None for a refusal.

        DONE stands for a balance that is none of the asker's business.

        `customer` is who has signed in on that connection, or "", and `peer`
        where it comes from; `now` is the time in seconds.
        """
        match request:
            case SignIn(name, pin):
                return self._sign_in(name, pin, peer, now)
            case Balance(name) if name == customer != "":
                return self.cents[name]
            case Statement(name, last) if name == customer != "":
                return self.lines[name][: min(max(last, 0), 100)]
            case Deposit(id, name, cents):
                told = self._order(id, "deposit", "@cash", name, cents)
                return told if name == customer else _done(told)
            case Withdraw(id, name, cents):
                order = id, "withdraw", name, "@held", cents
                return self._by(customer, *order)
            case Transfer(id, payer, payee, cents):
                return self._by(customer, id, "transfer", payer, payee, cents)
            case Confirm(id):
                told = self._settle(id, "confirm", "reverse")
            case Reverse(id):
                told = self._settle(id, "reverse", "confirm")
            case _:
                return None
        payer = self.past.get(id, {}).get("withdraw", UNTOLD)[0]
        return told if payer == customer != "" else _done(told)

    def told(self, id: str, verb: str) -> int | None:
        """Return the balance that was told; None if it was not accepted."""
        return self.past.get(id, {}).get(verb, UNTOLD)[3]

    def held(self) -> set[str]:
        """Return the ids of the withdrawals that are not settled."""
        return {
            id
            for id in self.past
            if self.told(id, "withdraw") is not None
            and self.told(id, "confirm") is None
            and self.told(id, "reverse") is None
        }

    def counts(self) -> tuple:
        """Return what an audit counts, in its order."""
        told = [t for verbs in self.past.values() for *_, t in verbs.values()]
        many, refused = len(self.lines), told.count(None)
        cash, held = self.cents["@cash"], self.cents["@held"]
        moved = many + len(told) - refused
        open_ids = tuple(sorted(self.held()))
        return many, moved, refused, -cash - held, cash, open_ids, held

    def _sign_in(self, name, pin, peer, now):
        if name not in self.pins:
            return None
        row = self.wrong[name]
        many, at, last = self.guesses.get(name, (row, now, ""))
        if row:  # after a restart the wait begins anew
            self.guesses.setdefault(name, (many, at, last))
        beyond = max(min(row, round(many)) - WRONG_PINS, round(many) - 20)
        beyond = max(beyond, 0) if row >= WRONG_PINS else beyond
        here, since = self.peers.get(peer, (0, now))
        wait_s, wait_here_s = _wait(beyond, 10, 3_600), _wait(here - 30, 1, 60)
        if now < max(at + wait_s, since + wait_here_s) or pin == last:
            return None
        right = pin == self.pins[name]
        if not right:
            fewer = max(0, many - (now - at) / 3_600)
            self.guesses[name] = fewer + 1, now, pin
            self.peers[peer] = max(0, here - (now - since) / 60) + 1, now
        self.wrong[name] = 0 if right else row + 1
        self.changes += row != self.wrong[name]
        return self.cents[name] if right else None

    def asked_by_another(self, request, customer: str) -> bool:
        """Whether this has happened, and is asked by another than its payer.

        Then no reply is both true and none of the asker's business.
        """
        match request:
            case Withdraw(id, payer, cents):
                order = payer, "@held", cents
            case Transfer(id, payer, payee, cents):
                order = payer, payee, cents
            case _:
                return False
        verb = type(request).__name__.lower()
        kept = self.past.get(id, {}).get(verb, UNTOLD)
        return payer != customer and kept[:3] == order and kept[3] is not None

    def _by(self, customer, id, verb, payer, payee, cents):
        if payer == customer != "":
            return self._order(id, verb, payer, payee, cents)
        words = payer, payee, cents
        return self._refuse(
            id, verb, words if _makes_sense(id, verb, *words) else UNTOLD[:3]
        )

    def _refuse(self, id, verb, words):
        """Let nothing ever happen under an id, unless something has."""
        if _is_id(id) and not self.past.get(id):
            self.past[id] = {verb: (*words, None)}
            self.changes += 1

    def _order(self, id, verb, payer, payee, cents):
        if not _makes_sense(id, verb, payer, payee, cents):
            return self._refuse(id, verb, UNTOLD[:3])
        verbs = self.past.setdefault(id, {})
        if verb in verbs:
            same = verbs[verb][:3] == (payer, payee, cents)
            undone = verb == "withdraw" and self.told(id, "reverse") is not None
            return self.told(id, verb) if same and not undone else None
        if verbs.keys() - {"confirm", "reverse"}:
            return None  # an id serves one order
        fine = not verbs and self._can(payer, payee, cents)
        if fine:
            self._move(verb, payer, payee, cents)
        customer = payee if verb == "deposit" else payer
        told = self.cents[customer] if fine else None
        verbs[verb] = payer, payee, cents, told
        self.changes += 1
        return told

    def _can(self, payer, payee, cents):
        if payer == payee or {payer, payee} - self.cents.keys():
            return False
        if {payer, payee} & self.frozen:
            return False
        enough = payer == "@cash" or self.cents[payer] >= cents
        fits = payee == "@held" or self.cents[payee] + cents <= MOST_CENTS
        return enough and fits

    def _settle(self, id, verb, other):
        verbs = self.past.get(id, {})
        if not _is_id(id):
            return None
        if verb in verbs:
            return self.told(id, verb)
        payer, _, cents, told = verbs.get("withdraw", UNTOLD)
        fine = told is not None and self.told(id, other) is None
        if fine:
            back = payer if verb == "reverse" else "@cash"
            self._move(verb, "@held", back, cents)
        told = self.cents[payer] if fine else None
        self.past.setdefault(id, {})[verb] = "", "", 0, told
        self.changes += 1
        return told

    def _move(self, verb, payer, payee, cents):
        for name, other, sign in ((payer, payee, -1), (payee, payer, 1)):
            self.cents[name] += sign * cents
            if name in self.lines:
                line = verb, other, sign * cents, self.cents[name]
                self.lines[name].insert(0, line)


def _makes_sense(id, verb, payer, payee, cents):
    names = {payer, payee} - {OURS.get(verb)}
    words = _is_id(id) and all(map(_is_name, names))
    return words and 1 <= cents <= MOST_CENTS


def _is_word(word):
    return 1 <= len(word) <= 64 and word.isprintable()


def _is_id(word):
    return _is_word(word) and not word.startswith("open ")


def _is_name(word):
    return _is_word(word) and not word.startswith("@")


def _done(told):
    """Return what is told to another than the customer."""
    return None if told is None else DONE


def _wait(beyond, first_s, most_s):
    """Seconds of waiting after so many wrong PINs too many; none below 0."""
    beyond = round(beyond)
    return min(most_s, first_s * 2 ** min(beyond, 20)) if beyond >= 0 else 0

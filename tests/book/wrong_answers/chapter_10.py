"""Wrong answers to the exercises of chapter 10."""

WRONG = {
    "10.2": [
        (
            # never settles
            """
from nearfar.experiments.between_banks import Move, Put, Take


def transfer(ask, order):
    id, cents = order.id, order.cents
    if not order.far:
        return ask(order.payer, Move(id, order.payer, order.payee, cents))
    if not ask(order.payer, Take(id, order.payer, cents)):
        return False
    return ask(order.payee, Put(id, order.payee, cents))
""",
            "what is in transit",
        ),
        (
            # forgets the way back
            """
from nearfar.experiments.between_banks import Move, Put, Settle, Take


def transfer(ask, order):
    id, cents = order.id, order.cents
    if not order.far:
        return ask(order.payer, Move(id, order.payer, order.payee, cents))
    if not ask(order.payer, Take(id, order.payer, cents)):
        return False
    arrived = ask(order.payee, Put(id, order.payee, cents))
    ask(order.payer, Settle(id, back=False))
    return arrived
""",
            "expected: (0, 0, 0)",
        ),
        (
            # does not look at what `Take` said
            """
from nearfar.experiments.between_banks import Move, Put, Settle, Take


def transfer(ask, order):
    id, cents = order.id, order.cents
    if not order.far:
        return ask(order.payer, Move(id, order.payer, order.payee, cents))
    ask(order.payer, Take(id, order.payer, cents))
    arrived = ask(order.payee, Put(id, order.payee, cents))
    ask(order.payer, Settle(id, back=not arrived))
    return arrived
""",
            "KeyError",
        ),
        (
            # a new id for each step of each attempt
            """
from random import random

from nearfar.experiments.between_banks import Move, Put, Settle, Take


def transfer(ask, order):
    id, cents = f"{order.id}-{random()}", order.cents
    if not order.far:
        return ask(order.payer, Move(id, order.payer, order.payee, cents))
    if not ask(order.payer, Take(id, order.payer, cents)):
        return False
    arrived = ask(order.payee, Put(id, order.payee, cents))
    ask(order.payer, Settle(id, back=not arrived))
    return arrived
""",
            "expected: (-500, 500, 0)",
        ),
        (
            # within a bank it moves nothing
            """
from nearfar.experiments.between_banks import Put, Settle, Take


def transfer(ask, order):
    id, cents = order.id, order.cents
    if not ask(order.payer, Take(id, order.payer, cents)):
        return False
    arrived = ask(order.payee, Put(id, order.payee, cents))
    ask(order.payer, Settle(id, back=order.far and not arrived))
    return arrived
""",
            "bad days",
        ),
    ],
    "10.3": [
        ("a_second = {2: 400, 64: 12_800}", "half of the transfers cross"),
        ("a_second = {2: 133, 64: 4267}", "take one write"),
        ("a_second = {2: 200, 64: 6400}", "right about two banks"),
        ("a_second = {2: 100, 64: 64}", "that is not what happens"),
    ],
    "10.4": [
        (
            # decides before it has all votes
            """
from nearfar.experiments.two_phase import Decide, Prepare


def two_phase(ask, journal, order):
    for account, cents in (
        (order.payer, -order.cents),
        (order.payee, order.cents),
    ):
        journal["commit"] = ask(account, Prepare(order.id, account, cents), 2)
        ask(account, Decide(order.id, journal["commit"]))
    return journal["commit"]
""",
            "what the banks were told",
        ),
        (
            # writes the decision down when it has told it
            """
from nearfar.experiments.two_phase import Decide, Prepare


def two_phase(ask, journal, order):
    yes = all(
        ask(account, Prepare(order.id, account, cents), 2)
        for account, cents in (
            (order.payer, -order.cents),
            (order.payee, order.cents),
        )
    )
    for account in (order.payer, order.payee):
        ask(account, Decide(order.id, yes))
    journal["commit"] = yes
    return yes
""",
            "what the journal holds",
        ),
        (
            # decides again after a restart
            """
from nearfar.experiments.two_phase import Decide, Prepare


def two_phase(ask, journal, order):
    journal["commit"] = all(
        ask(account, Prepare(order.id, account, cents), 2)
        for account, cents in (
            (order.payer, -order.cents),
            (order.payee, order.cents),
        )
    )
    for account in (order.payer, order.payee):
        ask(account, Decide(order.id, journal["commit"]))
    return journal["commit"]
""",
            "expected: [(1, True), (2, True)]",
        ),
        (
            # waits for a vote that never comes
            """
from nearfar.experiments.two_phase import Decide, Prepare


def two_phase(ask, journal, order):
    if "commit" not in journal:
        journal["commit"] = all(
            ask(account, Prepare(order.id, account, cents))
            for account, cents in (
                (order.payer, -order.cents),
                (order.payee, order.cents),
            )
        )
    for account in (order.payer, order.payee):
        ask(account, Decide(order.id, journal["commit"]))
    return journal["commit"]
""",
            "at most twice",
        ),
        (
            # takes silence for a yes
            """
from nearfar.experiments.two_phase import Decide, Prepare


def two_phase(ask, journal, order):
    if "commit" not in journal:
        votes = [
            ask(account, Prepare(order.id, account, cents), 2)
            for account, cents in (
                (order.payer, -order.cents),
                (order.payee, order.cents),
            )
        ]
        journal["commit"] = False not in votes
    for account in (order.payer, order.payee):
        ask(account, Decide(order.id, journal["commit"]))
    return journal["commit"]
""",
            "what the banks were told",
        ),
    ],
    "10.5": [
        ('locked = ["C"]', "which has promised, too"),
        ('locked = ["B", "C", "D"]', "no account is locked"),
        ('locked = ["C", "D", "E"]', "both banks have heard"),
        ('locked = ["A", "C", "D"]', "no bank has heard"),
    ],
    "10.1": [
        (
            # modulo: nearly all accounts move
            """
def home(account, banks):
    banks = sorted(banks)
    return banks[account % len(banks)]
""",
            "when harbour is added",
        ),
        (
            # ranges: evenly, and they shift
            """
def home(account, banks):
    banks = sorted(banks)
    return banks[(account - 1) * len(banks) // 3_000]
""",
            "when harbour is added",
        ),
        (
            # all at one bank: nothing moves
            """
def home(account, banks):
    return min(banks)
""",
            "about 750 each",
        ),
        (
            # depends on the order of the list
            """
def home(account, banks):
    return banks[account % len(banks)]
""",
            "listed backwards",
        ),
        (
            # a checksum that does not spread
            """
from zlib import crc32


def home(account, banks):
    return max(banks, key=lambda bank: crc32(f"{bank}/{account}".encode()))
""",
            "about 750 each",
        ),
        (
            # bids of the banks alone
            """
from hashlib import sha256


def home(account, banks):
    return max(banks, key=lambda bank: sha256(bank.encode()).digest())
""",
            "about 750 each",
        ),
    ],
    "10.7": [
        (
            # takes silence for a no
            """
from nearfar import sleep


def carry_out(steps):
    undos = []
    for do, undo in steps:
        if asked(do):
            undos.append(undo)
            continue
        for undo in reversed(undos):
            repeated(undo)
        return False
    return True


def asked(do):
    for _ in range(3):
        try:
            return do()
        except TimeoutError:
            sleep(1)


def repeated(undo):
    while True:
        try:
            return undo()
        except TimeoutError:
            sleep(1)
""",
            "the effects that are left, when `sleep` never answers",
        ),
        (
            # undoes the first step first
            """
from nearfar import sleep


def carry_out(steps):
    undos = []
    for do, undo in steps:
        undos.append(undo)
        said = asked(do)
        if said:
            continue
        if said is False:
            undos.pop()
        for undo in undos:
            repeated(undo)
        return False
    return True


def asked(do):
    for _ in range(3):
        try:
            return do()
        except TimeoutError:
            sleep(1)


def repeated(undo):
    while True:
        try:
            return undo()
        except TimeoutError:
            sleep(1)
""",
            "what happened, in order",
        ),
        (
            # asks for an undo once
            """
from nearfar import sleep


def carry_out(steps):
    undos = []
    for do, undo in steps:
        undos.append(undo)
        said = asked(do)
        if said:
            continue
        if said is False:
            undos.pop()
        for undo in reversed(undos):
            try:
                undo()
            except TimeoutError:
                pass
        return False
    return True


def asked(do):
    for _ in range(3):
        try:
            return do()
        except TimeoutError:
            sleep(1)


def repeated(undo):
    while True:
        try:
            return undo()
        except TimeoutError:
            sleep(1)
""",
            "the effects that are left",
        ),
        (
            # undoes what was refused
            """
from nearfar import sleep


def carry_out(steps):
    undos = []
    for do, undo in steps:
        undos.append(undo)
        said = asked(do)
        if said:
            continue
        for undo in reversed(undos):
            repeated(undo)
        return False
    return True


def asked(do):
    for _ in range(3):
        try:
            return do()
        except TimeoutError:
            sleep(1)


def repeated(undo):
    while True:
        try:
            return undo()
        except TimeoutError:
            sleep(1)
""",
            "a step that was refused has no effect",
        ),
        (
            # stops, and leaves half of it
            """
from nearfar import sleep


def carry_out(steps):
    undos = []
    for do, undo in steps:
        if not asked(do):
            return False
    return True


def asked(do):
    for _ in range(3):
        try:
            return do()
        except TimeoutError:
            sleep(1)


def repeated(undo):
    while True:
        try:
            return undo()
        except TimeoutError:
            sleep(1)
""",
            "the effects that are left",
        ),
        (
            # asks until it has an answer
            """
from nearfar import sleep


def carry_out(steps):
    undos = []
    for do, undo in steps:
        undos.append(undo)
        said = asked(do)
        if said:
            continue
        if said is False:
            undos.pop()
        for undo in reversed(undos):
            repeated(undo)
        return False
    return True


def asked(do):
    while True:
        try:
            return do()
        except TimeoutError:
            sleep(1)


def repeated(undo):
    while True:
        try:
            return undo()
        except TimeoutError:
            sleep(1)
""",
            "at most 3 times",
        ),
    ],
    "10.6": [
        (
            # keeps its promises in memory
            """
class Participant:
    def __init__(self, disk):
        self.disk, self.promised = disk, {}

    def prepare(self, id, account, cents):
        locked = [name for name, _ in self.promised.values()]
        if account in locked or self.disk.load()["cents"][account] + cents < 0:
            return False
        self.promised[id] = account, cents
        return True

    def decide(self, id, commit):
        state = self.disk.load()
        account, cents = self.promised.pop(id)
        if commit:
            state["cents"][account] += cents
        self.disk.save(state)
""",
            "after a restart",
        ),
        (
            # locks nothing
            """
class Participant:
    def __init__(self, disk):
        self.disk = disk

    def _state(self):
        return {"promised": {}, "decided": {}, **self.disk.load()}

    def prepare(self, id, account, cents):
        state = self._state()
        if id in state["promised"]:
            return True
        if id in state["decided"]:
            return state["decided"][id]
        locked = [name for name, _ in state["promised"].values()]
        if state["cents"][account] + cents < 0:
            return False
        state["promised"][id] = account, cents
        self.disk.save(state)
        return True

    def decide(self, id, commit):
        state = self._state()
        if id in state["promised"]:
            account, cents = state["promised"].pop(id)
            if commit:
                state["cents"][account] += cents
        state["decided"].setdefault(id, commit)
        self.disk.save(state)
""",
            "60 of eve's are promised",
        ),
        (
            # moves the money when it votes
            """
class Participant:
    def __init__(self, disk):
        self.disk = disk

    def _state(self):
        return {"promised": {}, "decided": {}, **self.disk.load()}

    def prepare(self, id, account, cents):
        state = self._state()
        if id in state["promised"]:
            return True
        if id in state["decided"]:
            return state["decided"][id]
        locked = [name for name, _ in state["promised"].values()]
        if account in locked or state["cents"][account] + cents < 0:
            return False
        state["promised"][id] = account, cents
        state["cents"][account] += cents
        self.disk.save(state)
        return True

    def decide(self, id, commit):
        state = self._state()
        if id in state["promised"]:
            account, cents = state["promised"].pop(id)
            if not commit:
                state["cents"][account] -= cents
        state["decided"].setdefault(id, commit)
        self.disk.save(state)
""",
            "eve, when prepared",
        ),
        (
            # two saves where one must do
            """
class Participant:
    def __init__(self, disk):
        self.disk = disk

    def _state(self):
        return {"promised": {}, "decided": {}, **self.disk.load()}

    def prepare(self, id, account, cents):
        state = self._state()
        if id in state["promised"]:
            return True
        if id in state["decided"]:
            return state["decided"][id]
        locked = [name for name, _ in state["promised"].values()]
        if account in locked or state["cents"][account] + cents < 0:
            return False
        state["promised"][id] = account, cents
        self.disk.save(state)
        return True

    def decide(self, id, commit):
        state = self._state()
        if id in state["promised"]:
            account, cents = state["promised"].pop(id)
            if commit:
                before = self._state()
                before["cents"][account] += cents
                self.disk.save(before)
                state["cents"] = before["cents"]
        state["decided"].setdefault(id, commit)
        self.disk.save(state)
""",
            "when it dies at save",
        ),
        (
            # forgets what was decided
            """
class Participant:
    def __init__(self, disk):
        self.disk = disk

    def _state(self):
        return {"promised": {}, "decided": {}, **self.disk.load()}

    def prepare(self, id, account, cents):
        state = self._state()
        if id in state["promised"]:
            return True
        if id in state["decided"]:
            return state["decided"][id]
        locked = [name for name, _ in state["promised"].values()]
        if account in locked or state["cents"][account] + cents < 0:
            return False
        state["promised"][id] = account, cents
        self.disk.save(state)
        return True

    def decide(self, id, commit):
        state = self._state()
        if id in state["promised"]:
            account, cents = state["promised"].pop(id)
            if commit:
                state["cents"][account] += cents
        self.disk.save(state)
""",
            "after its abort",
        ),
        (
            # expects every id that is decided
            """
class Participant:
    def __init__(self, disk):
        self.disk = disk

    def _state(self):
        return {"promised": {}, "decided": {}, **self.disk.load()}

    def prepare(self, id, account, cents):
        state = self._state()
        if id in state["promised"]:
            return True
        if id in state["decided"]:
            return state["decided"][id]
        locked = [name for name, _ in state["promised"].values()]
        if account in locked or state["cents"][account] + cents < 0:
            return False
        state["promised"][id] = account, cents
        self.disk.save(state)
        return True

    def decide(self, id, commit):
        state = self._state()
        account, cents = state["promised"].pop(id)
        if commit:
            state["cents"][account] += cents
        state["decided"].setdefault(id, commit)
        self.disk.save(state)
""",
            "KeyError",
        ),
    ],
}

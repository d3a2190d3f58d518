"""One-line bugs over all parts of the bank and its ATMs, planted in place.

Each is (the first seed whose rush finds it, the module, the line as it is, the
line as it might have been). `planted` changes the code of the functions that
are there, so that every caller meets the bug, whatever it has imported.
"""

import inspect
from contextlib import contextmanager
from types import FunctionType

from nearfar.bank import (
    accounts,
    atm,
    bank,
    client,
    drawer,
    file,
    guesses,
    ledger,
    log,
    sign_ins,
    terminal,
)

BUGS = {
    # --- Amounts -------------------------------------------------------------
    "books whole units only": (
        0,
        ledger,
        "number, cents = self._number, order.cents",
        "number, cents = self._number, order.cents // 100 * 100",
    ),
    "shows amounts rounded to ten cents": (
        0,
        accounts,
        "abs(cents) % 100:02}",
        "abs(cents) // 10 % 10}0",
    ),
    "reads amounts as floating point": (
        0,
        accounts,
        "    return int(match[1]) * 100 + int(match[2] or 0)",
        "    return int(float(text) * 100)",
    ),
    "takes an amount of nothing": (
        19,
        accounts,
        '    least = 0 if order.verb == "open" else 1',
        "    least = 0",
    ),
    "takes a negative amount": (
        19,
        accounts,
        "not least <= order.cents <= MOST_CENTS",
        "not order.cents <= MOST_CENTS",
    ),
    "lets an account grow without a limit": (
        54,
        accounts,
        "    if order.payee != HELD and gets + order.cents > MOST_CENTS:",
        "    if order.payee == HELD and gets + order.cents > MOST_CENTS:",
    ),
    # --- Refusals ------------------------------------------------------------
    "refuses to pay out the last cent": (
        3,
        accounts,
        "has < order.cents:",
        "has <= order.cents:",
    ),
    "lets a frozen account be paid": (
        0,
        accounts,
        "        if accounts[name].frozen:",
        "        if accounts[name].frozen and name == order.payer:",
    ),
    "lets customers move the bank's own money": (
        76,
        accounts,
        '        if name != ours and name[:1] in ("", "@"):',
        '        if name != ours and name[:1] in ("",):',
    ),
    "lets any customer look at any account": (
        6,
        bank,
        "    if not customer or normal(account) != normal(customer):",
        "    if not customer:",
    ),
    "says how much there is left of a drawer as it was": (
        1,
        drawer,
        "        self._log.append(Moved(id, cents))\n"
        "        self._count(self._log.records[-1])",
        "        self._log.append(Moved(id, cents))",
    ),
    # --- PINs ----------------------------------------------------------------
    "never forgets a wrong PIN": (
        2,
        sign_ins,
        "        if account.wrong:",
        "        if account.wrong > 3:",
    ),
    "never counts a wrong PIN": (
        0,
        sign_ins,
        "wrong=account.wrong + 1",
        "wrong=account.wrong",
    ),
    "locks one wrong PIN too early": (
        0,
        guesses,
        "        beyond = max(min(account.wrong, count) - WRONG_PINS, ",
        "        beyond = max(min(account.wrong, count) + 1 - WRONG_PINS, ",
    ),
    "never locks an account": (
        0,
        guesses,
        "    return wait_s if now < tally.at + wait_s else 0",
        "    return wait_s if now < tally.at else 0",
    ),
    "never ends a lock": (
        1,
        guesses,
        "    return wait_s if now < tally.at + wait_s else 0",
        "    return wait_s",
    ),
    "counts the same wrong PIN twice": (
        0,
        sign_ins,
        "        if self._guesses.is_repeated(account, request.pin):",
        "        if not request.pin:",
    ),
    "lets a line guess as often as it likes": (
        97,
        bank,
        "while wrong < WRONG_PINS:",
        "while wrong < 100 * WRONG_PINS:",
    ),
    "leaves a customer signed in after a wrong PIN": (
        9,
        bank,
        'customer = normal(request.account) if known else ""',
        "customer = normal(request.account) if known else customer",
    ),
    # --- Ids -----------------------------------------------------------------
    "keeps no refusal of an order that makes no sense": (
        0,
        ledger,
        "                if not self._past(order.id):",
        "                if not order.id:",
    ),
    "takes a used id for another amount": (
        0,
        accounts,
        "    same = (order.payer, order.payee, order.cents) == kept[1:4]",
        "    same = (order.payer, order.payee) == kept[1:3]",
    ),
    "answers a repeated order with nothing": (
        1,
        accounts,
        "    return Decision(order, refusal, kept.told, new=False)",
        "    return Decision(order, refusal, 0, new=False)",
    ),
    "lets an id serve an order for each verb": (
        1,
        accounts,
        "    if order.verb not in SETTLING and not past.keys() <= {*SETTLING}:",
        "    if order.verb == 'open' and not past.keys() <= {*SETTLING}:",
    ),
    "forgets that it refused an order before the card": (
        3,
        ledger,
        "        if not past:",
        "        if not order.id:",
    ),
    "pays out what was taken back before": (
        0,
        accounts,
        '    if "reverse" in past:',
        '    if order.verb == "transfer" and "reverse" in past:',
    ),
    "forgets a confirmation that came too early": (
        0,
        accounts,
        "        return Decision(order, str(refusal), 0, new=True)",
        "        new = order.verb != 'confirm'\n"
        "        return Decision(order, str(refusal), 0, new)",
    ),
    "confirms what was taken back": (
        32,
        accounts,
        '    if order.verb == "confirm" and "reverse" in done:',
        '    if order.verb == "open" and "reverse" in done:',
    ),
    "takes back what was paid out": (
        59,
        accounts,
        '    if order.verb == "reverse" and "confirm" in done:',
        '    if order.verb == "open" and "confirm" in done:',
    ),
    # --- Replies -------------------------------------------------------------
    "tells the balance before a deposit": (
        0,
        accounts,
        "    gain = (customer == order.payee) - (customer == order.payer)",
        "    gain = 0 - (customer == order.payer)",
    ),
    "prints a statement from the oldest line": (
        0,
        ledger,
        '"ORDER BY request DESC LIMIT ?"',
        '"ORDER BY request LIMIT ?"',
    ),
    "adds up a statement with the wrong sign": (
        0,
        ledger,
        "            balance -= cents",
        "            balance += cents",
    ),
    "prints one line less": (
        10,
        ledger,
        "max(0, min(last, MOST_LINES))",
        "max(0, min(last, MOST_LINES) - 1)",
    ),
    "replies before the commit": (
        0,
        bank,
        "        while self.commits == commits:",
        "        while self.commits > commits:",
    ),
    "replies twice": (
        0,
        bank,
        "                    connection.send(reply, SEND_TIMEOUT)",
        "                    connection.send(reply, SEND_TIMEOUT)\n"
        "                    if isinstance(request, Confirm):\n"
        "                        connection.send(reply, SEND_TIMEOUT)",
    ),
    "forgets to wake those who wait for the commit": (
        0,
        bank,
        "        self.commits += 1\n        self._on_disk.wake()",
        "        self.commits += 1",
    ),
    "hangs up after the first wrong PIN": (
        0,
        bank,
        "                        wrong += not known",
        "                        wrong += 3 * (not known)",
    ),
    # --- Disks ---------------------------------------------------------------
    "forgets to sync the books": (
        0,
        file,
        "'FULL' if durable else 'OFF'",
        "'NORMAL' if durable else 'OFF'",
    ),
    "forgets to sync a machine's record": (
        0,
        log,
        "        self.disk.append(self.name, line)\n"
        "        self.disk.sync(self.name)",
        "        self.disk.append(self.name, line)",
    ),
    "forgets to sync what takes a log's place": (
        77,
        log,
        "        self.disk.sync(new)\n",
        "",
    ),
    # --- Machines ------------------------------------------------------------
    "takes a jam for notes paid out": (
        5,
        atm,
        "            raise self._not_paid(begun, jam) from None",
        "            self.log(str(jam))",
    ),
    "does not count the notes that come in": (
        0,
        atm,
        "        self.drawer.move(begun.id, cents)\n",
        "",
    ),
    "keeps the notes that the bank refused": (
        2,
        atm,
        "            self.drawer.move(begun.id, -begun.cents)",
        "            self.drawer.move(begun.id, 0)",
    ),
    "settles no deposit": (
        2,
        atm,
        "            elif moved:",
        "            elif moved and begun.account == self.account:",
    ),
    "shows the balance before paying": (
        1,
        atm,
        "        self.settle(attempts=1)  # nobody has to wait for that\n"
        "        return balance",
        "        self.settle(attempts=1)  # nobody has to wait for that\n"
        "        return balance + cents",
    ),
    "leaves the last customer's card in": (
        17,
        atm,
        '        self.account, self._client.card = "", None',
        '        self.account = ""',
    ),
    "does not show the card on a new line": (
        0,
        client,
        "            if self.card is not None:",
        "            if self.card is not None and self._refusal:",
    ),
    "tidies away the notes of open requests": (
        0,
        drawer,
        "        rest = self.cents - sum(m.cents for m in kept)",
        "        rest = self.cents",
    ),
    "counts its notes twice after a crash": (
        2,
        drawer,
        "        self._moved = {}\n        for moved in self._log.records:",
        "        for moved in self._log.records:",
    ),
    "sends a transfer to the payer": (
        0,
        terminal,
        '    payee = next(words, "") or screen.ask("    To whom? ")',
        '    payee = next(words, "") and atm.account',
    ),
}


@contextmanager
def planted(name):
    """Plant a bug; gives the first seed that finds it."""
    seed, module, line, other = BUGS[name]
    source = inspect.getsource(module)
    assert source.count(line) == 1, f"{name}: {source.count(line)} such lines"
    changed = dict(vars(module))
    exec(compile(source.replace(line, other), module.__file__, "exec"), changed)
    before = []
    for path, function in functions(vars(module), module.__name__):
        new = dict(functions(changed, module.__name__))[path]
        before.append((function, function.__code__))
        function.__code__ = new.__code__
    try:
        yield seed
    finally:
        for function, code in before:
            function.__code__ = code


def functions(space, module, path=""):
    """(path, function) of each function and method of a module."""
    for name, thing in list(space.items()):
        thing = getattr(thing, "fget", getattr(thing, "__func__", thing))
        if getattr(thing, "__module__", None) != module:
            continue
        if isinstance(thing, FunctionType):
            yield f"{path}{name}", thing
        elif isinstance(thing, type) and not path:
            yield from functions(vars(thing), module, f"{name}.")

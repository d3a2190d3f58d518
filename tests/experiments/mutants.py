"""Ten one-line bugs of the kind that slips through a review.

Each is (the first seed that finds it, where, the line as it is, and the line
as it might have been).
The test hunts every one of them: a hunt that cannot find a planted bug proves
nothing by finding none.
"""

import ast
import inspect

from nearfar.bank import atm, bank, ledger

MUTANTS = {
    "forgets which ids it has seen": (
        4,
        ledger,
        "        if order.verb in past:",
        "        if order.verb in past and order.verb in ('confirm',):",
    ),
    "does not remember what was taken back too early": (
        188,
        ledger,
        '            if order.verb != "confirm":',
        '            if order.verb == "withdraw":',
    ),
    "answers before the commit": (
        1,
        bank,
        "        while self.commits == commits:",
        "        while self.commits > commits:",
    ),
    "wakes those who wait before the commit": (
        10,
        bank,
        "        self.ledger.commit()\n        self.commits += 1\n"
        "        self._on_disk.wake()",
        "        self.commits += 1\n        self._on_disk.wake()\n"
        "        self.ledger.commit()",
    ),
    "gives money back that was paid out": (
        0,
        atm,
        "            verb = Confirm if moved else Reverse",
        "            verb = Reverse",
    ),
    "does not write down what it begins": (
        0,
        atm,
        "        self._journal.append(begun)",
        "        self._journal.records.append(begun)",
    ),
    "keeps a line on which a late answer may come": (
        6,
        atm,
        "                problem = error\n                self._hang_up()",
        "                problem = error",
    ),
    "takes silence for a No": (
        6,
        atm,
        "            if not doubt.asked:\n                self._end(begun)",
        "            self._end(begun)",
    ),
    "asks anew under another id": (
        1,
        atm,
        "            except LOST as error:",
        "            except LOST as error:\n"
        "                request = _anew(request)",
    ),
    "ends what is not settled yet": (
        4,
        atm,
        "            break  # the bank is away; so it is for the others",
        "            self._end(begun)",
    ),
}


def _anew(request):
    import msgspec

    if not hasattr(request, "id"):
        return request
    return msgspec.structs.replace(request, id=request.id[1:] + "x")


def mutant(name):
    """(Where it is found, what it is, the class with that line changed)."""
    found_at, module, line, other = MUTANTS[name]
    source = inspect.getsource(module)
    assert source.count(line) == 1, f"{name}: the line is not there any more"
    changed = source.replace(line, other)
    main = {atm: "ATM", bank: "Bank", ledger: "Ledger"}[module]
    space = dict(vars(module), _anew=_anew)
    nodes = {
        node.name: node
        for node in ast.parse(changed).body
        if isinstance(node, ast.ClassDef)
    }
    exec(ast.unparse(nodes[main]), space)
    return found_at, main.lower(), space[main]

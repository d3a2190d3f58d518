"""Ten one-line bugs of the kind that slips through a review.

Each is (the first seed that finds it, where, the line as it is, and the line
as it might have been).
The test hunts every one of them: a hunt that cannot find a planted bug proves
nothing by finding none.
"""

import ast
import inspect

from nearfar.bank import accounts, atm, bank, client, ledger

MUTANTS = {
    "forgets which ids it has seen": (
        4,
        accounts,
        "    if order.verb in past:",
        "    if order.verb in past and order.verb in ('confirm',):",
    ),
    "does not remember what was taken back too early": (
        188,
        accounts,
        "        return Decision(order, str(refusal), 0, new=True)",
        "        new = order.verb == 'withdraw'\n"
        "        return Decision(order, str(refusal), 0, new)",
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
        "        try:\n"
        "            self.ledger.commit()\n"
        "        except Broken as lost:"
        "  # replicas keep it, and another one leads now\n"
        "            self._lost = lost\n"
        "        self.commits += 1\n        self._on_disk.wake()",
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
        client,
        "                problem = error\n                self.hang_up()",
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
        client,
        "            except FAILED as error:",
        "            except FAILED as error:\n"
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


# Where a line stands: what to define anew there, and in which class's module.
PLACES = {
    accounts: ("decide", ledger, "Ledger"),
    ledger: ("Ledger", ledger, "Ledger"),
    bank: ("Bank", bank, "Bank"),
    client: ("Client", atm, "ATM"),
    atm: ("ATM", atm, "ATM"),
}


def mutant(name):
    """(Where it is found, what it is, the class with that line changed)."""
    found_at, module, line, other = MUTANTS[name]
    changed, home, main = PLACES[module]
    source = inspect.getsource(module)
    assert source.count(line) == 1, f"{name}: the line is not there any more"
    space = defined(changed, source.replace(line, other), vars(module))
    if home is not module:
        space = vars(home) | {changed: space[changed]}
        space = defined(main, inspect.getsource(home), space)
    return found_at, main.lower(), space[main]


def defined(name, source, names):
    """Names, and one of `source` that is defined anew among them."""
    space = dict(names, _anew=_anew)
    nodes = {
        node.name: node
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }
    exec(ast.unparse(nodes[name]), space)
    return space

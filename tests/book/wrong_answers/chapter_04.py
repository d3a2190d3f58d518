"""Wrong answers to the exercises of chapter 04."""

BALANCE = """
def balance(postings, account):
    return sum(cents for name, cents in postings if name == account)


"""

WRONG = {
    "4.2": [
        (
            # a slip after each half
            BALANCE
            + """
def move(postings, payer, payee, cents, print_slip):
    if payer != "@cash" and balance(postings, payer) < cents:
        return False
    for name, half in ((payer, -cents), (payee, cents)):
        postings.append((name, half))
        print_slip(name, balance(postings, name))
    return True
""",
            "the sum of all postings while a slip is printed",
        ),
        (
            # reads the second balance when the first slip is out
            BALANCE
            + """
def move(postings, payer, payee, cents, print_slip):
    if payer != "@cash" and balance(postings, payer) < cents:
        return False
    postings.extend([(payer, -cents), (payee, cents)])
    for name in (payer, payee):
        print_slip(name, balance(postings, name))
    return True
""",
            "the slips of the movements",
        ),
        (
            # prints what will be so, and then moves
            BALANCE
            + """
def move(postings, payer, payee, cents, print_slip):
    left = balance(postings, payer) - cents
    if payer != "@cash" and left < 0:
        return False
    print_slip(payer, left)
    print_slip(payee, balance(postings, payee) + cents)
    postings.extend([(payer, -cents), (payee, cents)])
    return True
""",
            "the slips of the movements",
        ),
        (
            # checks, lets others run, and then moves
            BALANCE
            + """
from nearfar import schedule


def move(postings, payer, payee, cents, print_slip):
    if payer != "@cash" and balance(postings, payer) < cents:
        return False
    schedule()
    postings.extend([(payer, -cents), (payee, cents)])
    slips = [(name, balance(postings, name)) for name in (payer, payee)]
    for slip in slips:
        print_slip(*slip)
    return True
""",
            "asked for twice",
        ),
        (
            # lets others run between the halves
            BALANCE
            + """
from nearfar import schedule


def move(postings, payer, payee, cents, print_slip):
    if payer != "@cash" and balance(postings, payer) < cents:
        return False
    postings.append((payer, -cents))
    schedule()
    postings.append((payee, cents))
    slips = [(name, balance(postings, name)) for name in (payer, payee)]
    for slip in slips:
        print_slip(*slip)
    return True
""",
            "the sum of all postings before a movement",
        ),
        (
            # lets no account owe, not even cash
            BALANCE
            + """
def move(postings, payer, payee, cents, print_slip):
    if balance(postings, payer) < cents:
        return False
    postings.extend([(payer, -cents), (payee, cents)])
    slips = [(name, balance(postings, name)) for name in (payer, payee)]
    for slip in slips:
        print_slip(*slip)
    return True
""",
            "what 100 from @cash returns",
        ),
        (
            # writes one half, the other is the payee's
            BALANCE
            + """
def move(postings, payer, payee, cents, print_slip):
    if payer != "@cash" and balance(postings, payer) < cents:
        return False
    postings.append((payer, -cents))
    print_slip(payer, balance(postings, payer))
    return True
""",
            "the sum of all postings while a slip is printed",
        ),
        (
            # asks too late
            BALANCE
            + """
def move(postings, payer, payee, cents, print_slip):
    postings.extend([(payer, -cents), (payee, cents)])
    slips = [(name, balance(postings, name)) for name in (payer, payee)]
    for slip in slips:
        print_slip(*slip)
    return payer == "@cash" or balance(postings, payer) >= 0
""",
            "asked for twice",
        ),
    ],
    "4.5": [
        (
            # as handed out, but with one lock around it
            """
def transfer(accounts, locks, payer, payee, cents, approve):
    if payer == payee:
        return False
    with locks[payer]:
        has, gets = accounts[payer], accounts[payee]
        if has < cents or not approve(has, gets, cents):
            return False
        accounts[payer], accounts[payee] = has - cents, gets + cents
        return True
""",
            "the balances that head office decided on",
        ),
        (
            # the payer's lock first
            """
def transfer(accounts, locks, payer, payee, cents, approve):
    if payer == payee:
        return False
    with locks[payer], locks[payee]:
        has, gets = accounts[payer], accounts[payee]
        if has < cents or not approve(has, gets, cents):
            return False
        accounts[payer], accounts[payee] = has - cents, gets + cents
        return True
""",
            "ann to eve waits to receive from 'lock of eve'",
        ),
        (
            # sorted, and then for a lock that it holds itself
            """
def transfer(accounts, locks, payer, payee, cents, approve):
    one, two = sorted([payer, payee])
    with locks[one], locks[two]:
        has, gets = accounts[payer], accounts[payee]
        if has < cents or not approve(has, gets, cents):
            return False
        accounts[payer], accounts[payee] = has - cents, gets + cents
        return True
""",
            "grant to grant waits to receive from 'lock of grant'",
        ),
        (
            # locks the whole bank
            """
from contextlib import ExitStack


def transfer(accounts, locks, payer, payee, cents, approve):
    if payer == payee:
        return False
    with ExitStack() as stack:
        for name in sorted(locks):
            stack.enter_context(locks[name])
        has, gets = accounts[payer], accounts[payee]
        if has < cents or not approve(has, gets, cents):
            return False
        accounts[payer], accounts[payee] = has - cents, gets + cents
        return True
""",
            "seconds until grant has paid eve and ann has paid bob",
        ),
        (
            # reads before it has the locks
            """
def transfer(accounts, locks, payer, payee, cents, approve):
    if payer == payee:
        return False
    one, two = sorted([payer, payee])
    has, gets = accounts[payer], accounts[payee]
    with locks[one], locks[two]:
        if has < cents or not approve(has, gets, cents):
            return False
        accounts[payer], accounts[payee] = has - cents, gets + cents
        return True
""",
            "the balances that head office was told",
        ),
        (
            # leaves the locks when all goes well
            """
def transfer(accounts, locks, payer, payee, cents, approve):
    if payer == payee:
        return False
    one, two = sorted([payer, payee])
    locks[one].__enter__()
    locks[two].__enter__()
    has, gets = accounts[payer], accounts[payee]
    moves = has >= cents and approve(has, gets, cents)
    if moves:
        accounts[payer], accounts[payee] = has - cents, gets + cents
    locks[two].__exit__()
    locks[one].__exit__()
    return moves
""",
            "locks that are free after approve() raised an error",
        ),
    ],
    "4.4": [
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
    "4.6": [
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
        (
            # compares one account only, the first
            """
def audit(look, names):
    before = [look(name) for name in names]
    while True:
        now = [look(name) for name in names]
        if now[0] == before[0]:
            return sum(cents for cents, _ in now)
        before = now
""",
            "happened: 237",
        ),
        (
            # compares one account only, the last
            """
def audit(look, names):
    before = [look(name) for name in names]
    while True:
        now = [look(name) for name in names]
        if now[-1] == before[-1]:
            return sum(cents for cents, _ in now)
        before = now
""",
            "In plain order, first in, first out, it holds",
        ),
        (
            # looks at each account until it rests, one after the other
            """
def audit(look, names):
    total = 0
    for name in names:
        before, now = look(name), look(name)
        while before != now:
            before, now = now, look(name)
        total += now[0]
    return total
""",
            "happened: 197",
        ),
        (
            # takes two looks in a row for two rounds
            """
def audit(look, names):
    while True:
        looks = [(look(name), look(name)) for name in names]
        if all(one == other for one, other in looks):
            return sum(cents for (cents, _), _ in looks)
""",
            "In plain order, first in, first out, it holds",
        ),
        (
            # waits for some turns, and hopes
            """
from nearfar import schedule


def audit(look, names):
    for _ in range(6):
        schedule()
    return sum(look(name)[0] for name in names)
""",
            "In plain order, first in, first out, it holds",
        ),
        (
            # sleeps once, and takes one round
            """
from nearfar import sleep


def audit(look, names):
    sleep(1)
    return sum(look(name)[0] for name in names)
""",
            "asked for in second",
        ),
        (
            # waits for the evening, and takes one round
            """
from nearfar import sleep


def audit(look, names):
    sleep(3600)
    return sum(look(name)[0] for name in names)
""",
            "asked for in second",
        ),
        (
            # hopes that the third round is a quiet one
            """
def audit(look, names):
    for _ in range(3):
        total = sum(look(name)[0] for name in names)
    return total
""",
            "In plain order, first in, first out, it holds",
        ),
        (
            # compares the totals of two rounds
            """
def audit(look, names):
    before = None
    while True:
        total = sum(look(name)[0] for name in names)
        if total == before:
            return total
        before = total
""",
            "happened: 197",
        ),
        (
            # compares a round there with a round back
            """
def audit(look, names):
    while True:
        there = [look(name) for name in names]
        back = [look(name) for name in reversed(names)]
        if sum(c for c, _ in there) == sum(c for c, _ in back):
            return sum(c for c, _ in there)
""",
            "In plain order, first in, first out, it holds",
        ),
    ],
}

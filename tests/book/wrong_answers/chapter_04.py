"""Wrong answers to the exercises of chapter 04."""

WRONG = {
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
}

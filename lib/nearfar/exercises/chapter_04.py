"""The exercises of chapter 04: the bank."""

from __future__ import annotations

from .. import run, schedule, sleep, spawn
from ..bank import Accepted, Balance, Declined, Deposit, Withdraw
from ..checking import REFUSED, Accounts, History, linearizable
from .promises import Exercise, Prediction, expect


def market_day():
    """Return what Grant has in the end, in cents."""
    accounts = {"grant": 100}

    def pay_in(cents):
        balance = accounts["grant"]
        schedule()
        accounts["grant"] = balance + cents

    def pay_out(cents):
        accounts["grant"] -= cents
        schedule()

    spawn(pay_in, 10)
    spawn(pay_out, 30)
    spawn(pay_in, 5)
    run()
    return accounts["grant"]


Prediction(
    "4.1",
    "what Grant has in the end",
    truth=market_day,
    because="the first reads 100, the second makes it 70, the third reads 70; "
    "then the first writes 110, and the third, who comes last, writes 75 over "
    "it",
    beliefs=[
        (85, "100 + 10 - 30 + 5 is what he should have: two of three are lost"),
        (110, "that is written, but somebody writes after it"),
        (105, "the third one reads when it has its turn: is it still 100?"),
        (115, "the one in the middle does not wait between read and write"),
        (80, "the first one writes, too, but before the third does"),
    ],
    hint="Write three columns, one for each tasklet, and cross to the next "
    "column at each schedule(). Who reads what?",
)


moving = Exercise(
    "4.2",
    "a transfer that loses nothing",
    hint="print_slip() lets others run. What has been read before it is old "
    "after it, and what is half done before it is seen by all. Where can it "
    "stand?",
)


def _day(transfer, orders, accounts):
    """What each order moved; slips and totals are looked after here."""
    total, slips = sum(accounts.values()), []

    def print_slip():
        expect(
            f"all accounts together while a slip is printed: {accounts}",
            happened=sum(accounts.values()),
            expected=total,
        )
        slips.append("slip")
        schedule()

    def customer(payer, payee, cents):
        told = transfer(accounts, payer, payee, cents, print_slip)
        expect(
            "what transfer returns",
            happened=told,
            expected="True if the money moved, False if there is not enough",
            holds=told in (True, False),
        )
        return cents if told else 0

    tasklets = [
        spawn(customer, *order, name=f"{order[0]} to {order[1]}")
        for order in orders
    ]
    moved = [tasklet.result() for tasklet in tasklets]
    sleep(1)  # whoever prints slips on the side may come to an end
    expect(
        f"slips printed, when {moved} moved",
        happened=len(slips),
        expected=sum(cents > 0 for cents in moved),
    )
    return moved


@moving.promise("two transfers at once both arrive")
def both_arrive(transfer):
    accounts = {"grant": 100, "eve": 100, "ann": 100}
    _day(transfer, [("grant", "eve", 10), ("grant", "ann", 20)], accounts)
    expect(
        "grant, eve and ann, who had 100 each, after 10 went from grant to "
        "eve and 20 from grant to ann",
        happened=accounts,
        expected={"grant": 70, "eve": 110, "ann": 120},
    )


@moving.promise("money that goes round stays the same")
def stays_the_same(transfer):
    accounts = {"grant": 50, "eve": 50, "ann": 50}
    circle = [("grant", "eve", 30), ("eve", "ann", 30), ("ann", "grant", 30)]
    _day(transfer, circle, accounts)
    expect(
        "everybody after 30 went once round",
        happened=accounts,
        expected={"grant": 50, "eve": 50, "ann": 50},
    )


@moving.promise("all that is there can be paid")
def to_the_last_cent(transfer):
    accounts = {"grant": 100, "eve": 0}
    told = _day(transfer, [("grant", "eve", 100)], accounts)
    expect(
        "what moved when 100 was asked for, and there was 100",
        happened=told,
        expected=[100],
    )


@moving.promise("nobody pays what is not there, and nothing is half moved")
def nobody_owes(transfer):
    accounts = {"grant": 100, "eve": 0}
    told = _day(transfer, [("grant", "eve", 70)] * 2, accounts)
    expect(
        "what moved when 70 was asked for twice, and there was 100",
        happened=sorted(told),
        expected=[0, 70],
    )
    expect(
        "the accounts afterwards",
        happened=accounts,
        expected={"grant": 30, "eve": 70},
    )


class _Transfers(Accounts):
    """Accounts whose transfers answer True or False."""

    def step(self, state, name, args):
        state, answer = super().step(state, name, args)
        return state, answer != REFUSED if name == "transfer" else answer


@moving.promise("what it answers fits one order of the transfers")
def answers_fit(transfer):
    accounts, history = {"grant": 100, "eve": 0}, History()

    def told(payer, payee, cents):
        return bool(transfer(accounts, payer, payee, cents, schedule))

    orders = [("grant", "eve", 70), ("grant", "eve", 70), ("eve", "grant", 70)]
    tasklets = [
        spawn(history.call, f"order {n}", "transfer", *order, by=told)
        for n, order in enumerate(orders, 1)
    ]
    for tasklet in tasklets:
        tasklet.join()
    for name in ("grant", "eve"):
        history.call("afterwards", "balance", name, by=accounts.get)
    found = linearizable(history, _Transfers({"grant": 100, "eve": 0}, True))
    expect(
        f"the answers, when grant has 100: {found}",
        happened="they fit no order",
        expected="one order of the three transfers explains them",
        holds=found.answer is not False,
    )


refusing = Exercise(
    "4.3",
    "a bank that says no",
    hint="Three questions before anything is written: is there such an "
    "account, is the amount above zero, is there enough?",
)


def _bank():
    return {"grant": 100, "eve": 50}


def _answers(decide, *requests):
    accounts = _bank()
    return accounts, [decide(accounts, request) for request in requests]


@refusing.promise("what is right is done, and the reply says the new balance")
def right_is_done(decide):
    accounts, replies = _answers(
        decide,
        Deposit("1", "eve", 25),
        Withdraw("2", "eve", 75),
        Balance("grant"),
    )
    expect(
        "the replies to: deposit 25 to eve (who has 50), withdraw 75, "
        "balance of grant",
        happened=replies,
        expected=[Accepted(75), Accepted(0), Accepted(100)],
    )
    expect("eve", happened=accounts["eve"], expected=0)


def _refuses(decide, what, request):
    accounts, (reply,) = _answers(decide, request)
    expect(
        f"the reply to {what}",
        happened=reply,
        expected="Declined, with a reason in words",
        holds=isinstance(reply, Declined) and bool(reply.reason),
    )
    expect(f"the accounts after {what}", happened=accounts, expected=_bank())


@refusing.promise("money that comes in is welcome, however much")
def much_is_welcome(decide):
    _, replies = _answers(decide, Deposit("1", "eve", 1_000))
    expect(
        "the reply to a deposit of 1000 for eve, who has 50",
        happened=replies,
        expected=[Accepted(1_050)],
    )


@refusing.promise("nobody takes more than there is")
def no_overdraft(decide):
    _refuses(decide, "a withdrawal of 51 by eve", Withdraw("1", "eve", 51))


@refusing.promise("Eve does not pay in minus 100, nor take out minus 100")
def no_minus(decide):
    for cents in (-100, 0):
        for kind, word in ((Deposit, "deposit"), (Withdraw, "withdrawal")):
            _refuses(decide, f"a {word} of {cents}", kind("1", "eve", cents))


@refusing.promise("a typing error opens no account")
def no_typing_error(decide):
    for request in (
        Deposit("1", "Eve", 10),
        Withdraw("1", "Eve", 10),
        Balance("Eve"),
    ):
        what = f"a {type(request).__name__.lower()} for 'Eve'"
        _refuses(decide, what, request)


auditing = Exercise(
    "4.4",
    "an audit while the bank is open",
    hint="If nothing has moved between two rounds of looking, both rounds saw "
    "the same moment. How does look() tell you that nothing has moved?",
)


class _OpenBank:
    """Accounts in motion; to look at one takes a moment."""

    def __init__(self, accounts):
        self.accounts = dict(accounts)
        self.moved = dict.fromkeys(accounts, 0)
        self.looks = 0

    def look(self, name):
        self.looks += 1
        if self.looks > 500:
            raise RuntimeError("500 looks, and no end: the bank is quiet now")
        schedule()
        return self.accounts[name], self.moved[name]

    def move(self, payer, payee, cents):
        self.accounts[payer] -= cents
        self.accounts[payee] += cents
        for name in (payer, payee):
            self.moved[name] += 1
        schedule()


@auditing.promise("a bank at rest is counted", orders=0)
def at_rest(audit):
    bank = _OpenBank({"grant": 100, "eve": 50, "ann": 7})
    expect(
        "the total of 100, 50 and 7, with nothing going on",
        happened=audit(bank.look, list(bank.accounts)),
        expected=157,
    )


@auditing.promise("money on the move is counted once")
def on_the_move(audit):
    bank = _OpenBank({"grant": 100, "eve": 50, "ann": 7})

    def customer():
        for payer, payee in (("grant", "eve"), ("eve", "ann")):
            bank.move(payer, payee, 40)

    spawn(customer, name="customer")
    expect(
        "the total of 157 while 40 goes from grant to eve and on to ann",
        happened=audit(bank.look, list(bank.accounts)),
        expected=157,
    )


@auditing.promise("money that comes back to where it was is no proof of rest")
def there_and_back(audit):
    bank = _OpenBank({"grant": 100, "eve": 50})

    def customer():
        for payer, payee in (("grant", "eve"), ("eve", "grant")) * 3:
            bank.move(payer, payee, 40)

    spawn(customer, name="customer")
    expect(
        "the total of 150 while 40 goes to and fro three times",
        happened=audit(bank.look, list(bank.accounts)),
        expected=150,
    )

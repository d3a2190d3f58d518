"""The exercise of chapter 04 about an audit while the bank is open."""

from __future__ import annotations

from .. import schedule, sleep, spawn
from .promises import Exercise, expect

auditing = Exercise(
    "4.6",
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


class _OpenDay(_OpenBank):
    """Moves money to and fro, with a pause; to look at one takes a second."""

    def look(self, name):
        sleep(1)
        return super().look(name)

    def stay_open(self):
        sleep(0.5)
        while True:
            for payer, payee in (("grant", "eve"), ("eve", "grant")) * 4:
                self.move(payer, payee, 40)
                sleep(1)
            sleep(8)


@auditing.promise("it needs no luck with its moment", orders=0)
def at_any_moment(audit):
    for second in range(16):
        bank = _OpenDay({"grant": 100, "eve": 50})
        customers = spawn(bank.stay_open, daemon=True)
        sleep(second)
        expect(
            f"the total of 150, asked for in second {second}, while customers "
            "move 40 in each of 8 seconds, pause for 8, and go on",
            happened=audit(bank.look, list(bank.accounts)),
            expected=150,
        )
        customers.kill()

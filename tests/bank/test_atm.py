"""The ATM: whatever breaks, cash paid out is money debited, once."""

from contextlib import suppress
from itertools import pairwise
from random import Random

import pytest

from nearfar import VirtualClock, run, sleep, spawn
from nearfar.bank import (
    ATM,
    ATTEMPTS,
    CASH,
    DRAWER_CENTS,
    HELD,
    Accepted,
    Balance,
    Bank,
    Confirm,
    Declined,
    Drawer,
    Ledger,
    PaperDisk,
    Printed,
    Refused,
    Reply,
    Request,
    SignIn,
    Unknown,
    Withdraw,
    seal_pin,
)
from nearfar.far import Broken, pair

DRAWER = 100_000


class Town:
    """A bank, and lines to it that lose what a test tells them to.

    `loses(message)` is asked about each request and each reply on its way.
    """

    def __init__(self, loses=lambda message: False):
        self.bank = Bank(Ledger())
        for name, pin in (("eve", "2222"), ("grant", "1111")):
            self.bank.ledger.open_account(name, 5_000, seal_pin(pin, cost=2))
        self.bank.ledger.commit()
        self.loses = loses
        self.is_open = True
        self.asked = []

    def connect(self):
        if not self.is_open:
            raise Broken("connection refused")
        here, there = pair(Request | Reply)
        to_bank, bank_end = pair(Request | Reply)
        spawn(self.bank.serve_one, bank_end, daemon=True)
        spawn(self.relay, there, to_bank, daemon=True)
        return here

    def relay(self, atm, bank):
        for request in atm:
            self.asked.append(request)
            if self.loses(request):
                continue
            bank.send(request)
            reply = bank.receive()
            if not self.loses(reply):
                with suppress(Broken):  # it may have hung up
                    atm.send(reply)

    def machine(self, disk=None, **how):
        disk = disk or PaperDisk()
        return ATM(
            self.connect, disk, Random(2006), Drawer(disk, DRAWER, **how)
        )

    def visit(self, story, machine=None, **how):
        """Run a customer's story at a machine, in virtual time."""

        def customer():
            atm = machine or self.machine(**how)
            return story(atm)

        return run(until=spawn(customer), clock=VirtualClock())

    def cents(self, name):
        return self.bank.ledger.account(name).cents

    def adds_up(self, atm, start=10_000):
        """What a head office checks in the evening: books against notes."""
        assert atm.unsettled == []
        found = self.bank.ledger.audit()
        assert found.problems == ()
        assert (found.held_cents, found.open_withdrawals) == (0, ())
        assert atm.drawer.cents - DRAWER == found.customers_cents - start


class Loses:
    """Loses the first `times` messages that `which` picks."""

    def __init__(self, which, times=1):
        self.which, self.times = which, times

    def __call__(self, message):
        lost = self.times > 0 and self.which(message)
        self.times -= lost
        return lost


def eve(atm):
    atm.sign_in("eve", "2222")
    return atm


def test_a_customer_is_served():
    town = Town()

    def story(atm):
        assert atm.sign_in("eve", "2222") == 5_000
        assert atm.withdraw(1_000) == 4_000
        assert atm.deposit(500) == 4_500
        assert atm.transfer("grant", 100) == 4_400
        assert atm.balance() == 4_400
        assert [line.cents for line in atm.statement(3)] == [-100, 500, -1_000]
        atm.sign_out()
        return atm

    town.adds_up(town.visit(story))
    assert town.cents("grant") == 5_100


def test_a_refusal_is_told_and_moves_nothing():
    town = Town()

    def story(atm):
        with pytest.raises(Refused, match="wrong account or PIN"):
            atm.sign_in("eve", "0000")
        with pytest.raises(Refused, match="sign in first"):
            atm.balance()
        eve(atm)
        with pytest.raises(Refused, match=r"eve has 50\.00"):
            atm.withdraw(6_000)
        with pytest.raises(Refused, match=r"1000\.00 left"):
            atm.withdraw(DRAWER + 1)
        with pytest.raises(Refused, match=r"no account 'mallory'.*your notes"):
            atm.deposit(100, "mallory")
        return atm

    atm = town.visit(story)
    town.adds_up(atm)
    assert atm.drawer.cents == DRAWER


@pytest.mark.parametrize("cents", [2.5, "250", None, True, 0, -100])
def test_a_machine_handles_whole_positive_cents_only(cents):
    def story(atm):
        for verb in (eve(atm).deposit, atm.withdraw):
            with pytest.raises(Refused, match="whole cents"):
                verb(cents)
        return atm

    town = Town()
    town.adds_up(town.visit(story))


def test_a_jam_is_told_and_the_account_is_put_right():
    town = Town()

    def story(atm):
        with pytest.raises(Refused, match="nothing was taken"):
            eve(atm).withdraw(1_000)
        return atm

    town.adds_up(town.visit(story, jams=lambda: True))
    assert town.cents("eve") == 5_000


def test_a_jam_while_the_bank_is_away_is_put_right_later():
    town = Town()

    def jams():
        town.loses = lambda message: True
        return True

    def story(atm):
        with pytest.raises(Unknown, match="will give your money back"):
            eve(atm).withdraw(1_000)
        town.loses = lambda message: False
        assert atm.settle() == 0
        return atm

    town.adds_up(town.visit(story, jams=jams))


@pytest.mark.parametrize("which", [Withdraw, Reply])
def test_a_lost_message_is_asked_again_under_the_same_id(which):
    town = Town()

    def story(atm):
        eve(atm)
        town.loses = Loses(lambda m: isinstance(m, which), times=2)
        assert atm.withdraw(1_000) == 4_000
        return atm

    town.adds_up(town.visit(story))
    ids = [m.id for m in town.asked if isinstance(m, Withdraw)]
    assert len(ids) > 1
    assert len(set(ids)) == 1


def test_no_answer_means_no_cash_and_the_money_comes_back():
    town = Town()

    def story(atm):
        eve(atm)
        town.loses = lambda message: not isinstance(message, Request)
        with pytest.raises(Unknown, match="no cash comes out"):
            atm.withdraw(1_000)
        assert town.cents("eve") == 4_000  # the bank has debited her
        town.loses = lambda message: False
        assert atm.settle() == 0
        return atm

    atm = town.visit(story)
    town.adds_up(atm)
    assert town.cents("eve") == 5_000


def test_a_withdrawal_that_arrives_after_its_reversal_is_too_late():
    town = Town()

    def story(atm):
        eve(atm)
        town.loses = lambda message: isinstance(message, Withdraw)
        with pytest.raises(Unknown):
            atm.withdraw(1_000)
        late = town.asked[-1]
        assert atm.settle() == 0
        told = town.bank.decide(late, "eve")
        assert isinstance(told, Declined)
        return atm

    town.adds_up(town.visit(story))


def test_a_bank_that_cannot_be_reached_was_not_asked():
    town = Town()

    def story(atm):
        eve(atm)
        atm._client.hang_up()
        town.is_open = False
        for verb in (atm.withdraw, atm.deposit):
            with pytest.raises(Refused, match="nothing was asked"):
                verb(1_000)
        with pytest.raises(Refused, match="nothing was asked"):
            atm.transfer("grant", 1_000)
        atm.sign_out()
        with pytest.raises(Refused, match="come back later"):
            atm.sign_in("eve", "2222")
        return atm

    town.adds_up(town.visit(story))


def test_notes_paid_in_while_the_bank_is_away_are_booked_later():
    town = Town()

    def story(atm):
        eve(atm)
        town.loses = lambda message: not isinstance(message, Request)
        with pytest.raises(Unknown, match="will be booked"):
            atm.deposit(700)
        assert atm.drawer.cents == DRAWER + 700
        town.loses = lambda message: False
        atm.settle()
        return atm

    atm = town.visit(story)
    town.adds_up(atm)
    assert town.cents("eve") == 5_700


def test_a_confirmation_that_got_lost_is_sent_again():
    town = Town(loses=Loses(lambda m: isinstance(m, Confirm)))

    def story(atm):
        assert eve(atm).withdraw(1_000) == 4_000
        assert len(atm.unsettled) == 1
        assert town.cents(HELD) == 1_000
        assert atm.balance() == 4_000  # the customer does not notice
        atm.settle()
        return atm

    town.adds_up(town.visit(story))


def test_a_transfer_in_doubt_says_so():
    town = Town()

    def story(atm):
        eve(atm)
        town.loses = lambda message: not isinstance(message, Request)
        with pytest.raises(Unknown, match="look at your statement"):
            atm.transfer("grant", 100)

    town.visit(story)
    assert town.cents("grant") == 5_100  # once, though asked many times


def test_a_card_that_is_locked_meanwhile_leaves_the_doubt():
    town = Town()

    def story(atm):
        eve(atm)
        town.loses = Loses(lambda m: not isinstance(m, Request))
        town.bank.ledger.change("eve", wrong=3)
        with pytest.raises(Unknown, match="locked"):
            atm.withdraw(1_000)
        atm.settle()  # needs no PIN
        return atm

    town.adds_up(town.visit(story))
    assert town.cents("eve") == 5_000


def test_a_machine_asks_nothing_where_its_customer_was_not_let_in():
    town = Town()

    def story(atm):
        eve(atm)
        town.loses = Loses(lambda m: not isinstance(m, Request))
        town.bank.ledger.change("eve", wrong=3)
        for _ in range(2):  # the second time on a new connection, too
            with pytest.raises(Unknown, match="locked"):
                atm.balance()
        atm.deposit(100)  # which anybody may
        with pytest.raises(Unknown, match="locked"):
            atm.balance()

    town.visit(story)
    asked = [type(request).__name__ for request in town.asked]
    cards = ["SignIn"] * 3
    assert asked == ["SignIn", "Balance", *cards, "Deposit"]


def test_it_pauses_longer_and_longer_and_gives_up_in_the_end():
    times, clock = [], VirtualClock()

    def connect():
        times.append(clock.now())
        raise Broken("nobody there")

    def story():
        atm = ATM(connect, PaperDisk(), Random(7))
        with pytest.raises(Refused):
            atm.sign_in("eve", "2222")

    run(until=spawn(story), clock=clock)
    assert len(times) == ATTEMPTS
    pauses = [b - a for a, b in pairwise(times)]
    for attempt, pause in enumerate(pauses, start=1):
        assert 0 <= pause <= 0.1 * 2**attempt
    assert len(set(pauses)) == len(pauses), "jitter"


def test_a_bank_that_talks_nonsense_is_not_believed():
    def connect():
        here, there = pair(Request | Reply)

        def parrot():
            for request in there:
                there.send(request)

        spawn(parrot, daemon=True)
        return here

    def story():
        atm = ATM(connect, PaperDisk(), Random(7))
        with pytest.raises(Unknown, match="expected a reply"):
            atm.balance()

    run(until=spawn(story), clock=VirtualClock())


ASKS = {
    "sign in": lambda atm: atm.sign_in("eve", "2222"),
    "balance": lambda atm: atm.balance(),
    "statement": lambda atm: atm.statement(),
    "transfer": lambda atm: atm.transfer("grant", 1),
    "withdraw": lambda atm: atm.withdraw(100),
    "deposit": lambda atm: atm.deposit(100),
}


@pytest.mark.parametrize("what", ASKS)
@pytest.mark.parametrize("reply", [Printed([]), Accepted(5), Accepted(None)])
def test_a_reply_to_another_question_is_not_believed(reply, what):
    def connect():
        here, there = pair(Request | Reply)
        spawn(says_always, there, daemon=True)
        return here

    def says_always(connection):
        for _ in connection:
            connection.send(reply)

    def customer():
        try:
            return ASKS[what](atm)
        except (Refused, Unknown) as no:
            return type(no)

    disk = PaperDisk()
    atm = ATM(connect, disk, Random(1))
    told = run(until=spawn(customer), clock=VirtualClock())
    if what == "statement":
        assert told == ([] if reply == Printed([]) else Unknown)
    elif reply == Accepted(5):
        assert told == 5
    elif what == "deposit" and reply == Accepted(None):
        assert told is None
    else:
        assert told in (Refused, Unknown)
        assert what == "deposit" or Drawer(disk).cents == DRAWER_CENTS


def test_a_killed_question_leaves_no_answer_for_the_next():
    town = Town(loses=lambda m: sleep(1))

    def story(atm):
        eve(atm)
        question = spawn(atm.deposit, 100)
        sleep(0.5)
        question.kill()
        question.join()
        assert atm.balance() == 5_100
        return atm

    atm = town.visit(story)
    assert isinstance(town.asked[-1], Balance)
    assert isinstance(town.asked[-2], SignIn), "on a new connection"
    town.visit(lambda atm: atm.settle(), atm)
    town.adds_up(atm)


# --- The machine dies --------------------------------------------------------


class Died(BaseException):
    """The power of the machine is cut."""


class DyingDisk(PaperDisk):
    """A disk whose machine loses its power before a given step."""

    def __init__(self, steps):
        super().__init__()
        self.lives = steps

    def _step(self, *step):
        if len(self.steps) == self.lives:
            self.steps.append(step)  # half of it may have been done
            raise Died
        super()._step(*step)


def die_and_come_back(verb, steps, way, jams):
    """(Whether it died, what was left, the drawer, the town) after a life."""
    town = Town()
    disk = DyingDisk(steps)

    def life():
        try:
            atm = ATM(town.connect, disk, Random(1), Drawer(disk, DRAWER, jams))
            getattr(eve(atm), verb)(1_000)
        except (Refused, Unknown, Died) as error:
            return isinstance(error, Died)
        return False

    died = run(until=spawn(life), clock=VirtualClock())
    left = [crash for crash in disk.crashes() if crash.step == steps]
    if not died or way >= len(left):
        return False, None

    def afterlife():
        after = left[way].disk
        atm = ATM(town.connect, after, Random(2), Drawer(after, DRAWER))
        assert atm.settle() == 0
        town.adds_up(atm)

    run(until=spawn(afterlife), clock=VirtualClock())
    return True, town.cents("eve")


@pytest.mark.parametrize("verb", ["withdraw", "deposit"])
@pytest.mark.parametrize("jams", [False, True])
def test_a_machine_that_dies_at_any_step_settles_when_it_is_back(verb, jams):
    ends = set()
    deaths = 0
    for steps in range(100):
        lives = [
            die_and_come_back(verb, steps, way, lambda: jams)
            for way in range(4)
        ]
        deaths += sum(died for died, _ in lives)
        ends |= {cents for died, cents in lives if died}
        if not any(died for died, _ in lives):
            break
    assert deaths > 20
    paid = {"withdraw": 4_000, "deposit": 6_000}[verb]
    jammed = jams and verb == "withdraw"
    assert ends == ({5_000} if jammed else {5_000, paid})


def test_a_machine_that_works_for_long_tidies_up(monkeypatch):
    monkeypatch.setattr("nearfar.bank.atm.MOST_RECORDS", 10)
    town, disk = Town(), PaperDisk()

    def story(atm):
        eve(atm)
        for _ in range(40):
            atm.deposit(10)
        return atm

    atm = town.visit(story, disk=disk)
    town.adds_up(atm)
    assert len(disk.read("journal").splitlines()) <= 11
    assert len(disk.read("drawer").splitlines()) <= 11
    assert town.bank.ledger.account(CASH).cents == -10_400


def test_no_pin_is_written_to_the_machines_disk():
    town, disk = Town(), PaperDisk()
    town.visit(lambda atm: eve(atm).withdraw(100), disk=disk)
    assert all(
        b"2222" not in data
        for _, _, data in disk.steps
        if isinstance(data, bytes)
    )


def test_what_cannot_be_sent_is_refused_and_stops_nothing_else():
    def story(atm):
        with pytest.raises(Refused):
            atm.deposit(1_000, "x" * 70_000)
        atm.sign_in("eve", "2222")
        atm.withdraw(500)
        assert atm.settle() == 0

    Town().visit(story)

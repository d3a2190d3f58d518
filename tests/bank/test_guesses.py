"""Wrong PINs: what they cost the guesser, and what they cost the customer."""

import subprocess
import sys

from nearfar import VirtualClock, run, sleep, spawn
from nearfar.bank import (
    WRONG_PINS,
    Accepted,
    Bank,
    Declined,
    Ledger,
    Reply,
    Request,
    SignIn,
    seal_pin,
)
from nearfar.far import pair

CHEAP = 2  # a look at a PIN, in tests
WRONG = Declined("wrong account or PIN")
DAY = 86_400


def open_bank(path=":memory:", customers=("eve", "grant")):
    bank = Bank(Ledger(path))
    if not bank.ledger.names():
        for name in customers:
            bank.ledger.open_account(name, 5_000, seal_pin("2222", CHEAP))
        bank.ledger.commit()
    return bank


def at_night(story, *details):
    """Live through a story in virtual time; returns what it returned."""
    return run(until=spawn(story, *details), clock=VirtualClock())


def guess(bank, number, account="eve", peer="1.2.3.4"):
    """Try a PIN that is wrong, and another one each time."""
    return bank.decide(SignIn(account, f"{number:06}"), peer=peer)


def enter(bank, account="eve", peer="9.9.9.9"):
    return bank.decide(SignIn(account, "2222"), peer=peer)


def seconds_locked(bank, account="eve"):
    """How long the right PIN is too late; asked every second."""
    for seconds in range(2 * DAY):
        if enter(bank, account) == Accepted(5_000):
            return seconds
        sleep(1)
    raise AssertionError("the wait does not end")


def test_the_wait_after_wrong_pins_grows_and_ends():
    def story():
        bank, number, waits = open_bank(), 0, []
        for guesses in (2, 3, 4, 5, 6, 30):
            for _ in range(guesses):
                number += 1
                while guess(bank, number) != WRONG:
                    sleep(1)
            waits.append(seconds_locked(bank))
            sleep(2 * DAY)  # all is forgotten
        return waits

    assert at_night(story) == [0, 10, 20, 40, 80, 3_600]


def test_the_answer_says_how_long_to_wait():
    bank = open_bank()
    for number in range(WRONG_PINS):
        guess(bank, number)
    assert enter(bank) == Declined(
        "locked after 3 wrong PINs: wait 10 s, or ask the bank"
    )


def test_a_try_during_the_wait_does_not_make_it_longer():
    def story():
        bank = open_bank()
        for number in range(100):
            guess(bank, number)
        return bank.ledger.account("eve").wrong, seconds_locked(bank)

    assert at_night(story) == (3, 10)


def test_a_wait_is_for_one_account():
    bank = open_bank()
    for number in range(WRONG_PINS):
        guess(bank, number)
    assert enter(bank, "grant") == Accepted(5_000)


def test_a_restart_does_not_open_what_is_locked(tmp_path):
    def guesses():
        bank = open_bank(tmp_path / "bank.db")
        for number in range(WRONG_PINS):
            guess(bank, number)
        bank.ledger.commit()
        bank.ledger.close()

    def restarted():
        bank = open_bank(tmp_path / "bank.db")
        waited = seconds_locked(bank)
        bank.ledger.close()
        return waited

    at_night(guesses)
    assert at_night(restarted) == 10


def test_guesses_between_a_customers_own_visits_lock_in_the_end():
    bank = open_bank()
    for number in range(0, 40, 2):
        told = [guess(bank, number), guess(bank, number + 1), enter(bank)]
        if told != [WRONG, WRONG, Accepted(5_000)]:
            break
    assert 15 <= number < 38
    assert "wait" in enter(bank).reason


def test_mistakes_of_a_customer_are_forgotten():
    def story():
        bank = open_bank()
        for number in range(100):  # two mistakes at each of a hundred visits
            guess(bank, 2 * number)
            guess(bank, 2 * number + 1)
            assert enter(bank) == Accepted(5_000)
            sleep(DAY)

    at_night(story)


def test_the_same_wrong_pin_again_is_no_other_guess():
    """A sign-in is asked again when its reply was lost."""
    bank = open_bank()
    for _ in range(10):
        assert bank.decide(SignIn("eve", "9999")) == WRONG
    assert bank.ledger.account("eve").wrong == 1
    assert enter(bank) == Accepted(5_000)


def test_a_stranger_locks_few_customers_and_then_waits_himself():
    names = [f"customer-{number}" for number in range(30)]

    def story():
        bank = open_bank(customers=names)
        for name in names:
            for number in range(WRONG_PINS):
                guess(bank, number, name)
        locked = [enter(bank, name) != Accepted(5_000) for name in names]
        waits = []
        for number in range(8):
            waits.append(0)
            while guess(bank, number, names[-1]) != WRONG:
                waits[-1] += 1
                sleep(1)
        sleep(60)
        assert enter(bank, names[-2], peer="1.2.3.4") == Accepted(5_000)
        return sum(locked), waits

    locked, waits = at_night(story)
    assert locked <= 10, "three wrong PINs each"
    assert waits[:4] == [1, 2, 4, 10], "his own, then the account's"


def test_a_connection_tells_where_it_comes_from():
    bank = open_bank()

    def stranger():
        for number in range(40):
            here, there = pair(Request | Reply)
            spawn(bank.serve_one, there, daemon=True)
            with here:
                here.send(SignIn(f"customer-{number % 2}", f"{number:06}"))
                here.receive()

    at_night(stranger)  # accounts that do not exist cost nobody anything
    assert enter(bank, peer="") == Accepted(5_000)


def unlock(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "nearfar", "unlock", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_owner_of_the_bank_unlocks_an_account(tmp_path):
    file = tmp_path / "bank.db"
    bank = open_bank(file)
    for number in range(WRONG_PINS):
        guess(bank, number)
    bank.ledger.commit()
    assert "in use" in unlock(file, "eve").stderr
    bank.ledger.close()
    told = unlock(file, "eve")
    assert (told.stdout, told.stderr) == (
        "eve had 3 wrong PINs: unlocked\n",
        "",
    )
    bank = open_bank(file)
    assert enter(bank) == Accepted(5_000)
    bank.ledger.close()
    assert unlock(file, "eve").stdout == "eve was not locked\n"
    told = unlock(file, "evee")
    assert (told.returncode, told.stderr) == (
        1,
        "unlock: there is no account 'evee'\n",
    )

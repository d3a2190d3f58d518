"""Watched accounts: what was read and written, and which update is lost."""

from nearfar import run, schedule, spawn
from nearfar.experiments.watched_accounts import WatchedAccounts


def deposit(accounts, cents, wait=schedule):
    balance = accounts["grant"]
    wait()
    accounts["grant"] = balance + cents


def two_deposits(wait):
    accounts = WatchedAccounts({"grant": 100})
    spawn(deposit, accounts, 10, wait, name="north")
    spawn(deposit, accounts, 20, wait, name="south")
    run()
    return accounts


def test_a_write_over_a_balance_that_was_not_read_is_lost():
    accounts = two_deposits(schedule)
    told = [(s.tasklet, s.verb, s.cents, s.lost) for s in accounts.steps]
    assert told == [
        ("north", "reads", {"grant": 100}, {}),
        ("south", "reads", {"grant": 100}, {}),
        ("north", "writes", {"grant": 110}, {}),
        ("south", "writes", {"grant": 120}, {"grant": 110}),
    ]


def test_no_update_is_lost_without_a_wait():
    accounts = two_deposits(lambda: None)
    assert not any(step.lost for step in accounts.steps)
    assert accounts == {"grant": 130}


def test_a_read_by_get_counts_and_one_outside_of_a_run_does_not():
    accounts = WatchedAccounts({"grant": 100})
    assert accounts.get("eve", 0) == 0
    assert accounts["grant"] == 100
    assert accounts.steps == []
    spawn(accounts.get, "grant", name="eve")
    run()
    assert [step.tasklet for step in accounts.steps] == ["eve"]


def test_the_picture_shows_the_total_of_several_accounts():
    accounts = WatchedAccounts({"grant": 100, "eve": 0})
    spawn(deposit, accounts, 10, name="north")
    run()
    figure = accounts.draw("A deposit")
    assert "The total was 100 and is 110" in figure.alt
    assert "110 ✗" in figure.svg
    one = two_deposits(schedule).draw("Two deposits")
    assert "total" not in one.svg
    assert "over grant 110, which it had not read" in one.alt

"""Many banks: what is faster, and what stays true."""

import pytest

from nearfar.branches import Branch, Move, Put, Settle, Take, bench


def test_money_is_neither_made_nor_lost_between_banks():
    for branches in (1, 2, 5):
        told = bench(branches, customers=20, seconds=3)
        assert told.drift_cents == 0
        assert told.a_second > 0


def test_what_a_bank_refuses_comes_back():
    told = bench(4, customers=40, seconds=5)
    assert told.returned > 0
    assert told.drift_cents == 0


def test_two_banks_do_no_more_than_one_among_strangers():
    one, two = bench(1), bench(2)
    assert two.a_second < 1.1 * one.a_second


def test_among_neighbours_banks_add_up():
    one, four = bench(1, local=0.9), bench(4, local=0.9)
    assert four.a_second > 3 * one.a_second
    assert four.far < 0.1


def test_a_transfer_from_bank_to_bank_takes_three_movements():
    told = bench(8, customers=8, seconds=5)  # hardly a queue
    assert 2.5 < told.far_s / told.near_s < 3.5


def test_the_same_seed_gives_the_same_figures():
    assert bench(2, seconds=2, seed=3) == bench(2, seconds=2, seed=3)


def test_a_taken_amount_is_in_transit_until_it_is_settled():
    bank = Branch([1, 2])
    before = bank.total()
    assert bank.decide(Take("a", 1, 500))
    assert (bank.total(), bank.cents[1]) == (before, 99_500)
    assert bank.decide(Settle("a", back=True))
    assert (bank.total(), bank.cents[1]) == (before, 100_000)
    bank.decide(Take("b", 1, 500))
    bank.decide(Settle("b", back=False))
    assert bank.total() == before - 500  # it is another bank's now


def test_what_cannot_be_is_refused_and_changes_nothing():
    bank = Branch([1, 2, 50])
    before = dict(bank.cents)
    assert not bank.decide(Take("a", 1, 10**9))
    assert not bank.decide(Put("a", 50, 5))
    assert not bank.decide(Move(1, 50, 5))
    assert bank.cents == before
    assert bank.transit == {}
    with pytest.raises(KeyError):
        bank.decide(Settle("unknown", back=True))

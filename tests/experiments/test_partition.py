"""A partition: refuse, or answer and perhaps contradict another machine."""

from nearfar.experiments.partition import cut_off


def test_a_machine_that_refuses_is_right_and_not_available():
    told = cut_off(0)
    assert (told.asked, told.answered) == (3, 1)
    assert (told.paid_cents, told.balance_cents) == (1_000, 9_000)


def test_machines_that_answer_alone_can_promise_the_same_money():
    told = cut_off(8_000)
    assert told.answered == told.asked == 3
    assert told.balance_cents == 10_000 - told.paid_cents == -7_000


def test_a_low_limit_bounds_what_can_be_overdrawn():
    assert cut_off(7_999) == cut_off(0)

"""Pictures of orders and histories say what was run."""

from nearfar import schedule, spawn
from nearfar.checking import (
    UNKNOWN,
    Call,
    Registers,
    draw_calls,
    linearizable,
    tree_of_orders,
)


def lost_update():
    accounts = {"grant": 0}

    def deposit():
        balance = accounts["grant"]
        schedule()
        accounts["grant"] = balance + 10
        accounts["done"] = accounts.get("done", 0) + 1

    spawn(deposit, name="ann")
    spawn(deposit, name="bob")
    return accounts


def nothing_lost(accounts):
    return accounts["grant"] == 20 or accounts.get("done", 0) < 2


def test_the_tree_of_the_lost_update_has_six_leaves_and_four_fail():
    figure = tree_of_orders(lost_update, "Two", holds=nothing_lost)
    assert figure.alt.startswith("Two: a tree of 6 orders. ")
    assert "ann, ann, bob, bob: passes" in figure.alt
    assert "ann, bob, ann, bob: fails" in figure.alt
    assert figure.svg.count("✗ fails") == figure.alt.count(": fails") == 4
    assert figure.svg.count("✓ passes") == figure.alt.count(": passes") == 2


def test_a_tree_that_is_too_large_is_drawn_in_part():
    assert "a tree of 3 orders" in tree_of_orders(lost_update, most=3).alt


def test_calls_are_drawn_with_the_culprit_in_red():
    calls = [
        Call("ann", "write", ("x", 7), None, 1, 2),
        Call("bob", "read", ("x",), None, 3, 4),
        Call("cy", "write", ("x", 8), UNKNOWN, 5),
    ]
    found = linearizable(calls, Registers())
    figure = draw_calls(calls, found.culprit)
    assert "bob: read('x') -> None (here it breaks)" in figure.alt
    assert figure.svg.count('<rect class="wrong"') == 1
    assert figure.svg.count('<rect class="r"') == 2
    assert figure.svg.count('<line class="d"') == 1

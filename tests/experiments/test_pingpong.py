"""Ping-pong: calls pile up, turns do not."""

import sys

import pytest
from greenlet import getcurrent, greenlet

from nearfar.experiments.pingpong import depth, paused_calls, stack_depths


def test_each_call_goes_one_deeper_and_each_turn_stays_where_it_is():
    depths = stack_depths(100)
    hops = range(1, 101)
    assert depths["calls"] == {hop: [hop] for hop in hops}
    assert depths["turns"] == {hop: [1] for hop in hops}


def test_depths_do_not_depend_on_how_deep_the_asker_is():
    def deeper(levels):
        return deeper(levels - 1) if levels else stack_depths(10)

    assert deeper(50) == stack_depths(10)


def test_calls_come_to_an_end_long_before_turns_would():
    with pytest.raises(RecursionError):
        stack_depths(sys.getrecursionlimit())


def test_depth_counts_its_caller():
    def inside():
        return depth()

    assert inside() == depth() + 1


def test_calls_of_a_paused_function_are_named_from_the_outermost_in():
    here = getcurrent()

    def visit(tree):
        for part in tree if isinstance(tree, tuple) else ():
            visit(part)
        here.switch()

    def outer():
        visit(("a",))

    walk = greenlet(outer)
    walk.switch()
    assert paused_calls(walk.gr_frame) == [
        "outer()",
        "visit(('a',))",
        "visit('a')",
    ]
    walk.switch()
    assert paused_calls(walk.gr_frame) == ["outer()", "visit(('a',))"]

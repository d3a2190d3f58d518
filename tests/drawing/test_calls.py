"""Call stacks: a pile of boxes for each, told in words and drawn."""

import pytest

from nearfar.drawing import call_stacks

TWO = {"walk": ["visit(1)", "visit(2)"], "other": ["visit(3)"]}


def test_the_stacks_are_told_in_words():
    drawn = call_stacks(TWO, "Paused")
    assert drawn.alt == (
        "Call stacks (Paused). walk, from the bottom: visit(1), visit(2). "
        "other, from the bottom: visit(3)."
    )


def test_each_call_is_a_box_and_the_one_on_top_is_where_it_paused():
    parts = call_stacks(TWO).parts
    kinds = [part.split('"')[1] for part in parts if part.startswith("<rect")]
    assert kinds == ["w", "r", "r"]


def test_a_pile_grows_upwards_from_a_common_ground():
    drawn = call_stacks(TWO)
    tops = [
        float(part.split('y="')[1].split('"')[0])
        for part in drawn.parts
        if part.startswith("<rect")
    ]
    first, second, other = tops
    assert first == other
    assert second < first


@pytest.mark.parametrize("stacks", [{}, {"walk": []}])
def test_an_empty_stack_is_refused(stacks):
    with pytest.raises(ValueError, match="call_stacks"):
        call_stacks(stacks)

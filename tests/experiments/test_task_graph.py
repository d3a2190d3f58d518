"""Task graphs: boxes from left to right, and the same in words."""

import re
from operator import add

import pytest

from nearfar.experiments.task_graph import task_graph

SUM = {"sum": (add, "a", "b"), "a": (abs, 1), "b": (sum, [2, 3])}


def places(figure):
    """{name: (x, y)} of the words in the boxes."""
    found = re.findall(
        r'<text x="([\d.]+)" y="([\d.]+)" class="[pn]">(\w+)<', figure.svg
    )
    return {name: (float(x), float(y)) for x, y, name in found}


def test_a_task_stands_to_the_right_of_what_it_needs_and_between_it():
    at = places(task_graph(SUM))
    assert at["a"][0] == at["b"][0] < at["sum"][0]
    assert at["sum"][1] == (at["a"][1] + at["b"][1]) / 2


def test_the_words_tell_what_needs_what():
    figure = task_graph(SUM, "A sum", {"lost": ["b"], "kept": []})
    assert figure.alt == (
        "Task graph (A sum). sum needs a and b. a needs none. b needs none. "
        "lost: b. kept: none."
    )


def test_marks_colour_their_tasks_only():
    figure = task_graph(SUM, marked={"lost": ["b"], "kept": ["a"]})
    kinds = re.findall(r'<rect class="(\w+)"', figure.svg)
    assert sorted(kinds) == ["r", "w", "wrong"]
    assert "red: lost" in figure.svg


def test_the_picture_holds_all_its_words():
    words = "a long title, wider than both of its boxes"
    figure = task_graph({"a": (abs, 1)}, words, {words: ["a"]})
    assert figure.width > 7 * len(words)


def test_an_argument_twice_is_one_arrow():
    assert (
        task_graph({"a": (abs, 1), "aa": (add, "a", "a")}).svg.count(
            'marker-end="url(#head)"'
        )
        == 1
    )


def test_tasks_in_a_circle_are_refused():
    with pytest.raises(ValueError, match=r"cycle.*'a', 'b'"):
        task_graph({"a": (abs, "b"), "b": (abs, "a")})


@pytest.mark.parametrize("marked", [None, {"1": [], "2": [], "3": []}])
def test_what_cannot_be_drawn_is_refused(marked):
    with pytest.raises(ValueError, match="some tasks, and two colours"):
        task_graph({} if marked is None else SUM, marked=marked)

"""Diagrams: what is drawn happened, and the text says the same."""

import base64
import xml.etree.ElementTree as ElementTree

import pytest

from nearfar import Channel, Deadlock, VirtualClock, run, sleep, spawn
from nearfar.benchmark import Row
from nearfar.connections import pair
from nearfar.diagrams import space_time, speed_up, stack
from nearfar.messages import Message
from nearfar.trace import Trace


def dinner():
    table = Channel("table")

    def cook():
        sleep(25)
        table.send("<tacos> & more")

    with Trace() as trace:
        spawn(cook, name="cook")
        spawn(table.receive, name="guest")
        run(clock=VirtualClock())
    return trace


def test_the_drawing_is_valid_and_the_same_each_time():
    first, second = (
        space_time(dinner(), "Dinner"),
        space_time(dinner(), "Dinner"),
    )
    assert first.svg == second.svg
    ElementTree.fromstring(first.svg)


def test_the_alternative_text_states_the_messages():
    figure = space_time(dinner(), "Dinner")
    assert "a lane for each of cook, guest" in figure.alt
    assert "cook to guest: '<tacos> & more'" in figure.alt
    assert repr(figure) == f"<figure: {figure.alt}>"


def test_in_a_page_it_is_an_image_with_its_text():
    html = space_time(dinner())._repr_html_()
    assert html.startswith('<img alt="Space-time diagram')
    data = html.partition("base64,")[2].partition('"')[0]
    ElementTree.fromstring(base64.b64decode(data))
    assert "<tacos>" not in html


def test_by_time_it_shows_when():
    assert ">25</text>" in space_time(dinner(), by="time").svg


def test_waiting_for_ever_is_marked():
    channel = Channel("c")
    with Trace() as trace:
        spawn(channel.receive, name="ann")
        with pytest.raises(Deadlock):
            run()
    figure = space_time(trace)
    assert "Waiting for ever: ann" in figure.alt
    assert "✕" in figure.svg


class Word(Message):
    text: str


def test_a_message_on_a_wire_leans():
    here, there = pair(Word)
    with Trace() as trace:
        spawn(here.send, Word("hello"), name="ann")
        spawn(there.receive, name="bob")
        run()
    post, arrive = (
        next(e for e in trace.events if e.kind == kind)
        for kind in ("post", "arrive")
    )
    assert post.message == arrive.message
    assert post.clock < arrive.clock
    assert "ann to bob: Word hello" in space_time(trace).alt


def test_figures_can_be_stacked():
    one = space_time(dinner(), "one")
    both = stack(one, one)
    assert both.height == 2 * one.height
    ElementTree.fromstring(both.svg)


def test_an_empty_trace_says_what_to_do():
    with pytest.raises(ValueError, match="inside `with Trace"):
        space_time(Trace())
    with pytest.raises(ValueError, match="'step', 'time' or 'clock'"):
        space_time(dinner(), by="colour")


def test_the_speed_up_plot_shows_each_named_row(monkeypatch):
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    rows = [
        Row("alone", 0.0, [2.0, 2.2], 1.0),
        Row("two", 0.0, [1.0, 1.1], 2.0),
    ]
    speed_up(rows, {"alone": 1, "two": 2})
    labels = [t.get_text() for t in pyplot.gca().get_legend().get_texts()]
    pyplot.close("all")
    assert labels == ["alone", "two"]

"""Diagrams: what is drawn happened, and the text says the same."""

import base64
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from nearfar import (
    Channel,
    Deadlock,
    VirtualClock,
    run,
    schedule,
    sleep,
    spawn,
)
from nearfar.drawing import (
    curves,
    explorer,
    space_time,
    stack,
    who_runs_when,
)
from nearfar.drawing.axes import Axis, in_words
from nearfar.far import Message, pair
from nearfar.trace import Trace, merge

SVG = "{http://www.w3.org/2000/svg}"


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


def places(figure):
    """Where each mark of the axis stands."""
    root = ElementTree.fromstring(figure.svg)
    texts = root.iter("{http://www.w3.org/2000/svg}text")
    return {
        each.text: float(each.get("x"))
        for each in texts
        if each.get("class") == "p q"
    }


def talk_after(*pauses):
    """Who says a long sentence after each pause."""
    channel = Channel("c")

    def ann():
        for pause in pauses:
            sleep(pause)
            channel.send(f"a long sentence after {pause} s")

    with Trace() as trace:
        spawn(ann, name="ann")
        spawn(lambda: [channel.receive() for _ in pauses], name="bob")
        run(clock=VirtualClock())
    return trace


def test_by_time_a_second_has_the_same_width_everywhere():
    figure = space_time(talk_after(2, 3, 9), by="time")
    at = places(figure)
    second = (at["14"] - at["5"]) / 9
    assert (at["5"] - at["2"]) / 3 == pytest.approx(second, rel=0.15)
    assert (at["2"] - at["0"]) / 2 == pytest.approx(second, rel=0.15)
    assert "not to scale" not in figure.alt


def test_by_time_a_long_pause_is_cut_short_and_said_to_be():
    figure = space_time(talk_after(2, 3, 1_000), by="time")
    at = places(figure)
    assert at["5"] - at["0"] > at["1,005"] - at["5"]
    assert "The axis is not to scale between 5 and 1005." in figure.alt
    assert figure.svg.count("l5-10m3 0l-5 10") == 1


def test_by_time_an_axis_that_words_stretch_says_so():
    figure = space_time(talk_after(6, 1, 1, 1, 6), by="time")
    assert figure.width < 1_300
    assert "The axis is not to scale between 6 and 7" in figure.alt


def test_a_tasklet_that_fails_is_marked():
    def ann():
        sleep(3)
        raise ValueError("the pan is hot")

    with Trace() as trace:
        spawn(ann, name="ann")
        spawn(sleep, 9, name="bob").kill()
        with pytest.raises(ValueError, match="hot"):
            run(clock=VirtualClock())
    figure = space_time(trace)
    assert ">fails with ValueError</text>" in figure.svg
    assert "ann fails with ValueError" in figure.alt
    assert figure.svg.count("✕") == 1
    assert "bob fails" not in figure.alt


def test_what_is_wrong_with_a_run_stands_below_it():
    figure = space_time(dinner(), wrong="the guest is still hungry")
    assert ">✕ the guest is still hungry</text>" in figure.svg
    assert figure.alt.endswith(" Wrong: the guest is still hungry.")


def test_waiting_for_ever_is_marked():
    channel = Channel("c")
    with Trace() as trace:
        spawn(channel.receive, name="ann")
        with pytest.raises(Deadlock):
            run()
    figure = space_time(trace)
    assert "Waiting forever: ann" in figure.alt
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


def lines(figure, kind):
    root = ElementTree.fromstring(figure.svg)
    return [
        element
        for element in root.iter("{http://www.w3.org/2000/svg}line")
        if kind in element.get("class", "").split()
    ]


def test_a_meeting_is_upright_and_a_message_on_a_wire_leans_right():
    (upright,) = lines(space_time(dinner()), "a")
    assert upright.get("x1") == upright.get("x2")
    (leaning,) = lines(space_time(on_a_wire(["hello"])), "a")
    assert float(leaning.get("x1")) < float(leaning.get("x2"))


def on_a_wire(words, read=None):
    here, there = pair(Word)

    def reader():
        for _ in range(len(words) if read is None else read):
            there.receive()
            schedule()

    with Trace() as trace:
        spawn(lambda: [here.send(Word(w)) for w in words], name="ann")
        spawn(reader, name="bob")
        run()
    return trace


def test_what_nobody_was_seen_to_receive_ends_in_nothing_and_is_told():
    figure = space_time(on_a_wire(["one", "two"], read=1))
    assert "Messages: ann to bob: Word one." in figure.alt
    assert "Not seen to arrive: Word two from ann" in figure.alt
    assert len(lines(figure, "l")) == 1


def locked():
    left, right = Channel("left"), Channel("right")

    def polite(mine, yours):
        mine.receive()
        yours.send("after you")

    with Trace() as trace:
        spawn(polite, left, right, name="ann")
        spawn(polite, right, left, name="bob")
        with pytest.raises(Deadlock):
            run()
    return trace


def test_a_deadlock_says_who_waits_for_what_and_in_which_circle():
    figure = space_time(locked(), "Polite")
    assert figure.alt.endswith(
        "No messages. Deadlock. Waiting forever: ann to receive on left; "
        "bob to receive on right. Each waits for the next: ann -> bob -> ann."
    )
    assert figure.svg.count("✕") == 2
    assert ">waits to receive on left</text>" in figure.svg
    assert "GreenletExit" not in figure.svg  # how they end is not the story
    assert "Waiting forever: ann" in who_runs_when(locked()).alt


def test_a_server_that_is_not_needed_any_more_is_no_deadlock():
    channel = Channel("c")
    with Trace() as trace:
        spawn(channel.receive, name="server", daemon=True)
        spawn(schedule, name="client")
        run()
    assert "ever" not in space_time(trace).alt


def crowd(count=8, rounds=30):
    """Many tasklets with long names, and messages as long as can be."""
    channels = [Channel(f"channel number {n}") for n in range(count)]

    def player(number):
        following = channels[(number + 1) % count]
        for _ in range(rounds):
            value = channels[number].receive()
            following.send(value)

    with Trace() as trace:
        for n in range(count):
            spawn(player, n, name=f"the player with the long name {n}")
        spawn(channels[0].send, "a bag " * 10, name="thrower")
        run(until=spawn(lambda: [schedule() for _ in range(60)], name="end"))
    return trace


def test_a_long_run_is_drawn_up_to_a_limit_and_says_so():
    trace = crowd()
    assert len(trace.events) > 200
    figure = space_time(trace)
    assert figure.width < 2200
    assert "more events, not drawn" in figure.svg
    assert len(set(re.findall(r'class="k">([^<]+)', figure.svg))) == 10
    assert "more events are not drawn" in figure.alt
    assert len(figure.alt) < 1500
    strip = who_runs_when(trace)
    assert strip.width < 2200
    assert "more turns" in strip.svg


def test_of_a_long_run_the_end_can_be_drawn():
    trace = crowd()
    figure = space_time(trace, latest=True)
    assert figure.width < 2200
    assert "earlier events, not drawn" in figure.svg
    assert len(set(re.findall(r'class="k">([^<]+)', figure.svg))) == 10
    told = steps(figure)
    last = [f"{e.tasklet} {e.what}" for e in trace.events][-1]
    assert told["steps"][-1][2] == last
    assert told["earlier"] + len(told["steps"]) == len(trace.events)
    whole = space_time(dinner())
    assert space_time(dinner(), latest=True).svg == whole.svg


def at_the_same_times():
    table = Channel("table")

    def cook(name):
        for number in range(4):
            sleep(5)
            table.send(f"{name}, dish {number}")

    with Trace() as trace:
        for name in ("ann", "bob", "cy"):
            spawn(cook, name, name=name)
        spawn(lambda: [table.receive() for _ in range(12)], name="guest")
        run(clock=VirtualClock())
    return trace


# Boxes of all words in a figure, as a browser has set them.
FIND_WORDS = """() => [...document.querySelectorAll("svg text")]
    .filter((words) => words.textContent !== "✕")
    .map((words) => {
        const box = words.getBBox()
        return [words.textContent, box.x, box.y, box.width, box.height]})"""
HARD = {
    "a crowd": lambda: space_time(crowd(), "A crowd"),
    "a crowd by clock": lambda: space_time(crowd(), "Crowd", by="clock"),
    "crowded times": lambda: space_time(at_the_same_times(), by="time"),
    "same, by step": lambda: space_time(at_the_same_times()),
    "same, by clock": lambda: space_time(at_the_same_times(), by="clock"),
    "a wire": lambda: space_time(
        on_a_wire([f"word {n} " * 9 for n in "12345"])
    ),
    "a deadlock": lambda: space_time(locked(), "A deadlock with a title"),
    "long talk": lambda: space_time(talk_after(6, 1, 1, 1, 6), by="time"),
    "wrong": lambda: space_time(locked(), by="time", wrong="all wait " * 20),
    "a strip": lambda: who_runs_when(crowd(), "A strip"),
}


@pytest.mark.parametrize("case", HARD)
def test_no_words_lie_over_others_or_leave_the_picture(browser, case):
    figure = HARD[case]()
    tab = browser.new_page()
    tab.set_content(figure.svg)
    words = tab.evaluate(FIND_WORDS)
    tab.close()
    assert words
    for number, (one, x, y, width, height) in enumerate(words):
        assert x >= 0, one
        assert x + width <= figure.width, one
        assert y + height <= figure.height + 4, one
        for other, x2, y2, width2, height2 in words[:number]:
            apart = (
                x >= x2 + width2 - 1
                or x2 >= x + width - 1
                or y >= y2 + height2 - 5
                or y2 >= y + height - 5
            )
            assert apart, f"{one!r} lies over {other!r}"


def test_by_clock_an_effect_is_right_of_its_cause():
    wire = on_a_wire(["one", "two"])
    figure = space_time(merge({"all": wire}), by="clock")
    assert "logical clock" in figure.svg
    trace = dinner()
    figure = space_time(trace, by="clock")
    told = steps(figure)["steps"]
    place = dict(zip((e.clock for e in trace.events), told, strict=False))
    drawn = sorted((clock, step[0]) for clock, step in place.items())
    assert [x for _, x in drawn] == sorted(x for _, x in drawn)


def steps(figure):
    root = ElementTree.fromstring(figure.svg)
    return json.loads(root.find("{http://www.w3.org/2000/svg}metadata").text)


def test_the_steps_are_the_lines_of_the_table():
    trace = dinner()
    told = steps(space_time(trace))
    table = trace.table().splitlines()[1:]
    assert len(told["steps"]) == len(table)
    for step, line in zip(told["steps"], table, strict=True):
        assert line[12:].split() == step[2].split()
    assert ["cook", 12, "sleep(25)"][::2] in [p[::2] for p in told["places"]]


def test_the_strip_has_a_column_for_each_turn():
    with Trace() as trace:
        for name, turns in [("ann", 2), ("bob", 1)]:
            spawn(lambda n=turns: [schedule() for _ in range(n)], name=name)
        run()
    figure = who_runs_when(trace, "Turns")
    assert figure.alt == (
        "Who runs when (Turns): a row for each of ann, bob. "
        "The turns, in order: ann, bob, ann, bob, ann."
    )
    assert figure.svg.count('class="r"') == 5
    with pytest.raises(ValueError, match="inside `with Trace"):
        who_runs_when(Trace())


def test_an_explorer_is_the_picture_of_its_first_case():
    one, two = space_time(dinner(), "one"), space_time(locked(), "two")
    both = explorer({"well": one, "badly": two}, "How it can go")
    assert both.alt.startswith("How it can go: well. Space-time diagram (one)")
    names = [name for name, _, _ in steps(both)["cases"]]
    assert names == ["well", "badly"]
    with pytest.raises(ValueError, match="not an empty dict"):
        explorer({})


def test_an_explorer_may_have_a_still_picture_of_all_cases():
    one, two = space_time(dinner(), "one"), space_time(locked(), "two")
    both = explorer({"well": one, "badly": two}, still=stack(one, two))
    assert both.height == one.height + two.height
    assert [svg for _, _, svg in steps(both)["cases"]] == [one.svg, two.svg]
    assert "steps" not in steps(both)


ROUNDS = {
    "farm": {1: [1.0, 1.1, 1.3], 2: [2.0, 2.2, 1.9]},
    "threads": {1: [1.0, 1.0, 1.0], 2: [0.9, 1.0, 1.2]},
}
MACHINE = {"processor": "Z80", "cores": 1, "system": "CP/M", "python": "3.11"}


def words_in(figure):
    found = ElementTree.fromstring(figure.svg).iter(f"{SVG}text")
    return [each.text for each in found]


def paths_in(figure):
    """The paths of each curve (and of its entry in the legend)."""
    root = ElementTree.fromstring(figure.svg)
    groups = [g for g in root.iter(f"{SVG}g") if "stroke:#" in g.get("style")]
    return [[path.get("d") for path in group] for group in groups]


def test_a_point_is_the_median_and_its_bar_the_range():
    figure = curves(ROUNDS, x="workers", y="times as fast", machine=MACHINE)
    assert figure.alt == (
        "Plot of times as fast against workers. farm: 1.1 at 1, 2 at 2. "
        "threads: 1 at 1, 1 at 2."
    )
    words = words_in(figure)
    assert {"workers", "times as fast", "farm", "threads", "1", "2"} <= {*words}
    assert "recorded on Z80, 1 core, CP/M, Python 3.11" in words
    farm, threads = paths_in(figure)[:2]
    across, low, high = map(float, re.match(BAR, farm[1]).groups())
    point = f"M{across:.1f} "
    middle = float(farm[2].removeprefix(point).partition("m")[0])
    # the bar goes from 1.0 to 1.3, and the point, at 1.1, is a third of it up
    assert (low - middle) / (low - high) == pytest.approx(1 / 3, abs=0.01)
    assert len(threads) == 1 + 1 + 2  # a line, and a bar at one of two points


BAR = r"M([\d.]+) ([\d.]+)V([\d.]+)M"


def test_your_own_run_is_drawn_over_the_recorded_one():
    yours = {"farm": {1: [1.0], 2: [1.5]}}
    ideal = {1: 1, 2: 2}
    figure = curves(ROUNDS, x="n", y="s", yours=yours, ideal=ideal, log="xy")
    labels = ["farm (recorded)", "farm (yours)", "threads (recorded)"]
    words = words_in(figure)
    assert [word for word in words if word in labels] == labels
    assert "ideal" in words
    recorded, own = [
        group
        for group in ElementTree.fromstring(figure.svg).iter(f"{SVG}g")
        if group.get("style")
    ][:2]
    assert recorded.get("style") == own.get("style")  # the same colour
    assert recorded.get("opacity") == "0.4"
    assert own.get("opacity") is None


def test_curves_refuse_what_they_cannot_draw():
    for wrong, words in [
        ({"recorded": {}}, "nothing to draw"),
        ({"recorded": ROUNDS, "yours": {"far": {}}}, "'far'"),
        ({"recorded": ROUNDS, "log": "z"}, "'x', 'y' or 'xy', not 'z'"),
        ({"recorded": {"a": {0: [1]}}, "log": "x"}, "leave 'x' out of log="),
    ]:
        with pytest.raises(ValueError, match=words):
            curves(**wrong, x="x", y="y")


@pytest.mark.parametrize(
    ("values", "log", "written"),
    [
        ([0, 3], False, "0 0.5 1 1.5 2 2.5 3"),
        (
            [0, 70_000],
            False,
            "0 10,000 20,000 30,000 40,000 50,000 60,000 70,000",
        ),
        ([1, 1_000_000], True, "1 10 100 1,000 10,000 100,000 1,000,000"),
        ([1e-9, 1], True, "10⁻⁹ 10⁻⁷ 10⁻⁵ 0.001 0.1"),
        ([3, 30], True, "5 10 20"),
        ([100, 101], True, "100 100.2 100.4 100.6 100.8 101"),
        ([7], False, "6.6 6.8 7 7.2 7.4"),
    ],
)
def test_an_axis_has_round_numbers(values, log, written):
    axis = Axis.over(values, 0, 100, log)
    assert " ".join(map(in_words, axis.ticks())) == written
    assert all(0 < axis.at(value) < 100 for value in values)


def test_letters_that_xml_cannot_hold_do_not_break_a_picture():
    with Trace() as trace:
        for name in ("a\x00b", "\x1b[31m", "\ufffe", "\ud800"):
            spawn(schedule, name=name)
        run()
    figure = space_time(trace, "a title\x07")
    ElementTree.fromstring(figure.svg)
    assert figure._repr_html_().encode()

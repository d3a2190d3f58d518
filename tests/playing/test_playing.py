"""Playing: the same moves give the same state, and undo is exact."""

import gc
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playing.played_programs import (
    EVEN,
    GAMES,
    MESSAGES,
    booked_once,
    collector,
    deposits,
    network_game,
    of_a_reader,
    over_memory,
)

from nearfar import Channel, VirtualClock, run, schedule, select, sleep, spawn
from nearfar.experiments.delivery import PROTOCOLS
from nearfar.near import lowlevel
from nearfar.playing import (
    BadMoves,
    Board,
    Target,
    moves_from_text,
    moves_to_text,
    play,
)
from nearfar.simulation import Fault, Network
from nearfar.trace import Trace

games = st.sampled_from(sorted(GAMES)).map(GAMES.get)
words = st.sampled_from(
    [
        *("run north", "run south", "run ann", "run bob", "take right"),
        *("time", "deliver atm>bank#0", "deliver bank>atm#0"),
        *("lose atm>bank#1", "hold atm>bank#0", "crash bank", "crash atm"),
        *("restart bank", "apart bank atm", "heal bank atm"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(games, st.lists(words, max_size=8))
def test_any_list_is_refused_or_gives_the_same_state_twice(game, moves):
    try:
        first = game.play(moves)
    except BadMoves:
        with pytest.raises(BadMoves, match="which is not open there"):
            game.play(moves)
        return
    assert first.moves == tuple(moves)
    assert repr(game.play(moves)) == repr(first)


@settings(max_examples=60, deadline=None)
@given(games, st.data())
def test_undo_is_exact(game, data):
    states = [game.play()]
    for _ in range(data.draw(st.integers(1, 12))):
        if not states[-1].choices:
            break
        choice = data.draw(st.sampled_from(states[-1].choices))
        states.append(game.play([*states[-1].moves, choice.move]))
    while len(states) > 1:
        later = states.pop()
        undone = game.play(later.moves[:-1])
        assert repr(undone) == repr(states[-1])
        assert later.events[: len(undone.events)] == undone.events


@settings(max_examples=30, deadline=None)
@example(GAMES["network"], 317)
@given(games, st.integers(0, 1_000))
def test_a_step_of_a_picture_is_met_after_its_moves_and_not_before(game, seed):
    whole = Board(game)
    played = game.random(seed, most=30)
    steps = whole.picture(played).steps
    told = [step[2] for step in steps["steps"]]
    for place, many in enumerate(steps["play"]["before"]):
        moves = steps["play"]["moves"][:many]
        now = whole.picture(game.play(moves)).steps["steps"]
        assert now[place][2] == told[place]
        # Where a fault struck a host, the picture shows that it waits even
        # before it begins to.
        if many and not told[place].endswith(" waits"):
            less = whole.picture(game.play(moves[:-1])).steps["steps"]
            assert [step[2] for step in less][place : place + 1] != [
                told[place]
            ]


@settings(max_examples=20, deadline=None)
@given(games, st.integers(0, 1_000))
def test_random_moves_are_those_of_their_seed(game, seed):
    played = game.random(seed, most=40)
    assert repr(game.random(seed, most=40)) == repr(played)
    assert repr(game.play(played.moves)) == repr(played)
    again = game.play(moves_from_text(moves_to_text(played.moves)))
    assert repr(again) == repr(played)


@pytest.mark.parametrize("name", GAMES)
def test_every_open_move_can_be_made(name):
    game = GAMES[name]
    played = game.play()
    for _ in range(6):
        if not played.choices:
            break
        moves = [choice.move for choice in played.choices]
        assert len(set(moves)) == len(moves)
        after = [game.play([*played.moves, move]) for move in moves]
        assert all(each.moves[-1] in moves for each in after)
        played = after[0]


# --- The plain order ---------------------------------------------------------


def test_the_plain_order_is_that_of_a_run_without_a_player():
    for program in (deposits, collector, of_a_reader):
        plain = []
        spawn(lambda program=program, to=plain: to.append(program()))
        run(clock=VirtualClock())
        states = []
        told = Target(lambda program=program, to=states: _keep(to, program()))
        assert told.finish().over
        assert states[-1] == plain[0]


def _keep(states, state):
    states.append(state)
    return state


def test_the_plain_order_of_a_network_is_its_own():
    game = network_game("at least once")
    assert not game.finish().departures
    assert own_and_played(game).cents == 10_000


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("fault", ["late", "lost", "cut", "crash"])
@pytest.mark.parametrize("way", ["atm>bank", "bank>atm"])
def test_so_it_is_where_a_fault_is_planned(protocol, fault, way):
    # The customer gives up before what is late arrives. Then the message and
    # the end of its connection arrive together.
    visit = network_game(protocol).program

    def a_long_visit(network):
        spawn(sleep, 60)
        return visit(network)

    for number in (0, 1):
        planned = (Fault(fault, f"{way}#{number}", 8.0),)
        faults = replace(EVEN, planned=planned)
        own_and_played(Target(a_long_visit, faults=faults))


def own_and_played(game):
    """Compare a network's own run with the played one; return its state."""
    network = Network(game.seed, game.faults)
    with Trace() as trace:
        state = game.program(network)
        network.run()
    told = [
        [(e.kind, e.tasklet, e.value, e.time, e.message) for e in events]
        for events in (game.finish().events, trace.events)
    ]
    assert told[0] == told[1]
    return state


# --- What can be seen --------------------------------------------------------


def test_a_broken_promise_is_told_with_its_move():
    played = play(deposits, ["run north", "run south", "run north"])
    assert played.over
    game = Target(deposits, at_end=GAMES["tasklets"].at_end)
    played = game.finish()
    (broken,) = played.broken
    assert broken.promise == "Both deposits are in the account"
    assert not played.holds[broken.promise]
    assert broken.after == 3


def test_a_deadlock_and_an_error_are_broken_promises():
    def stuck():
        spawn(Channel("gate").send, 1, name="ann")

    def careless():
        spawn(lambda: 1 / 0, name="joe")

    (broken,) = play(stuck).broken
    assert broken.promise == "no tasklet waits forever"
    assert "ann waits to send" in broken.why
    (broken,) = play(careless).broken
    assert broken.why == "ZeroDivisionError: division by zero"


def test_a_run_without_an_end_is_stopped():
    def restless():
        def turn():
            while True:
                schedule()

        spawn(turn)

    (broken,) = play(restless).broken
    assert "did not end in 20,000 turns" in broken.why


def test_what_is_printed_is_kept_and_not_printed(capsys):
    played = GAMES["channels"].finish()
    assert played.printed.count("got") == 6
    assert capsys.readouterr().out == ""


def test_a_finally_of_a_run_that_is_stopped_does_not_show():
    seen = []

    def program():
        def careful():
            try:
                schedule()
                schedule()
            finally:
                print("the lights are out")
                seen.append("out")

        spawn(careful, name="ann")
        spawn(careful, name="bob")
        return seen

    played = play(program, ["run ann", "run bob"])
    assert seen == ["out", "out"]  # both have been ended
    assert played.printed == ""
    assert not [e for e in played.events if e.kind == "end"][1:]


def test_no_tasklet_outlives_a_game():
    before = living_stacks()
    for game in GAMES.values():
        game.play()
    assert living_stacks() <= before
    assert not lowlevel.current_scheduler().unbegun()


def living_stacks():
    """Those that have begun and not ended, of this and earlier tests."""
    gc.collect()
    stacks = [s for s in gc.get_objects() if isinstance(s, lowlevel.Stack)]
    return {id(stack) for stack in stacks if stack and not stack.dead}


def test_another_process_sees_the_same():
    code = (
        "from playing.played_programs import GAMES\n"
        "print([repr(g.random(5, 30)) for g in GAMES.values()])"
    )
    tests = Path(__file__).parents[1]
    seen = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=tests,
        ).stdout
        for _ in range(2)
    ]
    assert seen[0] == seen[1]
    assert len(seen[0]) > 1_000


# --- Time, select and the network --------------------------------------------


def test_time_can_pass_while_a_tasklet_is_ready():
    heard = []

    def program():
        def busy():
            for _ in range(3):
                schedule()
            heard.append("busy")

        spawn(busy, name="busy")
        spawn(lambda: (sleep(5), heard.append("late")), name="late")
        return heard

    assert play(program, ["run busy", "run late"]).choices[0].move == "run busy"
    game = Target(program)
    game.finish(["run busy", "run late"])
    game.finish(["run busy", "run late", "time", "run late"])
    assert heard == ["busy", "late", "late", "busy"]


def test_a_select_is_a_choice():
    def program():
        got, channels = [], [Channel("left"), Channel("right")]

        def collect():
            schedule()
            got.append(select(channels)[0].name)

        for channel in channels:
            spawn(channel.send, 1, daemon=True, name=f"to {channel.name}")
        spawn(collect, name="collector")
        return got

    takes_right = Target(program, at_end=lambda got: got == ["left"])
    start = ["run to left", "run to right"]
    assert not takes_right.finish(start).broken
    assert takes_right.finish([*start, "take right"]).broken


def test_a_message_can_overtake_one_of_another_connection():
    def program(network):
        got = []

        def serve(host):
            with host.listen(bytes) as listener:
                for _ in range(2):
                    got.append(listener.accept().receive())

        def call(host):
            host.connect(bytes, "bank").send(host.name.encode())

        network.host("bank").start(serve)
        for name in ("a", "b"):
            network.host(name).start(call)
        return got

    game = Target(program, holds=lambda got: len(got) < 2 or got[0] == b"a")
    assert not game.finish().broken
    first = ["deliver b>bank#0", "deliver bank>b#0", "deliver b>bank#1"]
    assert game.finish(first).broken


def test_a_held_message_waits_for_the_player():
    game = network_game("at most once")
    held = game.finish(["deliver atm>bank#0", "hold bank>atm#0"])
    assert held.over
    assert "deliver bank>atm#0" not in held.moves
    assert any("time" in move for move in held.moves)


def test_a_host_without_power_hears_nothing_until_it_starts_again():
    game = network_game("at least once")
    down = game.play(["crash bank"])
    assert "restart bank" in [choice.move for choice in down.choices]
    assert "crash bank" not in [choice.move for choice in down.choices]
    up = game.finish([*down.moves, "restart bank"])
    assert up.over
    assert not up.broken


def test_a_line_that_is_cut_holds_its_messages_until_it_is_mended():
    game = network_game("at least once")
    cut = game.play(["apart bank atm"])
    moves = [choice.move for choice in cut.choices]
    assert "deliver atm>bank#0" not in moves
    healed = game.play([*cut.moves, "heal bank atm"])
    assert "deliver atm>bank#0" in [choice.move for choice in healed.choices]
    assert game.finish(healed.moves).over


def test_only_some_kinds_of_moves_can_be_allowed():
    game = network_game(verbs=MESSAGES)
    verbs = {c.move.split()[0] for c in game.play().choices}
    assert verbs == {"deliver", "hold", "lose", "time"}
    with pytest.raises(BadMoves, match="not open"):
        game.play(["crash bank"])


# --- Searching and shrinking -------------------------------------------------


def test_one_lost_reply_pays_twice():
    search = network_game(verbs=frozenset({"lose"})).shortest_break()
    assert search.covered == 0
    assert [*search.found.departures.values()] == ["lose bank>atm#1"]
    assert search.found.broken[0].promise == "The bank books a payment at " + (
        "most once"
    )


def test_a_bank_that_remembers_survives_every_single_departure():
    game = network_game("effectively once", verbs=MESSAGES)
    search = game.shortest_break(runs=60)
    assert search.found is None
    assert search.covered >= 1


def test_a_search_finds_no_longer_list_than_needed():
    found = GAMES["tasklets"].shortest_break().found
    assert found.departures == {}  # the plain order loses one already


def test_shrinking_leaves_out_what_is_not_needed():
    game = network_game(verbs=MESSAGES)
    wild = next(
        played
        for played in (game.random(seed, most=60) for seed in range(400))
        if played.broken and len(played.departures) > 3
    )
    small = game.shrink(wild.moves)
    assert small.broken[0].promise == wild.broken[0].promise
    assert len(small.departures) < len(wild.departures)
    for number in small.departures:
        rest = {n: m for n, m in small.departures.items() if n != number}
        assert not game._depart(rest).broken


def test_what_breaks_nothing_cannot_be_shrunk():
    with pytest.raises(ValueError, match="nothing to shrink"):
        network_game().shrink([])


# --- Texts -------------------------------------------------------------------

texts = st.text(max_size=30)


@settings(max_examples=200)
@given(texts | texts.map("1!run ".__add__) | st.binary(max_size=9) | st.none())
def test_a_hostile_text_is_refused_or_holds_moves(text):
    try:
        moves = moves_from_text(text)
    except BadMoves:
        return
    assert moves_from_text(moves_to_text(moves)) == moves


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the version of these moves"),
        ("2!time", "the version of these moves"),
        ("1!explode+bank", "The verbs are"),
        ("1!time+and+again", "move 1"),
        ("1!run", "move 1"),
        ("1!run+" + "x" * 200, "move 1"),
        ("1!run+a%00b", "move 1"),
        ("1" + "!time" * 1_001, "too many"),
        ("x" * 1_000_000, "at most"),
    ],
)
def test_a_bad_text_says_what_is_wrong(text, why):
    with pytest.raises(BadMoves, match=why):
        moves_from_text(text)


def test_a_text_is_short_and_fit_for_a_link():
    moves = ("deliver atm>bank#0", "lose bank>atm.2#1", "run ann !?&=", "time")
    text = moves_to_text(moves)
    assert text == (
        "1!deliver+atm>bank%230!lose+bank>atm.2%231!run+ann+%21%3F%26%3D!time"
    )
    assert moves_from_text(text) == moves
    assert moves_from_text(f"https://example.org/06#play={text}") == moves


def test_moves_that_are_none_are_refused():
    with pytest.raises(BadMoves, match="expected a verb"):
        play(deposits, [("run", "north")])


def test_names_of_connections_in_memory_are_of_this_game():
    first = play(over_memory, ["run ann"])
    names = {e.message for e in first.events if e.message}
    assert names == {"lane 1#1"}
    assert booked_once.__doc__

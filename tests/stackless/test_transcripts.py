"""What the programs of 2006 printed, printed by ours, line for line.

Grant T. Olson's text (Why Stackless?, 2006) shows these transcripts; the
programs in tests/stackless/programs are our own. The factory's was written
down from his listing, since the text shows none.
"""

import runpy
import threading
from pathlib import Path

import pytest

from nearfar import stackless

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def lines(capsys):
    """A function that runs a program and returns the lines it printed."""

    def run(name, **given):
        runpy.run_path(str(PROGRAMS / f"{name}.py"), given)
        return capsys.readouterr().out.splitlines()

    before = set(threading.enumerate())
    yield run
    assert stackless.getruncount() == 1
    assert set(threading.enumerate()) <= before


def test_first_steps(lines):
    assert lines("first_steps") == [
        "one",
        "two",
        "three",
        "1: first",
        "1: second",
        "1: third",
        "2: first",
        "2: second",
        "2: third",
        "3: first",
        "3: second",
        "3: third",
        # the receiver is first in the queue
        "Recieving tasklet started",
        "Sending tasklet started",
        "send from sending_tasklet",
        "Receiving tasklet finished",
        "Just another tasklet in the scheduler",
        "sending tasklet finished",
        # the sender is; it waits through two runs
        "Sending tasklet started",
        "Just another tasklet in the scheduler",
        "Just another tasklet in the scheduler",
        "Recieving tasklet started",
        "send from sending_tasklet",
        "Receiving tasklet finished",
        "sending tasklet finished",
    ]


def test_ping_pong_by_calls_ends_in_a_recursion_error(lines):
    *hops, last = lines("pingpong_calls")
    assert last == "RecursionError: maximum recursion depth exceeded"
    assert 100 < len(hops) < 1_000
    assert hops == (["PING", "PONG"] * 500)[: len(hops)]


def test_ping_pong_by_turns_goes_on_as_long_as_it_may(lines):
    assert lines("pingpong_turns") == ["PING", "PONG"] * 5_000


CIRCLE = """\
1 got hackeysack from 1
1 kicking hackeysack to 1
1 got hackeysack from 1
1 kicking hackeysack to 4
4 got hackeysack from 1
4 kicking hackeysack to 1
1 got hackeysack from 4
1 kicking hackeysack to 4
4 got hackeysack from 1
4 kicking hackeysack to 0
"""


def test_the_hackysack_circle_and_what_2006_did_not_tell(lines):
    *game, left = lines("hackysack_circle")
    assert game == CIRCLE.splitlines()
    assert left == "6 never got home"


THREADS = """\
1 got hackeysack from 1
1 kicking hackeysack to 4
4 got hackeysack from 1
4 kicking hackeysack to 0
0 got hackeysack from 4
0 kicking hackeysack to 1
1 got hackeysack from 0
1 kicking hackeysack to 3
3 got hackeysack from 1
3 kicking hackeysack to 3
"""


def test_hackysack_with_threads_whose_way_home_is_a_race(lines):
    printed = lines("hackysack_threads")
    assert printed[:10] == THREADS.splitlines()
    home = [f"{name} is going home" for name in ("0", "1", "1", "2", "4")]
    assert sorted(printed[10:]) == home


def test_the_factory_until_its_first_doll_is_done(lines):
    *shift, last = lines("factory_2006")
    wanted = (PROGRAMS / "factory_2006.txt").read_text()
    assert shift == wanted.splitlines()
    assert last == "the end of second 19: 1 dolls, 1000 rivets left"


def test_the_factory_makes_seventy_dolls_and_never_uses_a_rivet(lines):
    *shift, last = lines("factory_2006", SECONDS=10_000)
    assert last == (
        "nobody sleeps: IndexError in 2006: 70 dolls, 1000 rivets left"
    )
    assert shift.count("1 second passed") == 755
    begging = [line for line in shift if line.endswith("to deliver yet")]
    assert (len(shift), len(begging)) == (6272, 3241)

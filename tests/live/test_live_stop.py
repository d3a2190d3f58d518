"""Stop: whatever a cell does, the page ends it and keeps what was there."""

import pytest
from page import text_of

SOON_S = 1  # as long as the page waits before it ends the worker
ENDLESS = {
    "a loop": "while True: pass",
    "a loop in a function": """
def count():
    number = 0
    while number >= 0:
        number += 1

count()
""",
    "calls without a loop": """
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

fibonacci(90)
""",
    "a comprehension": "import itertools\nany(0 for _ in itertools.count())",
    "a real sleep": "import time\ntime.sleep(1000)",
    "a coroutine": "import asyncio\nasyncio.run(asyncio.sleep(1000))",
    "lines": "while True: print('again')",
    "a tasklet alone": """
from nearfar import run, schedule, spawn

def give_way():
    while True:
        schedule()

spawn(give_way)
run()
""",
    "tasklets that talk": """
from nearfar import Channel, run, spawn

def talk(channel):
    while True:
        channel.send(1)

def listen(channel):
    while True:
        channel.receive()

channel = Channel()
spawn(talk, channel)
spawn(listen, channel)
run()
""",
    "a tasklet that sleeps": """
from nearfar import run, sleep, spawn

spawn(sleep, 1000)
run()
""",
    "one that catches errors": """
while True:
    try:
        while True:
            pass
    except Exception:
        pass
""",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_stop_ends_what_has_no_end(page, name):
    page.run("kept = 'kept'")
    run = page.begin(ENDLESS[name])
    page.wait_for(30, {"is": "begin", "run": run})
    page.tab.wait_for_timeout(300)
    page.post(do="stop")
    status, outputs = page.end_of(run, SOON_S)
    assert status == "stopped"
    assert outputs[-1].ename == "KeyboardInterrupt"
    assert text_of(page.run("print(kept)")[1]) == "kept\n"


def test_stop_drops_the_cells_that_wait(page):
    first = page.begin("while True: pass")
    second = page.begin("print('second')")
    page.wait_for(30, {"is": "begin", "run": first})
    page.post(do="stop")
    assert page.end_of(first, 10)[0] == "stopped"
    assert page.end_of(second, 10) == ("stopped", [])


def test_a_huge_output_is_cut(page):
    status, (output,) = page.run("for _ in range(100_000): print('again ' * 9)")
    assert status == "ok"
    assert len(output.text) < 201_000
    assert "cut here" in output.text


def test_a_hog_gets_no_more_memory(page):
    hog = "kept = []\nwhile True: kept.append(bytes(10_000_000))"
    status, outputs = page.run(hog)
    assert status == "error"
    assert outputs[-1].ename == "MemoryError"
    assert text_of(page.run("kept = None\nprint('alive')")[1]) == "alive\n"


DEEP = {
    "a function": "def deeper(): deeper()\ndeeper()",
    "repr": """
class Odd:
    def __repr__(self): return repr(self)

Odd()
""",
    "comparison": """
class Odd:
    def __eq__(self, other): return [self] == [other]

Odd() == Odd()
""",
    "sorting": "def deeper(_): sorted([1], key=deeper)\ndeeper(0)",
    "an attribute": """
class Odd:
    def __getattr__(self, name): return getattr(self, name + "_")

Odd().name
""",
    "in a tasklet": """
from nearfar import run, spawn
def deeper(_): sorted([1], key=deeper)

run(until=spawn(deeper, 0))
""",
}


@pytest.mark.parametrize("name", DEEP)
def test_a_deep_recursion_is_an_error(page, name):
    status, outputs = page.run(DEEP[name])
    assert status == "error"
    assert outputs[-1].ename == "RecursionError"
    assert text_of(page.run("print('alive')")[1]) == "alive\n"


def test_what_is_too_deep_for_the_browser_is_told_and_a_new_start_works(page):
    deep = "import json\njson.loads('[' * 100_000)"
    status, _ = page.run(deep)
    assert status == "died"
    assert page.told()[-1]["why"] == "a call went too deep"
    page.start()
    assert text_of(page.run("print('alive')")[1]) == "alive\n"


TRIAL = """
from nearfar.exercises import check
from nearfar.exercises.promises import Exercise

trial = Exercise("99.1", "a trial", hint="Try again.")

@trial.promise("it ends", orders=0)
def ends(answer):
    answer()
"""
HANGS = {
    "a loop": "while True: pass",
    "calls": "def two(n): return n and two(n - 1) + two(n - 1)\n    two(99)",
    "a real sleep": "import time; time.sleep(1000)",
    "one that catches the stop": """
    while True:
        try:
            while True: pass
        except:
            pass
""",
}


@pytest.mark.parametrize("name", HANGS)
def test_a_check_stops_an_answer_that_hangs(page, name):
    page.run(TRIAL)
    status, outputs = page.run(f"def hangs():\n    {HANGS[name]}")
    assert status == "ok", text_of(outputs)
    status, outputs = page.run('check("99.1", hangs)')
    assert status == "ok", text_of(outputs)
    assert "It did not finish, and was stopped" in text_of(outputs)
    catches = "catches every error" in text_of(outputs)
    assert catches == (name == "one that catches the stop")
    told = text_of(page.run('check("99.1", lambda: 0)')[1])
    assert told.startswith("99.1 a trial: done")


def test_a_trial_is_not_charged_for_what_other_programs_do(page):
    page.run(TRIAL)
    slow = """
from kernel import turns

def slow():
    turns._looked -= 100  # as if the processor had been away for so long
    for _ in range(1_000): pass

check("99.1", slow)
"""
    assert text_of(page.run(slow)[1]).startswith("99.1 a trial: done")


def test_stop_ends_an_endless_check(page):
    page.run(TRIAL)
    run = page.begin("def hangs():\n    while True: pass\ncheck('99.1', hangs)")
    page.wait_for(30, {"is": "begin", "run": run})
    page.post(do="stop")
    assert page.end_of(run, SOON_S)[0] == "stopped"
    told = text_of(page.run('check("99.1", lambda: 0)')[1])
    assert told.startswith("99.1 a trial: done")

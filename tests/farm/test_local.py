"""Local farms: a learner's own functions, and whatever a chunk does."""

import importlib
import math
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from helpers import wait_until

from nearfar import Misuse
from nearfar.far import listen
from nearfar.farm import FROM_WORKER, FUNCTIONS, Farm, local_farm, offer
from nearfar.processes import Program

MODULE = """
import os, subprocess, sys, time


def square(number):
    return number * number


def _secret(number):
    return number
"""


@pytest.fixture
def my_work(tmp_path, monkeypatch):
    """A module of the learner's own, which only this process can import."""

    def write(code=MODULE, name="my_work"):
        (tmp_path / f"{name}.py").write_text(code)
        importlib.invalidate_caches()
        sys.modules.pop(name, None)
        return importlib.import_module(name)

    before = dict(FUNCTIONS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield write
    FUNCTIONS.clear()
    FUNCTIONS.update(before)
    for name in ("my_work", "more_work"):
        sys.modules.pop(name, None)


# --- What workers can do -----------------------------------------------------


def test_a_function_of_ones_own_module_is_farmed(my_work):
    module = my_work()
    with local_farm(2, imports="my_work") as farm:
        assert list(farm.map(module.square, range(5))) == [0, 1, 4, 9, 16]


def test_a_module_may_add_to_the_table_itself_and_several_may_be_named(my_work):
    code = "from nearfar.farm import FUNCTIONS\nFUNCTIONS['twice'] = max\n"
    first, _ = my_work(), my_work(code, "more_work")
    with local_farm(1, imports=["my_work", "more_work"]) as farm:
        assert list(farm.map(first.square, [3])) == [9]
    assert FUNCTIONS["twice"] is max


def test_only_public_functions_that_the_module_defines_are_offered(my_work):
    module = my_work()
    with local_farm(1, imports="my_work") as farm:
        assert "square" in FUNCTIONS
        assert not {"_secret", "sleep", "run"} & FUNCTIONS.keys()
        with pytest.raises(Misuse, match="'_secret'"):
            farm.map(module._secret, [1])


def test_a_function_that_was_written_anew_is_told_from_the_old_one(my_work):
    module = my_work()
    with local_farm(1, imports="my_work") as farm:
        newer = my_work(MODULE.replace("number * number", "number ** 3"))
        with pytest.raises(Misuse, match="has changed since"):
            farm.map(newer.square, [2])
        assert list(farm.map(module.square, [2])) == [4]
    with local_farm(1, imports="my_work") as farm:
        assert list(farm.map(newer.square, [2])) == [8]


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("no_such_module", "cannot import 'no_such_module'"),
        ("__main__", "file of its own"),
        ("my_work.py", "without .py"),
    ],
)
def test_a_module_that_cannot_be_imported_is_refused_at_once(
    my_work, module, told
):
    my_work()
    with pytest.raises(Misuse, match=told), local_farm(1, imports=module):
        pass


def test_the_refusal_of_a_function_says_how_it_could_be_farmed(my_work):
    module = my_work()
    with local_farm(1) as farm:
        with pytest.raises(Misuse, match=r"local_farm\(2, imports='my_work'\)"):
            farm.map(module.square, [1])
        for mine in (lambda number: number, in_a_notebook()):
            with pytest.raises(
                Misuse, match=r"into a file .*imports='my_work'"
            ):
                farm.map(mine, [1])
        with pytest.raises(Misuse, match="imports='math'"):
            farm.map(math.sqrt, [4])
        with pytest.raises(Misuse, match="takes a function"):
            farm.map(7, [1])


def in_a_notebook():
    space = {"__name__": "__main__"}
    exec("def square(number): return number", space)
    return space["square"]


def test_a_function_of_the_standard_library_may_be_farmed_too(my_work):
    with local_farm(1, imports=math) as farm:
        assert list(farm.map(math.sqrt, [4, 9])) == [2, 3]


# --- Whatever a chunk does ---------------------------------------------------

DEADLY = """
import asyncio, os, resource, signal, subprocess, sys, time


def deadly(how):
    if how == "exits":
        print("\\x1b[31mone last word\\x1b[0m", flush=True)
        os._exit(3)
    if how == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "crashes":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "is survived":
        if os.fork() == 0:  # holds the worker's socket open for a while
            os.setsid()
            time.sleep(20)
            os._exit(0)
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "forks":
        return os.fork() and how
    if how == "says who":
        return os.getpid()
    return how


class Stop(BaseException):
    pass


def raises(what):
    raise {
        "Stop": Stop,
        "KeyboardInterrupt": KeyboardInterrupt,
        "GeneratorExit": GeneratorExit,
        "CancelledError": asyncio.CancelledError,
        "GreenletExit": __import__("greenlet").GreenletExit,
        "MemoryError": MemoryError,
    }[what]("\\x1b[2Jno more\\r\\n\\u202e" + "x" * 70_000)


def holds_the_lock(numbers):
    began = time.monotonic()
    sum(range(numbers))
    return time.monotonic() - began


def asks(_):
    subprocess.run(["cat"])
    return input()


def detaches(_):
    return subprocess.Popen(["sleep", "60"], start_new_session=True).pid
"""
SILENCE = 0.4  # seconds: short, to be quick


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("exits", r"exit code 3.*one last word"),
        ("is killed", "SIGKILL"),
        ("is survived", "SIGKILL"),
        ("crashes", "SIGSEGV"),
    ],
)
def test_what_killed_a_worker_is_told_with_its_chunk(my_work, how, told):
    module = my_work(DEADLY)
    with local_farm(2, imports=module, patience=0.3) as farm:
        lost = pytest.raises(RuntimeError, match=rf"chunk 1 .*{how}.*{told}")
        with lost as error:
            list(farm.map(module.deadly, ["not", how, "at all"]))
        assert "process" in str(error.value)
        assert str(error.value).isprintable()


def test_a_function_that_an_earlier_farm_offered_is_told_apart(my_work):
    module = my_work(DEADLY)
    with local_farm(1, imports=module, patience=0.3) as farm:
        assert list(farm.map(module.deadly, ["lives"])) == ["lives"]
    with (
        local_farm(1, patience=0.3) as farm,
        pytest.raises(RuntimeError, match=r"local_farm\(imports=\.\.\.\)"),
    ):
        list(farm.map(module.deadly, ["lives"]))


@pytest.mark.parametrize(
    "what",
    [
        "Stop",
        "KeyboardInterrupt",
        "GeneratorExit",
        "CancelledError",
        "GreenletExit",
        "MemoryError",
    ],
)
def test_a_chunk_may_raise_anything_and_its_worker_lives(my_work, what):
    module = my_work(DEADLY)
    with local_farm(1, imports=module) as farm:
        with pytest.raises(
            RuntimeError, match=f"chunk 0 .*: {what}: "
        ) as error:
            list(farm.map(module.raises, [what]))
        assert str(error.value).isprintable()
        assert list(farm.map(module.deadly, ["lives"])) == ["lives"]
        assert farm.lost == 0


def test_a_chunk_that_forks_counts_once_and_makes_no_worker(my_work):
    module = my_work(DEADLY)
    with local_farm(1, imports=module) as farm:
        assert list(farm.map(module.deadly, ["forks", "x"])) == ["forks", "x"]
        found = {
            who
            for _ in range(50)
            for who in farm.map(module.deadly, ["says who"] * 4)
        }
        assert found == {farm.programs[0].pid}
        assert farm.lost == 0


def test_a_worker_that_holds_the_interpreters_lock_is_at_work(my_work):
    module = my_work(DEADLY)
    with local_farm(2, imports=module, silence=SILENCE, patience=0.2) as farm:
        (seconds,) = farm.map(module.holds_the_lock, [100_000_000])
        assert seconds > 2 * SILENCE, "too short to tell"
        assert farm.lost == 0


linux = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="there threads beat"
)


@pytest.fixture
def from_elsewhere(my_work):
    """A farm with one worker that it did not start, and the worker."""
    module = my_work(DEADLY)
    offer(module.__name__)
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with listen(FROM_WORKER, idle_timeout=math.inf) as door:
        words = ("worker", door.address, "--offer", module.__name__)
        with (
            Farm(door, silence=SILENCE, patience=0.3) as farm,
            Program(*words, quiet=True, environment=path) as worker,
        ):
            farm.wait_for_workers()
            yield farm, worker, module


@linux
def test_a_worker_elsewhere_may_hold_the_interpreters_lock(from_elsewhere):
    farm, _, module = from_elsewhere
    (seconds,) = farm.map(module.holds_the_lock, [100_000_000])
    assert seconds > 2 * SILENCE, "too short to tell"
    assert farm.lost == 0


def test_a_worker_elsewhere_that_stands_still_is_silent(from_elsewhere):
    farm, worker, module = from_elsewhere
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        with pytest.raises(RuntimeError, match="silent for over"):
            list(farm.map(module.deadly, ["x"]))
    finally:
        os.kill(worker.pid, signal.SIGCONT)


def test_a_worker_elsewhere_that_ends_is_lost_at_once(from_elsewhere):
    farm, worker, module = from_elsewhere
    farm.silence, farm.patience = 3_600, 0.3
    with pytest.raises(RuntimeError, match="the worker was lost"):
        list(farm.map(module.deadly, ["is killed"]))
    assert worker.wait() == -signal.SIGKILL


def children_of(pid):
    """The processes that a process has started, as folders of /proc."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            fields = (process / "stat").read_text().rpartition(") ")[2]
            if fields.split()[1] == str(pid):
                found.append(process)
    return found


@linux
def test_a_worker_elsewhere_leaves_no_process_behind(from_elsewhere):
    farm, worker, module = from_elsewhere
    assert list(farm.map(module.deadly, ["x"])) == ["x"]
    (pulse,) = children_of(worker.pid)
    worker.kill()  # between two maps: no message tells the pulse
    wait_until(lambda: not pulse.exists())


def test_a_chunk_that_asks_for_input_finds_none(my_work):
    module = my_work(DEADLY)
    ends = pytest.raises(RuntimeError, match=r"chunk 0 .*EOFError")
    with local_farm(1, imports=module) as farm, ends:
        list(farm.map(module.asks, [1]))


def test_a_farm_ends_though_a_chunk_has_left_a_program(my_work, capfd):
    module = my_work(DEADLY)
    with local_farm(1, imports=module) as farm:
        (left,) = farm.map(module.detaches, [1])
    os.kill(left, signal.SIGKILL)
    assert f"left sleep (process {left}) running" in capfd.readouterr().err

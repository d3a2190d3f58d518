"""Processes: started, ready, heard, and always ended."""

import os
import signal
import subprocess
import sys
import time

import pytest
from helpers import wait_until

from nearfar.processes import Program

linux = pytest.mark.skipif(
    not os.path.exists("/proc/self/stat"), reason="needs /proc to look"
)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_program_is_ready_when_it_says_so_and_ends_with_its_block(capsys):
    with Program("bank") as bank:
        host, _, port = bank.address.rpartition(":")
        assert (host, int(port) > 0) == ("127.0.0.1", True)
        assert bank.alive
    assert not bank.alive
    assert bank.lines == []


def test_its_output_is_shown_under_its_name(capsys):
    with Program("worker", "127.0.0.1:1") as worker:
        wait_until(lambda: not worker.alive)
    shown = capsys.readouterr().out
    assert shown.startswith("worker | worker: cannot connect to 127.0.0.1:1")


def test_quiet_keeps_the_output_to_itself(capsys):
    with Program("worker", "127.0.0.1:1", quiet=True) as worker:
        wait_until(lambda: not worker.alive)
    assert capsys.readouterr().out == ""
    assert "refused" in worker.lines[0]


def test_one_that_dies_before_it_is_ready_says_why():
    with (
        Program(
            "bank", "--listen=256.1.1.1:0", "--insecure", quiet=True
        ) as bank,
        pytest.raises(RuntimeError, match=r"did not get ready.*\n.*cannot"),
    ):
        _ = bank.address


def test_one_can_be_waited_for_and_not_for_ever():
    with Program("audit", "no_such.db", quiet=True) as audit:
        assert audit.wait() == 1
    with (
        Program("bank", quiet=True) as bank,
        pytest.raises(RuntimeError, match=r"bank has not ended within 0\.1 s"),
    ):
        bank.wait(timeout=0.1)


def test_killing_is_at_once():
    with Program("bank", quiet=True) as bank:
        _ = bank.address
        bank.kill()
        assert not bank.alive


OWNER = """
import sys, time
from nearfar.processes import Program
bank = Program("bank")
bank.address
print(bank.pid, flush=True)
time.sleep(60)
"""


@linux
def test_a_child_does_not_outlive_an_owner_that_was_killed():
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True
    )
    with owner:
        child = int(owner.stdout.readline())
        assert is_running(child)
        owner.send_signal(signal.SIGKILL)
    wait_until(lambda: not is_running(child))


def test_an_interrupt_is_left_to_the_owner():
    with Program("bank", quiet=True) as bank:
        _ = bank.address
        os.kill(bank.pid, signal.SIGINT)
        time.sleep(0.1)  # what must not happen has no event to wait for
        assert bank.alive


def test_one_that_ends_by_itself_keeps_its_exit_code():
    with Program("worker", "127.0.0.1:1", quiet=True) as worker:
        wait_until(lambda: not worker.alive)
        assert worker.stop() == 1
        assert len(worker.lines) == 1


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no groups here")
def test_what_a_program_has_started_ends_with_it(tmp_path):
    (tmp_path / "starter.py").write_text(
        "import subprocess\n"
        "print(subprocess.Popen(['sleep', '60']).pid, flush=True)\n"
    )
    with Program(
        *("worker", "127.0.0.1:1", "--import", "starter"),
        environment={"PYTHONPATH": str(tmp_path)},
        quiet=True,
    ) as program:
        wait_until(lambda: program.lines)
    wait_until(lambda: not is_running(program.lines[0]))


# --- What a child's own children hold ----------------------------------------


@pytest.fixture
def starter(tmp_path):
    """A child that runs these lines of Python, and then ends."""

    def start(lines):
        (tmp_path / "starter.py").write_text(lines)
        path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
        return Program(
            *("worker", "127.0.0.1:1", "--import", "starter"),
            environment={"PYTHONPATH": path},
            quiet=True,
        )

    return start


DETACHED = """
import subprocess
print("begins", flush=True)
print(subprocess.Popen(["sleep", "60"], start_new_session=True).pid, flush=True)
"""


@linux
def test_a_program_in_a_session_of_its_own_is_left_and_named(starter, capfd):
    began = time.monotonic()
    with starter(DETACHED) as program:
        wait_until(lambda: len(program.lines) > 2)
    assert time.monotonic() - began < 15  # it used to be the sleep's 60
    left = int(program.lines[1])
    try:
        assert is_running(left)
        assert (
            f"worker has left sleep (process {left})" in capfd.readouterr().err
        )
    finally:
        os.kill(left, signal.SIGKILL)


def test_all_output_is_there_when_a_program_has_stopped(starter):
    with starter("print('x' * 99_999, end='', flush=True)") as program:
        program.wait()
    assert program.lines[0].startswith("x" * 99_999 + "worker: cannot connect")
    assert len(program.lines) == 1


def test_a_childs_standard_input_is_empty_and_so_is_its_childrens(starter):
    code = (
        "import subprocess, sys\n"
        "subprocess.run(['cat'])\n"
        "print([sys.stdin.read()], flush=True)\n"
    )
    with starter(code) as program:
        assert program.wait(timeout=10) == 1
    assert program.lines[0] == "['']"


FORKED = """
import os, sys, time
from nearfar.processes import Program
with Program("bank") as bank:
    bank.address
    if os.fork() == 0:
        assert bank.alive or bank.stop() is None
        if sys.argv[1] == "stays":
            time.sleep(60)
        sys.exit()
    os.wait() if sys.argv[1] == "ends" else None
    print(bank.alive, bank.pid, flush=True)
    time.sleep(60)
"""


@linux
@pytest.mark.parametrize("child", ["stays", "ends"])
def test_a_forked_child_of_the_owner_owns_nothing(child):
    owner = subprocess.Popen(
        [sys.executable, "-c", FORKED, child],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with owner:
        try:
            alive, pid = owner.stdout.readline().split()
            assert alive == "True"  # a child that ended has not stopped it
            owner.kill()
            wait_until(lambda: not is_running(pid))
        finally:
            os.killpg(owner.pid, signal.SIGKILL)


def test_a_child_that_cannot_save_its_trace_says_so_and_ends(tmp_path):
    trace = str(tmp_path / "no" / "such" / "folder")
    with Program("bank", "--trace", trace, quiet=True) as bank:
        _ = bank.address
        assert bank.stop() == 0
    assert "bank: [Errno 2] No such file or directory" in bank.lines[-1]

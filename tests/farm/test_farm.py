"""The farm: the same map, by other hands, whatever becomes of them."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from helpers import wait_until

from nearfar import Channel, Misuse, VirtualClock, run, sleep, spawn
from nearfar.far import Broken, connect, listen, pair, parse_address
from nearfar.farm import (
    FROM_COORDINATOR,
    FROM_WORKER,
    FUNCTIONS,
    TOKEN,
    Beat,
    Farm,
    Heart,
    Join,
    Result,
    Task,
    Welcome,
    beat,
    chunks,
    count_between,
    count_primes,
    local_farm,
    work,
)
from nearfar.farm.coordinator import DEADLINE
from nearfar.farm.job import ATTEMPTS, WINDOW
from nearfar.farm.protocol import VERSION
from nearfar.processes import Program

linux = pytest.mark.skipif(
    not os.path.exists("/proc/self/statm"), reason="needs /proc to look"
)


@pytest.fixture(scope="module")
def farm():
    with local_farm(2) as farm:
        yield farm


# --- The same as any map, with real processes --------------------------------


def test_the_farm_counts_as_one_process_does(farm):
    assert count_primes(50_000, map=farm.map) == count_primes(50_000)


def test_results_come_in_the_order_of_the_chunks(farm):
    pieces = [(0, 30_000), (0, 10), (10, 20), (20, 30)]
    assert list(farm.map(count_between, pieces)) == [3_245, 4, 4, 2]


def test_or_as_they_are_completed(farm):
    pieces = [(0, 300_000)] + [(n, n + 1) for n in range(100)]
    found = list(farm.map(count_between, pieces, ordered=False))
    assert sorted(found) == [0] * 75 + [1] * 25 + [25_997]
    assert found[0] != 25_997


def test_a_tasklet_may_ask_for_a_map_and_others_stand_still_meanwhile(farm):
    seen = []

    def asker():
        seen.append(sum(farm.map(count_between, chunks(10_000, 100))))

    def other():
        seen.append("other")

    spawn(asker)
    spawn(other)
    run()
    assert seen == [1_229, "other"]


def test_a_map_over_nothing_is_nothing(farm):
    assert list(farm.map(count_between, [])) == []


def test_results_stream_from_endless_chunks_and_no_more_is_taken(farm):
    taken = itertools.count()
    endless = ((n, n + 1) for n in taken)
    primes = farm.map(count_between, endless)
    assert sum(itertools.islice(primes, 14)) == 6
    before = next(taken)
    assert before < 2 * WINDOW  # a worker may have stood still meanwhile
    sum(range(1_000_000))  # nobody asks, so nothing happens
    assert next(taken) == before + 1


def test_a_map_given_up_is_followed_by_the_next(farm):
    first = farm.map(count_between, chunks(10**9, 1_000))
    assert next(first) == 168
    assert count_primes(10_000, map=farm.map) == 1_229
    with pytest.raises(Misuse, match="one map at a time"):
        list(first)


def test_an_unknown_function_is_refused_before_anything_is_sent(farm):
    with pytest.raises(Misuse, match="a message brings data, never code"):
        farm.map(print, [(0, 1)])
    with pytest.raises(Misuse, match="never code"):
        farm.map(lambda bounds: 1, [(0, 1)])


def test_a_chunk_that_fails_fails_the_map_and_not_the_farm(farm):
    with pytest.raises(
        RuntimeError, match=r"chunk 1 \(\[\"a\",\"b\"\]\): Type"
    ):
        list(farm.map(count_between, [(0, 1), ("a", "b"), (0, 100)]))
    assert count_primes(1_000, map=farm.map) == 168


@pytest.mark.parametrize(
    "chunk",
    [object(), "x" * 70_000, float("inf"), {1: 2, "1": 3}, {1, 2}, b"abc"],
)
def test_a_chunk_that_cannot_be_sent_is_the_callers_mistake(farm, chunk):
    with pytest.raises(Misuse, match="chunk 1 "):
        list(farm.map(count_between, [(0, 10), chunk]))
    assert farm.lost == 0


@pytest.mark.parametrize("chunk", [None, True, {"a": 1}, [1]])
def test_any_json_may_be_a_chunk_and_its_error_comes_back(farm, chunk):
    with pytest.raises(RuntimeError, match=r"chunk 0 .*: (Type|Value)Error"):
        list(farm.map(count_between, [chunk]))
    assert farm.lost == 0


def test_an_error_of_the_callers_own_is_not_a_lost_worker(farm):
    def broken():
        yield 0, 10
        raise Broken("mine")

    with pytest.raises(Broken, match="mine"):
        list(farm.map(count_between, broken()))
    assert farm.lost == 0
    assert count_primes(1_000, map=farm.map) == 168


# --- Workers that die, stop, come late ---------------------------------------


def test_a_lost_worker_costs_time_and_not_the_count():
    with local_farm(2) as farm:
        found = 0
        for n, count in enumerate(
            farm.map(count_between, chunks(100_000, 1_000))
        ):
            found += count
            if n == 5:
                farm.programs[0].kill()
        assert found == 9_592
        assert farm.lost == 1
        assert count_primes(10_000, map=farm.map) == 1_229


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no such signal")
def test_a_stopped_worker_does_not_hold_up_a_map_and_may_come_back():
    with local_farm(2, silence=0.6) as farm:
        counts = farm.map(count_between, chunks(200_000, 1_000))
        first = next(counts)
        stopped = farm.programs[0].pid
        os.kill(stopped, signal.SIGSTOP)
        try:
            assert first + sum(counts) == 17_984
            assert (farm.lost, len(farm.team)) == (0, 2)
        finally:
            os.kill(stopped, signal.SIGCONT)
        # What it did meanwhile is not counted again.
        assert count_primes(100_000, map=farm.map) == 9_592
        farm.programs[1].kill()
        assert count_primes(100_000, map=farm.map) == 9_592


def test_losing_all_workers_is_an_error_and_no_hang():
    lost = pytest.raises(RuntimeError, match="all workers are lost")
    with local_farm(1, patience=0.2) as farm, lost:
        for _ in farm.map(count_between, [(0, 10)] * 5_000):
            farm.programs[0].kill()


def test_a_worker_may_join_in_the_middle():
    token = "open, sesame and nobody else"
    with (
        listen(FROM_WORKER, token=token) as door,
        Farm(door) as farm,
        Program(
            *("worker", door.address),
            quiet=True,
            environment={TOKEN: token},
        ) as first,
    ):
        farm.wait_for_workers()
        counts = farm.map(count_between, itertools.repeat((0, 1_000)))
        next(counts)
        with Program(
            *("worker", door.address),
            quiet=True,
            environment={TOKEN: token},
        ):
            wait_until(lambda: next(counts) and len(farm.team) == 2)
            first.kill()
            assert [next(counts) for _ in range(1_000)] == [168] * 1_000
            assert farm.lost == 1
            counts.close()


def test_a_worker_may_join_while_no_map_runs_and_go_without_work(tmp_path):
    """Short of patience here, so that nobody has to wait for five seconds."""
    (tmp_path / "hurry.py").write_text(
        "from nearfar.far import connect\n"
        "connect.__kwdefaults__['timeout'] = 0.1\n"
        "print('in a hurry', flush=True)\n"
    )
    token = "open, sesame and nobody else"
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    with (
        listen(FROM_WORKER, token=token) as door,
        Farm(door) as farm,
        Program(
            *("worker", door.address, "--import", "hurry"),
            quiet=True,
            environment={TOKEN: token, "PYTHONPATH": path},
        ) as program,
    ):
        wait_until(lambda: program.lines)
        time.sleep(0.5)  # in which the coordinator does something else
        assert program.alive, program.how_it_ended()
        farm.wait_for_workers()
        farm.close()
        assert program.wait() == 0
        assert "0 chunks done" in program.lines[-1]


@linux
def test_a_coordinator_that_is_killed_leaves_no_worker_behind():
    """Not even one in the middle of a long chunk, on another machine."""
    code = (
        "from nearfar.farm import Farm\n"
        "from nearfar.farm import count_between\n"
        "from nearfar.far import listen\n"
        "from nearfar.farm import FROM_WORKER\n"
        "with listen(FROM_WORKER) as door, Farm(door, silence=0.4) as farm:\n"
        "    print(door.address, flush=True)\n"
        "    list(farm.map(count_between, [(0, 100_000_000)]))\n"
    )
    with (
        started(sys.executable, "-c", code) as coordinator,
        started(
            *(sys.executable, "-m", "nearfar", "worker"),
            coordinator.stdout.readline().decode().strip(),
        ) as worker,
    ):
        wait_until(lambda: processor_time(worker.pid) > 0.5)
        coordinator.kill()
        wait_until(lambda: worker.poll() is not None)


@contextmanager
def started(*command):
    """A process for a block, which waits for its end unless it fails."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def processor_time(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


@linux
def test_memory_stays_flat_on_both_sides_however_many_chunks_there_are():
    """NEARFAR_CHUNKS=10000000 is the full size; see docs/measurements."""
    many = int(os.environ.get("NEARFAR_CHUNKS", "150000"))

    def pages(pid):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])

    with local_farm(1) as farm:
        both = [os.getpid(), farm.programs[0].pid]
        counts = farm.map(count_between, itertools.repeat((2, 4), many))
        total = sum(itertools.islice(counts, many // 3))
        before = [pages(pid) for pid in both]
        total += sum(counts)
        after = [pages(pid) for pid in both]
    assert total == 2 * many
    grown = [(b - a) * 4 for a, b in zip(before, after, strict=True)]
    assert max(grown) < 2_000, f"grown by {grown} KiB"


# --- The door ----------------------------------------------------------------


def test_no_worker_in_time_says_how_to_start_one():
    with (
        listen(FROM_WORKER) as listener,
        pytest.raises(RuntimeError, match="python -m nearfar worker 127"),
    ):
        Farm(listener).wait_for_workers(timeout=0.05)


def join(address, **options):
    def worker():
        with connect(FROM_COORDINATOR, address) as connection:
            work(connection, **options)

    return spawn(worker, daemon=True)


def test_a_stranger_at_the_door_is_sent_away():
    with listen(FROM_WORKER) as listener, Farm(listener) as farm:
        stranger = socket.create_connection(parse_address(listener.address))
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        join(listener.address)
        farm.wait_for_workers()
        assert len(farm.team) == 1
        stranger.close()


def test_one_silent_visitor_does_not_lock_the_door():
    with listen(FROM_WORKER) as listener, Farm(listener) as farm:
        silent = socket.create_connection(parse_address(listener.address))
        join(listener.address)
        farm.wait_for_workers()
        assert len(farm.team) == 1
        silent.close()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Join(VERSION + 1, "ann", []), f"expected version {VERSION}"),
        (Join(VERSION, "bob", []), "there is a worker 'bob' already"),
        (Beat(), "expected Join first, not Beat"),
    ],
)
def test_who_cannot_come_in_is_told_why(message, reason):
    door = Door()
    door.enter(Join(VERSION, "bob", []))
    farm = Farm(door, clock=VirtualClock())
    farm.wait_for_workers()
    visitor = door.enter(message)
    told = []
    spawn(lambda: told.append(visitor.receive().reason), daemon=True)
    farm.workers = 99
    spawn(sleep, 9, daemon=True)  # something to come
    with pytest.raises(RuntimeError, match="99 worker"):
        farm.wait_for_workers(timeout=1.0)
    assert reason in told[0]


# --- In virtual time, without any process ------------------------------------


class Door:
    """A listener in memory."""

    def __init__(self):
        self.ends = []
        self.knock = Channel("knock")

    def enter(self, *messages):
        """A connection from outside, with these messages on it."""
        here, there = pair(FROM_WORKER | FROM_COORDINATOR)
        self.ends.append(here)
        if messages:
            spawn(lambda: [there.send(message) for message in messages])
        return there

    def __iter__(self):
        while self.ends:
            yield self.ends.pop(0)
        for _ in self.knock:
            yield self.ends.pop(0)

    def close(self):
        pass


@pytest.fixture
def nap(monkeypatch):
    """Work that takes as many virtual seconds as the chunk says."""

    def nap(seconds):
        sleep(seconds)
        return seconds

    monkeypatch.setitem(FUNCTIONS, "nap", nap)
    return nap


class Village:
    """A farm in memory, on a virtual clock, with workers who keep beating."""

    def __init__(self, **options):
        self.door = Door()
        self.clock = VirtualClock()
        self.farm = Farm(self.door, clock=self.clock, **options)

    def worker(self, name, beats=True):
        end, heart = self.door.enter(), self.door.enter()
        spawn(self._work, end, name, daemon=True)
        if beats:
            spawn(beat, heart, name, daemon=True)

    def _work(self, end, name):
        work(end, FUNCTIONS, name=name, now=self.clock.now)

    def someone(self, behave, name="someone"):
        """A worker that does as it likes."""
        end = self.door.enter(Join(VERSION, name, list(FUNCTIONS)))
        spawn(behave, end, daemon=True)


def test_long_work_with_a_beating_heart_is_not_silence(nap):
    village = Village(silence=1.0)
    village.worker("ann")
    assert list(village.farm.map(nap, [20.0, 30.0])) == [20.0, 30.0]
    assert village.clock.now() == pytest.approx(50, abs=1)


def test_a_silent_workers_chunk_goes_to_another(nap):
    village = Village(silence=1.0)
    village.worker("ann", beats=False)
    village.worker("bob")

    def hang(end):
        sleep(1_000_000)

    village.someone(hang, "hanged")
    found = list(village.farm.map(nap, [0.5] * 6))
    assert found == [0.5] * 6
    assert 1.0 < village.clock.now() < 4


def test_a_late_result_counts_if_it_is_the_first_and_only_once(nap):
    village = Village(silence=1.0, patience=100.0)

    def late(end):
        assert isinstance(end.receive(), Welcome)
        task = end.receive()
        sleep(10)  # without a sign of life
        end.send(Result(1.0, [(n, x) for n, x in task.chunks], []))
        end.send(Result(1.0, [(n, x) for n, x in task.chunks], []))
        end.send(Result(1.0, [(n + 1, 99) for n, _ in task.chunks], []))
        work(end, name="late")

    village.someone(late)
    assert list(village.farm.map(nap, [7.0])) == [7.0]
    assert village.clock.now() < 12


def test_whoever_misses_the_deadline_is_dismissed(nap):
    village = Village(silence=5.0)
    village.worker("ann")
    village.worker("bob")
    slow = (100.0 if n == 3 else 0.1 for n in range(10))
    late = pytest.raises(RuntimeError, match=r"chunk 3 .*busy for over 2 s")
    for name in ("cid", "dan", "eve"):
        village.worker(name)
    with late:
        list(village.farm.map(nap, slow, deadline=2.0))
    assert village.farm.lost == ATTEMPTS
    assert village.clock.now() < 2.6 * ATTEMPTS


def test_a_worker_that_beats_and_never_answers_has_a_deadline_anyway(nap):
    village = Village()

    def never_answers(end):
        sleep(1_000_000)

    for name in ("ann", "bob"):
        village.someone(never_answers, name)
        spawn(beat, village.door.enter(), name, daemon=True)
    village.worker("cid")
    assert list(village.farm.map(nap, [1.0] * 9)) == [1.0] * 9
    assert DEADLINE < village.clock.now() < 2 * DEADLINE
    assert village.farm.lost == 2


@pytest.mark.parametrize("deadline", [3 * DEADLINE, None])
def test_a_longer_deadline_may_be_given_and_none_at_all(nap, deadline):
    village, long = Village(), [2 * DEADLINE]
    village.worker("ann")
    assert list(village.farm.map(nap, long, deadline=deadline)) == long


def test_a_deadline_that_was_missed_is_told_and_how_to_move_it(nap):
    village, long = Village(), [2 * DEADLINE]
    for name in ("ann", "bob", "cid"):
        village.worker(name)
    late = pytest.raises(RuntimeError, match=r"chunk 0 \(1200\.0\): .*deadline")
    with late:
        list(village.farm.map(nap, long))
    with pytest.raises(Misuse, match="more than 0"):
        village.farm.map(nap, long, deadline=0)


def test_an_error_text_cannot_steer_the_terminal(nap):
    village = Village()

    def rude(end):
        for message in end:
            if isinstance(message, Task):
                ((number, _),) = message.chunks
                text = "\x1b]0;title\x07\r\n\u202e" + "x" * 9_000
                end.send(Result(0.001, [], [(number, text)]))

    village.someone(rude)
    with pytest.raises(RuntimeError, match=r"chunk 0 .*title") as error:
        list(village.farm.map(nap, [1.0]))
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 1_200


def test_a_chunk_that_kills_its_workers_is_given_up_and_no_other_is(nap):
    village = Village()

    def deadly(end):
        for message in end:
            if isinstance(message, Task):
                end.close() if 666.0 in [x for _, x in message.chunks] else (
                    end.send(Result(0.001, list(message.chunks), []))
                )

    for number in range(ATTEMPTS + 1):
        village.someone(deadly, f"worker {number}")
    pieces = [float(n) for n in range(100)] + [666.0] + [1.0] * 100
    with pytest.raises(RuntimeError, match=r"chunk 100 \(666\.0\): the worker"):
        list(village.farm.map(nap, pieces))
    assert village.farm.lost == ATTEMPTS


def test_an_error_is_tried_elsewhere_before_it_counts(nap):
    village = Village()
    attempts = []

    def unlucky(end):
        for message in end:
            if isinstance(message, Task):
                ((number, _),) = message.chunks
                attempts.append(number)
                end.send(Result(0.001, [], [(number, "OSError: disk full")]))

    village.someone(unlucky)
    full = pytest.raises(RuntimeError, match=r"chunk 0 .*: OSError: disk full")
    with full:
        list(village.farm.map(nap, [1.0]))
    assert attempts == [0] * ATTEMPTS


def test_faster_workers_get_more(nap):
    village = Village()
    done = {"slow": 0, "fast": 0}

    def worker(name, pace):
        def behave(end):
            for message in end:
                if isinstance(message, Task):
                    sleep(pace * len(message.chunks))
                    done[name] += len(message.chunks)
                    result = Result(pace, list(message.chunks), [])
                    end.send(result)

        return behave

    village.farm.silence = 100.0
    village.someone(worker("slow", 1.0), "slow")
    village.someone(worker("fast", 0.1), "fast")
    assert len(list(village.farm.map(nap, [0.0] * 110))) == 110
    assert 8 <= done["slow"] <= 12


def test_ordered_results_wait_for_a_gap_and_bound_what_is_taken(
    nap, monkeypatch
):
    monkeypatch.setattr("nearfar.farm.job.WINDOW", 20)
    village = Village()
    village.worker("ann")
    village.worker("bob")
    taken = []
    pieces = (
        taken.append(n) or (50.0 if n == 0 else 0.1) for n in itertools.count()
    )
    first = next(village.farm.map(nap, pieces))
    assert first == 50.0
    assert 20 <= len(taken) < 30


def test_a_worker_without_the_function_gets_no_chunk_of_it(nap):
    village = Village(patience=3.0)
    village.door.enter(Join(VERSION, "ann", ["count_between"]))
    without = pytest.raises(RuntimeError, match="without 'nap'")
    with without:
        list(village.farm.map(nap, [1.0]))


def test_a_worker_that_talks_nonsense_is_lost(nap):
    village = Village()
    end = Join(VERSION, "bad", list(FUNCTIONS))
    village.door.enter(end, Heart(VERSION, "what?"))
    village.worker("ann")
    assert list(village.farm.map(nap, [1.0, 2.0])) == [1.0, 2.0]
    assert village.farm.lost == 1


def test_chunks_and_results_of_all_sizes_fit_into_messages(monkeypatch):
    monkeypatch.setitem(FUNCTIONS, "double", double)
    village = Village()
    village.worker("ann")
    lengths = [1, 30_000, 3, 31_000, 31_000, 29_000, 2] * 3
    found = village.farm.map(double, ["x" * n for n in lengths])
    assert [len(text) for text in found] == [2 * n for n in lengths]
    too_long = pytest.raises(RuntimeError, match="a result of 80002 bytes")
    village.worker("bob")
    with too_long:
        list(village.farm.map(double, ["x" * 40_000]))


def double(text):
    return text + text


def test_a_farm_of_nobody_is_refused():
    with pytest.raises(Misuse, match="1 or more"):
        Farm(None, workers=0)


def test_a_farm_that_is_closed_says_so():
    with local_farm(1) as farm:
        pass
    with pytest.raises(Misuse, match="inside its with block"):
        farm.map(count_between, [(0, 10)])


# --- Two machines ------------------------------------------------------------


@pytest.fixture
def two_machines():
    """Two network namespaces and a cable between them; commands to be there.

    A namespace has interfaces, addresses and ports of its own, as a machine
    has; loopback does not reach from one to the other.
    """
    if shutil.which("ip") is None:
        pytest.skip("needs the program ip (Linux, iproute2)")
    here, there = (f"nearfar-{os.getpid()}-{side}" for side in ("a", "b"))
    cable = f"""
        ip netns add {here} && ip netns add {there} &&
        ip link add v0 netns {here} type veth peer name v0 netns {there} &&
        ip -n {here} address add 10.77.0.1/24 dev v0 &&
        ip -n {there} address add 10.77.0.2/24 dev v0 &&
        ip -n {here} link set v0 up && ip -n {there} link set v0 up
    """
    laid = subprocess.run(["sh", "-c", cable], capture_output=True, text=True)
    try:
        if laid.returncode != 0:
            pytest.skip(f"needs the right to lay cables: {laid.stderr}")
        yield (
            ["ip", "netns", "exec", name, sys.executable, "-m", "nearfar"]
            for name in (here, there)
        )
    finally:
        for name in (here, there):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def test_a_worker_joins_from_another_machine(two_machines, tmp_path):
    here, there = two_machines
    (tmp_path / "key").write_text("open, sesame, and be quick\n")
    (tmp_path / "no").write_text("simsalabim, simsalabim\n")
    hunt = ["primes", "--stop", "200000", "--workers", "2"]
    door = ["--listen", "10.77.0.1:4000", "--token-file", tmp_path / "key"]
    with started(*here, *hunt, *door) as coordinator:
        assert b"waiting" in coordinator.stdout.readline()
        worker = [*there, "worker", "10.77.0.1:4000", "--token-file"]
        burglar = subprocess.run(
            [*worker, tmp_path / "no"], capture_output=True, text=True
        )
        assert "cannot connect to 10.77.0.1:4000" in burglar.stderr
        assert "token" in burglar.stderr
        with (
            started(*worker, tmp_path / "key") as first,
            started(*worker, tmp_path / "key") as second,
        ):
            told = coordinator.communicate(timeout=60)[0].decode()
            assert "17984 primes below 200000" in told
            for process in (first, second):
                done = process.communicate(timeout=30)[0].decode()
                assert "The coordinator has hung up" in done


def test_a_farm_behind_tls_takes_workers_who_trust_it(tmp_path):
    authority = trustme.CA()
    mine = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    mine.private_key_and_cert_chain_pem.write_to_path(tmp_path / "me.pem")
    (tmp_path / "key").write_text("open, sesame, and be quick\n")
    python = [sys.executable, "-m", "nearfar"]
    token = ["--token-file", tmp_path / "key"]
    door = ["--listen", "127.0.0.1:0", "--tls-cert", tmp_path / "me.pem"]
    with started(
        *python, "primes", *door, *token, "--workers", "1"
    ) as coordinator:
        address = coordinator.stdout.readline().decode().split()[-1]
        trusts = ["--tls-ca", tmp_path / "ca.pem"]
        with started(*python, "worker", address, *token, *trusts) as worker:
            told = coordinator.communicate(timeout=60)[0].decode()
            assert "17984 primes below 200000" in told
            worker.communicate(timeout=30)


def test_a_chunk_that_is_too_deep_is_refused_and_the_next_map_works(farm):
    deep = 1
    for _ in range(100):
        deep = [deep]
    with pytest.raises(Misuse, match="chunk 0 cannot be sent"):
        list(farm.map(count_between, [deep]))
    assert list(farm.map(count_between, [(0, 10)])) == [4]


def test_nobody_gives_up_while_a_chunk_is_still_being_worked_on(nap):
    village = Village(silence=1.0, patience=100.0)

    def vanish(after):
        def behave(end):
            end.receive()
            end.receive()
            sleep(after)
            end.close()

        return behave

    village.someone(vanish(3), "ann")  # silent, and then lost
    village.worker("carl")
    found = village.farm.map(nap, [10.0])
    assert list(found) == [10.0]


def test_a_map_of_long_chunks_after_one_of_short_ones_is_shared_out():
    with local_farm(2, record=True) as farm:
        sum(farm.map(count_between, [(0, 2)] * 20_000))
        began = len(farm.spans)
        list(farm.map(count_between, [(0, 60_000)] * 20))
    assert len({span.worker for span in farm.spans[began:]}) == 2


def test_a_map_inside_its_own_chunks_is_refused():
    with local_farm(1) as farm:

        def pieces():
            yield (0, 10)
            yield from farm.map(count_between, [(0, 10)])

        with pytest.raises(Misuse, match="not from inside of it"):
            list(farm.map(count_between, pieces()))

"""A network that is all pretence: seeds, faults, crashes, limits."""

import hashlib
import os
import subprocess
import sys
from contextlib import suppress

import pytest

from nearfar import Closed, Deadlock, Misuse, run, schedule, sleep, spawn
from nearfar.far import Broken, Message
from nearfar.simulation import (
    BACKLOG,
    KINDS,
    Fault,
    Faults,
    Luck,
    Network,
    TooLong,
)
from nearfar.trace import Trace

ROUGH = Faults(
    late=0.05,
    lost=0.03,
    cut=0.03,
    apart=0.01,
    crash=0.02,
    crash_sending=0.02,
    crash_writing=0.05,
    clock=0.05,
    until_s=60,
)


class Note(Message):
    text: str
    number: int = 0


def serve(host, heard=None):
    """Note everything on the disk, and say it back."""

    def serve_one(connection):
        with connection:
            try:
                for note in connection:
                    host.moment("write")
                    host.disk.append(note.text)
                    if heard is not None:
                        heard.append((round(host.now(), 3), note.text))
                    connection.send(note)
            except Broken:
                pass

    with host.listen(Note) as listener:
        for connection in listener:
            spawn(serve_one, connection, daemon=True)


def talk(host, told, texts):
    """Say each text until it is said back."""
    for text in texts:
        while True:
            try:
                with host.connect(Note, "server") as connection:
                    connection.send(Note(text))
                    told.append(connection.receive(timeout=10).text)
                break
            except (Broken, Closed, TimeoutError) as error:
                told.append(type(error).__name__)
                sleep(1)


def conversation(seed=1, faults=None, clients=1, texts="abc"):
    """A network in which clients have talked to a server."""
    network, told = Network(seed, faults), []
    network.host("server", disk=[]).start(serve, daemon=True)
    for number in range(clients):
        network.host(f"client-{number}").start(talk, told, texts)
    network.run(timeout=10_000)
    return network, told


def story(seed, faults=ROUGH, clients=4):
    """Everything that happened, as text."""
    with Trace(limit=10**6) as trace:
        network, told = conversation(seed, faults, clients)
    return f"{trace.table()}\n{told}\n{network.happened}\n{network.clock.now()}"


# --- Chance ------------------------------------------------------------------

TOLD = "print(hashlib.sha256(test_simulation.story(7).encode()).hexdigest())"
# On every version and machine; `print(digest())` gives it anew.
DIGEST = "d67b05673222b38a098a49dfce312ea57f08b0be784614eba9655137300db2b8"


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_a_seed_gives_the_same_trace_to_the_last_byte(hash_seed):
    folder = os.path.dirname(__file__)
    printed = subprocess.run(
        [sys.executable, "-c", f"import hashlib, test_simulation; {TOLD}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    ).stdout
    assert printed.strip() == DIGEST


def test_another_seed_gives_another_trace():
    assert len({story(seed) for seed in range(5)}) == 5


def test_what_happened_can_be_replayed_without_chance():
    for seed in range(20):
        network, told = conversation(seed, ROUGH, clients=4)
        planned = ROUGH.only(network.happened)
        again, told_again = conversation(seed, planned, clients=4)
        assert told_again == told
        assert again.clock.now() == network.clock.now()
        assert sorted(again.happened, key=repr) == sorted(
            network.happened, key=repr
        )


def test_a_fault_on_one_wire_leaves_the_weather_on_others():
    def answers(faults):
        network, told, heard = Network(3, faults), [], []
        network.host("server", disk=[]).start(serve, heard, daemon=True)
        for number in range(3):
            client = network.host(f"client-{number}")
            client.start(talk, told, [f"{number}{x}" for x in "abc"])
        network.run()
        return [pair for pair in heard if not pair[1].startswith("1")]

    calm = answers(Faults())
    late = Fault("late", "client-1>server#1", 3.0)
    assert len(calm) == 6
    assert answers(Faults(planned=(late,))) == calm


def test_delays_keep_to_their_bounds():
    network, told = conversation(1, Faults(delay_s=(2, 2)), texts="a")
    assert told == ["a"]
    assert network.clock.now() == 8  # hello, welcome, a, a

    sleepy = Network(0, Faults(delay_s=(1, 5), skew=4)).delays
    assert 1 <= min(sleepy) < max(sleepy) < 5
    assert sum(delay < 2 for delay in sleepy) > 0.6 * len(sleepy)


def test_luck_is_even():
    luck = Luck(1, "even")
    draws = [luck.draw() for _ in range(10_000)]
    assert 0 <= min(draws) < max(draws) < 1
    for tenth in range(10):
        share = sum(tenth <= 10 * draw < tenth + 1 for draw in draws)
        assert 900 < share < 1_100


def test_a_swarm_switches_about_half_of_the_kinds_off():
    worlds = [ROUGH.swarm(seed) for seed in range(200)]
    assert worlds == [ROUGH.swarm(seed) for seed in range(200)]
    for kind in KINDS:
        on = sum(getattr(world, kind) > 0 for world in worlds)
        assert on == 0 if kind == "full" else 70 < on < 130


def test_chances_and_kinds_are_checked():
    with pytest.raises(ValueError, match="from 0 to 1"):
        Faults(lost=2)
    with pytest.raises(ValueError, match="least and the most"):
        Faults(delay_s=(5, 1))
    with pytest.raises(ValueError, match="a fault is one of late, lost"):
        Fault("rain", "server")
    with pytest.raises(ValueError, match="not 'late': leave out at="):
        Fault("late", "server", 5, at=1)


def test_a_fault_prints_as_what_makes_it():
    for fault in (
        Fault("late", "a>b#3", 2.125),
        Fault("lost", "a>b.2#3"),
        Fault("apart", "a|b c", 2.5, at=10.25),
    ):
        assert eval(repr(fault)) == fault


# --- What each fault does ----------------------------------------------------


def with_faults(*planned, texts="a", **chances):
    return conversation(
        1, Faults(delay_s=(1, 1), planned=planned, **chances), texts=texts
    )


def test_no_fault_no_surprise():
    network, told = with_faults()
    assert told == ["a"]
    assert network.happened == []
    assert network.hosts["server"].disk == ["a"]


def test_late_delays_what_it_strikes():
    network, told = with_faults(Fault("late", "client-0>server#1", 5))
    assert told == ["a"]
    assert network.clock.now() == 4 + 5


def test_late_by_more_than_the_patience_is_asked_again():
    network, told = with_faults(Fault("late", "server>client-0#1", 50))
    assert told == ["TimeoutError", "a"]
    assert network.hosts["server"].disk == ["a", "a"]


def test_lost_never_arrives_and_both_ends_learn_of_it():
    network, told = with_faults(Fault("lost", "client-0>server#1"))
    assert told == ["Broken", "a"]
    assert network.hosts["server"].disk == ["a"]


def test_cut_arrives_but_nothing_comes_back():
    network, told = with_faults(Fault("cut", "client-0>server#1"))
    assert told == ["Broken", "a"]
    assert network.hosts["server"].disk == ["a", "a"]


def test_only_what_arrives_is_counted():
    def listen(host):
        with host.listen(Note) as listener:
            hear(listener.accept())

    def connect(host):
        hear(host.connect(Note, "server"))

    def hear(connection):
        with connection, pytest.raises(Broken):
            connection.receive()
        sleep(9)

    cut = Fault("cut", "server>client#0")  # while the hello arrives
    network = Network(1, Faults(delay_s=(1, 1), planned=(cut,)))
    network.host("server").start(listen)
    network.host("client").start(connect)
    network.run()
    assert network.clock.steps == 3  # the hello, the welcome, and the break


def test_bytes_can_be_sent_as_they_are():
    def listen(host):
        with host.listen(bytes) as listener:
            told.extend(listener.accept())

    def connect(host):
        with host.connect(bytes, "server") as connection:
            connection.send(b"x" * 1_000)
            connection.send(b"")

    told, network = [], Network(1)
    network.host("server").start(listen)
    network.host("client").start(connect)
    network.run()
    assert told == [b"x" * 1_000, b""]


def test_a_lost_hello_is_silence():
    network, told = with_faults(Fault("lost", "client-0>server#0"))
    assert told == ["Broken", "a"]
    assert network.clock.now() == 5 + 1 + 4  # patience, pause, conversation


def test_apart_holds_messages_back():
    network, told = with_faults(Fault("apart", "client-0>server#1", 8))
    assert told == ["a"]
    assert network.clock.now() == 2 + 8 + 1


def test_apart_for_long_breaks_connections():
    def listen_long(host):
        with host.connect(Note, "server") as connection:
            connection.send(Note("a"))
            with pytest.raises(Broken):
                connection.receive()
            assert network.clock.now() == 2 + 1 + 30

    wall = Fault("apart", "client|server", 100, at=2.5)
    network = Network(1, Faults(delay_s=(1, 1), planned=(wall,)))
    network.host("server", disk=[]).start(serve, daemon=True)
    network.host("client").start(listen_long)
    network.run()


def test_a_wall_stands_between_its_two_groups_only():
    network, told = Network(1, Faults(delay_s=(1, 1))), []
    network.host("server", disk=[]).start(serve, daemon=True)
    for name in ("far", "near"):
        network.host(name).start(talk, told, [name])
    network.apart(["far"], ["server"], 2.5)
    network.run()
    assert told == ["near", "far"]


def test_crash_of_the_receiver_loses_the_message():
    network, told = with_faults(Fault("crash", "client-0>server#1", 3))
    assert told == ["Broken", "a"]  # heard when the server is back
    assert network.hosts["server"].disk == ["a"]
    assert network.hosts["server"].crashes == 1


def test_crash_of_the_sender_loses_the_message():
    fault = Fault("crash_sending", "server>client-0#1", 3)
    network, told = with_faults(fault)
    assert told == ["Broken", "a"]
    assert network.hosts["server"].disk == ["a", "a"]


def test_crash_at_a_moment_comes_before_it():
    network, told = with_faults(Fault("crash_writing", "server!write#1", 3))
    assert told == ["Broken", "a"]
    assert network.hosts["server"].disk == ["a"]


def test_a_full_disk_is_an_error_of_the_system():
    def fill(host):
        host.moment("write")
        with pytest.raises(OSError, match="no space left on server"):
            host.moment("write")
        host.moment("write")

    full = Fault("full", "server!write#2")
    network = Network(1, Faults(planned=(full,)))
    network.host("server").start(fill)
    network.run()
    assert network.happened == [full]


def test_a_clock_may_be_wrong_and_sleep_is_not():
    def look(host):
        host.moment("look")
        before = host.now()
        sleep(5)
        assert (before, host.now()) == (60, 65)

    wrong = Fault("clock", "server!look#1", 60)
    network = Network(1, Faults(planned=(wrong,)))
    network.host("server").start(look)
    network.run()
    assert network.clock.now() == 5


def test_faults_can_have_a_time():
    network, told = with_faults(
        Fault("crash", "server", 2, at=2.5), Fault("clock", "server", 9, at=1)
    )
    assert told == ["Broken", "a"]
    assert [fault.kind for fault in network.happened] == ["clock", "crash"]
    network, told = with_faults(Fault("cut", "client-0>server", at=2.5))
    assert told == ["Broken", "a"]


def test_every_kind_of_fault_is_met_in_a_hundred_worlds():
    met = {kind: 0 for kind in KINDS}
    for seed in range(100):
        for fault in conversation(seed, ROUGH, clients=3)[0].happened:
            met[fault.kind] += 1
    assert [kind for kind in KINDS if not met[kind]] == ["full"]


def test_in_the_end_every_client_is_served():
    for seed in range(100):
        network, told = conversation(seed, ROUGH, clients=3)
        said = [text for text in told if len(text) == 1]
        lost = sum(h.crashes for n, h in network.hosts.items() if n != "server")
        assert len(said) >= 9  # a client that crashed begins again
        assert lost or len(said) == 9


def test_no_fault_is_drawn_after_the_end_or_beyond_the_limit():
    always = Faults(late=1.0, up_to_s=1, most=5)
    assert len(conversation(1, always)[0].happened) == 5
    early = Faults(late=1.0, up_to_s=1, until_s=2)
    assert 0 < len(conversation(1, early)[0].happened) < 10


# --- Hosts -------------------------------------------------------------------


def test_a_crash_ends_all_that_a_host_has_spawned_and_nobody_else():
    alive = []

    def program(host, name):
        spawn(grow, name)
        sleep(100)

    def grow(name):
        spawn(tick, name)
        sleep(100)

    def tick(name):
        while True:
            alive.append(name)
            sleep(1)

    network = Network()
    for name in ("a", "b"):
        network.host(name).start(program, name, daemon=True)
    network.host("c").start(
        lambda host: (sleep(2.5), network.hosts["a"].crash())
    )
    network.run(until=spawn(sleep, 5.5))
    assert alive.count("a") == 3
    assert alive.count("b") == 6


def test_a_dying_program_reaches_neither_the_network_nor_the_disk():
    def write(host):
        connection = host.connect(Note, "server")
        if host.disk:
            return
        host.disk.append("alive")
        try:
            sleep(100)
        finally:
            host.disk.append("dying")
            with pytest.raises(Broken):
                connection.send(Note("dying"))
            with pytest.raises(Broken):
                host.connect(Note, "server")
            with pytest.raises(Broken):
                host.listen(Note)

    crash = Fault("crash", "writer", 5, at=1)
    network = Network(1, Faults(planned=(crash,)))
    network.host("server", disk=[]).start(serve, daemon=True)
    network.host("writer", disk=[]).start(write)
    network.run()
    assert network.hosts["writer"].disk == ["alive"]
    assert network.hosts["server"].disk == []


def test_a_run_waits_for_those_who_will_be_back():
    lives = []

    def program(host):
        lives.append(host.crashes)
        if host.crashes == 0:
            host.crash(60)
        sleep(1)

    network = Network()
    network.host("a").start(program)
    network.run()
    assert lives == [0, 1]
    assert network.clock.now() == 61


def test_a_crash_without_an_end_is_final():
    network = Network()
    host = network.host("a")
    host.start(lambda host: host.crash())
    network.run()
    assert not host.up


def test_peers_of_a_host_that_stays_away_hear_of_it_after_half_a_minute():
    def wait(host):
        connection = host.connect(Note, "server")
        with connection, pytest.raises(Broken):
            connection.receive()

    crash = Fault("crash", "server", 3_600, at=10)
    network = Network(1, Faults(delay_s=(1, 1), planned=(crash,)))
    network.host("server", disk=[]).start(serve, daemon=True)
    network.host("client").start(wait)
    network.run()
    assert network.clock.now() == 10 + 30 + 1


def test_nobody_can_connect_to_a_host_that_is_down():
    def knock(host):
        sleep(1)
        with pytest.raises(Broken, match="no answer in 2 s"):
            host.connect(Note, "server", timeout=2)

    network = Network(1, Faults(planned=(Fault("crash", "server", 9, at=0.5),)))
    network.host("server", disk=[]).start(serve, daemon=True)
    network.host("client").start(knock)
    network.run()


def test_one_who_gives_up_connecting_leaves_nothing_behind():
    def knock(host):
        with pytest.raises(Broken):
            host.connect(Note, "server", timeout=1)
        sleep(30)

    def wait(host):
        with host.listen(Note) as listener:
            connection = listener.accept()
            with pytest.raises(Closed):
                connection.receive()

    late = Fault("late", "client>server#0", 5)
    network = Network(1, Faults(planned=(late,)))
    network.host("server").start(wait)
    network.host("client").start(knock)
    network.run()
    assert not network.hosts["client"].connections
    assert not network.hosts["server"].connections


def test_a_name_has_an_address_and_a_port_another():
    def program(host):
        with host.listen(Note) as first, host.listen(Note) as second:
            assert (first.address, second.address) == ("a", "a:1")
        with host.listen(Note, "a:audit") as third:
            assert third.address == "a:audit"
        with pytest.raises(OSError, match="this is a"):
            host.listen(Note, "b")
        with pytest.raises(Broken, match="no such host"):
            host.connect(Note, "b")

    network = Network()
    network.host("a").start(program)
    network.run()
    with pytest.raises(Misuse, match="none of"):
        network.host("a>b")


# --- Limits ------------------------------------------------------------------


def test_a_conversation_without_end_is_stopped():
    def parrot(host):
        with host.connect(Note, "server") as connection:
            while True:
                connection.send(Note("again"))
                connection.receive()

    network = Network(steps=5_000)
    network.host("server", disk=[]).start(serve, daemon=True)
    network.host("client").start(parrot)
    with pytest.raises(TooLong, match="more than 5000 messages"):
        network.run()


def test_a_day_has_an_end():
    network = Network()
    network.host("a").start(lambda host: sleep(100_000))
    with pytest.raises(TimeoutError, match="a"):
        network.run(timeout=86_400)


def test_waiting_for_a_message_that_nobody_sends_is_a_deadlock():
    def wait(host):
        host.connect(Note, "server").receive()

    network = Network()
    network.host("server", disk=[]).start(serve, daemon=True)
    network.host("client").start(wait)
    with pytest.raises(Deadlock, match="client waits for a message"):
        network.run()


def test_an_hour_of_a_thousand_hosts():
    def chatter(host, seconds):
        with host.connect(Note, "server") as connection:
            while network.clock.now() < 3_600:
                connection.send(Note("hello"))
                connection.receive()
                sleep(seconds)

    network = Network()
    network.host("server", disk=[]).start(serve, daemon=True)
    for number in range(1_000):
        seconds = 60 + number % 100
        network.host(f"client-{number}").start(chatter, seconds)
    network.run()
    assert network.clock.steps > 2 * 1_000 * 20
    assert len(network.hosts["server"].disk) > 20_000


def test_a_network_lives_inside_a_tasklet_too():
    def program():
        told = conversation(1)[1]
        schedule()
        return told

    from nearfar import run

    assert run(until=spawn(program)) == ["a", "b", "c"]


def test_programs_can_say_how_far_they_came():
    def program(host):
        for _ in range(3):
            network.mark("here")

    network = Network()
    network.host("a").start(program)
    network.run()
    assert network.marks == {"here": 3}


def digest():
    return hashlib.sha256(story(7).encode()).hexdigest()


def test_what_is_on_its_way_arrives_in_the_next_run_of_a_network():
    network, ends = Network(1), {}
    here, there = network.host("here"), network.host("there")

    def accept():
        ends["there"] = there.listen(Note).accept()

    def say():
        ends["here"] = here.connect(Note, "there")
        ends["here"].send(Note("hello"))

    spawn(accept)
    spawn(say)
    network.run()
    assert network.run(until=spawn(lambda: ends["there"].receive().text)) == (
        "hello"
    )


@pytest.mark.parametrize("nested", ["of the network", "plain"])
def test_a_run_inside_a_run_leaves_the_network_as_it_was(nested):
    def inner(host):
        sleep(1)
        with host.connect(Note, "server") as connection:
            connection.send(Note("inner"))
            return connection.receive().text

    def outer(host):
        with host.connect(Note, "server") as connection:
            connection.send(Note("before"))
            told.append(connection.receive().text)
            more = network.run if nested == "of the network" else run
            with suppress(Deadlock):  # the server is in the outer run
                told.append(more(until=spawn(inner, host), timeout=60))
            connection.send(Note("after"))
            told.append(connection.receive().text)

    network, told = Network(1), []
    network.host("server", disk=[]).start(serve, daemon=True)
    network.host("client").start(outer)
    with suppress(TimeoutError):
        network.run(timeout=1_000)
    assert told == ["before", "after"]


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_who_dies_in_a_crash_cannot_speak_in_the_next_life(seconds):
    said = []

    def program(host):
        if host.crashes:
            return
        try:
            sleep(100)
        finally:
            sleep(5 * seconds)
            with pytest.raises(Broken):
                host.connect(Note, "server")
            with pytest.raises(Broken):
                host.listen(Note)
            said.append("nothing")

    crash = Fault("crash", "client", seconds, at=3)
    network = Network(1, Faults(planned=(crash,)))
    network.host("server", disk=[]).start(serve, daemon=True)
    network.host("client").start(program)
    network.run()
    assert said == ["nothing"]


def test_a_planned_fault_names_a_host_that_there_is():
    network = Network(1, Faults(planned=(Fault("crash", "nobody", at=1),)))
    network.host("somebody").start(lambda host: sleep(2))
    with pytest.raises(Misuse, match="one of the hosts somebody"):
        network.run()


def test_hosts_are_told_to_run_in_the_time_of_their_network():
    host = Network(1).host("a")
    with pytest.raises(Misuse, match=r"by network\.run\(\)"):
        run(until=spawn(host.connect, Note, "a"))


def test_walls_that_follow_one_another_break_what_they_hold_for_too_long():
    def wait(host):
        connection = host.connect(Note, "server")
        connection.send(Note("hello"))
        with connection, pytest.raises(Broken):
            connection.receive()

    walls = [Fault("apart", "client", 25, at=at) for at in (1, 25, 49)]
    network = Network(1, Faults(delay_s=(0.5, 0.5), planned=tuple(walls)))
    network.host("server", disk=[]).start(serve, daemon=True)
    network.host("client").start(wait)
    network.run()
    assert network.clock.now() < 100


def test_one_who_finds_a_full_listener_has_no_answer():
    def knock(host):
        sleep(1)
        with pytest.raises(Broken, match="no answer in 2 s"):
            host.connect(Note, "server", timeout=2)

    def keep(host):
        with host.listen(Note):
            sleep(20)

    network = Network()
    network.host("server").start(keep)
    for number in range(BACKLOG):
        host = network.host(f"guest-{number}")
        host.start(lambda host: host.connect(Note, "server"))
    network.host("client").start(knock)
    network.run()

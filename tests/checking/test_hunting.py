"""A hunt finds what is wrong, makes it small, and can show it again."""

import math
from contextlib import suppress

import pytest

from nearfar import Closed, Deadlock, sleep, spawn
from nearfar.checking import ROUGH, Wrong, all_cores, hunt, replay
from nearfar.far import Broken, Message
from nearfar.simulation import Fault, Faults


class Pay(Message):
    id: str
    cents: int


class Paid(Message):
    id: str


def bank(host, forgets):
    """Books payments; knows the ids of those that it has booked."""

    def serve_one(connection):
        with connection:
            try:
                for pay in connection:
                    if forgets or pay.id not in host.disk:
                        host.disk[pay.id] = host.disk.get(pay.id, 0) + pay.cents
                    connection.send(Paid(pay.id))
            except Broken:
                pass

    with host.listen(Pay) as listener:
        for connection in listener:
            spawn(serve_one, connection, daemon=True)


def atm(host, payments):
    """Pays in, and asks again until the bank says that it has it."""
    for number in range(payments):
        id = f"{host.name} {number}"
        while True:
            try:
                with host.connect(Paid, "bank") as connection:
                    connection.send(Pay(id, 10))
                    connection.receive(timeout=5)
                break
            except (Broken, Closed, TimeoutError):
                host.network.mark("asked again")
                sleep(1)


def day(network, forgets, atms=3, payments=3):
    at = network.host("bank", disk={})
    at.start(bank, forgets, daemon=True)
    for number in range(1, atms + 1):
        network.host(f"atm-{number}").start(atm, payments)
    return at, atms * payments


def careful_day(network, **sizes):
    return day(network, False, **sizes)


def forgetful_day(network, **sizes):
    return day(network, True, **sizes)


def all_is_booked(seen):
    """Every payment is booked."""
    at, payments = seen
    assert len(at.disk) == payments, f"{len(at.disk)} of {payments}"


def nothing_is_booked_twice(seen):
    """No payment is booked twice."""
    return all(cents == 10 for cents in seen[0].disk.values())


INVARIANTS = [all_is_booked, nothing_is_booked_twice]


def test_a_program_without_the_fault_is_not_accused():
    report = hunt(careful_day, range(200), ROUGH, INVARIANTS)
    assert report.found is None, report.found
    assert report.worlds == 200
    assert "nothing found" in str(report)


def test_coverage_of_faults_and_of_branches_is_counted():
    report = hunt(careful_day, range(200), ROUGH, INVARIANTS)
    kinds = ("late", "lost", "cut", "apart", "crash", "crash_sending")
    assert all(report.faults[kind] > 10 for kind in kinds)
    assert report.faults["full"] == 0  # the program has no such moment
    assert report.marks["asked again"] > 100
    assert "never met: crash_writing, full, clock" in str(report)
    assert "never reached" not in str(report)


def test_what_could_have_been_reached_and_never_was_is_named():
    def program(network):
        network.marks |= {"a fire": 0, "a flood": 0, "a quiet day": 0}
        network.mark("a quiet day")
        if network.seed == 7:
            network.mark("a flood")

    told = str(hunt(program, range(60), Faults()))
    assert "reached: a flood 1, a quiet day 60\n" in told
    assert "never reached: a fire\n" in told
    told = str(hunt(program, range(5), Faults()))
    assert "never reached: a fire, a flood\n" in told


def test_the_smallest_world_that_breaks_is_found():
    found = hunt(forgetful_day, range(500), ROUGH, INVARIANTS).found
    assert found.invariant is nothing_is_booked_twice
    assert str(found.error) == "not so: No payment is booked twice"
    assert len(found.faults) == 1
    assert found.drawn == len(found.before.faults) >= 1


def test_the_failure_is_kept_as_it_was_before_it_was_made_smaller():
    report = hunt(
        forgetful_day, range(500), ROUGH, INVARIANTS, atms=4, payments=4
    )
    found, before = report.found, report.found.before
    assert (found.sizes["atms"], before.sizes["atms"]) == (1, 4)
    assert before.invariant is found.invariant
    with pytest.raises(Wrong, match="booked twice"):
        before.replay()
    assert "atm-4" in before.draw().alt
    raw = hunt(
        forgetful_day,
        range(500),
        ROUGH,
        INVARIANTS,
        shrink=False,
        atms=4,
        payments=4,
    ).found
    assert (raw.faults, raw.before) == (before.faults, None)
    assert raw.drawn == len(raw.faults)


def test_sizes_shrink_too():
    found = hunt(
        forgetful_day, range(500), ROUGH, INVARIANTS, atms=4, payments=4
    ).found
    assert found.sizes["atms"] == 1
    assert found.sizes["payments"] == 1


def test_the_line_it_prints_replays_it():
    found = hunt(forgetful_day, range(500), ROUGH, INVARIANTS).found
    _, printed = str(found).split("see it again:")
    for line in (found.line, printed):
        with pytest.raises(Wrong, match="booked twice"):
            eval(line.strip())
    assert max(map(len, printed.splitlines())) < 76
    with pytest.raises(Wrong, match="booked twice"):
        found.replay()


def test_the_line_tells_of_other_weather():
    slow = Faults(lost=0.05, delay_s=(1, 2), skew=2)
    found = hunt(forgetful_day, range(500), slow, INVARIANTS).found
    assert "delay_s=(1, 2), skew=2" in found.line
    with pytest.raises(Wrong):
        eval(found.line)


def test_a_hunt_may_have_more_seeds_than_fit_into_memory():
    found = hunt(forgetful_day, range(10**15), ROUGH, INVARIANTS).found
    assert (
        found.seed
        == hunt(forgetful_day, range(500), ROUGH, INVARIANTS).found.seed
    )


def test_the_picture_is_of_the_smallest_world():
    found = hunt(
        forgetful_day, range(500), ROUGH, INVARIANTS, atms=2, payments=2
    ).found
    figure = found.draw()
    assert "a lane for each of bank, atm-1" in figure.alt
    assert figure.alt.count("Pay atm-1") >= 2  # asked twice
    assert found.draw().svg == figure.svg


def test_the_first_seed_counts_whatever_the_map():
    plain = hunt(forgetful_day, range(100), ROUGH, INVARIANTS)
    with all_cores() as everywhere:
        spread = hunt(
            forgetful_day, range(100), ROUGH, INVARIANTS, map=everywhere
        )
        careful = hunt(
            careful_day, range(100), ROUGH, INVARIANTS, map=everywhere
        )
    assert spread.found.seed == plain.found.seed
    assert spread.found.faults == plain.found.faults
    assert careful == hunt(careful_day, range(100), ROUGH, INVARIANTS)


def test_an_error_a_deadlock_and_a_day_without_end_are_found():
    def crashes(network):
        network.host("a").start(lambda host: 1 / 0)

    def locks(network):
        network.host("a").start(lambda host: host.listen(Pay).accept())

    def never_ends(network):
        def tick(host):
            while True:
                sleep(3_600)

        network.host("a").start(tick)

    for program, error in (
        (crashes, ZeroDivisionError),
        (locks, Deadlock),
        (never_ends, TimeoutError),
    ):
        found = hunt(program, range(3)).found
        assert type(found.error) is error
        assert found.invariant is None
        with pytest.raises(error):
            found.replay()


def test_silences_are_made_round():
    def patient(network):
        def wait(host):
            with host.connect(Pay, "bank", timeout=100):
                pass

        network.host("bank", disk={}).start(bank, False, daemon=True)
        network.host("atm-1").start(wait)
        return network.clock

    def not_late(clock):
        return clock.now() < 5

    found = hunt(patient, range(500), Faults(late=0.5), [not_late]).found
    assert [fault.seconds for fault in found.faults] == [10.0]


def test_replay_gives_what_the_program_gave():
    at, payments = replay(
        careful_day, 3, [Fault("lost", "atm-1>bank#1")], INVARIANTS, atms=1
    )
    assert (len(at.disk), payments) == (3, 3)


def test_resources_of_a_world_are_given_back():
    closed = []

    def program(network):
        network.resources.callback(closed.append, network.seed)

    hunt(program, range(3))
    assert closed == [0, 1, 2]


class Shortfall(Exception):
    """It cannot be read again by pickle, as many errors cannot."""

    def __init__(self, account, cents):
        super().__init__(f"{account} lacks {cents} cents")


def short_day(network):
    def fall_short(host):
        raise Shortfall("eve", 3)

    network.host("bank").start(fall_short)


def test_an_error_that_cannot_travel_is_found_on_all_cores_too():
    with all_cores() as everywhere:
        report = hunt(short_day, range(100), map=everywhere)
    assert "Shortfall: eve lacks 3 cents" in str(report)
    assert report.found.seed == 0


def test_a_silence_without_an_end_can_be_made_smaller_and_replayed():
    def one_note(network):
        def serve(host):
            with host.listen(Pay) as listener, suppress(OSError):
                came.extend(listener.accept())

        def pay(host):
            with host.connect(Pay, "bank") as connection:
                for number in range(3):
                    with suppress(Broken):
                        connection.send(Pay("p", 10 + number))
            sleep(100)

        came = []
        network.host("bank").start(serve, daemon=True)
        network.host("atm-1").start(pay)
        return came

    def all_came(came):
        return len(came) == 3

    forever = Faults(planned=(Fault("crash", "atm-1>bank#2", math.inf),))
    found = hunt(one_note, range(1), forever, [all_came]).found
    assert found.faults
    for line in (found.line, repr(Fault("crash", "a", math.inf))):
        assert "inf" not in line or "float('inf')" in line


def test_a_program_that_fails_as_it_sets_up_leaves_nobody_behind():
    ran = []

    def program(network):
        for number in range(3):
            network.host(f"h-{number}").start(ran.append)
        if network.seed == 0:
            raise ValueError("no")

    assert hunt(program, [0], shrink=False).found
    assert not hunt(program, [1]).found
    assert len(ran) == 3

"""Clocks: what time it is, and what to do when no tasklet can run."""

from nearfar import SystemClock, VirtualClock, run, sleep, spawn


def test_virtual_time_jumps_and_never_goes_back():
    clock = VirtualClock(10)
    clock.wait(25)
    clock.wait(3)
    assert clock.now() == 25


def test_a_virtual_hour_is_exactly_an_hour():
    clock = VirtualClock()
    spawn(sleep, 3600)
    run(clock=clock)
    assert clock.now() == 3600


def test_system_time_passes_at_least_as_long_as_asked():
    clock = SystemClock()
    before = clock.now()
    spawn(sleep, 0.02)
    run(clock=clock)
    assert clock.now() - before >= 0.02


def test_what_is_unsent_is_written_once_at_the_end_of_the_round():
    clock, written = SystemClock(), []
    clock.unsent.append(lambda: written.append("round"))
    clock.flush()
    clock.flush()
    assert written == ["round"]

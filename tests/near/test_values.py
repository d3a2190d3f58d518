"""Values and references: nothing is lost on the way, nothing is kept."""

import gc
import weakref

import pytest

from nearfar import (
    Channel,
    Closed,
    Tasklet,
    VirtualClock,
    run,
    schedule,
    select,
    sleep,
    spawn,
)


class Thing:
    """Something whose end can be seen."""


def hand_over(kill):
    """A receiver is killed between the send that has returned and its turn."""
    channel, got = Channel("c"), []

    def receiver():
        got.append(channel.receive())
        channel.receive()
        got.append("went on")

    victim = spawn(receiver, daemon=True)

    def sender():
        channel.send("letter")
        kill(victim)
        schedule()
        schedule()
        assert victim.done

    run(until=spawn(sender))
    return got


def test_a_value_that_was_sent_outlives_the_kill_of_its_receiver():
    assert hand_over(lambda victim: victim.kill()) == ["letter"]


def test_a_value_that_was_sent_outlives_an_error_thrown_in():
    def throw(victim):
        victim.throw(KeyError("later"))

    with pytest.raises(KeyError, match="later"):
        hand_over(throw)


def test_a_value_that_was_sent_to_a_select_is_not_lost():
    one, two, got = Channel("one"), Channel("two"), []

    def receiver():
        got.append(select([one, two])[1])
        select([one, two])
        got.append("went on")

    victim = spawn(receiver, daemon=True)

    def sender():
        two.send("letter")
        victim.kill()
        schedule()

    run(until=spawn(sender))
    assert got == ["letter"]


def test_a_sender_whose_value_was_taken_hears_of_it_before_it_dies():
    channel, told = Channel("c"), []

    def sender():
        channel.send("letter")
        told.append("sent")
        schedule()
        told.append("went on")

    victim = spawn(sender, daemon=True)

    def receiver():
        assert channel.receive() == "letter"
        victim.kill()
        schedule()
        schedule()

    run(until=spawn(receiver))
    assert told == ["sent"]


def test_a_kill_that_waits_comes_at_any_wait():
    def waits():
        channel = Channel()
        yield lambda: channel.send("x")
        yield channel.receive
        yield lambda: channel.receive(timeout=5)
        yield lambda: select([channel])
        yield lambda: sleep(1)
        yield schedule
        yield spawn(lambda: sleep(9), daemon=True).join

    for number in range(7):
        channel, went_on = Channel(), []

        def victim(number=number, channel=channel, went_on=went_on):
            wait = [*waits()][number]
            channel.receive()
            wait()
            went_on.append(number)

        def killer(channel=channel):
            doomed = spawn(victim)
            schedule()
            channel.send("first")
            doomed.kill()
            doomed.join()

        run(until=spawn(killer), clock=VirtualClock())
        assert went_on == []


def test_a_waiting_receiver_keeps_no_message_that_it_has_dropped():
    channel, seen = Channel("c"), []

    def receiver():
        for _ in range(2):
            thing = channel.receive()
            seen.append(weakref.ref(thing))
            del thing

    def sender():
        spawn(receiver, daemon=True)
        schedule()
        channel.send(Thing())  # the receiver waits already
        schedule()  # and now for the second one
        assert seen[0]() is None

    run(until=spawn(sender))


def test_a_sender_keeps_no_message_that_was_taken():
    channel, seen = Channel("c"), []

    def sender():
        channel.send(Thing())
        Channel("other").receive()

    def receiver():
        schedule()  # the sender waits already
        thing = channel.receive()
        seen.append(weakref.ref(thing))
        del thing
        schedule()
        assert seen[0]() is None

    spawn(sender, daemon=True)
    run(until=spawn(receiver))


def test_a_select_keeps_no_message_that_it_has_dropped():
    channel, seen = Channel("c"), []

    def receiver():
        for _ in range(2):
            thing = select([channel, Channel("other")])[1]
            seen.append(weakref.ref(thing))
            del thing

    def sender():
        spawn(receiver, daemon=True)
        schedule()
        channel.send(Thing())
        schedule()
        assert seen[0]() is None

    run(until=spawn(sender))


@pytest.mark.parametrize("many", [1, 2, 3, 5])
def test_a_waiting_tasklet_keeps_no_argument_that_it_has_dropped(many):
    things = [Thing() for _ in range(many)]
    kept = [weakref.ref(thing) for thing in things]
    channel = Channel("c")

    def drop_one(first, *others):
        del first
        channel.receive()

    def drop_two(first, second):
        del first, second
        channel.receive()

    def drop_three(first, second, third):
        del first, second, third
        channel.receive()

    def drop_five(a, b, c, d, e):
        del a, b, c, d, e
        channel.receive()

    functions = {1: drop_one, 2: drop_two, 3: drop_three, 5: drop_five}
    spawn(functions[many], *things, daemon=True)
    things.clear()

    def look():
        schedule()
        gc.collect()
        assert [ref() for ref in kept] == [None] * many

    run(until=spawn(look))


def test_a_waiting_tasklet_keeps_no_keyword_argument_that_it_has_dropped():
    thing = Thing()
    kept, channel = weakref.ref(thing), Channel("c")

    def drop(*, thing):
        del thing
        channel.receive()

    spawn(drop, thing=thing, daemon=True)
    del thing

    def look():
        schedule()
        assert kept() is None

    run(until=spawn(look))


def test_a_tasklet_that_ended_is_not_kept_by_those_it_spawned():
    def tasklets():
        gc.collect()
        return sum(type(thing) is Tasklet for thing in gc.get_objects())

    alive = []
    before = tasklets()  # those of other tests

    def relay(left):
        if left:
            spawn(relay, left - 1)
        else:
            alive.append(tasklets() - before)

    spawn(relay, 50)
    run()
    assert alive[0] < 5


def test_a_select_prefers_what_can_go_on_to_what_is_closed():
    closed, ready = Channel("closed"), Channel("ready")
    closed.close()

    def sender():
        ready.send("here")

    def receiver():
        schedule()
        assert select([closed, ready]) == (ready, "here")
        with pytest.raises(Closed):
            select([closed, ready])
        spawn(ready.receive)
        schedule()
        assert select([(closed, 1), (ready, 2)]) == (ready, None)
        with pytest.raises(Closed):
            select([(closed, 1), (ready, 2)])

    spawn(sender)
    spawn(receiver)
    run()


def test_a_killed_tasklet_keeps_nothing_that_it_used():
    def waits():
        thing = Thing()
        refs.append(weakref.ref(thing))
        Channel().receive()

    refs = []
    victim = spawn(waits, daemon=True)
    spawn(schedule)
    run()
    assert victim.done
    assert [ref() for ref in refs] == [None]

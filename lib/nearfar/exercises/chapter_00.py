"""The exercises of chapter 00: a dinner."""

from __future__ import annotations

from functools import partial
from itertools import permutations

from .. import Channel, VirtualClock, run, sleep, spawn
from .promises import Exercise, Prediction, expect, now


def four_guests():
    """Return the names of the guests in the order in which they eat."""
    eaten = []

    def guest(name, minutes):
        sleep(minutes)
        eaten.append(name)

    for name, minutes in [("ann", 20), ("bob", 5), ("cy", 20), ("dee", 10)]:
        spawn(guest, name, minutes)
    run(clock=VirtualClock())
    return eaten


Prediction(
    "0.1",
    "who eats when",
    truth=four_guests,
    because="all four wait at the same time, so the shortest wait ends first. "
    "ann and cy are due in the same minute, and ann went to sleep before cy",
    beliefs=[
        (
            ["ann", "bob", "cy", "dee"],
            "that would be one after another, as in a list of steps; here all "
            "four wait at the same time",
        ),
        (
            ["bob", "dee", "cy", "ann"],
            "nearly: ann and cy are due in the same minute. Then the first to "
            "go to sleep is the first to go on: first in, first out",
        ),
        (
            ["cy", "ann", "dee", "bob"],
            "that is from the longest wait to the shortest",
        ),
        (
            ["bob", "ann", "dee", "cy"],
            "the guests do not take turns at waiting; find the shortest wait",
        ),
    ],
    hint="Write down for each guest the minute in which the wait ends. No "
    "guest waits for another one.",
)


dessert = Exercise(
    "0.2",
    "a guest with dessert",
    hint="Call `guest()` in a tasklet of its own, which sends the dessert over "
    "a second channel. The children receive from that channel after the tacos.",
    begun=True,
)


def _evening(dinner, minutes, brings):
    """What is said, and when the guest set out, who comes after `minutes`."""
    said, invited = [], []

    def guest():
        invited.append(int(now()))
        sleep(minutes)
        return brings

    dinner(lambda words: said.append((int(now()), words)), guest)
    sleep(1000)
    return said, invited


def _expect_evening(dinner, minutes, brings, ate_at):
    said, invited = _evening(dinner, minutes, brings)
    expect(
        "the minutes in which `guest()` was called",
        happened=invited,
        expected=[0],
    )
    expect(
        f"what is said when the guest comes after {minutes} minutes",
        happened=said,
        expected=[
            (25, "the children eat tacos"),
            (ate_at, f"the children eat {brings}"),
        ],
    )


@dessert.promise("a guest who comes after the tacos brings the dessert at once")
def late_guest(dinner):
    _expect_evening(dinner, 40, "cake", ate_at=40)


@dessert.promise("the dessert of an early guest waits for the tacos")
def early_guest(dinner):
    _expect_evening(dinner, 10, "pie", ate_at=25)


first_check = Exercise(
    "0.3",
    "your first check",
    hint="Look for the three lines first; each may be missing. Then ask which "
    "of dinner and the meal comes first, and in which minutes the children ate "
    "and Dad was home.",
)


def _says(check, expected, *tasklets):
    """Expect this of the check, after an evening with these tasklets."""
    log, table, start = [], Channel("table"), now()

    def say(words):
        log.append((int(now() - start), words))

    for tasklet in tasklets:
        spawn(tasklet, say, table)
    sleep(500)
    expect(f"your check of {log}", happened=check(log), expected=expected)


def _cook(minutes):
    def cook(say, table):
        say("the beans go on")
        sleep(minutes)
        say("dinner is on the table")
        table.send("tacos")

    return cook


def _drive(minutes):
    def drive(say, table):
        say("Dad leaves work, into the traffic")
        sleep(minutes)
        say("Dad is home")

    return drive


def _eat(say, table):
    say("the children eat")


def _children(say, table):
    table.receive()
    _eat(say, table)


def _hasty(minutes):
    def hasty_children(say, table):
        sleep(minutes)
        _eat(say, table)
        table.receive()

    return hasty_children


def _silent(say, table):
    table.receive()


def _one_by_one(steps):
    def evening(say, table):
        for step in steps:
            step(say, table)

    return evening


@first_check.promise("it finds nothing wrong with a good evening", orders=0)
def good(check):
    _says(check, True, _cook(25), _children, _drive(90))
    _says(check, True, _drive(40), _cook(30), _children)


@first_check.promise("60 minutes are in time, 61 are not", orders=0)
def in_time(check):
    _says(check, True, _cook(60), _children, _drive(90))
    _says(check, False, _cook(61), _children, _drive(90))


@first_check.promise(
    "no list of steps is a good evening, in any order of the steps", orders=0
)
def lists(check):
    for steps in permutations([_cook(25), _eat, _drive(90)]):
        _says(check, False, _one_by_one(steps), _silent)


@first_check.promise(
    "it sees when the children eat before dinner is ready", orders=0
)
def before(check):
    _says(check, False, _cook(25), _hasty(5), _drive(90))


@first_check.promise(
    "the order of the lines counts, also within a minute", orders=0
)
def same_minute(check):
    _says(check, False, _hasty(25), _cook(25), _drive(90))


@first_check.promise("it sees when there is no dinner at all", orders=0)
def no_dinner(check):
    _says(check, False, _eat, _drive(90))


@first_check.promise("it sees when the children do not eat", orders=0)
def no_meal(check):
    _says(check, False, _cook(25), _silent, _drive(90))


@first_check.promise(
    "it sees when Dad comes home late, or not at all", orders=0
)
def no_dad(check):
    _says(check, False, _cook(25), _children, _drive(91))
    _says(check, False, _cook(25), _children)


feast = Exercise(
    "0.4",
    "many cooks",
    hint="Give each recipe a tasklet of its own, which sends its dish over one "
    "channel for all. How many dishes do you receive?",
    begun=True,
)
MINUTES = {"beans": 25, "rice": 20, "salsa": 5, "tortillas": 10}


def _cooked(feast, minutes):
    """The dishes that `feast` returns, and the minutes that it took."""

    def recipe(dish):
        sleep(minutes[dish])
        return dish

    start = now()
    dishes = feast([partial(recipe, dish) for dish in minutes])
    return dishes, int(now() - start)


@feast.promise("all dishes come, the first to be ready first")
def in_order(feast):
    dishes, _ = _cooked(feast, MINUTES)
    expect(
        f"the dishes that take these minutes: {MINUTES}",
        happened=dishes,
        expected=sorted(MINUTES, key=MINUTES.get),
    )


@feast.promise("the feast takes as long as its slowest dish")
def together(feast):
    _, took = _cooked(feast, MINUTES)
    expect(
        f"how long dishes of {', '.join(map(str, MINUTES.values()))} minutes "
        "take",
        happened=took,
        expected=max(MINUTES.values()),
    )


@feast.promise("a feast without a recipe has no dish", orders=0)
def no_recipe(feast):
    expect("the dishes of no recipe", happened=feast([]), expected=[])

"""The exercises of chapter 06 about a machine that asks again."""

from __future__ import annotations

from itertools import count, pairwise
from random import Random

from ..experiments.delivery import LOST, Booked, Till
from ..far import Broken
from ..simulation import Fault, Faults, Network
from .promises import Exercise, expect, now

retry = Exercise(
    "6.3",
    "ask again, but not in step",
    hint="`chance.uniform(0, longest)` is a pause of up to `longest` seconds. "
    "What becomes of `longest` after each attempt?",
)


LONGEST = (1, 2, 4, 8, 8)  # seconds


def _pauses(answer, seed, silent=99):
    """The seconds between the attempts, what came out, the last wait."""
    times = []

    def ask():
        times.append(now())
        return "yes" if len(times) > silent else None

    came_out = answer(ask, Random(seed))
    return [b - a for a, b in pairwise(times)], came_out, now() - times[-1]


@retry.promise(
    "once there is an answer, it is returned and not asked for again", orders=0
)
def returns(answer):
    for silent in (0, 3):
        pauses, came_out, _ = _pauses(answer, 1, silent)
        expect("what comes out", happened=came_out, expected="yes")
        expect("the pauses", happened=len(pauses), expected=silent)


@retry.promise("after six attempts without an answer it gives up", orders=0)
def gives_up(answer):
    pauses, came_out, rest = _pauses(answer, 1)
    expect("how often it asked", happened=len(pauses) + 1, expected=6)
    expect("what comes out", happened=came_out, expected=None)
    expect("the seconds after the last attempt", happened=rest, expected=0)


@retry.promise("the longest pauses are 1, 2, 4, 8 and 8 seconds", orders=0)
def backs_off(answer):
    found = [_pauses(answer, seed)[0] for seed in range(200)]
    for place, longest in enumerate(LONGEST):
        most = max(pauses[place] for pauses in found)
        expect(
            f"the longest pause number {place + 1}, of 200 machines",
            happened=round(most, 2),
            expected=f"nearly {longest} s, and not more",
            holds=0.9 * longest < most <= longest,
        )


@retry.promise(
    "machines do not ask in step: each draws its own pause", orders=0
)
def out_of_step(answer):
    found = [_pauses(answer, seed)[0] for seed in range(200)]
    for place, longest in enumerate(LONGEST):
        soon = sum(pauses[place] < longest / 2 for pauses in found)
        expect(
            f"how many of 200 machines wait less than {longest / 2:g} s",
            happened=soon,
            expected="about half of them",
            holds=60 < soon < 140,
        )


@retry.promise(
    "each pause is drawn anew, from the `chance` handed in", orders=0
)
def drawn_anew(answer):
    first, again = (
        [round(pause, 6) for pause in _pauses(answer, 7)[0]] for _ in range(2)
    )
    expect("the pauses, with the same chance", happened=again, expected=first)
    shares = [pause / most for pause, most in zip(first, LONGEST, strict=True)]
    expect(
        "the pauses, each as a share of the longest that it may be",
        happened=[round(share, 3) for share in shares],
        expected="five different ones",
        holds=len({round(share, 6) for share in shares}) == len(shares),
    )


client = Exercise(
    "6.4",
    "a client that pays once",
    hint="One payment, one id: where does `new_id()` belong, in the loop or "
    "before it? Where does the connection belong? The pauses are those of "
    "6.3, without an end to the attempts.",
)
BAD = Faults(lost=0.1, late=0.1, up_to_s=15, until_s=400)


def _paid(answer, faults, seed=0, amounts=(100, 250, 100)):
    """What two machines paid in, what they were told, and the till."""
    network, till, told, ids = Network(seed, faults), Till(True), [], count()

    def machine(host):
        chance = Random(f"{seed}/{host.name}")
        for cents in amounts:
            try:
                balance = answer(
                    lambda: host.connect(Booked, "bank"),
                    cents,
                    lambda: f"{host.name} {next(ids)}",
                    chance,
                )
            except LOST as error:
                balance = error
            expect(
                "what comes out of a payment",
                happened=balance,
                expected="the balance, a whole number, after any of the errors "
                "in `LOST`",
                holds=type(balance) is int,
            )
            told.append(balance)

    network.host("bank").start(till.serve, daemon=True)
    for name in ("atm-1", "atm-2"):
        network.host(name).start(machine)
    try:
        network.run(timeout=86_400)
    except TimeoutError:
        expect(
            "what two machines come to in a day",
            happened=f"{len(told)} of {2 * len(amounts)} payments answered",
            expected="all answered: `receive` needs a timeout, and each "
            "attempt needs a new connection",
            holds=False,
        )
    return 2 * sum(amounts), told, till


@client.promise("without faults, each payment is booked", inside=False)
def fair_weather(answer):
    paid, told, till = _paid(answer, Faults())
    expect("the balance", happened=till.cents, expected=paid)
    expect("the last that was told", happened=max(told), expected=paid)


@client.promise("in 60 bad networks, each payment is booked once", inside=False)
def bad_weather(answer):
    for seed in range(60):
        paid, told, till = _paid(answer, BAD, seed)
        expect(
            f"the balance, with seed {seed}",
            happened=till.cents,
            expected=paid,
        )
        expect(
            f"how many of 6 payments were answered, with seed {seed}",
            happened=len(told),
            expected=6,
        )


@client.promise("it does not wait forever for an answer", inside=False)
def silence(answer):
    never = Fault("late", "bank>atm-1#1", 1e6)
    paid, told, till = _paid(answer, Faults(planned=(never,)))
    expect("the balance", happened=till.cents, expected=paid)
    expect("how many were answered", happened=len(told), expected=6)


class _Answered:
    """A connection on which every payment is booked."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, message, timeout=None):
        """It goes nowhere."""

    def receive(self, timeout=None):
        return Booked(100)

    def close(self):
        """There is nothing to close."""


def _pauses_of_a_client(answer, seed):
    """The seconds between seven attempts; the first six are in vain."""
    times = []

    def connect():
        times.append(now())
        if len(times) <= len(LONGEST) + 1:
            raise Broken("the bank is away")
        return _Answered()

    answer(connect, 100, lambda: "p1", Random(seed))
    return [b - a for a, b in pairwise(times)]


@client.promise("its pauses grow, and differ between machines", orders=0)
def spreads(answer):
    found = [_pauses_of_a_client(answer, seed) for seed in range(60)]
    expect(
        "the shortest pause between two attempts",
        happened=min(min(pauses) for pauses in found),
        expected="more than 0 s: a bank that is away needs no more requests",
        holds=min(min(pauses) for pauses in found) > 0,
    )
    first = {round(pauses[0], 6) for pauses in found}
    expect(
        "how many different first pauses 60 machines have",
        happened=len(first),
        expected="about 60: else all of them ask at the same moment",
        holds=len(first) > 30,
    )
    mean = [sum(pauses) / len(found) for pauses in zip(*found, strict=True)]
    expect(
        "the mean pauses, one after the other",
        happened=[round(pause, 2) for pause in mean],
        expected="the fifth is at least twice the first: they grow",
        holds=mean[4] > 2 * mean[0],
    )

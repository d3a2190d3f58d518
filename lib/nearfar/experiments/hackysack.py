"""Hackysack: players in a circle kick a bag to each other, and we measure.

The one idea: the same game three times. All kicks are drawn at random before
the game begins, so each program plays the same game and no draw is timed. A
player is a tasklet or a thread. With threads, the main thread sleeps until the
end, or it spins: it asks in a loop.

Read the three programs first; then `measure`, which plays them in turns, round
after round. `kicks_table` and `series` show the result; `recorded_circles`
reads what `make measure` recorded.

The game is from Grant T. Olson's *Why Stackless?* (2006), which compares
tasklets with threads whose main thread spins. Python runs one thread at a
time, and a thread that spins is always ready to run.
"""

from __future__ import annotations

import gc
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from random import Random

import msgspec

from .. import benchmark
from ..benchmark import in_turns, paired
from ..near import Channel, run, spawn

__all__ = [
    *("with_tasklets", "with_threads", "with_spinning_threads", "Game"),
    *("measure", "Circle", "series", "kicks_table", "recorded_circles"),
]

STACK_BYTES = 64 * 1024  # for a thread: the small ones that a circle needs
SEED = 2006
KICKS = {"tasklets": 20_000, "threads": 4_000, "threads, main spins": 50}
CIRCLES = (10, 100, 1_000)


class Game:
    """One game: the planned kicks, the actual ones, and the seconds.

    `plan` and `kicked` hold the number of a player for each kick. No player
    kicks to itself. A game with fewer kicks from the same seed is the start of
    the longer one. `create_s` is the time until all players wait, `play_s`
    from the first kick to the last, `leave_s` until all have ended.
    """

    def __init__(self, players: int, kicks: int, chance: Random):
        if players < 2 or kicks < 1:
            raise ValueError(
                "a game needs 2 players or more and 1 kick or more, "
                f"not {players} and {kicks}"
            )
        self.plan = [chance.randrange(players)]
        for _ in range(kicks - 1):
            other = chance.randrange(players - 1)
            self.plan.append(other + (other >= self.plan[-1]))
        self.last = kicks - 1
        self.kicked: list[int] = []
        self.times = [time.perf_counter()]

    def stamp(self) -> None:
        """End a stage: all wait, the last kick is done, or all have ended."""
        self.times.append(time.perf_counter())

    create_s = property(lambda self: self.times[1] - self.times[0])
    play_s = property(lambda self: self.times[2] - self.times[1])
    leave_s = property(lambda self: self.times[3] - self.times[2])


# --- The three programs ------------------------------------------------------


def with_tasklets(players: int, kicks: int, chance: Random) -> Game:
    """Each player is a tasklet, and to kick is to send to its channel."""
    game = Game(players, kicks, chance)
    feet: list[Channel] = [Channel() for _ in range(players)]
    over: Channel[None] = Channel("over")

    def player(me):
        for kick in feet[me]:
            game.kicked.append(me)
            if kick == game.last:
                game.stamp()
                over.send("the last kick")
            else:
                feet[game.plan[kick + 1]].send(kick + 1)

    def thrower():  # its turn comes last: all others stand by then
        game.stamp()
        feet[game.plan[0]].send(0)
        over.receive()
        for foot in feet:
            foot.close()

    for me in range(players):
        spawn(player, me)
    spawn(thrower)
    run()
    game.stamp()
    return game


def with_threads(
    players: int, kicks: int, chance: Random, wait=threading.Event.wait
) -> Game:
    """Each player is a thread, and to kick is to put into its queue.

    `wait(event)` keeps the main thread until the game is over; by default it
    sleeps. Raises RuntimeError, with the number of threads that were allowed,
    when the machine refuses more; those are ended first.
    """
    game = Game(players, kicks, chance)
    feet: list[SimpleQueue] = [SimpleQueue() for _ in range(players)]
    over = threading.Event()

    def player(me):
        for kick in iter(feet[me].get, "go home"):
            game.kicked.append(me)
            if kick == game.last:
                game.stamp()
                over.set()
            else:
                feet[game.plan[kick + 1]].put(kick + 1)

    with ended_threads(feet) as threads:
        start_threads(threads, player, players)
        game.stamp()
        feet[game.plan[0]].put(0)
        wait(over)
    game.stamp()
    return game


def with_spinning_threads(players: int, kicks: int, chance: Random) -> Game:
    """Play with the same threads, and a main thread that spins."""

    def spin(over):
        while not over.is_set():
            pass

    return with_threads(players, kicks, chance, wait=spin)


@contextmanager
def ended_threads(feet) -> Iterator[list]:
    """Yield a list for threads; in the end all threads in it are ended."""
    threads: list[threading.Thread] = []
    try:
        yield threads
    finally:
        for foot in feet:
            foot.put("go home")
        for thread in threads:
            thread.join()


def start_threads(threads, function, count):
    """Start `count` threads with small stacks, and put them into the list."""
    before = threading.stack_size(STACK_BYTES)
    try:
        for number in range(count):
            thread = threading.Thread(target=function, args=(number,))
            thread.start()
            threads.append(thread)
    except (RuntimeError, MemoryError) as error:
        raise RuntimeError(
            f"this machine allowed {len(threads):,} threads, not {count:,}: "
            f"{error or 'no memory'}"
        ) from error
    finally:
        threading.stack_size(before)


# --- Measuring them ----------------------------------------------------------


PROGRAMS = {
    "tasklets": with_tasklets,
    "threads": with_threads,
    "threads, main spins": with_spinning_threads,
}


class Circle(msgspec.Struct):
    """The times of one program in a circle of one size, round by round."""

    program: str
    players: int
    kicks: int
    create_s: list[float] = []  # until all players stand
    play_s: list[float] = []  # from the first kick to the last
    leave_s: list[float] = []  # until all are gone
    refused: str = ""  # why there was no game

    def each_us(self, stage: str) -> list[float]:
        """Return microseconds a kick ("play"), or else a player."""
        count = self.kicks if stage == "play" else self.players
        return [s / count * 1e6 for s in getattr(self, f"{stage}_s")]


def play(program: str, players: int, kicks: int, seed: int) -> list[float]:
    """Play one game here, check it, and return the seconds of its stages."""
    gc.collect()
    game = PROGRAMS[program](players, kicks, Random(seed))
    if game.kicked != game.plan:
        raise AssertionError(f"{program}: the bag did not go as planned")
    return [game.create_s, game.play_s, game.leave_s]


def measure(
    circles: tuple[int, ...] = CIRCLES,
    kicks: dict[str, int] = KICKS,
    rounds: int = 3,
    seed: int = SEED,
    play: Callable = play,
) -> list[Circle]:
    """Play in circles of these sizes, all programs in turns, round by round.

    `kicks` gives the number of kicks in a game of each program: the slow ones
    get fewer. A first round warms up and does not count. A row of a game that
    the machine refuses says why, and has no times.
    """
    rows = [
        Circle(program, players, count)
        for players in circles
        for program, count in kicks.items()
    ]
    for row, counts in in_turns(rows, rounds):
        if not row.refused:
            _play_into(row, play, seed, counts)
    return rows


def _play_into(row, play, seed, counts):
    try:
        times = play(row.program, row.players, row.kicks, seed)
    except RuntimeError as error:
        row.refused = str(error)
        row.create_s, row.play_s, row.leave_s = [], [], []
        return
    if counts:
        stages = row.create_s, row.play_s, row.leave_s
        for kept, time_s in zip(stages, times, strict=True):
            kept.append(time_s)


def series(rows: list[Circle], stage: str = "play") -> dict:
    """Return {program: {players: [microseconds of each round]}}, for `curves`.

    For "play" that is a kick's time; for "create" and "leave", a player's.
    """
    told: dict[str, dict[int, list[float]]] = {}
    for row in rows:
        if not row.refused:
            told.setdefault(row.program, {})[row.players] = row.each_us(stage)
    return told


def kicks_table(rows: list[Circle]) -> str:
    """Return the rows as text: medians, and how many times as long each is.

    The last column divides a kick's time by that of the first program in the
    same round and circle, and takes the median over the rounds.
    """
    lines = [f"{'players':>8} {'':<20} {'a kick':>12} {'times':>8}"]
    first: dict[int, list[float]] = {}
    for row in rows:
        told = f"{row.players:>8,} {row.program:<20}"
        if row.refused:
            lines.append(f"{told} {row.refused.split(':')[0]}")
            continue
        kicks = row.each_us("play")
        base = first.setdefault(row.players, kicks)
        times = statistics.median(paired(kicks, base))
        told += f" {statistics.median(kicks):>9,.1f} us"
        lines.append(f"{told} {times:>8,.1f}")
    return "\n".join(lines)


class _Record(msgspec.Struct):
    machine: dict
    rows: list[Circle]


def recorded_circles() -> tuple[list[Circle], dict]:
    """Return the rows that `make measure` recorded, and their machine."""
    told = msgspec.convert(benchmark.recorded("hackysack"), _Record)
    return told.rows, told.machine

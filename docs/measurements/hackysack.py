"""What a kick costs in circles of 10 to 100,000 players, tasklets and threads.

`make measure` records this as "hackysack". Each game is played in a process of
its own, in turns, so that none starts in what another left behind. 100,000
threads are tried, and what the machine says to that is written down.

Whoever shares the machine with others can stop earlier: `hackysack.py 10000`
has no bigger circles.
"""

import json
import subprocess
import sys

from tqdm import tqdm

from nearfar.benchmark import machine, record
from nearfar.experiments.hackysack import SEED, kicks_table, measure, play

CIRCLES = (10, 100, 1_000, 10_000, 100_000)
KICKS = {"tasklets": 50_000, "threads": 5_000, "threads, main spins": 200}
ROUNDS = 3
PATIENCE_S = 60  # for one game
refusals = {}  # the number of players: why there were not so many threads


def play_in_a_child(program, players, kicks, seed):
    """The times of one game, in a process that does nothing else."""
    if program != "tasklets" and players in refusals:
        raise RuntimeError(refusals[players])
    command = [sys.executable, __file__, program, players, kicks, seed]
    try:
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        times = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError, OSError) as error:
        times = f"{players:,} of them never played: {type(error).__name__}"
    if isinstance(times, str):
        refusals[players] = times
        raise RuntimeError(times)
    return times


def tell_times(program, players, kicks, seed):
    """What the child does: it prints the times, or why there are none."""
    try:
        told = play(program, int(players), int(kicks), int(seed))
    except RuntimeError as error:
        told = str(error)
    print(json.dumps(told))


def main(most=CIRCLES[-1]):
    before = machine()
    circles = tuple(size for size in CIRCLES if size <= most)
    games = len(circles) * len(KICKS) * (ROUNDS + 1)
    with tqdm(total=games, leave=False) as progress:

        def played(*game):
            progress.update()
            return play_in_a_child(*game)

        rows = measure(circles, KICKS, ROUNDS, SEED, play=played)
    print(kicks_table(rows))
    facts = {"machine": before, "rounds": ROUNDS, "seed": SEED, "rows": rows}
    record("hackysack", facts)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        tell_times(*sys.argv[1:])
    else:
        main(*map(int, sys.argv[1:]))

"""Wrong answers to the exercises of chapter 12."""

WRONG = {
    "12.1": [
        ("cores = 32", "240 / 1.9 is 126 seconds"),
        ("cores = 3", "3 is the speed-up it needs"),
        ("cores = 128", "but not there first"),
        ('cores = "64"', "expected: a number"),
    ],
    "12.2": [
        (
            # the slowest single thread: it flatters most
            """
def speed_ups(rows):
    worst = max(seconds for _, cores, seconds in rows if cores == 1)
    return {(program, cores): worst / s for program, cores, s in rows}
""",
            "each is compared with the best single thread",
        ),
        (
            # the fastest run of all
            """
def speed_ups(rows):
    best = min(seconds for _, _, seconds in rows)
    return {(program, cores): best / s for program, cores, s in rows}
""",
            "the speed-up of engine on 1 core(s)",
        ),
        (
            # each with its own, where there is one
            """
def speed_ups(rows):
    alone = {program: s for program, cores, s in rows if cores == 1}
    best = min(alone.values())
    return {
        (program, cores): alone.get(program, best) / s
        for program, cores, s in rows
    }
""",
            "expected: 0.033 happened: 1.0",
        ),
    ],
    "12.3": [
        (
            # the coordinator serves all at once
            """
from nearfar import VirtualClock, run, sleep, spawn


def crowd(workers, chunk_s, moment_s, chunks):
    clock, left = VirtualClock(), list(range(chunks))

    def worker():
        while left:
            left.pop()
            sleep(moment_s)
            sleep(chunk_s)

    for _ in range(workers):
        spawn(worker)
    run(clock=clock)
    return chunks * chunk_s / clock.now()
""",
            "crowd(100, 1.0, 0.1, 3000)",
        ),
        (
            # shares the chunks out beforehand
            """
from nearfar import VirtualClock, run, sleep, spawn


def crowd(workers, chunk_s, moment_s, chunks):
    clock, free = VirtualClock(), [0.0]

    def worker():
        for _ in range(-(-chunks // workers)):
            free[0] = max(free[0], clock.now()) + moment_s
            sleep(free[0] - clock.now())
            sleep(chunk_s)

    for _ in range(workers - 1):
        spawn(worker)
    spawn(worker)
    run(clock=clock)
    return workers
""",
            "crowd(10, 1.0, 0.0, 12)",
        ),
        (
            # the coordinator computes, too
            """
from nearfar import VirtualClock, run, sleep, spawn


def crowd(workers, chunk_s, moment_s, chunks):
    clock, left, free = VirtualClock(), list(range(chunks)), [0.0]

    def worker():
        while left:
            left.pop()
            free[0] = max(free[0], clock.now()) + moment_s + chunk_s
            sleep(free[0] - clock.now())

    for _ in range(workers):
        spawn(worker)
    run(clock=clock)
    return chunks * chunk_s / clock.now()
""",
            "crowd(7, 1.0, 0.0, 140)",
        ),
        (
            # a formula that knows no queue
            """
def crowd(workers, chunk_s, moment_s, chunks):
    rounds = -(-chunks // workers)
    return chunks * chunk_s / (rounds * (chunk_s + moment_s))
""",
            "crowd(100, 1.0, 0.1, 3000)",
        ),
    ],
    "12.4": [
        (
            # medians: one number where there are two
            """
from statistics import median


def cost(single, times):
    wins = [w for w, s in times.items() if median(s) < median(single)]
    return min(wins, default=None), min(wins, default=None)
""",
            "✗ where the rounds overlap, they differ",
        ),
        (
            # fastest against fastest
            """
def cost(single, times):
    best = [w for w, s in times.items() if min(s) < min(single)]
    sure = [w for w, s in times.items() if max(s) < min(single)]
    return min(best, default=None), min(sure, default=None)
""",
            "expected: (2, 8) happened: (4, 8)",
        ),
        (
            # a tie is no win
            """
def cost(single, times):
    best = [w for w, s in times.items() if min(s) <= max(single)]
    sure = [w for w, s in times.items() if max(s) <= min(single)]
    return min(best, default=None), min(sure, default=None)
""",
            "a tie is no win",
        ),
    ],
}

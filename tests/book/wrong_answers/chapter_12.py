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
    "12.4": [
        (
            # distributes whenever a farm is faster
            """
def workers_to_start(single_s, needed_s, farm, most):
    best = min(range(1, most + 1), key=farm)
    return best if farm(best) < single_s else 0
""",
            "if one thread is fast enough, no farm is needed",
        ),
        (
            # the fastest farm, not the smallest that will do
            """
def workers_to_start(single_s, needed_s, farm, most):
    if single_s <= needed_s:
        return 0
    best = min(range(1, most + 1), key=farm)
    return best if farm(best) <= needed_s else None
""",
            "expected: 6 happened: 45",
        ),
        (
            # doubles until it is fast enough
            """
def workers_to_start(single_s, needed_s, farm, most):
    if single_s <= needed_s:
        return 0
    workers = 1
    while workers <= most:
        if farm(workers) <= needed_s:
            return workers
        workers *= 2
    return None
""",
            "expected: 6 happened: 8",
        ),
        (
            # shares the work of one thread by so many, without overhead
            """
from math import ceil


def workers_to_start(single_s, needed_s, farm, most):
    if single_s <= needed_s:
        return 0
    return ceil(single_s / needed_s)
""",
            "expected: 6 happened: 5",
        ),
    ],
}

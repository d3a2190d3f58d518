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
            # the best of the equal cuts
            """
def cut(work_s, moment_s):
    count = round((work_s / moment_s) ** 0.5)
    return [work_s / count] * count
""",
            "the seconds until cut(4.306, 2.37e-05) has ended",
        ),
        (
            # the right chunks, the short ones first
            """
def cut(work_s, moment_s):
    count = max(1, int((2 * work_s / moment_s) ** 0.5))
    end = work_s / count + moment_s * (count + 1) / 2
    return [end - number * moment_s for number in range(count, 0, -1)]
""",
            "no other cut ends sooner",
        ),
        (
            # the end by the formula for endless chunks: some work is lost
            """
def cut(work_s, moment_s):
    end = (2 * work_s * moment_s) ** 0.5
    count = max(1, int(end / moment_s))
    return [end - number * moment_s for number in range(1, count + 1)]
""",
            "the sum of cut(4.306, 2.37e-05), in seconds",
        ),
        (
            # each takes a fixed share of what is left
            """
def cut(work_s, moment_s):
    chunks, left = [], work_s
    while left > 2 * moment_s:
        chunks.append(left / 100)
        left -= chunks[-1]
    return [*chunks, left]
""",
            "no other cut ends sooner",
        ),
        (
            # one chunk too many
            """
def cut(work_s, moment_s):
    count = int((2 * work_s / moment_s) ** 0.5) + 3
    end = work_s / count + moment_s * (count + 1) / 2
    return [end - number * moment_s for number in range(1, count + 1)]
""",
            "expected: more than 0",
        ),
        (
            # gives nothing back
            """
def cut(work_s, moment_s):
    chunks = [work_s]
""",
            "expected: a list of seconds happened: None (A function without "
            "`return` returns None.)",
        ),
        (
            # one number
            """
def cut(work_s, moment_s):
    return work_s / 2
""",
            "expected: a list of seconds happened: 2.153",
        ),
        (
            # no chunk at all
            """
def cut(work_s, moment_s):
    return []
""",
            "the sum of cut(4.306, 2.37e-05), in seconds expected: 4.306 "
            "happened: 0",
        ),
        (
            # texts
            """
def cut(work_s, moment_s):
    return ['1.0', '3.306']
""",
            "expected: a list of seconds happened: ['1.0', '3.306']",
        ),
        (
            # not a number
            """
def cut(work_s, moment_s):
    return [work_s, float("nan")]
""",
            "the sum of cut(4.306, 2.37e-05), in seconds expected: 4.306 "
            "happened: nan",
        ),
        (
            # without end
            """
def cut(work_s, moment_s):
    return [float("inf")]
""",
            "the sum of cut(4.306, 2.37e-05), in seconds expected: 4.306 "
            "happened: inf",
        ),
        (
            # a million chunks
            """
def cut(work_s, moment_s):
    return [work_s / 1_000_000] * 1_000_000
""",
            "until cut(4.306, 2.37e-05) has ended expected: 0.0143, within a "
            "hundredth happened: 23.7",
        ),
        (
            # a generator expression
            """
def cut(work_s, moment_s):
    return (work_s / 9 for _ in range(9))
""",
            "expected: a list of seconds happened: <generator object",
        ),
        (
            # a generator
            """
def cut(work_s, moment_s):
    yield work_s
""",
            "Use `return`, with a list for several values",
        ),
        (
            # a list without end would never be summed
            """
from itertools import repeat


def cut(work_s, moment_s):
    return repeat(moment_s)
""",
            "expected: a list of seconds happened: repeat(2.37e-05)",
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
        (
            # the larger of two limits: no worker waits for another
            """
def crowd(workers, chunk_s, moment_s, chunks):
    rounds = -(-chunks // workers)
    computing = rounds * (chunk_s + moment_s)
    handing_out = chunks * moment_s + chunk_s
    return chunks * chunk_s / max(computing, handing_out)
""",
            "crowd(4, 1.0, 0.2, 8) expected: 2.67 to 2.86 happened: 3.08",
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

"""The exercises of chapter 12: COST."""

from __future__ import annotations

from .promises import Exercise, Prediction, expect

CHART = {16: 1.0, 32: 1.9, 64: 3.5, 128: 6.1}  # cores: speed-up over 16
ON_16_S, ON_A_LAPTOP_S = 240.0, 80.0


def cost_of_the_chart():
    """Return the fewest cores on which the engine beats the laptop."""
    return min(
        cores
        for cores, speed_up in CHART.items()
        if ON_16_S / speed_up < ON_A_LAPTOP_S
    )


Prediction(
    "12.1",
    "the COST behind a chart",
    truth=cost_of_the_chart,
    because="on 64 cores the engine takes 240 / 3.5 = 69 seconds, the laptop "
    "80; on 32 cores it still takes 126",
    beliefs=[
        (16, "on 16 cores the engine takes 240 seconds, the laptop 80"),
        (32, "240 / 1.9 is 126 seconds, and the laptop needs 80"),
        (128, "it wins on 128 cores, too, but not there first"),
        (48, "the chart has no 48; take the first of its numbers that wins"),
        (3, "3 is the speed-up it needs; how many cores give it?"),
    ],
    hint="Turn each speed-up into seconds: 240 divided by it. Which is the "
    "first one below 80?",
)


baseline = Exercise(
    "12.2",
    "a flattering baseline",
    hint="There is one baseline: the fastest of all rows with one core. A run "
    "on many cores is no baseline, however fast it is.",
    begun=True,
)

ROWS = [
    ("engine", 1, 900.0),
    ("engine", 64, 25.0),
    ("sieve", 1, 30.0),
    ("farm", 1, 400.0),
    ("farm", 8, 60.0),
]


def _expect_speed_ups(answer, rows, expected):
    found = answer(rows)
    expect(
        "the programs and cores in the answer",
        happened=sorted(found),
        expected=sorted(expected),
    )
    for (program, cores), ratio in expected.items():
        expect(
            f"the speed-up of {program} on {cores} core(s), of {rows}",
            happened=round(found[program, cores], 3),
            expected=round(ratio, 3),
        )


@baseline.promise("each is compared with the best single thread", orders=0)
def best_thread(answer):
    expected = {(name, cores): 30 / s for name, cores, s in ROWS}
    _expect_speed_ups(answer, ROWS, expected)


@baseline.promise("a run on many cores is no baseline", orders=0)
def many_cores(answer):
    rows = [("farm", 8, 10.0), ("sieve", 1, 30.0)]
    expected = {("farm", 8): 3.0, ("sieve", 1): 1.0}
    _expect_speed_ups(answer, rows, expected)


@baseline.promise("a program that never ran on one core has one", orders=0)
def never_alone(answer):
    rows = [("engine", 16, 240.0), ("engine", 64, 69.0), ("laptop", 1, 80.0)]
    expected = {
        ("engine", 16): 80 / 240,
        ("engine", 64): 80 / 69,
        ("laptop", 1): 1.0,
    }
    _expect_speed_ups(answer, rows, expected)


band = Exercise(
    "12.3",
    "COST with an error band",
    hint="At best, the farm's fastest round is below the thread's slowest. For "
    "sure, the farm's slowest round is below the thread's fastest. A tie is "
    "no win.",
)


def _expect_cost(answer, single, times, expected):
    found = answer(single, times)
    expect(
        f"the COST, at best and for sure, of {times} against {single}",
        happened=tuple(found) if isinstance(found, list) else found,
        expected=expected,
    )


@band.promise("where the rounds agree, both are the same", orders=0)
def they_agree(answer):
    times = {16: [3.4, 3.5], 1: [40.0, 41.0], 8: [6.0, 6.1], 2: [20.0, 19.0]}
    _expect_cost(answer, [10.0, 10.1], times, (8, 8))


@band.promise("where the rounds overlap, they differ", orders=0)
def they_overlap(answer):
    times = {2: [13.0, 9.5, 12.0], 4: [8.0, 11.0, 7.5], 8: [6.0, 8.5, 6.5]}
    _expect_cost(answer, [9.0, 10.0, 9.2], times, (2, 8))
    _expect_cost(answer, [8.0, 10.0], times, (2, None))


@band.promise("one disturbed round of the thread proves nothing", orders=0)
def disturbed(answer):
    times = {4: [12.0, 12.5], 8: [9.5, 9.6], 16: [11.0, 11.5]}
    _expect_cost(answer, [9.0, 9.1, 25.0], times, (4, None))


@band.promise("None where no number wins, and a tie is no win", orders=0)
def never(answer):
    _expect_cost(answer, [10.0], {1: [40.0], 64: [12.0]}, (None, None))
    _expect_cost(answer, [10.0], {1: [10.0]}, (None, None))
    _expect_cost(answer, [10.0], {}, (None, None))


deciding = Exercise(
    "12.4",
    "whether to distribute",
    hint="Look at the single thread first: fast enough is enough, even if a "
    "farm is faster. Then try 1, 2, 3 ... workers; the curve falls and rises "
    "again, so do not jump.",
)


def _farm(work_s, start_s=1.0, each_s=0.05):
    """Return a model of a farm: its start, its work shared, its messages."""
    return lambda workers: start_s + work_s / workers + each_s * workers


def _expect_workers(answer, single_s, needed_s, work_s, expected, most=1_000):
    expect(
        f"the workers for a job needed in {needed_s} s, which one thread does "
        f"in {single_s} s and one worker in {_farm(work_s)(1):.2f} s, with at "
        f"most {most} workers",
        happened=answer(single_s, needed_s, _farm(work_s), most),
        expected=expected,
    )


@deciding.promise("if one thread is fast enough, no farm is needed", orders=0)
def one_is_enough(answer):
    _expect_workers(answer, 50.0, 60.0, 100.0, 0)
    _expect_workers(answer, 60.0, 60.0, 100.0, 0)


@deciding.promise("else the fewest workers that are fast enough", orders=0)
def fewest(answer):
    _expect_workers(answer, 90.0, 20.0, 100.0, 6)
    _expect_workers(answer, 90.0, 5.49, 100.0, 41)
    _expect_workers(answer, 90.0, 47.5, 45.5, 1)


@deciding.promise("None if no number is, however many you pay for", orders=0)
def no_number(answer):
    _expect_workers(answer, 90.0, 5.0, 100.0, None)
    _expect_workers(answer, 90.0, 20.0, 100.0, None, most=5)

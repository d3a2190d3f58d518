"""The exercises of chapter 12: COST."""

from __future__ import annotations

from .promises import Exercise, Prediction, doing, expect

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


cutting = Exercise(
    "12.2",
    "a cut that ends together",
    hint="If all chunks end at the same time, each is `moment_s` shorter than "
    "the one before it. With `count` chunks, which end makes their sum "
    "`work_s`? And how many can there be, before the last one is empty?",
    begun=True,
)
JOBS = [(4.306, 23.7e-6), (10.0, 0.1), (60.0, 0.0016), (1.0, 0.5)]


def _cut(answer, work_s, moment_s):
    call = f"cut({work_s}, {moment_s})"
    with doing(call):
        chunks_s = answer(work_s, moment_s)
    expect(
        call,
        happened=chunks_s,
        expected="a list of seconds",
        holds=isinstance(chunks_s, list | tuple)
        and all(isinstance(chunk_s, int | float) for chunk_s in chunks_s),
    )
    return chunks_s


def _end_s(chunks_s, moment_s):
    """When the last chunk ends, with a worker for each."""
    return max(
        number * moment_s + chunk_s
        for number, chunk_s in enumerate(chunks_s, start=1)
    )


def _best_end_s(work_s, moment_s):
    """The same for the best cut: all of `count` chunks end together."""
    most = int((2 * work_s / moment_s) ** 0.5) + 2
    ends = (
        (work_s / count + moment_s * (count + 1) / 2, count)
        for count in range(1, most)
    )
    return min(end for end, count in ends if end > count * moment_s)


@cutting.promise("the chunks are the whole work, and none is empty", orders=0)
def whole(answer):
    for work_s, moment_s in JOBS:
        chunks_s = _cut(answer, work_s, moment_s)
        expect(
            f"the sum of cut({work_s}, {moment_s}), in seconds",
            happened=round(sum(chunks_s), 6),
            expected=round(work_s, 6),
        )
        expect(
            f"the shortest chunk of cut({work_s}, {moment_s})",
            happened=min(chunks_s),
            expected="more than 0",
            holds=min(chunks_s) > 0,
        )


@cutting.promise("no other cut ends sooner", orders=0)
def soonest(answer):
    for work_s, moment_s in JOBS:
        end_s = _end_s(_cut(answer, work_s, moment_s), moment_s)
        best_s = _best_end_s(work_s, moment_s)
        expect(
            f"the seconds until cut({work_s}, {moment_s}) has ended",
            happened=round(end_s, 4),
            expected=f"{best_s:.4f}, within a hundredth",
            holds=end_s < 1.01 * best_s,
        )


model = Exercise(
    "12.3",
    "a model of the farm",
    hint="The coordinator is the disk of chapter 10. Keep the moment at which "
    "it will be free. A worker that asks moves that moment on by `moment_s`, "
    "and sleeps until then.",
)


def _expect_speed_up(answer, workers, chunk_s, moment_s, chunks, low, high):
    call = f"crowd({workers}, {chunk_s}, {moment_s}, {chunks})"
    with doing(call):
        found = answer(workers, chunk_s, moment_s, chunks)
    number = isinstance(found, int | float)
    expect(
        call,
        happened=round(found, 2) if number else found,
        expected=f"about {low}" if low == high else f"{low} to {high}",
        holds=number and 0.98 * low < found < 1.02 * high,
    )


@model.promise("without a coordinator, all workers count", inside=False)
def all_count(answer):
    _expect_speed_up(answer, 7, 1.0, 0.0, 140, 7, 7)


@model.promise("while the last chunks run, others are idle", inside=False)
def the_tail(answer):
    _expect_speed_up(answer, 10, 1.0, 0.0, 12, 6, 6)


@model.promise("a worker waits for the coordinator", inside=False)
def one_waits(answer):
    _expect_speed_up(answer, 1, 1.0, 0.5, 100, 0.66, 1.0)
    _expect_speed_up(answer, 2, 1.0, 1.0, 100, 0.98, 1.0)


@model.promise("the coordinator serves one after another", inside=False)
def saturated(answer):
    _expect_speed_up(answer, 100, 1.0, 0.1, 3_000, 9.7, 10.0)
    _expect_speed_up(answer, 4, 1.0, 0.2, 8, 2.67, 2.86)


@model.promise("a moment that is short costs little", inside=False)
def hardly_busy(answer):
    _expect_speed_up(answer, 16, 0.01, 0.000038, 320, 15.6, 16)


band = Exercise(
    "12.4",
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

"""The prime hunt on every engine: `make measure` records "primes".

`python docs/measurements/primes.py model` measures again only what the model
of chapter 12 needs, and keeps the rest of the record. The check of the model
names its machine, and the load at that time.

Engines run in turns, round after round, and every answer is checked. What
counts is the efficiency, sequential time / (2 x time), of the same round:
1.0 is two processors put to perfect use. The work is the test of 2006 below
44,000, which takes some tens of microseconds a number.

The peers send one chunk in one task, as they are asked to. Our farm puts
several into one message while they are short. joblib can do so, too, and is
measured both ways.
"""

import statistics
import sys
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice, repeat
from pathlib import Path

from farm_report import PAGE, report
from joblib import Parallel, delayed

import nearfar.farm.member
from nearfar.benchmark import (
    compare,
    machine,
    record,
    recorded,
    table,
)
from nearfar.experiments.farm_model import crowd, nap
from nearfar.farm import (
    ENGINES,
    count_2006,
    count_between,
    count_primes,
    count_sieved,
    local_farm,
    prime_contenders,
)

STOP, FOUND = 44_000, 4_582  # 4,579 primes, and 0, 1 and 4
SIZES = (1, 10, 100, 1_000, 10_000)  # numbers in a chunk
ROUNDS = 5
STREAM = 10_000_000  # chunks
RACE_STOP, RACE_CHUNK, RACE_FOUND, RACE_ROUNDS = 1_000_000, 5_000, 78_498, 5
COST_STOP, COST_FOUND = 2_000_000, 148_933
SCALES = (0.001, 0.01, 0.1, 1.0)  # seconds of work in a chunk
CROWDS = tuple(2**n for n in range(13))  # workers
NAP_S, NAPS, NAPPERS = 0.01, 40, (1, 2, 4, 8, 16)  # for each worker; workers


@contextmanager
def joblib(workers=2, batch_size=1):
    with Parallel(workers, batch_size=batch_size) as parallel:
        yield lambda function, chunks: iter(
            parallel(delayed(function)(chunk) for chunk in chunks)
        )


CONTENDERS = ENGINES | {
    "joblib": joblib,
    "joblib, batches": partial(joblib, batch_size="auto"),
}


def timed(work):
    began = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - began


def hunt(map, size):
    work = partial(count_primes, STOP, map=map, chunk=size, count=count_2006)
    found, seconds = timed(work)
    assert found == FOUND, found
    return seconds


def started(names, stack):
    """The maps of some engines, and the seconds until each had done a task."""
    maps, seconds = {}, {}
    for name in names:
        began = time.perf_counter()
        maps[name] = stack.enter_context(CONTENDERS[name](2))
        list(maps[name](count_2006, [(0, 10)] * 2))
        seconds[name] = time.perf_counter() - began
    return maps, seconds


def chunk_sizes(names, sizes, rounds):
    """{engine: {size: efficiency by round}}, and the starts in seconds."""
    with ExitStack() as stack:
        maps, starts = started(names, stack)
        found = {name: {size: [] for size in sizes} for name in names}
        for number in range(rounds + 1):  # the first one warms up
            alone = hunt(map, STOP)
            for size in sizes:
                for name in names:
                    efficiency = alone / (2 * hunt(maps[name], size))
                    if number:
                        found[name][size].append(round(efficiency, 3))
            print(f"round {number} of {names}", flush=True)
    return found, starts


def per_task(counts, rounds=5):
    """{engine: microseconds for an empty task, by round}."""
    with ExitStack() as stack:
        maps, _ = started(counts, stack)
        found = {name: [] for name in counts}
        for _ in range(rounds):
            for name, count in counts.items():
                empty = repeat((0, 0), count)
                _, seconds = timed(
                    lambda m=maps[name], e=empty: sum(m(count_2006, e))
                )
                found[name].append(round(1e6 * seconds / count, 2))
    return found


def coordinator_costs(count=50_000):
    """Processor seconds of the coordinator for a batch and for a chunk."""

    def spent(batch):
        nearfar.farm.member.BATCH = batch
        with local_farm(1) as farm:
            list(farm.map(count_2006, repeat((0, 0), 1_000)))
            began = time.process_time()
            list(farm.map(count_2006, repeat((0, 0), count)))
            return (time.process_time() - began) / count

    many = nearfar.farm.member.BATCH
    each, together = spent(1), spent(many)
    per_batch = (each - together) / (1 - 1 / many)
    return per_batch, together - per_batch / many


def naps(rounds=5):
    """{workers: speed-up by round} of real workers that sleep."""
    found = {workers: [] for workers in NAPPERS}
    with ExitStack() as stack:
        farms = {
            workers: stack.enter_context(
                local_farm(workers, imports="nearfar.experiments.farm_model")
            )
            for workers in NAPPERS
        }
        for number in range(rounds + 1):  # the first one warms up
            _, one_s = timed(lambda: list(map(nap, repeat(NAP_S, NAPS))))
            for workers, farm in farms.items():
                job = repeat(NAP_S, NAPS * workers)
                _, far_s = timed(lambda f=farm, j=job: list(f.map(nap, j)))
                if number:
                    found[workers].append(round(workers * one_s / far_s, 3))
    return found


def checked(speed_ups, per_message):
    """{workers: [lowest round, highest round, simulated]}."""
    return {
        workers: [
            min(rounds),
            max(rounds),
            round(crowd(workers, NAP_S, per_message, NAPS * workers), 3),
        ]
        for workers, rounds in speed_ups.items()
    }


def scaling(per_batch, per_chunk):
    """{seconds of a chunk: {workers: efficiency}}, simulated."""
    found = {}
    for chunk_s in SCALES:
        size = max(1, int(nearfar.farm.member.BATCH_S / chunk_s))
        cost = per_batch + size * per_chunk
        found[chunk_s] = {
            workers: round(crowd(workers, size * chunk_s, cost) / workers, 3)
            for workers in CROWDS
        }
    return found


def stream(count):
    """Memory of both sides, in KiB, after a tenth of the chunks and all."""
    with local_farm(1) as farm:
        sides = ["self", farm.programs[0].pid]
        results = farm.map(count_2006, repeat((2, 4), count))
        began = time.perf_counter()
        total = sum(islice(results, count // 10))
        before = [resident(side) for side in sides]
        total += sum(results)
        after = [resident(side) for side in sides]
        assert total == 2 * count
    return {
        "chunks": count,
        "seconds": round(time.perf_counter() - began, 1),
        "coordinator_kib": [before[0], after[0]],
        "worker_kib": [before[1], after[1]],
    }


def resident(side):
    pages = Path(f"/proc/{side}/statm").read_text().split()[1]
    return int(pages) * 4


def costs(rounds=3):
    """One process against the farm, by test and by sieve."""
    with ExitStack() as stack:
        farm = stack.enter_context(local_farm(2)).map
        work = partial(count_primes, COST_STOP)
        ways = {
            "root, one": partial(work, chunk=20_000),
            "root, farm of 2": partial(work, farm, 20_000),
            "sieve, one": partial(work, chunk=200_000, count=count_sieved),
            "sieve, farm of 2": partial(
                work, farm, 200_000, count=count_sieved
            ),
        }
        found = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                answer, seconds = timed(way)
                assert answer == COST_FOUND, answer
                found[name].append(round(seconds, 5))
    return found


def by_2006(rounds=3):
    """Three ways to find the primes below STOP, in one process."""
    ways = {"half": count_2006, "root": count_between, "sieve": count_sieved}
    return {
        name: [
            round(timed(partial(count, (0, STOP)))[1], 6) for _ in range(rounds)
        ]
        for name, count in ways.items()
    }


def speed_ups():
    """The rows that chapter 05 draws over."""
    engines = [
        *(("one", 1), ("threads", 2), ("farm", 1), ("farm", 2)),
        *(("executor", 2), ("pool", 2)),
    ]
    with ExitStack() as stack:
        contenders = prime_contenders(RACE_STOP, RACE_CHUNK, stack, engines)
        return compare(contenders, RACE_FOUND, RACE_ROUNDS)


def middle(by_round):
    return statistics.median(by_round)


def model(coordinator):
    """The farm in simulation, and beside it real workers that sleep."""
    measured_on = machine()  # before this program loads it
    costs = coordinator["batch_s"], coordinator["chunk_s"]
    return {
        "naps": {
            "machine": measured_on,
            "nap_s": NAP_S,
            "checked": checked(naps(), sum(costs)),
        },
        "scaling": scaling(*costs),
    }


def everything():
    """All that is recorded; it takes some minutes."""
    race = speed_ups()
    print(table(race))
    ours, starts = chunk_sizes(["farm", "pool"], SIZES, ROUNDS)
    names = ["executor", "joblib", "joblib, batches", "dask"]
    # the sizes that suit them:
    others, more = chunk_sizes(names, SIZES[2:], ROUNDS)
    efficiency = ours | others
    for name, sizes in efficiency.items():
        print(name, {size: middle(found) for size, found in sizes.items()})
    tasks = per_task(
        {
            **{"farm": 50_000, "pool": 20_000, "executor": 3_000},
            **{"joblib": 2_000, "joblib, batches": 20_000, "dask": 500},
        }
    )
    print("us per empty task", {n: middle(us) for n, us in tasks.items()})
    per_batch, per_chunk = coordinator_costs()
    print(
        f"a batch costs {per_batch * 1e6:.1f} us, a chunk {per_chunk * 1e6:.1f}"
    )
    streamed = stream(STREAM)
    print(streamed)
    coordinator = {"batch_s": per_batch, "chunk_s": per_chunk}
    cost = {"stop": COST_STOP, "seconds": costs()}
    return {
        "trouble": race.trouble,
        "stop": STOP,
        "efficiency": efficiency,
        "start_s": starts | more,
        "task_us": tasks,
        "coordinator": coordinator,
        "stream": streamed,
        "tests_s": by_2006(),
        "cost": cost,
        **model(coordinator),
        "rows": race.rows,
    }


if __name__ == "__main__":
    if sys.argv[1:] == ["model"]:
        facts = recorded("primes")
        facts |= model(facts["coordinator"])
    else:
        facts = everything()
    record("primes", facts)
    PAGE.write_text(report(recorded("primes")))

"""Puts what a farm costs into words: `make measure` writes farm_speed.md."""

from pathlib import Path
from statistics import median

from nearfar.benchmark import recorded

PAGE = Path(__file__).parents[1] / "farm_speed.md"
PEER = "pool"  # multiprocessing.Pool, the quickest of Python's own
START_S, GROWN_KIB = 0.3, 2_048  # at most
DOUBT = """
**The machine was busy**: {}. Take these numbers as a rough guide, not as a
verdict.
"""
BEST, SMALL, TASK = 0.98, 1.0, 1.3  # ratios to the peer


def verdict(reached, goal, at_least):
    fine = reached >= goal if at_least else reached <= goal
    bound = "at least" if at_least else "at most"
    return f"{reached:.2f} ({bound} {goal:g}: {'yes' if fine else 'missed'})"


def paired(efficiency, size):
    """Ours over the peer's, round by round, in the middle."""
    ours, theirs = efficiency["farm"][size], efficiency[PEER][size]
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def best(efficiency, name):
    return max(
        efficiency[name], key=lambda size: median(efficiency[name][size])
    )


def goals(told):
    efficiency, us = told["efficiency"], told["task_us"]
    ours = median(efficiency["farm"][best(efficiency, "farm")])
    theirs = median(efficiency[PEER][best(efficiency, PEER)])
    each = zip(us["farm"], us[PEER], strict=True)
    stream = told["stream"]
    sides = [stream["coordinator_kib"], stream["worker_kib"]]
    return [
        ("best chunk, ours / Pool's", verdict(ours / theirs, BEST, True)),
        (
            "100 numbers a chunk, ours / Pool's",
            verdict(paired(efficiency, "100"), SMALL, True),
        ),
        (
            "an empty task, ours / Pool's",
            verdict(median(a / b for a, b in each), TASK, False),
        ),
        (
            "start of two workers, s",
            verdict(told["start_s"]["farm"], START_S, False),
        ),
        (
            f"memory grown over {stream['chunks']:,} chunks, MiB",
            verdict(
                max(after - before for before, after in sides) / 1024,
                GROWN_KIB / 1024,
                False,
            ),
        ),
    ]


def report(told) -> str:
    """The page for what was measured."""
    machine, efficiency = told["machine"], told["efficiency"]
    sizes = list(efficiency["farm"])
    lines = []
    for name, by_size in efficiency.items():
        cells = " | ".join(
            f"{median(by_size[size]):.2f}" if size in by_size else "-"
            for size in sizes
        )
        each, start = median(told["task_us"][name]), told["start_s"][name]
        lines.append(f"| {name} | {cells} | {each:,.0f} us | {start:.2f} s |")
    reached = [f"| {what} | {words} |" for what, words in goals(told)]
    checked = [
        f"| {workers} | {low:.2f} to {high:.2f} | {simulated:.2f} |"
        for workers, (low, high, simulated) in told["naps"]["checked"].items()
    ]
    scale = [
        f"| {float(chunk_s) * 1000:g} ms | "
        + " | ".join(f"{share:.2f}" for share in by_workers.values())
        + " |"
        for chunk_s, by_workers in told["scaling"].items()
    ]
    simulated = list(next(iter(told["scaling"].values())))
    naps = told["naps"]
    crowds, nap_ms = list(naps["checked"]), naps["nap_s"] * 1000
    cores = naps["machine"]["cores"]
    trouble = told["trouble"]
    doubt = DOUBT.format(trouble) if trouble else ""
    costs = told["coordinator"]
    return f"""# What a farm costs

Written by `make measure`, from `nearfar/measurements/primes.json`. Measured on
{machine["processor"]} with {machine["cores"]} cores, {machine["system"]},
Python {machine["python"]}, in paired rounds.
{doubt}
The work is the prime test of 2006 below {told["stop"]:,}, on two workers. One
number takes some tens of microseconds. **Efficiency** is the sequential time
divided by twice the time of the same round, without the start. At 1, both
processors do nothing but the work. The table shows medians; columns are
numbers in a chunk.

| engine | {" | ".join(sizes)} | an empty task | start |
|---|{"---|" * len(sizes)}---|---|
{chr(10).join(lines)}

Our farm puts short chunks together into one message, and so does joblib with
batches. The other engines send each chunk alone, as the benchmark asks them
to. "joblib, batches" starts at once because it takes over the workers of the
row above.

| goal | reached |
|---|---|
{chr(10).join(reached)}

## One coordinator, many workers

The coordinator needs {costs["batch_s"] * 1e6:.1f} us of its processor for a
message, and {costs["chunk_s"] * 1e6:.1f} us for each chunk in it. From these a
[model](reference/experiments.md#farm_model) predicts the speed-up of more
workers. The check is a real farm of workers that sleep {nap_ms:g} ms a chunk.
Sleeping takes no processor, so {cores} cores are enough for {crowds[-1]}
workers. The load of the machine was {naps["machine"]["load"]} meanwhile.

| workers | measured, lowest to highest round | simulated |
|---|---|---|
{chr(10).join(checked)}

The next table is simulated: the share of the workers that is busy. The model
gives every worker a processor of its own and no time is lost with a message,
so it is an upper limit. Columns are workers.

| a chunk takes | {" | ".join(simulated)} |
|---|{"---|" * len(simulated)}
{chr(10).join(scale)}
"""


if __name__ == "__main__":
    PAGE.write_text(report(recorded("primes")))

"""Puts tasklets.json into words: `make measure` writes docs/speed.md."""

import json
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "speed.md"
GOALS = {  # at most, as a ratio to bare greenlets
    "pingpong": 3.0,
    "stream": 2.3,
    "ring100": 2.6,
    "fanin": 2.6,
    "spawn": 0.10,
}
MEANINGS = {
    "pingpong": "two tasklets, a message there and one back",
    "stream": "one sends, one receives",
    "ring100": "a message goes round a hundred",
    "fanin": "a thousand send to one",
    "spawn": "start and end a tasklet, in a burst",
}
MOST_BYTES = 6_000  # for a parked tasklet


def verdict(reached, goal):
    return f"{reached:g} ({'goal' if reached <= goal else 'missed:'} {goal:g})"


def report(told) -> str:
    """The page for what was measured."""
    machine, workloads = told["machine"], told["workloads"]
    names = list(workloads["pingpong"])[1:]
    rows = [
        f"| {workload} | {MEANINGS[workload]} "
        f"| {by_name['bare greenlet']['ns']:,} ns "
        f"| {verdict(by_name['nearfar']['ratio'], GOALS[workload])} | "
        + " | ".join(f"{by_name[name]['ratio']:g}" for name in names[1:])
        + " |"
        for workload, by_name in workloads.items()
    ]
    memory = told["bytes per parked tasklet"]
    growth = told["ring by size"]
    sizes = [f"{int(size):,}" for size in growth]
    tracing = told["ping-pong after a trace over before"]
    first, *_, last = growth.values()
    return f"""# What a message costs

Written by `make measure`, from `docs/measurements/tasklets.json`. Measured on
{machine["processor"]} with {machine["cores"]} cores, {machine["system"]},
Python {machine["python"]}; {told["rounds"]} rounds in turns, the medians of the
ratios to bare `greenlet.switch()` in the same round. **Smaller is better.**

| workload | what it does | bare greenlet | nearfar | {" | ".join(names[1:])} |
|---|---|---|---|{"---|" * len(names[1:])}
{chr(10).join(rows)}

"Bare" is the fewest switches that do the same work, without any channel. The
queues of 1 of asyncio and of threads wait less than a rendezvous does.

**Memory** of a parked tasklet, of {100_000:,}: {memory["nearfar"]:,} bytes
({"goal" if memory["nearfar"] <= MOST_BYTES else "missed:"} {MOST_BYTES:,});
a bare greenlet takes {memory["bare greenlet"]:,}, gevent {memory["gevent"]:,}.

**Growth**: in rings of {", ".join(sizes)} tasklets a message costs
{", ".join(f"{row['ratio']:g}" for row in growth.values())} times the bare one,
which itself grows from {first["bare ns"]} to {last["bare ns"]} ns. The goal, to
grow no faster than the bare ring, is
{"reached" if last["ratio"] <= first["ratio"] else "missed"}.

**Tracing**, when it is off, costs nothing but what noise there is: ping-pong
took {tracing:g} times as long after a trace as before it.
"""


if __name__ == "__main__":
    told = json.loads((HERE / "tasklets.json").read_text())
    PAGE.write_text(report(told))

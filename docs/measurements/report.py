"""Puts what was measured into words: `make measure` writes docs/speed.md.

First what was recorded as "tasklets", then "messages".
"""

from pathlib import Path

from nearfar.benchmark import recorded

PAGE = Path(__file__).parents[1] / "speed.md"
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
WIRE_GOALS = {"one": 0.9, "many": 0.8, "stream": 0.8}  # at least
TYPED = 0.6  # of what frames reach, at least


def verdict(reached, goal, fine=None):
    if fine is None:
        fine = reached <= goal
    return f"{reached:g} ({'goal' if fine else 'missed:'} {goal:g})"


def report(tasklets, messages) -> str:
    """The page for what was measured."""
    return f"{near(tasklets)}\n{far(messages)}"


def near(told) -> str:
    """Tasklets and channels."""
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

Written by `make measure`, from `nearfar/measurements/tasklets.json`.
Measured on {machine["processor"]} with {machine["cores"]} cores,
{machine["system"]}, Python {machine["python"]}; {told["rounds"]} rounds in
turns, the medians of the ratios to bare `greenlet.switch()` in the same round.
**Smaller is better.**

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


def far(told) -> str:
    """Messages over a wire."""
    machine, versions = told["machine"], told["versions"]
    tables = [
        f"On {placed}:\n\n{ratios(told, by_workload)}"
        for placed, by_workload in told["workloads"].items()
    ]
    return f"""## Messages over a wire

From `nearfar/measurements/messages.json`, measured on
{machine["processor"]} with {machine["cores"]} cores,
{machine["system"]}, Python {machine["python"]}, with
{", ".join(f"{name} {number}" for name, number in versions.items())}; over
loopback, frames of {told["frame bytes"]} bytes, {told["rounds"]} rounds in
turns. The numbers are messages a second, as medians of the ratios to the limit
in the same round. **Larger is better.**

{chr(10).join(tables)}
The limits are a blocking socket, a bare epoll loop, and bare sockets that write
64 KiB of frames at a time. A bare hub is the smallest one of greenlets that
echoes frames: the floor of pure Python with tasklets. To cut in place is to
read 64 KiB and to cut all frames from it in one loop. "Typed" are messages of
four fields; the goal for them is {TYPED:g} of what frames of bytes reach.

With a core for each end, most of the time of a lone request is waking up. The
limit and the bare hub sleep at once; our clock looks a few times before it
does, and stops that where it is in vain, as on one core.

{idle(told["idle connections"])}"""


def ratios(told, by_workload) -> str:
    """A table with a column for each workload."""
    names = []
    for by_name in by_workload.values():
        names += [name for name in list(by_name)[1:] if name not in names]
    meanings = {
        "one": "one client asks and waits for the answer",
        "many": f"{told['clients']} clients ask one server",
        "stream": "one sends, one receives",
    }
    rows = [
        ["contender", *(meanings[workload] for workload in by_workload)],
        ["---"] * (1 + len(by_workload)),
        ["limit, a second", *map(limit, by_workload.values())],
        *([name, *reached(by_workload, name)] for name in names),
        [
            "nearfar in single rounds",
            *(
                "{:g} to {:g}".format(*by_name["nearfar"]["range"])
                for by_name in by_workload.values()
            ),
        ],
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def limit(by_name):
    name, told = next(iter(by_name.items()))
    return f"{name}: {told['messages per second']:,}"


def reached(by_workload, name):
    """The ratios of a contender, and the goals if it is ours."""
    for workload, by_name in by_workload.items():
        ratio = by_name.get(name, {}).get("ratio", "")
        if name == "nearfar":
            goal = WIRE_GOALS[workload]
        elif name == "nearfar, typed":
            goal = round(TYPED * by_name["nearfar"]["ratio"], 3)
        else:
            yield f"{ratio}"
            continue
        yield verdict(ratio, goal, ratio >= goal)


def idle(by_size) -> str:
    """Connections that say nothing: what they cost the one that talks."""
    bare = "bare epoll microseconds"
    rows = [
        f"| {int(size):,} | {row['microseconds']} | {row[bare]} "
        f"| {row['bytes each']:,} |"
        for size, row in by_size.items()
    ]
    first, *_, last = by_size.values()
    ours, theirs = (
        round(last[key] / first[key], 2) for key in ("microseconds", bare)
    )
    return f"""**Idle connections**: one client asks and is answered, while
others are connected and silent.

| silent | nearfar, µs | bare epoll, µs | bytes each |
|---|---|---|---|
{chr(10).join(rows)}

The goal is that it stays flat: from the first line to the last, a message costs
{ours:g} times as much; over the bare loop, which holds as many, it is
{theirs:g} times.
"""


if __name__ == "__main__":
    PAGE.write_text(report(recorded("tasklets"), recorded("messages")))

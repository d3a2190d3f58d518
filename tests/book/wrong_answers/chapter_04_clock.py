"""Wrong answers to the exercise of chapter 04 about a logical clock."""

WRONG = {
    "4.7": [
        (
            # each process counts for itself
            """
def stamps(lanes):
    return {
        name: list(range(1, len(lane) + 1)) for name, lane in lanes.items()
    }
""",
            "a receive is later than its send",
        ),
        (
            # one counter for all, lane after lane
            """
from itertools import count


def stamps(lanes):
    number = count(1)
    return {
        name: [next(number) for event in lane] for name, lane in lanes.items()
    }
""",
            "expected: {'atm': [1, 4], 'bank': [2, 3]}",
        ),
        (
            # one pass: believes that a send stands above its receive
            """
def stamps(lanes):
    sent, found = {}, {name: [] for name in lanes}
    for turn in range(max(map(len, lanes.values()))):
        for name, lane in lanes.items():
            if turn < len(lane):
                kind, message = lane[turn]
                before = found[name][-1] if found[name] else 0
                if kind == "receive":
                    before = max(before, sent[message])
                found[name].append(before + 1)
                if kind == "send":
                    sent[message] = before + 1
    return found
""",
            "KeyError: 'reply'",
        ),
        (
            # a receive follows its send only
            """
def stamps(lanes):
    places = {
        message: (name, at)
        for name, lane in lanes.items()
        for at, (kind, message) in enumerate(lane)
        if kind == "send"
    }

    def stamp(name, at):
        kind, message = lanes[name][at]
        if kind == "receive":
            return stamp(*places[message]) + 1
        return stamp(name, at - 1) + 1 if at else 1

    return {
        name: [stamp(name, at) for at in range(len(lane))]
        for name, lane in lanes.items()
    }
""",
            "a receive is later than both its causes",
        ),
        (
            # adds the two causes up
            """
def stamps(lanes):
    places = {
        message: (name, at)
        for name, lane in lanes.items()
        for at, (kind, message) in enumerate(lane)
        if kind == "send"
    }

    def stamp(name, at):
        if at < 0:
            return 0
        kind, message = lanes[name][at]
        before = stamp(name, at - 1)
        if kind == "receive":
            before += stamp(*places[message])
        return before + 1

    return {
        name: [stamp(name, at) for at in range(len(lane))]
        for name, lane in lanes.items()
    }
""",
            "expected: {'atm': [1, 4], 'bank': [2, 3]}",
        ),
    ],
}

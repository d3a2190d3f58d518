"""Wrong answers to the exercises of chapter 09."""

WRONG = {
    "9.1": [
        ("dead = {3: 1, 4: 2, 5: 2, 7: 3}", "more than half of four"),
        ("dead = {3: 2, 4: 3, 5: 4, 7: 6}", "only out of reach"),
        ("dead = {3: 1, 4: 1, 5: 3, 7: 3}", "the dead ones included"),
    ],
    "9.2": [
        (
            # forgets that a vote is given once
            """
def grants(mine, ask):
    if ask.term < mine.term:
        return False
    return (ask.last_log_term, ask.last_log_index) >= (
        mine.last_term,
        mine.last_index,
    )
""",
            "voted_for='1'",
        ),
        (
            # compares lengths before terms
            """
def grants(mine, ask):
    if ask.term < mine.term or mine.voted_for not in ("", ask.candidate):
        return False
    return (ask.last_log_index, ask.last_log_term) >= (
        mine.last_index,
        mine.last_term,
    )
""",
            "a worse log gets no vote",
        ),
        (
            # never looks at the log
            """
def grants(mine, ask):
    return ask.term >= mine.term and mine.voted_for in ("", ask.candidate)
""",
            "a worse log gets no vote",
        ),
    ],
    "9.3": [
        (
            # takes the message for all there is
            """
def follow(log, before, before_term, entries):
    if before > len(log) or (before and log[before - 1][0] != before_term):
        return None
    return log[:before] + entries
""",
            "an old message takes nothing back",
        ),
        (
            # never looks at the term before
            """
def follow(log, before, before_term, entries):
    if before > len(log):
        return None
    for place, entry in enumerate(entries):
        index = before + place
        if index >= len(log) or log[index][0] != entry[0]:
            return log[:index] + entries[place:]
    return log
""",
            "what does not fit is refused",
        ),
        (
            # keeps what differs
            """
def follow(log, before, before_term, entries):
    if before > len(log) or (before and log[before - 1][0] != before_term):
        return None
    return log + entries[len(log) - before :]
""",
            "what differs gives way",
        ),
    ],
    "9.4": [
        (
            # counts entries of older terms
            """
def committed(terms, others, term):
    have = sorted([len(terms), *others], reverse=True)
    return have[len(have) // 2]
""",
            "an entry of an older term is not counted",
        ),
        (
            # forgets its own log
            """
def committed(terms, others, term):
    have = sorted(others, reverse=True) or [len(terms)]
    index = have[len(have) // 2]
    return index if index and terms[index - 1] == term else 0
""",
            "an entry is committed once a majority has it",
        ),
    ],
    "9.5": [
        (
            # asks again at once
            """
from itertools import cycle

from nearfar.bank import Elsewhere


def ask(request, addresses, call):
    others = cycle(addresses)
    address = next(others)
    while True:
        try:
            reply = call(address, request)
        except ConnectionError:
            address = next(others)
            continue
        if not isinstance(reply, Elsewhere):
            return reply
        address = reply.address or next(others)
""",
            "it pauses",
        ),
        (
            # asks each address once
            """
from nearfar.bank import Elsewhere


def ask(request, addresses, call):
    for address in addresses:
        try:
            reply = call(address, request)
        except ConnectionError:
            continue
        if not isinstance(reply, Elsewhere):
            return reply
""",
            "['A', 'B', 'C']",
        ),
    ],
}

"""Wrong answers to the exercises of chapter 05."""

WRONG = {
    "5.1": [
        ("speed_up = 4", "Who is busy when the long chunk is under way?"),
        ("speed_up = 3.2", "if the long chunk were taken first"),
        ("speed_up = 7", "7 are the seconds"),
    ],
    "5.2": [
        (
            # 4 is mended; what is below 2 is not
            """
def is_prime(number):
    return all(number % d for d in range(2, number // 2 + 1))
""",
            "is_prime(1)",
        ),
        (
            # ends one before the root
            """
from math import isqrt


def is_prime(number):
    return number > 1 and all(number % d for d in range(2, isqrt(number)))
""",
            "is_prime(4)",
        ),
        (
            # right, and as slow as before
            """
def is_prime(number):
    return number > 1 and all(number % d for d in range(2, number))
""",
            "divisors tried for the prime 10007",
        ),
    ],
    "5.3": [
        (
            # lock-step, as in 2006
            """
from nearfar import spawn


def hunt(pieces, nodes):
    results = []

    def work(node, piece):
        results.append(node(piece))

    while pieces:
        now, pieces = pieces[: len(nodes)], pieces[len(nodes) :]
        tasks = [spawn(work, *pair) for pair in zip(nodes, now)]
        for task in tasks:
            task.join()
    return results
""",
            "a slow node does not hold up the others",
        ),
        (
            # everybody does everything
            """
from nearfar import spawn


def hunt(pieces, nodes):
    results = []

    def work(node):
        for piece in pieces:
            results.append(node(piece))

    for worker in [spawn(work, node) for node in nodes]:
        worker.join()
    return results
""",
            "every piece is done, and once",
        ),
        (
            # does not wait for the results
            """
from nearfar import spawn


def hunt(pieces, nodes):
    pieces, results = iter(pieces), []

    def work(node):
        for piece in pieces:
            results.append(node(piece))

    for node in nodes:
        spawn(work, node)
    return results
""",
            "happened: []",
        ),
    ],
    "5.4": [
        (
            # the piece dies with its node
            """
from nearfar import spawn
from nearfar.far import Broken


def hunt(pieces, nodes):
    pieces, results = iter(pieces), []

    def work(node):
        try:
            for piece in pieces:
                results.append(node(piece))
        except Broken:
            pass

    for worker in [spawn(work, node) for node in nodes]:
        worker.join()
    return results
""",
            "its piece is done by another, and once",
        ),
        (
            # given back, but the others have gone home
            """
from nearfar import spawn
from nearfar.far import Broken


def hunt(pieces, nodes):
    waiting, results = list(pieces), []

    def work(node):
        while waiting:
            piece = waiting.pop()
            try:
                results.append(node(piece))
            except Broken:
                waiting.append(piece)
                return

    for worker in [spawn(work, node) for node in nodes]:
        worker.join()
    return results
""",
            "a node dies over the last piece",
        ),
        (
            # asks the dead one again and again
            """
from nearfar import spawn
from nearfar.far import Broken


def hunt(pieces, nodes):
    waiting, results = list(pieces), []

    def work(node):
        while waiting:
            piece = waiting.pop(0)
            try:
                results.append(node(piece))
            except Broken:
                waiting.append(piece)

    while waiting:
        for worker in [spawn(work, node) for node in nodes]:
            worker.join()
    return results
""",
            "✗ a node dies: its piece is done by another",
        ),
    ],
}

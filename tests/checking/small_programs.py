"""Small programs whose orders are searched, in tests and in measurements.

Each function returns a program for `explore`: it begins anew in every run.
"""

from collections.abc import Callable

from nearfar import Channel, schedule, spawn

Program = Callable[[], object]


def taking_turns(turns: list[int]) -> Program:
    """Tasklets that do nothing but take so many turns each."""

    def worker(many):
        for _ in range(many - 1):
            schedule()

    def program():
        for many in turns:
            spawn(worker, many)

    return program


def lost_update(customers: int = 2) -> Program:
    """Deposits that each wait between reading and writing."""

    def program():
        accounts = {"grant": 0}

        def deposit():
            balance = accounts["grant"]
            schedule()
            accounts["grant"] = balance + 10

        for _ in range(customers):
            spawn(deposit)
        return accounts

    return program


def producers(many: int) -> Program:
    """Producers with two messages each, and one consumer."""

    def program():
        channel: Channel = Channel("c")

        def produce():
            channel.send(1)
            channel.send(2)

        def consume():
            for _ in range(2 * many):
                channel.receive()

        for _ in range(many):
            spawn(produce)
        spawn(consume)

    return program


def reversed_pairs(depth: int, width: int = 2) -> Program:
    """Fails if in each of `depth` groups the last tasklet comes first.

    That takes as many departures.
    """

    def program():
        turned = []

        def group():
            log: list[int] = []
            for each in [spawn(log.append, n) for n in range(width)]:
                each.join()
            turned.append(log[0] == width - 1)

        for _ in range(depth):
            spawn(group).join()
        assert not all(turned), "all groups are turned round"

    return program


def impatient(turns: int) -> Program:
    """Fails if a worker gets no turn while another tasklet takes so many.

    A third one takes turns, too.
    """

    def program():
        done: list[bool] = []
        worker = spawn(done.append, True)
        spawn(taking_turns([turns]))
        for _ in range(turns):
            schedule()
        assert done, "the worker is late"
        worker.join()

    return program


def philosophers(crossed: bool) -> Program:
    """Two philosophers, who take two forks and put them back.

    If `crossed`, each begins with another fork, and they may lock up.
    """

    def program():
        forks = [Channel("left"), Channel("right")]

        def keep(fork):
            while True:
                fork.send("fork")
                fork.receive()

        def eat(first, second):
            first.receive()
            second.receive()
            second.send("fork")
            first.send("fork")

        for fork in forks:
            spawn(keep, fork, daemon=True)
        spawn(eat, *forks)
        spawn(eat, *(forks[::-1] if crossed else forks))

    return program

"""Programs of all kinds that can be played, and what they promise."""

from nearfar import Channel, run, schedule, select, sleep, spawn
from nearfar.experiments.delivery import PROTOCOLS, Booked, PayIn, Till
from nearfar.far import Message, pair
from nearfar.playing import Target
from nearfar.simulation import Faults

EVEN = Faults(delay_s=(0.1, 0.1))


class Order(Message):
    """How many are wanted."""

    count: int


def deposits():
    accounts = {"grant": 100}

    def deposit():
        balance = accounts["grant"]
        schedule()
        accounts["grant"] = balance + 10

    spawn(deposit, name="north")
    spawn(deposit, name="south")
    return accounts


def nothing_is_lost(accounts):
    """Both deposits are in the account."""
    return accounts["grant"] == 120


def collector():
    """Channels, a select, timers, and output."""
    left, right = Channel("left"), Channel("right")
    got = []

    def give(channel, seconds):
        for number in range(3):
            sleep(seconds)
            channel.send(number)

    def collect():
        for _ in range(6):
            channel, number = select([left, right])
            got.append((channel.name, number))
            print("got", channel.name, number)

    spawn(give, left, 1, name="brass")
    spawn(give, right, 1, name="steel")
    spawn(collect)
    return got


def over_memory():
    """Two ends of a connection in this process."""
    here, there = pair(Order)
    seen = []

    def ask(name, count):
        here.send(Order(count))
        schedule()
        seen.append((name, here.receive().count))

    def answer():
        for order in there:
            there.send(Order(order.count + 1))

    spawn(ask, "ann", 1, name="ann")
    spawn(ask, "bob", 2, name="bob")
    spawn(answer, daemon=True)
    return seen


def of_a_reader():
    """As a reader may write it: it calls run() itself."""
    names = []

    def count(name):
        try:
            for _ in range(3):
                names.append(name)
                schedule()
        finally:
            names.append(f"{name} ends")

    for name in ("ann", "bob"):
        spawn(count, name, name=name)
    run()
    return names


def paying(protocol):
    """A customer pays in over a simulated network."""
    ask, remembers = PROTOCOLS[protocol]

    def visit(network):
        till = Till(remembers)
        network.host("bank").start(till.serve, daemon=True)
        network.host("atm").start(pay)
        return till

    def pay(host):
        request = PayIn("p1", 10_000)
        ask(lambda: host.connect(Booked, "bank"), request)

    return visit


def booked_once(till):
    """The bank books a payment at most once."""
    return till.cents <= 10_000


MESSAGES = frozenset({"deliver", "hold", "lose", "time"})


def network_game(protocol="at least once", **options):
    """The game in which a customer pays in."""
    options = {"holds": booked_once, "faults": EVEN} | options
    return Target(paying(protocol), **options)


GAMES = {
    "tasklets": Target(deposits, at_end=nothing_is_lost),
    "channels": Target(collector),
    "memory": Target(over_memory),
    "a reader's": Target(of_a_reader),
    "network": network_game(),
}

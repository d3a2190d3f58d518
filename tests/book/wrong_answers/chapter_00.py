"""Wrong answers to the exercises of chapter 00."""

WRONG = {
    "0.1": [
        ('order = ["ann", "bob", "Cy", "dee"]', "'Cy' is none of what can"),
        ('order = ["bob", "dee", "cy"]', "there are 4 of them, not 3"),
        ('order = ["ann", "bob", "cy", "dee"]', "one after another"),
        ('order = ["bob", "dee", "cy", "ann"]', "first in, first out"),
        ('order = "bob"', "expected: a list"),
    ],
    "0.2": [
        (
            # calls the guest instead of spawning it
            """
from nearfar import Channel, sleep, spawn


def dinner(say, guest_after):
    table, dessert = Channel("table"), Channel("dessert")

    def bring(channel, what, minutes):
        sleep(minutes)
        channel.send(what)

    def children():
        say(f"the children eat {table.receive()}")
        say(f"the children eat {dessert.receive()}")

    spawn(bring(table, "tacos", 25))
    spawn(bring(dessert, "cake", guest_after))
    spawn(children)
""",
            "not `spawn(f(x))`",
        ),
        (
            # the cake comes over the same table
            """
from nearfar import Channel, sleep, spawn


def dinner(say, guest_after):
    table = Channel("table")

    def bring(what, minutes):
        sleep(minutes)
        table.send(what)

    def children():
        for _ in range(2):
            say(f"the children eat {table.receive()}")

    spawn(bring, "tacos", 25)
    spawn(bring, "cake", guest_after)
    spawn(children)
""",
            "happened: [(10, 'the children eat cake')",
        ),
        (
            # the guest sets out when dinner is over
            """
from nearfar import sleep, spawn


def dinner(say, guest_after):
    def evening():
        sleep(25)
        say("the children eat tacos")
        sleep(guest_after)
        say("the children eat cake")

    spawn(evening)
""",
            "(65, 'the children eat cake')",
        ),
    ],
    "0.3": [
        (
            # compares minutes only
            """
def good_evening(log):
    when = {words: minute for minute, words in log}
    eaten = when.get("the children eat", 1000)
    return when.get("dinner is on the table", 1000) <= eaten <= 60
""",
            "✗ also when it is in the same minute",
        ),
        (
            # takes the last line for the meal
            """
def good_evening(log):
    lines = [words for _, words in log]
    return "the children eat" in lines and log[-1][0] <= 60
""",
            "✗ it does not mind when he comes home late",
        ),
        (
            # takes dinner for granted
            """
def good_evening(log):
    lines = [words for _, words in log]
    if "the children eat" not in lines:
        return False
    eaten = lines.index("the children eat")
    if lines.index("dinner is on the table") > eaten:
        return False
    return log[eaten][0] <= 60
""",
            "✗ it sees when there is no dinner at all ValueError",
        ),
        ("def good_evening(log):\n    return True", "✗ 60 minutes are in time"),
    ],
}

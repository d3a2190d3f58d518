"""Wrong answers to the exercises of chapter 00."""

WRONG = {
    "0.1": [
        ('order = ["ann", "bob", "Cy", "dee"]', "the right list has no 'Cy'"),
        ('order = ["bob", "dee", "cy"]', "the right list has 4 entries, not 3"),
        ('order = ["ann", "bob", "cy", "dee"]', "one after another"),
        ('order = ["bob", "dee", "cy", "ann"]', "first in, first out"),
        ('order = "bob"', "you said 'bob' expected: a list"),
    ],
    "0.2": [
        (
            # calls the tasklets' functions instead of spawning them
            """
from nearfar import Channel, sleep, spawn


def dinner(say, guest):
    table, dessert = Channel("table"), Channel("dessert")

    def cook():
        sleep(25)
        table.send("tacos")

    def bring():
        dessert.send(guest())

    def children():
        say(f"the children eat {table.receive()}")
        say(f"the children eat {dessert.receive()}")

    spawn(cook())
    spawn(bring())
    spawn(children)
""",
            "not `spawn(f(x))`",
        ),
        (
            # the dessert comes over the same table
            """
from nearfar import Channel, sleep, spawn


def dinner(say, guest):
    table = Channel("table")

    def cook():
        sleep(25)
        table.send("tacos")

    def bring():
        table.send(guest())

    def children():
        for _ in range(2):
            say(f"the children eat {table.receive()}")

    spawn(cook)
    spawn(bring)
    spawn(children)
""",
            "happened: [(10, 'the children eat pie')",
        ),
        (
            # invites the guest when the tacos are eaten
            """
from nearfar import Channel, sleep, spawn


def dinner(say, guest):
    table = Channel("table")

    def cook():
        sleep(25)
        table.send("tacos")

    def children():
        say(f"the children eat {table.receive()}")
        say(f"the children eat {guest()}")

    spawn(cook)
    spawn(children)
""",
            "the minutes in which `guest()` was called expected: [0] "
            "happened: [25]",
        ),
        (
            # no guest and no message, only guessed waits
            """
from nearfar import sleep, spawn


def dinner(say, guest):
    def evening():
        sleep(25)
        say("the children eat tacos")
        sleep(15)
        say("the children eat cake")

    spawn(evening)
""",
            "the minutes in which `guest()` was called expected: [0] "
            "happened: []",
        ),
        (
            # waits for the guest first, and for the tacos then
            """
from nearfar import Channel, sleep, spawn


def dinner(say, guest):
    table = Channel("table")

    def cook():
        sleep(25)
        table.send("tacos")

    def children():
        dessert = guest()
        say(f"the children eat {table.receive()}")
        say(f"the children eat {dessert}")

    spawn(cook)
    spawn(children)
""",
            "happened: [(40, 'the children eat tacos')",
        ),
        (
            # waits for the hour of dinner, not for dinner
            """
from nearfar import Channel, sleep, spawn


def dinner(say, guest):
    table = Channel("table")

    def cook():
        sleep(25)
        table.send("tacos")

    def bring():
        dinner_time = spawn(sleep, 25)
        cake = guest()
        dinner_time.join()
        table.send(cake)

    def children():
        for _ in range(2):
            say(f"the children eat {table.receive()}")

    spawn(cook)
    spawn(bring)
    spawn(children)
""",
            "the children eat pie'), (25,",
        ),
    ],
    "0.3": [
        (
            # the children alone: a list that cooks first will do
            """
def good_evening(log):
    lines = [words for _, words in log]
    if "the children eat" not in lines:
        return False
    eaten = lines.index("the children eat")
    return "dinner is on the table" in lines[:eaten] and log[eaten][0] <= 60
""",
            "✗ no list of steps is a good evening, in any order of the steps",
        ),
        (
            # compares minutes only
            """
def good_evening(log):
    when = {words: minute for minute, words in log}
    eaten = when.get("the children eat", 1000)
    if when.get("Dad is home", 1000) > 90:
        return False
    return when.get("dinner is on the table", 1000) <= eaten <= 60
""",
            "✗ the order of the lines counts, also within a minute",
        ),
        (
            # takes the last line for the meal
            """
def good_evening(log):
    lines = [words for _, words in log]
    return "the children eat" in lines and log[-1][0] <= 60
""",
            "✗ it finds nothing wrong with a good evening",
        ),
        (
            # takes dinner for granted
            """
def good_evening(log):
    lines = [words for _, words in log]
    when = {words: minute for minute, words in log}
    if "the children eat" not in lines or when.get("Dad is home", 91) > 90:
        return False
    eaten = lines.index("the children eat")
    if lines.index("dinner is on the table") > eaten:
        return False
    return log[eaten][0] <= 60
""",
            "✗ it sees when there is no dinner at all ValueError",
        ),
        (
            # takes it for granted that Dad comes home
            """
def good_evening(log):
    lines = [words for _, words in log]
    if "the children eat" not in lines:
        return False
    eaten = lines.index("the children eat")
    if "dinner is on the table" not in lines[:eaten] or log[eaten][0] > 60:
        return False
    return log[lines.index("Dad is home")][0] <= 90
""",
            "✗ it sees when Dad comes home late, or not at all ValueError",
        ),
        ("def good_evening(log):\n    return True", "✗ 60 minutes are in time"),
    ],
    "0.4": [
        (
            # at once, but in the order of the recipes
            """
from nearfar import spawn


def feast(recipes):
    tasklets = [spawn(recipe) for recipe in recipes]
    return [tasklet.result() for tasklet in tasklets]
""",
            "happened: ['beans', 'rice', 'salsa', 'tortillas']",
        ),
        (
            # does not wait for the dishes
            """
from nearfar import spawn


def feast(recipes):
    ready = []
    for recipe in recipes:
        spawn(lambda recipe=recipe: ready.append(recipe()))
    return ready
""",
            "happened: []",
        ),
        (
            # sorts them, one after another
            """
from nearfar import Channel


def feast(recipes):
    dishes = [recipe() for recipe in recipes]
    return sorted(dishes, key=["salsa", "tortillas", "rice"].index)
""",
            "ValueError",
        ),
        (
            # in the right order by luck, and one after another
            """
def feast(recipes):
    dishes = [recipe() for recipe in recipes]
    return ["salsa", "tortillas", "rice", "beans"]
""",
            "✗ the feast takes as long as its slowest dish",
        ),
    ],
}

"""The first three runs of 2006: tasklets, turns, and a meeting."""

from nearfar import stackless

# Tasklets run in the order in which they were made.

for word in ("one", "two", "three"):
    stackless.tasklet(print)(word)
stackless.run()

# Each one steps back after every line, and the others go first.


def say_three_times(word):
    for number in (1, 2, 3):
        print(f"{number}: {word}")
        stackless.schedule()


for word in ("first", "second", "third"):
    stackless.tasklet(say_three_times)(word)
stackless.run()

# Who waits for a message gets it at once, past everybody in the queue.

channel = stackless.channel()


def receiver():
    print("Recieving tasklet started")
    print(channel.receive())
    print("Receiving tasklet finished")


def sender():
    print("Sending tasklet started")
    channel.send("send from sending_tasklet")
    print("sending tasklet finished")


def another():
    print("Just another tasklet in the scheduler")


for function in (receiver, sender, another):
    stackless.tasklet(function)()
stackless.run()

# Without a receiver the sender waits, over as many runs as it takes.

for functions in ((sender, another), (another,), (receiver,)):
    for function in functions:
        stackless.tasklet(function)()
    stackless.run()

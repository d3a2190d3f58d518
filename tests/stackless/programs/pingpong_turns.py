"""Two players who tell each other how many hops are left."""

from nearfar import stackless

HOPS = 10_000


def player(word, mine, others):
    while left := mine.receive():
        print(word)
        others.send(left - 1)
    if others.balance < 0:  # the other one still waits: it is over for both
        others.send(0)


ping, pong = stackless.channel(), stackless.channel()
stackless.tasklet(player)("PING", ping, pong)
stackless.tasklet(player)("PONG", pong, ping)
stackless.tasklet(ping.send)(HOPS)
stackless.run()

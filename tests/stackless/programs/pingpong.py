"""Two players and one ball, each waiting for the other's message."""

from nearfar import stackless

to_ping = stackless.channel()
to_pong = stackless.channel()


def ping():
    while True:
        hops = to_ping.receive()
        print("PING", hops)
        to_pong.send(hops + 1)


def pong(last):
    while True:
        hops = to_pong.receive()
        print("PONG", hops)
        if hops >= last:
            return
        to_ping.send(hops + 1)


stackless.tasklet(ping)()
stackless.tasklet(pong)(6)
stackless.tasklet(to_ping.send)(1)
stackless.run()
print("no tasklet can run, and", to_ping.balance, "waits for a ball")

"""A circle of players, each kicking the sack to somebody by chance."""

import random

from nearfar import stackless

PLAYERS = 10000
KICKS = 10000


class Player:
    kicks = 0

    def __init__(self, name, circle):
        self.name = name
        self.circle = circle
        circle.append(self)
        self.channel = stackless.channel()
        stackless.tasklet(self.play)()

    def play(self):
        while 1:
            thrower = self.channel.receive()
            if thrower == "exit":
                return
            target = self
            while target is self:
                target = dice.choice(self.circle)
            Player.kicks += 1
            if Player.kicks >= KICKS:
                print(self.name, "has kick", Player.kicks)
                while self.circle:
                    self.circle.pop().channel.send("exit")
            target.channel.send(self)


dice = random.Random(2006)
circle = []
for number in range(PLAYERS):
    Player("player-%d" % number, circle)  # noqa: UP031
first = circle[0]
print(stackless.getruncount(), "can run")
first.channel.send(first)
try:
    stackless.run()
except TaskletExit:  # noqa: F821 - it is among the builtins
    print("never seen: it ends its tasklet silently")
print(Player.kicks, "kicks,", stackless.getruncount(), "can run")

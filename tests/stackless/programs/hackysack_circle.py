"""The circle of 2006 as it was: two are called 1, and nobody gets home.

The last kicker tells each player to go, from the end of the circle, and comes
to himself: he sends and waits for himself to receive. The players before him
are never told, and the bag he meant to kick never leaves.
"""

import random

from nearfar import stackless

SEED = 719  # plays the game that is printed in 2006
NAMES = ("1", "0", "1", "2", "3", "4")
KICKS = 5


class Player:
    def __init__(self, name):
        self.name = name
        self.channel = stackless.channel()
        self.task = stackless.tasklet(self.play)()

    def play(self):
        global kicks
        while (kicker := self.channel.receive()) != "go":
            print(f"{self.name} got hackeysack from {kicker.name}")
            target = self
            while target is self:
                target = chance.choice(circle)
            print(f"{self.name} kicking hackeysack to {target.name}")
            kicks += 1
            while circle and kicks >= KICKS:
                circle.pop().channel.send("go")
            target.channel.send(self)


kicks = 0
chance = random.Random(SEED)
players = [Player(name) for name in NAMES]
circle = players[:]
players[0].channel.send(players[0])
stackless.run()
print(sum(player.task.blocked for player in players), "never got home")
for player in players:
    player.task.kill()

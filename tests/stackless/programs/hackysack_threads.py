"""The circle of 2006 with threads: all but the last kicker say good-bye.

Who kicks to whom follows from the seed. Who says good-bye before whom does
not: those are threads on their way home, and they race.
"""

import queue
import random
import threading

SEED = 10692  # plays the game that is printed in 2006
NAMES = ("1", "0", "1", "2", "3", "4")
KICKS = 5


class Player:
    def __init__(self, name):
        self.name = name
        self.queue = queue.Queue()
        self.thread = threading.Thread(target=self.play)
        self.thread.start()

    def play(self):
        global kicks
        while (kicker := self.queue.get()) != "go":
            say(f"{self.name} got hackeysack from {kicker.name}")
            target = chance.choice(circle)  # who may be himself
            say(f"{self.name} kicking hackeysack to {target.name}")
            kicks += 1
            if kicks == KICKS:
                return self.send_home()
            target.queue.put(self)
        say(f"{self.name} is going home")

    def send_home(self):
        while circle:
            player = circle.pop()
            if player is not self:
                player.queue.put("go")


def say(line):
    print(line + "\n", end="")  # in one piece, whoever else prints


kicks = 0
chance = random.Random(SEED)
circle = []
for name in NAMES:
    circle.append(Player(name))
everybody = circle[:]
everybody[0].queue.put(everybody[0])
for player in everybody:
    player.thread.join()

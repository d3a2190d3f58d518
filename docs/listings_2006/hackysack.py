from nearfar import stackless

kicks = []


class Player:
    def __init__(self, name):
        self.name = name
        self.sack = stackless.channel()
        stackless.tasklet(self.play)()

    def play(self):
        while 1:
            self.sack.receive()
            if len(kicks) == 5:
                raise stackless.TaskletExit("time to go home")
            kicks.append(self.name)
            print(self.name, end=" ")
            self.next.sack.send("sack")


circle = [Player(name) for name in ("ann", "bob", "cy")]
for place in range(3):
    circle[place].next = circle[place - 2]
stackless.tasklet(circle[0].sack.send)("sack")
stackless.run()
print()
print(len(kicks), "kicks")

"""A doll factory: rooms and machines that ask each other for parts."""

from nearfar import stackless

clock = 0
sleepers = []
LAST = 30


def when(sleeper):
    return sleeper[0]


def sleep(seconds):
    channel = stackless.channel()
    sleepers.append((clock + seconds, channel))
    sleepers.sort(key=when)
    channel.receive()


def wake_up():
    global clock
    while clock < LAST:
        while sleepers and sleepers[0][0] <= clock:
            sleepers.pop(0)[1].send(None)
        clock += 1
        stackless.schedule()
    print("end of the shift")


class Store:
    def __init__(self, product, count):
        self.product = product
        self.count = count

    def get(self, count):
        while count > self.count:
            stackless.schedule()
            if clock >= LAST:
                stackless.getcurrent().kill()
        self.count -= count


class Machine(Store):
    def __init__(self, product, seconds, *needs):
        Store.__init__(self, product, 0)
        self.seconds = seconds
        self.needs = needs
        stackless.tasklet(self.run)()

    def run(self):
        while 1:
            for source, count in self.needs:
                source.get(count)
            sleep(self.seconds)
            self.count += 1
            print("%2d: one %s" % (clock, self.product))  # noqa: UP031
            stackless.schedule()


stackless.tasklet(wake_up)()
rivets = Store("rivet", 10)
plastic = Store("pellet", 1000)
arms = Machine("arm", 5, (plastic, 2))
legs = Machine("leg", 5, (plastic, 2))
head = Machine("head", 5, (plastic, 1))
torso = Machine("torso", 10, (plastic, 5))
lower = Machine("lower half", 2, (torso, 1), (legs, 2), (rivets, 2))
upper = Machine("upper half", 3, (head, 1), (arms, 2), (rivets, 2))
doll = Machine("doll", 1, (upper, 1), (lower, 1), (rivets, 1))
stackless.run()
print("rivets left:", rivets.count)

"""The doll factory of 2006, second by second, unused rivets and all.

Everybody asks again in every second for what is not there yet. Nobody takes a
rivet. The plastic runs out, and the clock of 2006 then dies of an IndexError,
looking for the next sleeper; this one says so and stops.
"""

from nearfar import stackless

SECONDS = globals().get("SECONDS", 19)  # until the first doll is done
sleepers = []
workers = []
now = 0


class EndOfShift(Exception):
    pass


def work(function, *args):
    workers.append(stackless.tasklet(function)(*args))


def sleep(seconds):
    bell = stackless.channel()
    sleepers.append((now + seconds, bell))
    sleepers.sort(key=lambda sleeper: sleeper[0])
    bell.receive()


def clock():
    global now
    while now < SECONDS:
        while sleepers and sleepers[0][0] <= now:
            sleepers.pop(0)[1].send(None)
            if not sleepers:
                raise EndOfShift("nobody sleeps: IndexError in 2006")
        now += 1
        print("1 second passed")
        stackless.schedule()
    raise EndOfShift(f"the end of second {now}")


class Store:
    """Has things; who asks for more than there are asks again."""

    def __init__(self, count, complaint):
        self.count = count
        self.complaint = complaint + " to deliver yet"

    def get(self, count):
        while count > self.count:
            print(self.complaint)
            stackless.schedule()
        self.count -= count
        return count


class Molder(Store):
    def __init__(self, part, plural, pounds, seconds):
        name = f"{part} Molder"
        Store.__init__(self, 0, f"{name} doesn't have enough {plural}")
        work(self.mold, name, plural, pounds, seconds)

    def mold(self, name, plural, pounds, seconds):
        stock = 0
        while True:
            print(f"{name} starts making new part {plural}")
            if stock < pounds:
                print("%s getting more plastic")  # in 2006 nobody filled it in
                stock += plastic.get(pounds * 10)
            stock -= pounds
            sleep(seconds)
            print(f"{plural} done molding after {seconds} seconds")
            self.count += 1
            print(f"{name} finished making part")
            stackless.schedule()


class Assembler(Store):
    def __init__(self, part, first, second, seconds):
        name = f"{part} Assembler"
        Store.__init__(self, 0, f"Don't have a {name}")
        work(self.assemble, name, first, second, seconds)

    def assemble(self, name, first, second, seconds):
        while True:
            print(f"{name} starts assembling new part")
            first.get(1)
            second.get(1)
            print(f"{name} starting to assemble")
            sleep(seconds)
            print(f"{name} done assembling after {seconds}")
            self.count += 1
            print(f"{name} finished assembling part")
            stackless.schedule()


work(clock)
rivets = Store(1000, "rivetStoreroom doesn't have enough rivets")
plastic = Store(100, "plastic Storeroom doesn't have enough plastic pellets")
arms = Molder("arm", "arms", 0.2, 5)
legs = Molder("leg", "leg", 0.2, 5)
head = Molder("head", "head", 0.1, 5)
torso = Molder("torso", "torso", 0.5, 10)
lower = Assembler("leg", torso, legs, 2)
trunk = Assembler("arm", arms, lower, 2)
dolls = Assembler("torso", head, trunk, 3)
try:
    stackless.run()
except EndOfShift as end:
    print(f"{end}: ", end="")
print(f"{dolls.count} dolls, {rivets.count} rivets left")
for worker in workers:
    if not worker.blocked:
        worker.remove()
for worker in workers:
    worker.kill()

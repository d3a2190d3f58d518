"""An ATM that is never idle: `test_crashes` starts eight of them.

    python busy_atm.py ADDRESS FOLDER SEED ACCOUNT PIN PAYEES...

It asks for one movement after the other, whatever becomes of them, until its
standard input ends; then it settles, and says what is in its drawer. What it
asked and what it was answered is in FOLDER/told, a line each, written before
anybody could know.
"""

import random
import select
import sys
from pathlib import Path

import msgspec

from nearfar import run, sleep, spawn
from nearfar.bank import ATM, Disk, Drawer, Moving, Refused, Reply, Unknown
from nearfar.far import connect


class WatchedATM(ATM):
    """Tells a file what it asks, and what it is answered."""

    def tell(self, what, request):
        if isinstance(request, Moving):
            kind = type(request).__name__
            line = msgspec.json.encode([what, kind, request.id])
            self.told.write(line + b"\n")

    def _asked(self, request, *details):
        self.tell("asked", request)
        try:
            reply = super()._asked(request, *details)
        except Refused:
            self.tell("refused", request)
            raise
        self.tell("accepted", request)
        return reply


def work(atm, chance, account, pin, payees):
    while not select.select([0], [], [], 0)[0]:
        try:
            if not atm.account:
                atm.sign_in(account, pin)
            verb = chance.choice(["withdraw", "deposit", "transfer"])
            words = [chance.choice(payees)] if verb == "transfer" else []
            getattr(atm, verb)(*words, chance.randint(1, 500))
            if chance.random() < 0.1:
                atm.settle(attempts=1)
        except (Refused, Unknown):
            pass
    while atm.settle():
        sleep(0.1)
    print(atm.drawer.cents)


def main(address, folder, seed, account, pin, *payees):
    chance = random.Random(int(seed))
    disk = Disk(folder)
    drawer = Drawer(disk, 10**9, jams=lambda: chance.random() < 0.05)
    atm = WatchedATM(lambda: connect(Reply, address), disk, chance, drawer)
    with open(Path(folder) / "told", "ab", buffering=0) as atm.told:
        run(until=spawn(work, atm, chance, account, pin, payees))


if __name__ == "__main__":
    main(*sys.argv[1:])

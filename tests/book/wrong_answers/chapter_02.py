"""Wrong answers to the exercises of chapter 02."""

WRONG = {
    "2.1": [
        (
            'lines = ["got ann", "ann sent", "got bob", "bob sent"]',
            "end of the queue",
        ),
        (
            'lines = ["ann sent", "bob sent", "got ann", "got bob"]',
            "send returns when the value has been received",
        ),
    ],
    "2.3": [
        (
            # returns nothing
            """
def friend(number, present, mine, following):
    if number:
        following.send(present)
    mine.receive()
    if not number:
        following.send(present)
""",
            "A function without `return` returns None.",
        ),
        (
            # everybody waits in the other direction
            """
def friend(number, present, mine, following):
    received = mine.receive()
    following.send(present)
    return received
""",
            "waits to receive",
        ),
        (
            # hands on what was received, and not a present of its own
            """
def friend(number, present, mine, following):
    if number:
        following.send(present)
        return mine.receive()
    received = mine.receive()
    following.send(received)
    return received
""",
            "expected: ['kite', 'book', 'ball'] "
            "happened: ['kite', 'kite', 'ball']",
        ),
        (
            # gives up, and a present is lost
            """
def friend(number, present, mine, following):
    try:
        following.send(present, timeout=1)
    except TimeoutError:
        pass
    return mine.receive(timeout=10)
""",
            "TimeoutError",
        ),
    ],
    "2.4": [
        (
            # gives nothing away until it is full
            """
def buffer(inbox, outbox, size):
    room = []
    for value in inbox:
        room.append(value)
        if len(room) == size:
            outbox.send(room.pop(0))
    for value in room:
        outbox.send(value)
    outbox.close()
""",
            "what went in comes out",
        ),
        (
            # no bound
            """
def buffer(inbox, outbox, size):
    for value in list(inbox):
        outbox.send(value)
    outbox.close()
""",
            "happened: 3",
        ),
        (
            # one too many
            """
from nearfar import Channel, spawn


def buffer(inbox, outbox, size):
    def relay(source, target):
        for value in source:
            target.send(value)
        target.close()

    for _ in range(size):
        step = Channel("step")
        spawn(relay, inbox, step)
        inbox = step
    relay(inbox, outbox)
""",
            "happened: 2",
        ),
        (
            # the last comes out first
            """
from nearfar import Closed, select


def buffer(inbox, outbox, size):
    held = []
    while True:
        cases = [inbox] if len(held) < size else []
        cases += [(outbox, held[-1])] if held else []
        try:
            channel, value = select(cases)
        except Closed:
            break
        if channel is inbox:
            held.append(value)
        else:
            held.pop()
    for value in held:
        outbox.send(value)
    outbox.close()
""",
            "what comes out when 0, 1, 2, 3, 4 went in",
        ),
        (
            # forgets to close
            """
from nearfar import Channel, spawn


def buffer(inbox, outbox, size):
    def relay(source, target):
        for value in source:
            target.send(value)
        if target is not outbox:
            target.close()

    for _ in range(size - 1):
        step = Channel("step")
        spawn(relay, inbox, step)
        inbox = step
    relay(inbox, outbox)
""",
            "whether the outbox is closed",
        ),
        (
            # a tasklet for each value: they start in any order
            """
from nearfar import spawn


def buffer(inbox, outbox, size):
    under_way = []
    for value in inbox:
        under_way.append(spawn(outbox.send, value))
        if len(under_way) == size:
            under_way.pop(0).join()
    for sender in under_way:
        sender.join()
    outbox.close()
""",
            "ran before `send-4` had begun",
        ),
    ],
    "2.6": [
        (
            # a clock of its own
            """
from nearfar import sleep


def limiter(requests, ticks, allowed):
    for request in requests:
        allowed.send(request)
        sleep(1)
    allowed.close()
""",
            "with a tick every 3 s",
        ),
        (
            # two ticks each
            """
def limiter(requests, ticks, allowed):
    for request in requests:
        ticks.receive()
        ticks.receive()
        allowed.send(request)
    allowed.close()
""",
            "the ticks that four requests took",
        ),
        (
            # a tick is kept for later
            """
def limiter(requests, ticks, allowed):
    for tick in ticks:
        try:
            allowed.send(requests.receive())
        except Exception:
            break
    allowed.close()
""",
            "after 5.5 quiet seconds",
        ),
        (
            # no limit at all
            """
def limiter(requests, ticks, allowed):
    for request in requests:
        allowed.send(request)
    allowed.close()
""",
            "each waits for a tick",
        ),
        (
            # does not pass on the end
            """
def limiter(requests, ticks, allowed):
    for request in requests:
        ticks.receive()
        allowed.send(request)
""",
            "Deadlock",
        ),
        (
            # a tasklet for each request: they overtake one another
            """
from nearfar import spawn


def limiter(requests, ticks, allowed):
    def let_through(request):
        ticks.receive()
        allowed.send(request)

    under_way = [spawn(let_through, request) for request in requests]
    for tasklet in under_way:
        tasklet.join()
    allowed.close()
""",
            "1, 3, 2]",
        ),
    ],
    "2.5": [
        (
            # one after the other
            """
def collect_parts(one, other, stop, out):
    for channel in (one, other):
        for part in channel:
            out.send(part)
            other.receive()
    out.close()
""",
            "happened: [1]",
        ),
        (
            # takes from each in turn
            """
from nearfar import Closed


def collect_parts(one, other, stop, out):
    while not stop.balance:
        for channel in (one, other):
            try:
                out.send(channel.receive())
            except Closed:
                out.close()
                return
""",
            "happened: [1]",
        ),
        (
            # ends with the first that closes
            """
from nearfar import Closed, select


def collect_parts(one, other, stop, out):
    while True:
        try:
            channel, part = select([stop, one, other])
        except Closed:
            break
        if channel is stop:
            break
        out.send(part)
    out.close()
""",
            "✗ when one supplier has closed, the other goes on the parts that "
            "came out expected: ['one 1', 'other 1', 'other 2'] "
            "happened: ['one 1']",
        ),
        (
            # looks at stop after each part only
            """
from nearfar import Closed, select


def collect_parts(one, other, stop, out):
    suppliers = [one, other]
    while suppliers and not stop.balance:
        try:
            _, part = select(suppliers)
        except Closed:
            suppliers = [each for each in suppliers if not each.closed]
            continue
        out.send(part)
    out.close()
""",
            "with a stop after 5 s and a part after 100 expected: 5 "
            "happened: 100",
        ),
        (
            # stop stands last
            """
from nearfar import Closed, select


def collect_parts(one, other, stop, out):
    suppliers = [one, other]
    while suppliers:
        try:
            channel, part = select([*suppliers, stop])
        except Closed:
            suppliers = [each for each in suppliers if not each.closed]
            continue
        if channel is stop:
            break
        out.send(part)
    out.close()
""",
            "expected: 2 or fewer happened: 10",
        ),
        (
            # a relay for each supplier, which takes a part in advance
            """
from nearfar import Channel, spawn


def collect_parts(one, other, stop, out):
    both = Channel("both")

    def relay(source, kind):
        for value in source:
            both.send((kind, value))
        both.send(("end", None))

    relays = [spawn(relay, one, "part"), spawn(relay, other, "part")]
    relays.append(spawn(relay, stop, "stop"))
    ends = 0
    for kind, part in both:
        ends += kind == "end"
        if kind == "stop" or ends == 2:
            break
        if kind == "part":
            out.send(part)
    for each in relays:
        each.kill()
    out.close()
""",
            "the parts that were taken",
        ),
    ],
}

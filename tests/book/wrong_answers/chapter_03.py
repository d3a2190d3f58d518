"""Wrong answers to the exercises of chapter 03."""

WRONG = {
    "3.1": [
        ("hang = [21, 39, 40, 41, 60, 64]", "gets all it asks for"),
        ("hang = []", "insists on 20"),
        ("hang = [7, 21, 39, 41, 64]", "does not insist"),
        ("hang = {64, 60, 41, 40, 39, 21}", "gets all it asks for"),
        ("hang = [21, 39, 40, 41, 64]", "gets all it asks for"),
        ("hang = [20, 21, 39, 41]", "the end is among them"),
        ('hang = ["21", 39]', "the right list has 4 entries"),
    ],
    "3.2": [
        (
            # collects the whole stream first
            """
def messages(pieces):
    stream = b"".join(pieces)
    while len(stream) >= 4:
        stop = 4 + int.from_bytes(stream[:4], "big")
        if len(stream) < stop:
            break
        yield stream[4:stop]
        stream = stream[stop:]
    if stream:
        raise ValueError("cut off")
""",
            "bytes taken by the time each of [b'', b'hi', b'!'] came out",
        ),
        (
            # a list in place of a generator
            """
def messages(pieces):
    kept, found = b"", []
    for piece in pieces:
        kept += piece
        while len(kept) >= 4:
            stop = 4 + int.from_bytes(kept[:4], "big")
            if len(kept) < stop:
                break
            found.append(kept[4:stop])
            kept = kept[stop:]
    if kept:
        raise ValueError("cut off")
    return found
""",
            "bytes taken by the time each of [b'', b'hi', b'!'] came out",
        ),
        (
            # one message from each piece
            """
def messages(pieces):
    kept = b""
    for piece in pieces:
        kept += piece
        stop = 4 + int.from_bytes(kept[:4], "big")
        if len(kept) >= stop:
            yield kept[4:stop]
            kept = kept[stop:]
    if kept:
        raise ValueError("cut off")
""",
            "two frames in one piece, or one and a half",
        ),
        (
            # the first byte counts least
            """
def messages(pieces):
    kept = b""
    for piece in pieces:
        kept += piece
        while len(kept) >= 4:
            stop = 4 + int.from_bytes(kept[:4], "little")
            if len(kept) < stop:
                break
            yield kept[4:stop]
            kept = kept[stop:]
    if kept:
        raise ValueError("cut off")
""",
            "ValueError: cut off",
        ),
        (
            # looks at one byte of the length
            """
def messages(pieces):
    kept = b""
    for piece in pieces:
        kept += piece
        while len(kept) >= 4 and len(kept) >= 4 + kept[3]:
            stop = 4 + kept[3]
            yield kept[4:stop]
            kept = kept[stop:]
    if kept:
        raise ValueError("cut off")
""",
            "reading one frame of 300 bytes",
        ),
        (
            # waits for more than the header, and an empty message has no more
            """
def messages(pieces):
    kept = b""
    for piece in pieces:
        kept += piece
        while len(kept) > 4:
            stop = 4 + int.from_bytes(kept[:4], "big")
            if len(kept) < stop:
                break
            yield kept[4:stop]
            kept = kept[stop:]
    if kept:
        raise ValueError("cut off")
""",
            "bytes taken by the time each of [b'', b'hi', b'!'] came out",
        ),
        (
            # remembers the stream, and a place in it
            """
def messages(pieces):
    stream, at = bytearray(), 0
    for piece in pieces:
        stream += piece
        while len(stream) >= at + 4:
            stop = at + 4 + int.from_bytes(stream[at : at + 4], "big")
            if len(stream) < stop:
                break
            yield bytes(stream[at + 4 : stop])
            at = stop
    if at < len(stream):
        raise ValueError("cut off")
""",
            "memory in use while 2,000 messages",
        ),
        (
            # takes the end of the stream for the end of a message
            """
def messages(pieces):
    kept = b""
    for piece in pieces:
        kept += piece
        while len(kept) >= 4:
            stop = 4 + int.from_bytes(kept[:4], "big")
            if len(kept) < stop:
                break
            yield kept[4:stop]
            kept = kept[stop:]
""",
            "where the last message lacks its end",
        ),
        (
            # takes the header off at once, and forgets it at the end
            """
def messages(pieces):
    kept, length = b"", None
    for piece in pieces:
        kept += piece
        while len(kept) >= (4 if length is None else length):
            if length is None:
                length = int.from_bytes(kept[:4], "big")
                kept = kept[4:]
            else:
                yield kept[:length]
                kept, length = kept[length:], None
    if kept:
        raise ValueError("cut off")
""",
            "\\x00\\x00\\x00\\x04'], where the last message lacks its end",
        ),
    ],
    "3.3": [
        (
            # looks at the length when the message is whole
            """
def messages(pieces, limit):
    kept = bytearray()
    for piece in pieces:
        kept += piece
        while len(kept) >= 4:
            stop = 4 + int.from_bytes(kept[:4], "big")
            if len(kept) < stop:
                break
            if stop - 4 > limit:
                raise ValueError("too long")
            yield bytes(kept[4:stop])
            del kept[:stop]
""",
            "taken before the ValueError, limit 25",
        ),
        (
            # limits all that has come, not one message
            """
def messages(pieces, limit):
    kept = bytearray()
    for piece in pieces:
        kept += piece
        if len(kept) > 4 + limit:
            raise ValueError("too long")
        while len(kept) >= 4:
            stop = 4 + int.from_bytes(kept[:4], "big")
            if len(kept) < stop:
                break
            yield bytes(kept[4:stop])
            del kept[:stop]
""",
            "ValueError: too long",
        ),
        (
            # counts the header as well
            """
def messages(pieces, limit):
    kept = bytearray()
    for piece in pieces:
        kept += piece
        while len(kept) >= 4:
            stop = 4 + int.from_bytes(kept[:4], "big")
            if stop > limit:
                raise ValueError("too long")
            if len(kept) < stop:
                break
            yield bytes(kept[4:stop])
            del kept[:stop]
""",
            "a message of exactly the limit passes",
        ),
        (
            # collects too much before it complains
            """
def messages(pieces, limit):
    kept = bytearray()
    for piece in pieces:
        kept += piece
        while len(kept) >= 4:
            stop = 4 + int.from_bytes(kept[:4], "big")
            if len(kept) < stop:
                if len(kept) > 4 + limit:
                    raise ValueError("too long")
                break
            if stop > 4 + limit:
                raise ValueError("too long")
            yield bytes(kept[4:stop])
            del kept[:stop]
""",
            "taken before the ValueError, limit 25",
        ),
        (
            # has lost the error at the end
            """
def messages(pieces, limit):
    kept = bytearray()
    for piece in pieces:
        kept += piece
        while len(kept) >= 4:
            stop = 4 + int.from_bytes(kept[:4], "big")
            if stop > 4 + limit:
                raise ValueError("too long")
            if len(kept) < stop:
                break
            yield bytes(kept[4:stop])
            del kept[:stop]
""",
            "3 of the 4 bytes of another",
        ),
    ],
    "3.4": [
        (
            # shares the time out among the pieces
            """
def receive(frames, recv, clock, seconds):
    while True:
        seconds /= 2
        if found := list(frames.feed(recv(seconds))):
            return found
""",
            "when [(2, ",
        ),
        (
            # looks at the clock between the pieces, and waits beyond
            """
def receive(frames, recv, clock, seconds):
    began = clock()
    while True:
        if found := list(frames.feed(recv(seconds))):
            return found
        if clock() - began >= seconds:
            raise TimeoutError("too late")
""",
            "when the last byte comes in second 7",
        ),
        (
            # looks at the clock when it is too late
            """
def receive(frames, recv, clock, seconds):
    began = clock()
    while True:
        if found := list(frames.feed(recv(seconds))):
            if clock() - began > seconds:
                raise TimeoutError("too late")
            return found
""",
            "when the peer sends a byte each second",
        ),
        (
            # returns the first message, and drops the second
            """
def receive(frames, recv, clock, seconds):
    until = clock() + seconds
    while True:
        for message in frames.feed(recv(until - clock())):
            return [message]
""",
            "when two messages come in one piece",
        ),
        (
            # begins anew at each call
            """
from nearfar.far import Frames


def receive(frames, recv, clock, seconds):
    until, frames = clock() + seconds, Frames(bytes)
    while True:
        if found := list(frames.feed(recv(until - clock()))):
            return found
""",
            "when the last byte of the second message comes alone",
        ),
        (
            # takes a hang-up for a piece
            """
def receive(frames, recv, clock, seconds):
    until = clock() + seconds
    while True:
        if found := list(frames.feed(recv(until - clock()))):
            return found
""",
            "100 more calls of recv",
        ),
    ],
    "3.5": [
        (
            'events = ["got 1", "sent 1", "sent 2", "got 2"]',
            "over a channel `send` waits for the receiver",
        ),
        (
            'events = ["sent 1", "got 1", "sent 2", "got 2"]',
            "does it give up its turn?",
        ),
        ('events = ["sent 1", "sent 2"]', "the right list has 4 entries"),
    ],
}

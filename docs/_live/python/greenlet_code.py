"""The part of greenlet.py that runs on the greenlets' own stacks.

The one idea: only WebAssembly can be suspended, no JavaScript, so whatever is
on the stack while a greenlet waits is written here, as WebAssembly. A function
is a list of instructions, and `module` puts them into the bytes of a module.

Read `hop`, which leaves a stack and comes back, then `carrier`. The functions
that they import decide and write down: they are in greenlet.js.
"""

# Where things are in CPython 3.14's thread state, in bytes
RECURSION, TRACING, FRAME, HANDLED, CONTEXT, CHUNK = 32, 44, 52, 76, 120, 144
OWN, LOCALS, STACK = 156, 176, 708
LIFE = [RECURSION, TRACING, FRAME, HANDLED]  # of a greenlet, in four parts:
LIFE += [CHUNK, CHUNK + 4, CHUNK + 8]  # where its Python frames are
LIFE += [OWN, OWN + 4]  # what it handles, if that is an error
LIFE += [STACK, STACK + 4, STACK + 8]  # where its C frames may be
RESERVE = 8192  # bytes of C frames, for what CPython does not count
ASK, GO, HERE, DUE = range(4)  # what `hot` answers
IMPORTS = {  # name: how many parameters and results; the rest are CPython's
    "state": (0, 1),
    "call": (3, 1),
    "incref": (1, 0),
    "decref": (1, 0),
    "hot": (4, 1),  # where to go, if that is plain
    "hook": (0, 1),
    "packed": (4, 1),
    "decide": (1, 1),
    "park": (0, 0),  # suspends
    "next": (1, 0),  # suspends
    "arrive": (0, 1),
    "ended": (1, 1),
}
OURS = {
    "land": (0, 1),
    "hop": (0, 1),
    "ask": (5, 1),
    "getcurrent": (2, 1),
    "switch": (4, 1),
    "throw": (4, 1),
    "carrier": (2, 0),
}
NAMES = [*IMPORTS, *OURS]


def unsigned(number):
    """A number in LEB128: seven bits a byte, the lowest first."""
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + unsigned(rest) if rest else bytes([low])


def signed(number):
    """The same for numbers that may be negative."""
    low, rest = number & 127, number >> 7
    done = rest == (-1 if low & 64 else 0)
    return bytes([low]) if done else bytes([low | 128]) + signed(rest)


# Instructions

GET_POINTER, SET_POINTER = b"\x23\0", b"\x24\0"  # to the end of the C stack
ADD, EQUAL, IS_ZERO = b"\x6a", b"\x46", b"\x45"
RETURN, DROP = b"\x0f", b"\x1a"


def get(local):
    return bytes([0x20, local])


def put(local):
    return bytes([0x21, local])


def number(value):
    return b"\x41" + signed(value)


def load(offset):
    return b"\x28\2" + unsigned(offset)


def store(offset):
    return b"\x36\2" + unsigned(offset)


def word(address):
    return number(0) + load(address)


def call(name, *arguments):
    return b"".join(arguments) + bytes([0x10, NAMES.index(name)])


def where(condition, *code):
    return condition + b"\x04\x40" + b"".join(code) + b"\x0b"


def forever(*code):
    return b"\x03\x40" + b"".join(code) + b"\x0c\0\x0b"


FOUR = get(0) + get(1) + get(2) + get(3)  # parameters of a method


# Functions: the number of their locals beside the parameters, and their code


def land(scratch):
    """Here we are: let go of the greenlet that we left."""
    yield call("arrive") + put(0)
    yield word(scratch + 4) + put(1)
    yield where(
        get(1),
        number(0) + number(0) + store(scratch + 4),
        call("decref", get(1)),
    )
    yield get(0)


def hop():
    """Leave the stack. Come back when another greenlet switches here."""
    yield call("state") + put(0) + GET_POINTER + put(1)
    for local, place in enumerate(LIFE, 2):
        yield get(0) + load(place) + put(local)
    yield call("park")
    yield get(1) + SET_POINTER
    for local, place in enumerate(LIFE, 2):
        yield get(0) + get(local) + store(place)
    yield call("land")


def ask():
    """Let the Python function in local 4 decide where to go."""
    yield call("packed", FOUR) + put(5)
    yield call("call", get(4), get(5), number(0)) + put(6)
    yield call("decref", get(5))
    yield call("decide", get(6))


def switch(switching, empty):
    """The method: first the page's turn, if it is due."""
    yield call("hot", FOUR) + put(4)
    yield where(
        get(4) + number(DUE) + EQUAL,
        call("hook") + put(5),
        where(
            get(5),
            call("call", get(5), number(empty), number(0)) + put(6),
            call("decref", get(5)),
            where(get(6) + IS_ZERO, number(0), RETURN),
            call("decref", get(6)),
        ),
        call("hot", FOUR) + put(4),
    )
    yield where(
        get(4) + IS_ZERO,
        call("ask", FOUR, number(switching)) + put(4),
    )
    yield where(get(4) + number(GO) + EQUAL, call("hop"), RETURN)
    yield call("land")


def throw(throwing):
    """The method."""
    yield call("ask", FOUR, number(throwing)) + put(4)
    yield where(get(4) + number(GO) + EQUAL, call("hop"), RETURN)
    yield call("land")


def carrier(scratch, finishing):
    """Run one greenlet after another, between a stack's top and bottom."""
    top, bottom, thread, middle = map(get, range(4))
    yield call("next", top)
    yield top + SET_POINTER + call("state") + put(2)
    for place in TRACING, FRAME, OWN, OWN + 4:
        yield thread + number(0) + store(place)
    yield thread + thread + number(OWN) + ADD + store(HANDLED)
    yield bottom + load(4) + bottom + ADD + put(3)  # the end of Python's part
    yield thread + bottom + store(CHUNK)
    yield thread + bottom + number(16) + ADD + store(CHUNK + 4)
    yield thread + middle + store(CHUNK + 8)
    yield thread + top + store(STACK)
    yield thread + middle + number(RESERVE) + ADD + store(STACK + 4)
    yield thread + middle + store(STACK + 8)
    yield call("land") + DROP
    for local in 4, 5, 6:  # a function and its arguments
        yield word(scratch - 8 + 4 * local) + put(local)
    yield call("call", get(4), get(5), get(6)) + put(7)
    yield call("decref", get(4)) + call("decref", get(5))
    yield where(get(6), call("decref", get(6)))
    yield call("ended", get(7)) + put(7)
    yield call("call", number(finishing), get(7), number(0)) + put(8)
    yield call("decref", get(7))
    yield call("decide", get(8)) + DROP


def functions(scratch, empty, switching, throwing, finishing):
    """All of them, in the order of `OURS`.

    `scratch` is the address of words that greenlet.js knows, too: the current
    greenlet, the one before, and a function with its two kinds of arguments.
    The others are addresses of an empty tuple and of Python functions.
    """
    current = word(scratch)
    return [
        (2, *land(scratch)),
        (2 + len(LIFE), *hop()),
        (2, *ask()),
        (0, call("incref", current), current),
        (3, *switch(switching, empty)),
        (1, *throw(throwing)),
        (7, forever(*carrier(scratch, finishing))),
    ]


# The module


def text(string):
    return bytes([len(string)]) + string.encode()


def vector(items):
    return unsigned(len(items)) + b"".join(items)


def section(kind, items):
    content = vector(items)
    return bytes([kind]) + unsigned(len(content)) + content


def body(locals, *code):
    content = bytes([1, locals, 0x7F]) + b"".join(code) + b"\x0b"
    return unsigned(len(content)) + content


def module(*addresses):
    """The bytes of the module; see `functions` for the addresses."""
    kinds = [*IMPORTS.values(), *OURS.values()]
    numbers = [bytes([many] + many * [0x7F]) for many in range(6)]
    parts = [
        section(1, [b"\x60" + numbers[a] + numbers[b] for a, b in kinds]),
        section(
            2,
            [
                text("_") + text("memory") + b"\2\0\0",
                text("_") + text("pointer") + b"\3\x7f\1",
                *(
                    text("_") + text(name) + bytes([0, NAMES.index(name)])
                    for name in IMPORTS
                ),
            ],
        ),
        section(3, [bytes([NAMES.index(name)]) for name in OURS]),
        section(
            7,
            [text(name) + bytes([0, NAMES.index(name)]) for name in OURS],
        ),
        section(10, [body(*each) for each in functions(*addresses)]),
    ]
    return b"\0asm\1\0\0\0" + b"".join(parts)

"""Far: the same messages over a wire, in memory or over TCP.

The one idea: a connection has a channel's verbs and a weaker promise. Messages
arrive in order, at most once, until `Broken`. `send` says "on its way", never
"arrived".

Read `messages` (what goes over a wire, if it can: `faithful`), `frames` (it as
bytes), `connections` (the contract) and `memory`; over TCP, from below:
`handshake`, `tls`, `poller` and `watching` (which socket is ready), `wire`
(one socket), `stream` and `hanging_up` (bytes), `tcp` (messages), `listener`,
`sockets` (`listen` and `connect`). Waits are made of `waiting` and
`deadlines`; `probes` are for a `Trace`. Sockets are imported when used.

Left out: acknowledgements and retries. A program knows what it can repeat.
"""

from .connections import (
    LOST,
    ON_THE_WIRE,
    Broken,
    Connection,
    Listener,
    Statistics,
    wait_while,
)
from .deadlines import Deadline, Left
from .faithful import check_json
from .frames import Frames
from .handshake import TOKEN_BYTES, VERSION, Hello
from .memory import Memory, pair
from .messages import (
    HEADER,
    LIMIT,
    SHALLOW,
    Malformed,
    Message,
    TooLarge,
    check_depth,
    decoder,
    encode,
    encode_body,
)
from .probes import record_post, watch_receiving
from .sockets import connect, listen, parse_address
from .waiting import Waiters
from .watching import wait_for_input

__all__ = ["Message", "encode", "Frames", "Malformed", "TooLarge", "LIMIT"]
__all__ += ["Connection", "Listener", "Broken", "Statistics", "pair", "Memory"]
__all__ += ["LOST", "connect", "listen", "parse_address", "Hello", "VERSION"]
# For code that carries messages in another way, or checks them.
__all__ += [
    "HEADER",
    "SHALLOW",
    "ON_THE_WIRE",
    "wait_while",
    "TOKEN_BYTES",
    "encode_body",
]
__all__ += [
    "Waiters",
    "wait_for_input",
    "Deadline",
    "Left",
    "decoder",
    "check_depth",
    "check_json",
    "record_post",
    "watch_receiving",
]

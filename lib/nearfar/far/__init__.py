"""Far: messages over a wire, in memory and over TCP."""

from .connections import (
    ON_THE_WIRE,
    Broken,
    Connection,
    Listener,
    Statistics,
)
from .handshake import (
    FIRST_BYTES,
    TOKEN_BYTES,
    VERSION,
    Handshake,
    Hello,
    Proof,
    Refusal,
)
from .memory import Memory, pair
from .messages import (
    DEPTH,
    DIGITS,
    HEADER,
    LIMIT,
    SHALLOW,
    Frames,
    Malformed,
    Message,
    TooLarge,
    check_depth,
    encode,
    encode_body,
)
from .probes import record_post, watch_receiving
from .sockets import RESERVE, connect, listen, parse_address

__all__ = [
    "Message",
    "encode",
    "Frames",
    "Malformed",
    "TooLarge",
    "LIMIT",
    "DEPTH",
    "DIGITS",
    "HEADER",
    "SHALLOW",
    "check_depth",
    "encode_body",
    "Connection",
    "Listener",
    "Broken",
    "Statistics",
    "ON_THE_WIRE",
    "record_post",
    "watch_receiving",
    "pair",
    "Memory",
    "Handshake",
    "Hello",
    "Proof",
    "Refusal",
    "VERSION",
    "FIRST_BYTES",
    "TOKEN_BYTES",
    "listen",
    "connect",
    "parse_address",
    "RESERVE",
]

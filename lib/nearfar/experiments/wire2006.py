"""The wire of 2006, with its faults: how not to read messages from a socket.

This re-creates, in our words, how the bank of *Why Stackless?* (Grant T. Olson,
2006) read messages: text that ends with a line end, fields joined by `|`.
Chapter 03 breaks it and builds another reader. No other program uses it.
"""

from __future__ import annotations

__all__ = ["receive", "receive_all_of", "parse", "PIECE", "END"]

PIECE = 32  # bytes to ask for at a time
END = b"\r\n"


def receive(sock, piece=PIECE) -> bytes:
    """Return one message, without its end."""
    message = sock.recv(piece)
    while not message.endswith(END):
        message += receive_all_of(sock, piece)
    return message.removesuffix(END)


def receive_all_of(sock, count: int) -> bytes:
    """Return exactly `count` bytes."""
    data = b""
    while len(data) < count:
        data += sock.recv(count - len(data))
    return data


def parse(message: bytes) -> tuple[str, str, int]:
    """Return what to do, with whose account, and how many cents."""
    verb, account, cents = message.decode().split("|")
    return verb, account, int(cents)

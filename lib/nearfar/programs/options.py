"""Options: what several programs of `python -m nearfar` take.

The one idea: a wrong option is reported before its program does anything.
`count`, `address` and `account` are types for argparse; `where_to_listen` and
`whom_to_trust` add the options of a listener and of its clients, and `secret`,
`tls_of_server` and `tls_of_client` make of them what a connection takes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..far import TOKEN_BYTES, parse_address
from ..near import Misuse

if TYPE_CHECKING:
    import ssl

__all__ = [
    "count",
    "address",
    "addresses",
    "where_to_listen",
    "whom_to_trust",
    "where_to_trace",
    "secret",
    "tls_of_server",
    "tls_of_client",
]


def count(text: str) -> int:
    """A whole number from 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"expected a whole number from 1, not {text!r}"
        )
    return int(text)


def address(text: str) -> str:
    """HOST:PORT."""
    try:
        parse_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def addresses(text: str) -> list[str]:
    """HOST:PORT, or several of them between commas."""
    return [address(each) for each in text.split(",")]


def where_to_listen(add: Callable, **details) -> None:
    """The options of a program that accepts connections."""
    add("--listen", type=address, metavar="HOST:PORT", **details)
    add(
        "--tls-cert",
        metavar="FILE",
        help="encrypt with TLS; FILE holds the certificate (PEM)",
    )
    add(
        "--tls-key",
        metavar="FILE",
        help="the certificate's private key, if another file holds it",
    )
    _token(add)


def whom_to_trust(add: Callable) -> None:
    """The options of a program that connects to a listener."""
    add(
        "--tls-ca",
        metavar="FILE",
        help="encrypt with TLS; FILE holds the certificates to trust (PEM)",
    )
    _token(add)


def where_to_trace(add: Callable) -> None:
    """The option of a program that writes down what its tasklets do."""
    add("--trace", metavar="FILE", help=argparse.SUPPRESS)  # for pictures


def _token(add):
    add(
        "--token-file",
        metavar="FILE",
        help="a secret that both sides must prove to know, on one line",
    )


def secret(path: str | None) -> str | None:
    """The token in a file. Raises `Misuse` if it is too short to protect."""
    if not path:
        return None
    try:
        token = Path(path).read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise Misuse(
            f"{path} is no text: expected secrets.token_hex()"
        ) from None
    if len(token.encode()) < TOKEN_BYTES:
        raise Misuse(
            f"the token in {path} has {len(token.encode())} bytes; expected "
            f"at least {TOKEN_BYTES}: take secrets.token_hex()"
        )
    return token


def tls_of_server(options: argparse.Namespace) -> ssl.SSLContext | None:
    """How a listener encrypts; None if it does not."""
    if options.tls_cert is None:
        if options.tls_key is not None:
            raise Misuse("a --tls-key is of no use without its --tls-cert")
        return None
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls_cert, options.tls_key)
    return context


def tls_of_client(options: argparse.Namespace) -> ssl.SSLContext | None:
    """How to encrypt what goes to a listener; None if it does not."""
    if options.tls_ca is None:
        return None
    import ssl

    return ssl.create_default_context(cafile=options.tls_ca)

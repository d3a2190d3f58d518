"""The first words of a connection: its version, and proof of the secret.

The one idea: before any message of the program, each side says `Hello` with
its version, so that old and new programs refuse each other plainly. With a
shared secret (a *token*), each side also sends a *nonce*, a number used once.
Each proves that it knows the token by an HMAC over both nonces. The token
itself never travels, and an old proof is of no use in a new conversation.

No input or output here: `Handshake` is told what arrived and says what to
answer.

Left out: encryption. A token hides nothing, and an attacker on the wire can
change what comes after the handshake. Where others can reach the wire, use TLS
too (see `tls`).
"""

from __future__ import annotations

import hmac
import secrets

from .messages import Malformed, Message

__all__ = ["Handshake", "Hello", "Proof", "Refusal", "VERSION"]

VERSION = 1  # of the protocol; both sides must speak the same
FIRST_BYTES = 1_024  # limit of a frame, until the peer is known
NONCE_BYTES = 32
TOKEN_BYTES = 16  # at least


class Hello(Message, forbid_unknown_fields=False):
    """Both ways, first of all; fields of later versions are ignored."""

    version: int
    nonce: str = ""  # hexadecimal; given if a token is to be proved


class Proof(Message):
    """The HMAC-SHA-256 of both nonces under the token, hexadecimal."""

    proof: str


class Refusal(Message):
    """From the listener to the client, before it hangs up: why."""

    reason: str


First = Hello | Proof | Refusal


class Handshake:
    """One side of it. `done` says whether the program may speak now."""

    def __init__(self, listens: bool, token: str | bytes | None = None):
        self.listens = listens
        self.done = False
        self._token = _checked(token)
        self._nonce = secrets.token_bytes(NONCE_BYTES)
        self._peers_nonce: bytes | None = None

    def begin(self) -> Hello:
        """What to send first."""
        return Hello(VERSION, self._nonce.hex() if self._token else "")

    def hear(self, message: First) -> Message | None:
        """What to send in answer to what arrived, if anything.

        Raises `Malformed` if there is no agreement; the text says why.
        """
        if isinstance(message, Refusal):
            who = "client" if self.listens else "listener"
            raise Malformed(f"the {who} refuses: {message.reason!r}")
        if isinstance(message, Hello) and self._peers_nonce is None:
            return self._hear_hello(message)
        if isinstance(message, Proof) and self._peers_nonce:
            return self._hear_proof(message)
        expected = "a Hello" if self._peers_nonce is None else "a Proof"
        raise Malformed(
            f"expected {expected}; arrived: a {type(message).__name__}. Do "
            "both speak this protocol, and with the same token?"
        )

    def _hear_hello(self, hello: Hello) -> Message | None:
        if hello.version != VERSION:
            raise Malformed(
                f"the peer speaks version {hello.version} of the protocol, we "
                f"speak version {VERSION}: install the same version on both"
            )
        self._peers_nonce = nonce = _unhex(hello.nonce)
        if len(nonce) != (NONCE_BYTES if self._token else 0):
            ours = "a token" if self._token else "no token"
            raise Malformed(
                f"the {'listener' if self.listens else 'client'} has {ours}, "
                "the other side has not the same: give both the same token"
            )
        if not self._token:
            self.done = True
        elif not self.listens:
            return Proof(self._prove("client").hex())
        return None

    def _hear_proof(self, message: Proof) -> Message | None:
        who = "client" if self.listens else "listener"
        if not hmac.compare_digest(_unhex(message.proof), self._prove(who)):
            raise Malformed(f"the {who} does not know our token")
        self.done = True
        return Proof(self._prove("listener").hex()) if self.listens else None

    def _prove(self, who: str) -> bytes:
        """The role is part of it, so that no peer can be sent its own proof."""
        nonces = [self._nonce, self._peers_nonce or b""]
        client, listener = nonces[::-1] if self.listens else nonces
        said = f"nearfar {VERSION} {who} ".encode() + client + listener
        return hmac.digest(self._token, said, "sha256")


def _checked(token: str | bytes | None) -> bytes:
    token = token.encode() if isinstance(token, str) else token or b""
    if token and len(token) < TOKEN_BYTES:
        raise ValueError(
            f"a token has at least {TOKEN_BYTES} bytes, this one has "
            f"{len(token)}: take secrets.token_hex()"
        )
    return token


def _unhex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Malformed(f"expected hexadecimal digits, not {text!r}") from None

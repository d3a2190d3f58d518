"""TLS: encryption as a step between bytes and bytes.

The one idea: the standard library's TLS reads from memory and writes to
memory as gladly as to a socket. So `Privacy` does no input or output: it says
what goes on the wire for some plain bytes, and which plain bytes came in.

Only a program that uses TLS imports this module, and `ssl` with it.
"""

from __future__ import annotations

import ssl
from contextlib import suppress

__all__ = ["Privacy"]

TLS_RECORD = 65_536  # bytes to encrypt or decrypt in one go


class Privacy:
    """TLS as a step between bytes and bytes: one side of one connection.

    `context` is an `ssl.SSLContext`; `host` the name that the listener's
    certificate must bear (None at the listener).
    """

    def __init__(self, context: ssl.SSLContext, host: str | None):
        self._into, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._into, self._out, host is None, host)
        self.agreed = self.ended = False
        self.error: ssl.SSLError | None = None  # nothing more can be read

    def encrypt(self, plain: bytes) -> bytes:
        """What goes on the wire for these bytes, after anything of its own."""
        for start in range(0, len(plain), TLS_RECORD):
            self._tls.write(plain[start : start + TLS_RECORD])
        return self.outgoing()

    def decrypt(self, data: bytes) -> bytes:
        """The bytes that came in by this.

        b"" may just mean that more is needed. `ended` says afterwards whether
        the peer has ended the conversation in good order, `error` whether
        something came that cannot be right: what was good before it counts.
        """
        self._into.write(data)
        plain = []
        try:
            if not self.agreed:
                self._tls.do_handshake()
                self.agreed = True
            while piece := self._tls.read(TLS_RECORD):
                plain.append(piece)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.error = error
        return b"".join(plain)

    def outgoing(self) -> bytes:
        """What TLS has to say for itself."""
        return self._out.read()

    def end(self) -> bytes:
        """What goes on the wire to say that nothing more will come."""
        with suppress(ssl.SSLError):  # the peer has not said so, and need not
            self._tls.unwrap()
        return self.outgoing()

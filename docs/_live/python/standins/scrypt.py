"""scrypt (RFC 7914): what stands for hashlib.scrypt, which needs OpenSSL.

What this pretends: nothing; the result is the same. In the page its mixing is
JavaScript (`scrypt.js` beside this file), for Python takes a second for what
the bank asks. Elsewhere `mix` is Python, which is how it is tested.
"""

import hmac
import struct
import sys
from pathlib import Path

__all__ = ["scrypt"]

WORDS = struct.Struct("<16I")
ROUNDS = (  # of Salsa20/8: four columns, then four rows
    *((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11)),
    *((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)),
)


def scrypt(password, *, salt, n, r, p, maxmem=0, dklen=64):
    """The derived key. Raises ValueError as hashlib's does."""
    if n < 2 or n & (n - 1):
        raise ValueError("n must be a power of 2, greater than 1")
    size = 128 * r
    made = _stretched(password, salt, p * size)
    mixed = b"".join(
        mix(made[start : start + size], n, r)
        for start in range(0, p * size, size)
    )
    return _stretched(password, mixed, dklen)


def _stretched(password, salt, size):
    """PBKDF2 with HMAC-SHA-256 and one round (RFC 8018)."""
    blocks = range(1, -(-size // 32) + 1)
    parts = (
        hmac.digest(password, salt + number.to_bytes(4, "big"), "sha256")
        for number in blocks
    )
    return b"".join(parts)[:size]


def mix_in_python(block, n, r):
    """scryptROMix of section 5: fill a memory of n blocks, then read it."""
    memory = []
    for _ in range(n):
        memory.append(block)
        block = _mix_block(block, r)
    for _ in range(n):
        at = int.from_bytes(block[-64:-56], "little") % n
        block = _mix_block(_xor(block, memory[at]), r)
    return block


def _fastest():
    """The mixing in JavaScript, if there is any."""
    if sys.platform != "emscripten":
        return mix_in_python
    from pyodide.code import run_js
    from pyodide.ffi import to_js

    mixing = run_js(Path(__file__).with_suffix(".js").read_text())
    return lambda block, n, r: mixing(to_js(block), n, r).to_bytes()


mix = _fastest()


def _mix_block(block, r):
    """scryptBlockMix of section 4."""
    last, mixed = block[-64:], []
    for start in range(0, 128 * r, 64):
        last = _salsa(_xor(last, block[start : start + 64]))
        mixed.append(last)
    return b"".join(mixed[::2] + mixed[1::2])


def _salsa(data):
    """Salsa20/8 of section 3."""
    before = WORDS.unpack(data)
    x = list(before)
    for _ in range(4):
        for a, b, c, d in ROUNDS:
            x[b] ^= _turned(x[a] + x[d], 7)
            x[c] ^= _turned(x[b] + x[a], 9)
            x[d] ^= _turned(x[c] + x[b], 13)
            x[a] ^= _turned(x[d] + x[c], 18)
    both = zip(x, before, strict=True)
    return WORDS.pack(*(a + b & 0xFFFFFFFF for a, b in both))


def _turned(number, by):
    number &= 0xFFFFFFFF
    return (number << by | number >> 32 - by) & 0xFFFFFFFF


def _xor(one, other):
    many = len(one)
    both = int.from_bytes(one, "little") ^ int.from_bytes(other, "little")
    return both.to_bytes(many, "little")

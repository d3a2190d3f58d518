"""scrypt (RFC 7914) without OpenSSL, for the small costs of the chapters.

Left out: speed. One seal at n = 2**10 takes seconds, not milliseconds.
"""

import hmac
import struct

BLOCK = struct.Struct("<16I")
ROUNDS = (
    *((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11)),
    *((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)),
)


def scrypt(password, *, salt, n, r, p, dklen=64, maxmem=0):
    """The digest that hashlib.scrypt gives."""
    whole = pbkdf2(password, salt, 128 * r * p)
    parts = [whole[at : at + 128 * r] for at in range(0, len(whole), 128 * r)]
    mixed = b"".join(mix(part, n, r) for part in parts)
    return pbkdf2(password, mixed, dklen)


def pbkdf2(password, salt, many):
    """So many bytes, by one round of HMAC-SHA256 for each 32."""
    blocks = range(1, -(-many // 32) + 1)
    digests = (
        hmac.digest(password, salt + number.to_bytes(4, "big"), "sha256")
        for number in blocks
    )
    return b"".join(digests)[:many]


def mix(part, n, r):
    """ROMix: fill a table, then read it in an order that depends on it."""
    words = list(struct.unpack(f"<{32 * r}I", part))
    table = []
    for _ in range(n):
        table.append(words)
        words = mix_blocks(words, r)
    for _ in range(n):
        row = table[words[16 * (2 * r - 1)] & (n - 1)]
        words = mix_blocks([a ^ b for a, b in zip(words, row, strict=True)], r)
    return struct.pack(f"<{32 * r}I", *words)


def mix_blocks(words, r):
    """BlockMix: 2r blocks, each salted by the one before it."""
    last, blocks = words[-16:], []
    for at in range(0, 32 * r, 16):
        block = words[at : at + 16]
        last = salsa([a ^ b for a, b in zip(last, block, strict=True)])
        blocks.append(last)
    return [word for each in blocks[::2] + blocks[1::2] for word in each]


def salsa(words):
    """Salsa20/8 of 16 words."""
    x = [*words]
    for _ in range(4):
        for a, b, c, d in ROUNDS:
            for to, one, other, by in (
                *((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)),
            ):
                total = (x[one] + x[other]) & 0xFFFFFFFF
                x[to] ^= (total << by | total >> 32 - by) & 0xFFFFFFFF
    return [(a + b) & 0xFFFFFFFF for a, b in zip(x, words, strict=True)]

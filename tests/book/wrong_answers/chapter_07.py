"""Wrong answers to the exercises of chapter 07."""

WRONG = {
    "7.1": [
        ('contents = ["abcdef"]', "on its way, not that it is there"),
        ('contents = ["ab", "abcd", "abcdef"]', "in the middle of writing ef"),
        ('contents = ["", "ab", "abcd"]', "ab was synced before the cut"),
    ],
    "7.2": [
        (
            "def pay_in(disk, line, answer):\n"
            "    disk.sync('log')\n"
            "    disk.append('log', line)\n"
            "    answer()",
            "had been answered",
        ),
        (
            # overwrites what was there
            "def pay_in(disk, line, answer):\n"
            "    disk.write('log', line)\n"
            "    disk.sync('log')\n"
            "    answer()",
            "what is in the file 'log'",
        ),
        (
            # safe, and silent
            "def pay_in(disk, line, answer):\n"
            "    disk.append('log', line)\n"
            "    disk.sync('log')",
            "what was answered",
        ),
    ],
    "7.3": [
        (
            "def save(disk, data):\n"
            "    disk.write('state', data)\n"
            "    disk.sync('state')",
            "(half written)",
        ),
        (
            # syncs the name that does not matter yet
            "def save(disk, data):\n"
            "    disk.write('new', data)\n"
            "    disk.sync('state')\n"
            "    disk.rename('new', 'state')",
            "(unsynced lost)",
        ),
        (
            # adds to what an earlier attempt left
            "def save(disk, data):\n"
            "    disk.append('new', data)\n"
            "    disk.sync('new')\n"
            "    disk.write('state', disk.read('new'))\n"
            "    disk.sync('state')",
            "at step 2 (half written)",
        ),
        (
            # the rename itself may be lost
            "def save(disk, data):\n"
            "    disk.write('new', data)\n"
            "    disk.sync('new')\n"
            "    disk.rename('new', 'state')",
            "(rename lost)",
        ),
        (
            # what an earlier attempt has left is still there
            "def save(disk, data):\n"
            "    disk.append('new', data)\n"
            "    disk.sync('new')\n"
            "    disk.rename('new', 'state')\n"
            "    disk.sync('state')",
            "and then done again",
        ),
    ],
    "7.4": [
        (
            # one line each: texts have lines of their own
            """
import zlib


class Records:
    def pack(text):
        body = text.encode()
        return b"%08x %b\\n" % (zlib.crc32(body), body)

    def unpack(data):
        texts = []
        for line in data.split(b"\\n"):
            checksum, _, body = line.partition(b" ")
            if checksum != b"%08x" % zlib.crc32(body):
                break
            texts.append(body.decode())
        return texts
""",
            "six records",
        ),
        (
            # a length and no checksum
            """
class Records:
    def pack(text):
        body = text.encode()
        return len(body).to_bytes(4, "big") + body

    def unpack(data):
        texts = []
        while len(data) >= 4:
            size = int.from_bytes(data[:4], "big")
            if len(data) < 4 + size:
                break
            texts.append(data[4 : 4 + size].decode())
            data = data[4 + size :]
        return texts
""",
            "of the second record is wrong",
        ),
        (
            # the checksum leaves out the length
            """
import zlib


class Records:
    def pack(text):
        body = text.encode()
        checksum = zlib.crc32(body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + checksum + body

    def unpack(data):
        texts = []
        while len(data) >= 8:
            size = int.from_bytes(data[:4], "big")
            body = data[8 : 8 + size]
            checksum = zlib.crc32(body).to_bytes(4, "big")
            if len(body) < size or checksum != data[4:8]:
                break
            texts.append(body.decode())
            data = data[8 + size :]
        return texts
""",
            "64 zero bytes",
        ),
    ],
}

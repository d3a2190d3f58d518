"""Wrong answers to the exercises of chapter 07."""

WRONG = {
    "7.1": [
        (
            'contents = ["abcdef"]',
            "are on their way, not that they are on the disk",
        ),
        ('contents = ["ab", "abcd", "abcdef"]', "in the middle of writing ef"),
        ('contents = ["", "ab", "abcd"]', "ab was synced before the cut"),
    ],
    "7.2": [
        (
            # does not sync
            """
import zlib


class Journal:
    def __init__(self, disk):
        self.disk = disk
        self.texts, good = [], b""
        for line in disk.read("journal").splitlines(keepends=True):
            checksum, _, text = line.partition(b" ")
            whole = line.endswith(b"\\n")
            if not whole or checksum != b"%08x" % zlib.crc32(text):
                break
            self.texts.append(text[:-1].decode())
            good += line
        if good != disk.read("journal"):
            disk.write("new", good)
            disk.sync("new")
            disk.rename("new", "journal")
            disk.sync("journal")

    def append(self, text):
        body = text.encode() + b"\\n"
        line = b"%08x %b" % (zlib.crc32(body), body)
        self.disk.append("journal", line)
        self.texts.append(text)

    def replay(self):
        return list(self.texts)
""",
            "at least [",
        ),
        (
            # writes the whole file for each record
            """
import zlib


class Journal:
    def __init__(self, disk):
        self.disk = disk
        self.texts, good = [], b""
        for line in disk.read("journal").splitlines(keepends=True):
            checksum, _, text = line.partition(b" ")
            whole = line.endswith(b"\\n")
            if not whole or checksum != b"%08x" % zlib.crc32(text):
                break
            self.texts.append(text[:-1].decode())
            good += line
        if good != disk.read("journal"):
            disk.write("new", good)
            disk.sync("new")
            disk.rename("new", "journal")
            disk.sync("journal")

    def append(self, text):
        body = text.encode() + b"\\n"
        line = b"%08x %b" % (zlib.crc32(body), body)
        data = self.disk.read("journal")
        self.disk.write("journal", data + line)
        self.disk.sync("journal")
        self.texts.append(text)

    def replay(self):
        return list(self.texts)
""",
            "at least [",
        ),
        (
            # leaves the torn line, and appends behind it
            """
import zlib


class Journal:
    def __init__(self, disk):
        self.disk = disk
        self.texts, good = [], b""
        for line in disk.read("journal").splitlines(keepends=True):
            checksum, _, text = line.partition(b" ")
            whole = line.endswith(b"\\n")
            if not whole or checksum != b"%08x" % zlib.crc32(text):
                break
            self.texts.append(text[:-1].decode())
            good += line


    def append(self, text):
        body = text.encode() + b"\\n"
        line = b"%08x %b" % (zlib.crc32(body), body)
        self.disk.append("journal", line)
        self.disk.sync("journal")
        self.texts.append(text)

    def replay(self):
        return list(self.texts)
""",
            "and one more append",
        ),
        (
            # cuts the torn line off in place
            """
import zlib


class Journal:
    def __init__(self, disk):
        self.disk = disk
        self.texts, good = [], b""
        for line in disk.read("journal").splitlines(keepends=True):
            checksum, _, text = line.partition(b" ")
            whole = line.endswith(b"\\n")
            if not whole or checksum != b"%08x" % zlib.crc32(text):
                break
            self.texts.append(text[:-1].decode())
            good += line
        if good != disk.read("journal"):
            disk.write("journal", good)
            disk.sync("journal")

    def append(self, text):
        body = text.encode() + b"\\n"
        line = b"%08x %b" % (zlib.crc32(body), body)
        self.disk.append("journal", line)
        self.disk.sync("journal")
        self.texts.append(text)

    def replay(self):
        return list(self.texts)
""",
            "and a second one",
        ),
        (
            # writes a new file for each record
            """
import zlib


class Journal:
    def __init__(self, disk):
        self.disk = disk
        self.texts, good = [], b""
        for line in disk.read("journal").splitlines(keepends=True):
            checksum, _, text = line.partition(b" ")
            whole = line.endswith(b"\\n")
            if not whole or checksum != b"%08x" % zlib.crc32(text):
                break
            self.texts.append(text[:-1].decode())
            good += line
        if good != disk.read("journal"):
            disk.write("new", good)
            disk.sync("new")
            disk.rename("new", "journal")
            disk.sync("journal")

    def append(self, text):
        body = text.encode() + b"\\n"
        line = b"%08x %b" % (zlib.crc32(body), body)
        self.disk.append(f"journal-{len(self.texts)}", line)
        self.disk.sync(f"journal-{len(self.texts)}")
        self.texts.append(text)

    def replay(self):
        return list(self.texts)
""",
            "a new journal on the same disk",
        ),
        (
            # no checksum
            """
class Journal:
    def __init__(self, disk):
        self.disk = disk
        self.texts, good = [], b""
        for line in disk.read("journal").splitlines(keepends=True):
            if not line.endswith(b"\\n"):
                break
            self.texts.append(line[:-1].decode())
            good += line
        if good != disk.read("journal"):
            disk.write("new", good)
            disk.sync("new")
            disk.rename("new", "journal")
            disk.sync("journal")

    def append(self, text):
        body = text.encode() + b"\\n"
        line = body
        self.disk.append("journal", line)
        self.disk.sync("journal")
        self.texts.append(text)

    def replay(self):
        return list(self.texts)
""",
            "is wrong",
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
    "7.5": [
        (
            # one after another, each with a sync of its own
            """
from nearfar import Channel, spawn


class GroupCommit:
    def __init__(self, sync):
        self.sync = sync
        self.waiting = []
        self.busy = False

    def commit(self):
        while self.busy:
            done = Channel()
            self.waiting.append(done)
            done.receive()
        self.busy = True
        self.sync()
        self.busy = False
        if self.waiting:
            self.waiting.pop(0).send(None)

    def work(self):
        pass
""",
            "how many syncs there were",
        ),
        (
            # joins a sync that began before the line was written
            """
from nearfar import Channel, spawn


class GroupCommit:
    def __init__(self, sync):
        self.sync = sync
        self.waiting = []
        self.busy = False

    def commit(self):
        done = Channel()
        self.waiting.append(done)
        if not self.busy:
            self.busy = True
            spawn(self.work)
        done.receive()

    def work(self):
        while self.waiting:
            self.sync()
            while self.waiting:
                self.waiting.pop(0).send(None)
        self.busy = False
""",
            "the lines that are safe",
        ),
        (
            # forgets those who come during the sync
            """
from nearfar import Channel, spawn


class GroupCommit:
    def __init__(self, sync):
        self.sync = sync
        self.waiting = []
        self.busy = False

    def commit(self):
        done = Channel()
        self.waiting.append(done)
        if not self.busy:
            self.busy = True
            spawn(self.work)
        done.receive()

    def work(self):
        if self.waiting:
            group, self.waiting = self.waiting, []
            self.sync()
            for done in group:
                done.send(None)

""",
            "Deadlock",
        ),
        (
            # each syncs for itself
            """
from nearfar import Channel, spawn


class GroupCommit:
    def __init__(self, sync):
        self.sync = sync
        self.waiting = []
        self.busy = False

    def commit(self):
        self.sync()

    def work(self):
        pass
""",
            "syncs at the same time",
        ),
        (
            # answers first
            """
from nearfar import Channel, spawn


class GroupCommit:
    def __init__(self, sync):
        self.sync = sync
        self.waiting = []
        self.busy = False

    def commit(self):
        spawn(self.sync)

    def work(self):
        pass
""",
            "the lines that are safe",
        ),
    ],
}

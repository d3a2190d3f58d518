"""The exercises of chapter 07: crashes."""

from __future__ import annotations

from ..bank import PaperDisk
from .promises import Exercise, Prediction, expect


def after_the_cut():
    """Return all that may be found in the file, in alphabetical order."""
    disk = PaperDisk()
    disk.append("notes", b"ab")
    disk.sync("notes")
    disk.append("notes", b"cd")
    disk.append("notes", b"ef")
    cuts = [crash.disk for crash in disk.crashes() if crash.step >= 3]
    return sorted({cut.read("notes").decode() for cut in cuts})


Prediction(
    "7.1",
    "what survives",
    truth=after_the_cut,
    because="ab was synced and stays; cd was on its way and may be there or "
    "not; of ef there may be nothing, half or all",
    beliefs=[
        (
            ["abcdef"],
            "append says that it is on its way, not that it is there",
        ),
        (["ab"], "what was not synced may be lost, but need not be"),
        (
            ["ab", "abcd", "abcdef"],
            "the power may also be cut in the middle of writing ef",
        ),
        (
            lambda answer: "" in answer,
            "ab was synced before the cut: it is there whatever happens",
        ),
    ],
    hint="The cut comes after step 3 or later: sync has returned. Go through "
    "what each append may have left: nothing, half, all.",
)


answering = Exercise(
    "7.2",
    "answer after the commit",
    hint="answer() is a promise. Which line makes it true?",
)


def _pay_in(answer, lines):
    """(The disk, [(steps done, line) at each answer])."""
    disk, answered = PaperDisk(), []
    for line in lines:
        answer(disk, line, lambda: answered.append((len(disk.steps), line)))  # noqa: B023
    return disk, answered


@answering.promise("each payment is answered once and is in the file", orders=0)
def answered_once(pay_in):
    lines = [b"eve +10\n", b"eve +20\n"]
    disk, answered = _pay_in(pay_in, lines)
    expect(
        "what was answered",
        happened=[line for _, line in answered],
        expected=lines,
    )
    expect(
        "what is in the file 'log'",
        happened=disk.read("log"),
        expected=b"".join(lines),
    )


@answering.promise(
    "whatever power cut comes: what was answered is there", orders=0
)
def answered_is_there(pay_in):
    disk, answered = _pay_in(pay_in, [b"eve +10\n", b"eve +20\n"])
    for crash in disk.crashes():
        left = crash.disk.read("log")
        for step, line in answered:
            expect(
                f"'log' after a power cut at step {crash.step} ({crash.what}), "
                f"when {line!r} had been answered at step {step}",
                happened=left,
                expected=f"that {line!r} is in it",
                holds=step > crash.step or line in left,
            )


snapshot = Exercise(
    "7.3",
    "a snapshot, all or nothing",
    hint="Two files: the old one stays whole until the new one is. One verb of "
    "the disk swaps them at once.",
)
OLD, NEW = b"eve 50, grant 100", b"eve 40, grant 110"


@snapshot.promise("afterwards the file holds the new state", orders=0)
def holds_the_new(save):
    disk = PaperDisk({"state": OLD})
    save(disk, NEW)
    expect("'state'", happened=disk.read("state"), expected=NEW)


@snapshot.promise("at any power cut it holds the old or the new", orders=0)
def old_or_new(save):
    disk = PaperDisk({"state": OLD})
    save(disk, NEW)
    for crash in disk.crashes():
        expect(
            f"'state' after a power cut at step {crash.step} ({crash.what})",
            happened=crash.disk.read("state"),
            expected=f"{OLD!r} or {NEW!r}",
            holds=crash.disk.read("state") in (OLD, NEW),
        )


@snapshot.promise("once it has returned, the new state stays", orders=0)
def stays(save):
    disk = PaperDisk({"state": OLD})
    save(disk, NEW)
    for crash in disk.crashes():
        if crash.step == len(disk.steps):
            expect(
                f"'state' after a power cut later on ({crash.what})",
                happened=crash.disk.read("state"),
                expected=NEW,
            )


@snapshot.promise("after any power cut it can be done again", orders=0)
def done_again(save):
    disk = PaperDisk({"state": OLD})
    save(disk, NEW)
    for crash in disk.crashes():
        save(crash.disk, NEW)
        expect(
            f"'state' when save was cut at step {crash.step} ({crash.what}) "
            "and then done again",
            happened=crash.disk.read("state"),
            expected=NEW,
        )


detector = Exercise(
    "7.4",
    "half a record is no record",
    hint="Write in front of each record how long it is, and a checksum of it "
    "(zlib.crc32). Reading stops at the first record that is not whole.",
)
WORDS = ["eve +10", "grant -3", "", "two\nlines", "größer", "0"]


def _packed(records):
    return [records.pack(word) for word in WORDS]


@detector.promise("what was packed is read back", orders=0)
def read_back(records):
    pieces = _packed(records)
    expect(
        "the bytes of one record",
        happened=pieces[0],
        expected="bytes",
        holds=isinstance(pieces[0], bytes),
    )
    expect(
        "what is read from six records, one after the other",
        happened=list(records.unpack(b"".join(pieces))),
        expected=WORDS,
    )
    (long,) = records.unpack(records.pack("x" * 70_000))
    expect(
        "how many letters of a text of 70,000 are read",
        happened=len(long),
        expected=70_000,
    )


@detector.promise("cut anywhere, whole records are read and no half", orders=0)
def cut_anywhere(records):
    pieces = _packed(records)
    data, ends = b"".join(pieces), []
    for piece in pieces:
        ends.append(len(piece) + (ends[-1] if ends else 0))
    for cut in range(len(data)):
        whole = sum(end <= cut for end in ends)
        expect(
            f"what is read from the first {cut} bytes",
            happened=list(records.unpack(data[:cut])),
            expected=WORDS[:whole],
        )


@detector.promise("a last record with one wrong byte is not read", orders=0)
def wrong_byte(records):
    first, last = records.pack("eve +10"), records.pack("grant +20")
    for place in range(len(last)):
        spoilt = bytearray(last)
        spoilt[place] ^= 1
        expect(
            f"what is read when byte {place} of the second record is wrong",
            happened=list(records.unpack(first + bytes(spoilt))),
            expected=["eve +10"],
        )


@detector.promise("nor is one with two bytes swapped", orders=0)
def swapped(records):
    first, last = records.pack("eve +10"), records.pack("grant +20")
    for place in range(len(last) - 1):
        spoilt = bytearray(last)
        spoilt[place], spoilt[place + 1] = last[place + 1], last[place]
        if spoilt != last:
            expect(
                f"what is read when bytes {place} and {place + 1} of the "
                "second record are swapped",
                happened=list(records.unpack(first + bytes(spoilt))),
                expected=["eve +10"],
            )


@detector.promise(
    "zeros after the end, as disks leave them, are nothing", orders=0
)
def zeros(records):
    data = records.pack("eve +10") + b"\0" * 64
    expect(
        "what is read when 64 zero bytes follow",
        happened=list(records.unpack(data)),
        expected=["eve +10"],
    )

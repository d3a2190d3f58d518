"""The exercise of chapter 07 in which you write a journal."""

from __future__ import annotations

from ..bank import PaperDisk
from .promises import Exercise, doing, expect

journal = Exercise(
    "7.2",
    "a journal of your own",
    hint="Write each record as one line: a checksum, a space, the text. A line "
    "without its end, or with a wrong checksum, is no record. If you find one "
    "when you open the file, write the good lines aside, sync, rename, sync.",
)
TEXTS = ["eve +10", "grant -3", "", "größer +7"]


def _filled(kind, texts):
    """A disk with a journal of these texts, and its steps after each append."""
    disk = PaperDisk()
    book, steps = kind(disk), []
    for text in texts:
        with doing(f"append({text!r}) to a journal on an empty disk"):
            book.append(text)
        steps.append(len(disk.steps))
    return disk, steps


def _read(kind, disk):
    """What a new journal on a disk reads."""
    with doing("opening the journal again, and replay()"):
        return list(kind(disk).replay() or [])


@journal.promise("what was appended is read back", orders=0)
def read_back(kind):
    disk = PaperDisk()
    book = kind(disk)
    expect("replay() at first", happened=book.replay(), expected=[])
    for text in TEXTS:
        book.append(text)
    expect("replay()", happened=book.replay(), expected=TEXTS)
    expect(
        "replay() of a new journal on the same disk",
        happened=_read(kind, disk),
        expected=TEXTS,
    )


@journal.promise("the file only grows", orders=0)
def only_grows(kind):
    before, after = (_filled(kind, TEXTS[:n])[0].files for n in (2, 3))
    grew = [
        name
        for name, data in after.items()
        if len(data) > len(before.get(name, b""))
        and data.startswith(before.get(name, b""))
    ]
    expect(
        "the files to which the third record was added at the end",
        happened=grew,
        expected="one file; the bytes before it stay as they are",
        holds=len(grew) == 1,
    )


@journal.promise("once append has returned, the record stays", orders=0)
def stays_there(kind):
    disk, steps = _filled(kind, TEXTS)
    for crash in disk.crashes():
        done = sum(step <= crash.step for step in steps)
        read = _read(kind, crash.disk)
        expect(
            f"what is read after a power cut at step {crash.step} "
            f"({crash.what}), when {done} appends had returned",
            happened=read,
            expected=f"at least {TEXTS[:done]!r}",
            holds=read[:done] == TEXTS[:done],
        )


@journal.promise("half a record is no record", orders=0)
def no_half(kind):
    disk, _ = _filled(kind, TEXTS)
    for crash in disk.crashes():
        read = _read(kind, crash.disk)
        expect(
            f"what is read after a power cut at step {crash.step} "
            f"({crash.what})",
            happened=read,
            expected=f"the first records of {TEXTS!r}",
            holds=read == TEXTS[: len(read)],
        )


@journal.promise("nor is a last record with one wrong byte", orders=0)
def wrong_byte(kind):
    before, after = (_filled(kind, TEXTS[:n])[0].files for n in (1, 2))
    for name, data in after.items():
        for place in range(len(before.get(name, b"")), len(data)):
            spoilt = bytearray(data)
            spoilt[place] ^= 1
            expect(
                f"what is read when byte {place} of {name!r} is wrong",
                happened=_read(kind, PaperDisk({**after, name: spoilt})),
                expected=TEXTS[:1],
            )


@journal.promise("after a crash, the journal goes on", orders=0)
def goes_on(kind):
    disk, _ = _filled(kind, TEXTS[:2])
    for crash in disk.crashes():
        before = _read(kind, crash.disk)
        book = kind(crash.disk)
        with doing("append('eve +1') after a power cut"):
            book.append("eve +1")
        expect(
            f"what is read after a power cut at step {crash.step} "
            f"({crash.what}) and one more append",
            happened=_read(kind, crash.disk),
            expected=[*before, "eve +1"],
        )


@journal.promise("a second crash, while it opens, loses nothing", orders=0)
def second_crash(kind):
    disk, _ = _filled(kind, TEXTS[:2])
    for first in disk.crashes():
        before = _read(kind, PaperDisk(first.disk.files))
        again = PaperDisk(first.disk.files)
        kind(again)
        for second in again.crashes():
            expect(
                f"what is read after a power cut at step {first.step} "
                f"({first.what}), and a second one {second.step} steps into "
                "opening the journal",
                happened=_read(kind, second.disk),
                expected=before,
            )

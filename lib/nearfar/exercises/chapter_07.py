"""The exercises of chapter 07: crashes.

`chapter_07_journal` and `chapter_07_group` hold one exercise each.
"""

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
    because="ab is synced, so it stays; cd is on its way, so it may be there "
    "or not; of ef there may be nothing, half or all",
    beliefs=[
        (
            ["abcdef"],
            "append says that the bytes are on their way, not that they are "
            "on the disk",
        ),
        (
            ["ab"],
            "what was not synced can be lost, but it can also be there",
        ),
        (
            ["ab", "abcd", "abcdef"],
            "the power can also be cut in the middle of writing ef",
        ),
        (
            lambda answer: "" in answer,
            "ab was synced before the cut, so it is there in any case",
        ),
    ],
    hint="The cut comes after step 3 or later, so `sync` has returned, and the "
    "second append is done. Which cuts come after step 3, and which after step "
    "4? Only the step under way can be halved.",
)


snapshot = Exercise(
    "7.3",
    "a snapshot, all or nothing",
    hint="Which file's bytes must be on the disk before the rename? `sync` can "
    "be called more than once.",
)
OLD, NEW = b"eve 50, grant 100", b"eve 40, grant 110"


@snapshot.promise("afterwards the file holds the new state", orders=0)
def holds_the_new(save):
    disk = PaperDisk({"state": OLD})
    save(disk, NEW)
    expect("'state'", happened=disk.read("state"), expected=NEW)


@snapshot.promise(
    "at any power cut it holds the old state or the new one", orders=0
)
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


answering = Exercise(
    "7.4",
    "answer after the commit",
    hint="answer() promises that the payment is on the disk. Which line makes "
    "that true?",
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


@answering.promise("after any power cut, what was answered is there", orders=0)
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

"""The exercises of chapter 07: crashes."""

from __future__ import annotations

from random import Random

from ..bank import PaperDisk
from ..near import schedule, sleep, spawn
from .promises import Exercise, Prediction, doing, expect


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
    hint="The cut comes after step 3 or later, so sync has returned. Go "
    "through what each append can have left: nothing, half, all.",
)


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


group = Exercise(
    "7.5",
    "one sync for all who wait",
    hint="Keep a list of the customers that wait for the next sync. A tasklet "
    "that you spawn takes the whole list, syncs, and wakes them. A customer "
    "that comes during a sync waits for the next one.",
)
SYNC_S = 0.005


class _SlowFile:
    """A file that counts its lines, and takes its time to sync them."""

    def __init__(self):
        self.lines = self.safe = self.syncs = self.running = 0

    def sync(self):
        self.running += 1
        expect("syncs at the same time", happened=self.running, expected=1)
        self.syncs += 1
        lines = self.lines
        sleep(SYNC_S)
        self.safe = max(self.safe, lines)
        self.running -= 1


def _customer(file, commit, pause=0.0):
    """Write a line and commit it: then it must be safe."""
    if pause:
        sleep(pause)
    file.lines += 1
    mine = file.lines
    commit()
    expect(
        f"the lines that are safe when the commit of line {mine} returns",
        happened=file.safe,
        expected=f"at least {mine}",
        holds=file.safe >= mine,
    )


def _serve(kind, pauses):
    """Let customers come after these pauses; returns the file."""
    file = _SlowFile()
    commits = kind(file.sync)
    customers = [
        spawn(_customer, file, commits.commit, pause, name=f"customer-{n}")
        for n, pause in enumerate(pauses, start=1)
    ]
    for customer in customers:
        customer.join()
    return file


@group.promise("a commit returns when its line is safe", orders=100)
def safe_when_it_returns(kind):
    _serve(kind, [0.0, 0.0, SYNC_S / 2])


@group.promise("also for customers who come during a sync", orders=0)
def during_a_sync(kind):
    for seed in range(20):
        chance = Random(seed)
        _serve(kind, [chance.uniform(0, 8 * SYNC_S) for _ in range(30)])


@group.promise("64 customers at once need two syncs at most", orders=0)
def few_syncs(kind):
    file = _serve(kind, [0.0] * 64)
    expect(
        "how many syncs there were",
        happened=file.syncs,
        expected="1 or 2",
        holds=file.syncs <= 2,
    )


@group.promise("a customer who is alone does not wait for others", orders=0)
def alone(kind):
    for _ in range(3):
        file = _serve(kind, [0.0])
        expect("how many syncs there were", happened=file.syncs, expected=1)
        schedule()

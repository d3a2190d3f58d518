"""The exercise of chapter 10 about the way back of a saga."""

from __future__ import annotations

from random import Random

from ..near import sleep
from .promises import Exercise, doing, expect

saga = Exercise(
    "10.7",
    "the way back of a saga",
    hint="Keep a list of the steps that must be undone. A step belongs on it "
    "before you ask for it, and comes off only if it was refused. Undo the "
    "last one first, and repeat an undo until it is answered.",
)
ATTEMPTS = 3


class _Step:
    """A step that can be refused, or time out with or without an effect."""

    def __init__(self, name, told, log, luck):
        self.name, self.log, self.luck = name, log, luck
        self.told = told  # "yes", "no", or "silent": no answer ever comes
        self.effect = self.undone = False
        self.asked = 0

    def do(self):
        self.asked += 1
        expect(
            f"how often {self.name} is asked to do its step",
            happened=self.asked,
            expected=f"at most {ATTEMPTS} times",
            holds=self.asked <= ATTEMPTS,
        )
        if self.told == "no":
            return False
        arrives = self.luck.random() < 0.5 or self.told == "yes"
        self.effect = self.effect or (arrives and not self.undone)
        if self.told == "silent" or self.luck.random() < 0.2:
            sleep(5)
            raise TimeoutError("no answer")
        self.log.append(f"{self.name} done")
        return True

    def undo(self):
        expect(
            f"what is asked of {self.name}, which refused its step",
            happened="undo",
            expected="nothing: a step that was refused has no effect",
            holds=self.told != "no",
        )
        if self.luck.random() < 0.4:
            sleep(5)
            raise TimeoutError("no answer")
        self.effect, self.undone = False, True
        self.log.append(f"{self.name} undone")


class _Calm:
    """Luck with which no step times out."""

    def random(self):
        return 0.9


def _played(answer, told, seed=None):
    """What came out of a saga, its steps, and its log."""
    luck, log = _Calm() if seed is None else Random(seed), []
    steps = [
        _Step(name, say, log, luck)
        for name, say in zip(("fly", "sleep", "drive"), told, strict=False)
    ]
    with doing(f"a saga whose steps say {', '.join(told)}"):
        out = answer([(step.do, step.undo) for step in steps])
    return out, steps, log


@saga.promise("if every step says yes, all of them stay done", orders=0)
def all_done(answer):
    out, steps, log = _played(answer, ["yes"] * 3)
    expect("what it returns", happened=out, expected=True)
    expect(
        "the effects", happened=[s.effect for s in steps], expected=[True] * 3
    )
    expect(
        "what happened, in order",
        happened=log,
        expected=["fly done", "sleep done", "drive done"],
    )


@saga.promise("if a step is refused, those before it are undone", orders=0)
def undone(answer):
    out, steps, log = _played(answer, ["yes", "yes", "no"])
    expect("what it returns", happened=out, expected=False)
    expect(
        "the effects that are left",
        happened=[step.name for step in steps if step.effect],
        expected=[],
    )
    expect(
        "what happened, in order",
        happened=log,
        expected=["fly done", "sleep done", "sleep undone", "fly undone"],
    )


@saga.promise("a timeout is not a refusal", orders=0)
def silent(answer):
    for seed in range(40):
        out, steps, _ = _played(answer, ["yes", "silent", "yes"], seed)
        expect("what it returns", happened=out, expected=False)
        expect(
            "the effects that are left, when `sleep` never answers "
            f"(with seed {seed})",
            happened=[step.name for step in steps if step.effect],
            expected=[],
        )


@saga.promise("with any luck, it is all or nothing", orders=0)
def all_or_nothing(answer):
    for seed in range(100):
        luck = Random(f"{seed}/said")
        said = [luck.choice(["yes", "yes", "no"]) for _ in range(3)]
        out, steps, _ = _played(answer, said, seed)
        effects = [step.effect for step in steps]
        expect(
            f"the effects of steps that say {', '.join(said)}, when it "
            f"returns {out} (with seed {seed})",
            happened=effects,
            expected=[bool(out)] * 3,
        )

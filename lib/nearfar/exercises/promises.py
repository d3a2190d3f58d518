"""What an exercise promises: answers are run, predictions compared.

The one idea: an answer is not compared with a solution, it is *run*. An
`Exercise` is a list of promises. Each is a sentence and a function, which uses
the answer and calls `expect`; that raises if the sentence is not true. Where
tasklets take turns, one order proves little. So `explore` tries each promise in
many orders, and in all of them if they are few.

A `Prediction` is the other kind: it runs the program, and compares what the
learner said with what happens.

```python
buffer = Exercise("2.4", "a channel with room", hint="Think of relays.")

@buffer.promise("three values go in before the first receive")
def three_go_in(answer):
    ...
    expect("values that went in", happened=count, expected=3)
```
"""

from __future__ import annotations

import dis
import inspect
import io
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

from ..checking import apart
from ..drawing import Figure
from ..near import lowlevel
from .trials import Mismatch, shown_answer, try_promise

__all__ = [
    "Exercise",
    "Prediction",
    "Mismatch",
    "Verdict",
    "expect",
    "doing",
    "now",
]

ORDERS = 1_000  # in which a promise is tried, at most


def expect(
    what: str,
    *,
    happened,
    expected,
    holds: bool | None = None,
) -> None:
    """Raise a `Mismatch` that tells both, unless `happened == expected`.

    Where equality is not the question, `holds` decides, and `expected` says in
    words what should have happened.
    """
    if holds is None:
        holds, expected = happened == expected, shown_answer(expected)
    if holds:
        return
    words = f"{what}\nexpected: {expected}\nhappened: {shown_answer(happened)}"
    if happened is None or (isinstance(happened, list) and None in happened):
        words += "\n(A function without `return` returns None.)"
    raise Mismatch(words)


@contextmanager
def doing(what: str) -> Iterator[str]:
    """Let the verdict say what an answer was doing, if it raises in here."""
    try:
        yield what
    except Exception as error:
        error.doing = what  # type: ignore[attr-defined]
        raise


def now() -> float:
    """Return the virtual time of the trial, in seconds."""
    return lowlevel.time_now()


@dataclass(frozen=True)
class Verdict:
    """What `check` tells of an answer: lines, and a picture if one helps."""

    solved: bool
    lines: tuple[str, ...]
    figure: Figure | None = None
    tried: bool = True  # False: nothing was filled in


EXERCISES: dict[str, Exercise | Prediction] = {}


class Exercise:
    """An exercise whose answer is run: see the module's text.

    `hint` is shown from the second try on. `begun` says that what is handed
    out is a program already: to try that one is not a try. `yields` says that
    the answer may be a generator.
    """

    def __init__(
        self,
        number: str,
        title: str,
        *,
        hint: str,
        begun: bool = False,
        yields: bool = False,
    ):
        self.number, self.title, self.hint = number, title, hint
        self.begun, self.yields = begun, yields
        self.promises: list[tuple] = []
        EXERCISES[number] = self

    def promise(
        self, sentence: str, *, orders: int = ORDERS, inside: bool = True
    ):
        """Decorate `function(answer)`, which raises if the sentence is false.

        The function runs as a tasklet in virtual time, in plain order and in
        at most `orders` others. With `inside=False`, `check` calls it once and
        outside of tasklets: for answers that call `run()` or need real time.
        """
        tried = orders if inside else None

        def register(function):
            self.promises.append((sentence, function, tried))
            return function

        return register

    def examine(self, answer) -> Verdict:
        """Try the promises, up to the first that fails; return the verdict."""
        if answer is ... or _is_empty(answer):
            words = "nothing is written yet: fill in the `...`"
            return Verdict(False, (words,), tried=False)
        if not callable(answer):
            happened = f"happened: {shown_answer(answer)}"
            return Verdict(False, ("expected: a function or class", happened))
        if inspect.isgeneratorfunction(answer) and not self.yields:
            words = (
                "leave out `yield`: to call a function that has one runs none "
                "of it. Use `return`, with a list for several values"
            )
            if any(orders for _, _, orders in self.promises):
                words = (
                    "a tasklet is a plain function: leave out `yield`, and "
                    "call `schedule()`, `sleep()`, `send()` or `receive()`"
                )
            return Verdict(False, (words,))
        held: list[str] = []
        title = f"Exercise {self.number}: a run that fails"
        for told, function, orders in self.promises:
            trial = try_promise(function, answer, orders, title)
            if trial.fault:
                lines = (*held, f"✗ {told}\n{trial.fault}")
                return Verdict(False, lines, trial.figure)
            covered = f" ({trial.covered})" if trial.covered else ""
            held.append(f"✓ {told}{covered}")
        return Verdict(True, tuple(held))


class Prediction:
    """An exercise whose answer is what the learner thinks will happen.

    `truth()` runs the program and returns what happened. `beliefs` are pairs
    of a prediction and the misconception behind it, in words to the learner. A
    function that recognises predictions can stand in place of one. With
    `any_order`, a prediction may list its items in any order, or be a set.
    """

    begun = False

    def __init__(
        self,
        number: str,
        title: str,
        *,
        truth: Callable[[], object],
        because: str,
        beliefs: list[tuple[object, str]],
        hint: str,
        holds: Callable[[Any, Any], bool] | None = None,
        any_order: bool = False,
    ):
        self.number, self.title, self.hint = number, title, hint
        self.truth, self.because, self.beliefs = truth, because, beliefs
        self.forms = tuple | set if any_order else tuple
        self.same = _same_in_any_order if any_order else operator.eq
        self.holds = holds or self.same
        EXERCISES[number] = self

    def examine(self, answer) -> Verdict:
        """Compare a prediction with what happens; return the verdict."""
        if isinstance(answer, self.forms):
            answer = list(answer)
        values = [*answer.values()] if isinstance(answer, dict) else answer
        if answer is ... or (isinstance(values, list) and ... in values):
            words = "put what you think in place of the `...`, then check"
            return Verdict(False, (words,), tried=False)
        with redirect_stdout(io.StringIO()), apart():
            truth = self.truth()
        said = f"you said {shown_answer(answer)}"
        if (form := _form(truth)) != _form(answer):
            return Verdict(False, (said, f"expected: {form}"))
        if self.holds(answer, truth):
            return Verdict(True, (f"that is what happens: {self.because}",))
        for belief, words in self.beliefs:
            known = (
                belief(answer)
                if callable(belief)
                else self.same(belief, answer)
            )
            if known:
                return Verdict(False, (said, words))
        return Verdict(False, (said, _difference(answer, truth)))


def _same_in_any_order(one, other):
    return sorted(one, key=repr) == sorted(other, key=repr)


def _form(value):
    """Say in words what kind of prediction it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "a number"
    kinds = {list: "a list", str: "a text in quotes", dict: "a dict"}
    return kinds.get(type(value), f"a {type(value).__name__}")


def _difference(answer, truth):
    """Say what is wrong with a prediction, and do not give the truth away."""
    if isinstance(truth, list) and len(answer) != len(truth):
        return f"the right list has {len(truth)} entries, not {len(answer)}"
    if isinstance(truth, list):
        strange = [said for said in answer if said not in truth]
        if strange:
            return f"the right list has no {shown_answer(strange[0])}"
        right = 0
        while answer[right] == truth[right]:
            right += 1
        return f"entry {right + 1} is the first that is wrong"
    return "and that is not what happens"


def _is_empty(function) -> bool:
    """Whether the body of a function is still its `...`."""
    if not hasattr(function, "__code__"):
        return False
    idle = ("RESUME", "NOP")
    steps = [s for s in dis.get_instructions(function) if s.opname not in idle]
    names = [s.opname for s in steps]
    nothing = names in (
        ["RETURN_CONST"],  # Python 3.12 and 3.13
        ["LOAD_CONST", "RETURN_VALUE"],
        ["LOAD_COMMON_CONSTANT", "RETURN_VALUE"],  # from Python 3.15 on
    )
    return nothing and steps[0].argrepr == "None"

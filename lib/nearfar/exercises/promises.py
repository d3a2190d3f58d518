"""What an exercise promises, and what becomes of an answer that is tried.

The one idea: an answer is not compared with a solution, it is *run*. An
`Exercise` is a list of promises, each a sentence and a function that uses the
answer and complains through `expect` when the sentence is not true. Where
tasklets take turns, one order proves little, so each promise is tried in plain
order and under 200 seeds; the first failure is made as small as it gets.

A `Prediction` is the other kind: the truth is found out by running the
program, and what the learner said is compared with it.

```python
buffer = Exercise("2.3", "a channel with room", hint="Think of relays.")

@buffer.promise("three values go in though nobody receives")
def three_go_in(answer):
    ...
    expect("values that went in", happened=count, expected=3)
```
"""

from __future__ import annotations

import dis
import io
import os
import sysconfig
import threading
import time
import traceback
from _thread import interrupt_main
from collections.abc import Callable
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass

from greenlet import getcurrent

from ..diagrams import Figure, space_time
from ..schedules import explore, replay
from ..tasklets import Deadlock
from ..trace import Trace

__all__ = ["Exercise", "Prediction", "Mismatch", "Verdict", "expect", "now"]

ORDERS = 200  # seeds under which a promise is tried
LIMIT_S = 2.0  # for plain order; all orders together get ten times as much
DRAWN = 60  # events: a failure with more of them is told, not drawn
NOT_THE_LEARNERS = (
    os.path.dirname(os.path.dirname(__file__)),
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"),
    "<frozen",
)


class Mismatch(AssertionError):
    """Something else happened than was expected."""


def expect(
    what: str,
    *,
    happened,
    expected,
    holds: bool | None = None,
) -> None:
    """Go on if `happened == expected`; else complain with both.

    Where equality is not the question, `holds` is the answer, and `expected`
    says in words what should have been.
    """
    if holds is None:
        holds, expected = happened == expected, _shown(expected)
    if not holds:
        raise Mismatch(
            f"{what}\nexpected: {expected}\nhappened: {_shown(happened)}"
        )


def now() -> float:
    """The seconds of virtual time in which a promise is tried."""
    return getcurrent().scheduler.clock.now()


@dataclass(frozen=True)
class Verdict:
    """What became of an answer: the story, and a picture if one helps."""

    solved: bool
    lines: tuple[str, ...]
    figure: Figure | None = None
    tried: bool = True  # False: nothing was filled in


class Exercise:
    """An exercise whose answer is run: see the module's text.

    `hint` is shown from the second try on.
    """

    def __init__(self, number: str, title: str, *, hint: str):
        self.number, self.title, self.hint = number, title, hint
        self.promises = []
        EXERCISES[number] = self

    def promise(
        self, sentence: str, *, orders: int = ORDERS, inside: bool = True
    ):
        """Decorate `function(answer)`, which complains when it is not so.

        It runs as a tasklet in virtual time, in plain order and under `orders`
        seeds. With `inside=False` it is called plainly, once: for answers that
        call `run()` themselves, or need real time.
        """

        def register(function):
            self.promises.append(
                _Promise(sentence, function, orders if inside else None)
            )
            return function

        return register

    def examine(self, answer) -> Verdict:
        """Try one promise after the other, up to the first that fails."""
        if answer is ... or _is_empty(answer):
            words = "nothing is written yet: fill in the `...`"
            return Verdict(False, (words,), tried=False)
        if not callable(answer):
            words = f"expected: a function\nhappened: {_shown(answer)}"
            return Verdict(False, (words,))
        held = []
        for promise in self.promises:
            fault, figure = promise.try_with(answer, self.number)
            if fault:
                return Verdict(False, (*held, f"✗ {promise}\n{fault}"), figure)
            held.append(f"✓ {promise}")
        return Verdict(True, tuple(held))


class Prediction:
    """An exercise whose answer is what the learner thinks will happen.

    `truth()` runs the program and returns what did happen. `beliefs` are pairs
    of a prediction and the misconception behind it, in words to the learner;
    in place of a prediction may stand a function that recognises one.
    """

    def __init__(
        self,
        number: str,
        title: str,
        *,
        truth: Callable[[], object],
        because: str,
        beliefs: list[tuple[object, str]],
        hint: str,
        holds: Callable[[object, object], bool] = lambda a, b: a == b,
    ):
        self.number, self.title, self.hint = number, title, hint
        self.truth, self.because, self.beliefs = truth, because, beliefs
        self.holds = holds
        EXERCISES[number] = self

    def examine(self, answer) -> Verdict:
        """Compare a prediction with what happens."""
        if answer is ... or (isinstance(answer, list) and ... in answer):
            words = "put what you think in place of the `...`, then check"
            return Verdict(False, (words,), tried=False)
        with redirect_stdout(io.StringIO()):
            truth = self.truth()
        if type(answer) is not type(truth) and not (
            _is_number(answer) and _is_number(truth)
        ):
            return Verdict(
                False,
                (f"expected: {_form(truth)}\nhappened: {_shown(answer)}",),
            )
        if self.holds(answer, truth):
            return Verdict(True, (f"that is what happens: {self.because}",))
        for belief, words in self.beliefs:
            known = belief(answer) if callable(belief) else belief == answer
            if known:
                return Verdict(False, (f"you said {_shown(answer)}", words))
        return Verdict(
            False,
            (f"you said {_shown(answer)}, and that is not what happens",),
        )


EXERCISES: dict[str, Exercise | Prediction] = {}


# --- Trying one promise ------------------------------------------------------


class _Promise:
    def __init__(self, sentence, function, orders):
        self.sentence, self.function, self.orders = sentence, function, orders

    def __str__(self):
        if not self.orders:
            return self.sentence
        return f"{self.sentence} ({self.orders + 1} orders)"

    def try_with(self, answer, number):
        """(What went wrong, a picture), or (nothing, None)."""

        def check():
            self.function(answer)

        try:
            with redirect_stdout(io.StringIO()):
                return self._fails(check, number)
        except _Hangs as hangs:
            return str(hangs), None
        except Exception as error:
            return tell(error), None

    def _fails(self, check, number):
        with _limit(LIMIT_S):
            if self.orders is None:
                check()
                return "", None
            with Trace(limit=DRAWN + 1) as trace:
                error = _error_of(check, {})
        if error is not None:
            return tell(error), _draw(trace, number)
        with _limit(10 * LIMIT_S):
            failure = explore(check, schedules=self.orders)
        if failure is None:
            return "", None
        with Trace(limit=DRAWN + 1) as trace, _limit(LIMIT_S):
            error = _error_of(check, failure.schedule) or failure.error
        order = (
            "(First in, first out, it holds; it fails when "
            f"{_turns(len(failure.schedule))} out of line, found by seed "
            f"{failure.seed}.)"
        )
        return f"{tell(error)}\n{order}", _draw(trace, number)


def _error_of(program, schedule):
    try:
        replay(program, schedule)
    except Exception as error:
        return error
    return None


class _Hangs(Exception):
    pass


@contextmanager
def _limit(seconds):
    """Stop what does not end, as the reader's stop button would."""
    done, fired = threading.Event(), threading.Event()

    def watch():
        if not done.wait(seconds):
            fired.set()
            interrupt_main()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        try:
            yield
        finally:
            done.set()
            watcher.join()
            if fired.is_set():
                time.sleep(0)  # let the interrupt come out here
    except KeyboardInterrupt as interrupt:
        if not fired.is_set():
            raise
        raise _Hangs(
            f"It did not come to an end, and was stopped after {seconds:g} s"
            f"{_place(interrupt)}\nA loop that never waits and never gives "
            "way keeps everybody else from running."
        ) from None


# --- Words and pictures ------------------------------------------------------


def tell(error) -> str:
    """What went wrong, with the learner's own line."""
    if isinstance(error, Mismatch | Deadlock):
        return str(error)
    return f"{type(error).__name__}: {error}{_place(error)}"


def _place(error) -> str:
    """The last line of the learner's that an error came through."""
    steps = [
        step
        for step in traceback.extract_tb(error.__traceback__)
        if not step.filename.startswith(NOT_THE_LEARNERS)
    ]
    if not steps:
        return ""
    step = steps[-1]
    told = f": {step.line}" if step.line else ""
    return f"\nin {step.name}(), line {step.lineno} of the cell{told}"


def _draw(trace, number):
    """The run as a picture, if it has tasklets that meet and is not long."""
    tasklets = {event.tasklet for event in trace.events}
    if trace.dropped or len(tasklets - {"main"}) < 3:
        return None
    return space_time(trace, f"Exercise {number}, the run that fails")


def _turns(count):
    return "one turn is" if count == 1 else f"{count} turns are"


def _shown(value):
    text = value if isinstance(value, str) and "\n" in value else repr(value)
    return text if len(text) <= 300 else text[:297] + "..."


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _form(truth):
    kinds = {list: "a list", str: "a text in quotes", dict: "a dict"}
    if _is_number(truth):
        return "a number"
    return kinds.get(type(truth), f"a {type(truth).__name__}")


def _is_empty(function) -> bool:
    """Whether the body of a function is still its `...`."""
    if not hasattr(function, "__code__"):
        return False
    idle = ("RESUME", "NOP")
    steps = [s for s in dis.get_instructions(function) if s.opname not in idle]
    names = [s.opname for s in steps]
    nothing = names in (["LOAD_CONST", "RETURN_VALUE"], ["RETURN_CONST"])
    return nothing and steps[0].argval is None

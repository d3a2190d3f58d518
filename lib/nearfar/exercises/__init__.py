"""Exercises: `check("2.1", answer)` says what holds, and what does not yet.

The one idea: `check` runs an answer and does not compare it with a solution,
so every way of doing it counts. It prints one friendly verdict and never
raises, so that a chapter with nothing filled in runs from top to bottom. From
the second try on it shows a hint. A small file keeps what is solved;
`progress()` prints it.

`promises` says what an exercise is made of, `trials` how an answer is tried,
`stopping` how it is stopped and `places` where it was. `solved` keeps
progress. `submitted` finds the answers in a notebook that a student hands in,
and `variants` gives each student of a class other numbers to predict.
`chapter_00` and so on hold the exercises; in `challenges` the answer is a list
of moves.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from pkgutil import iter_modules
from textwrap import fill

from .promises import EXERCISES, Verdict
from .solved import Unreadable, remember, solved
from .submitted import answers_in, checked_in
from .trials import tell
from .variants import VARIED, variant

__all__ = [
    "check",
    "progress",
    "examine",
    "exercise_numbers",
    "program_for",
    "answers_in",
    "checked_in",
]

_tries: dict[str, set] = {}  # different answers since the kernel started


def check(number: str, answer, *, student: str = ""):
    """Try an answer and print the verdict; it never raises.

    `number` is the exercise's, such as "2.1"; `answer` is the function or the
    prediction in the cell above. The notebooks of a class name their
    `student`, whose name draws the numbers of some programs (`variants`).
    Returns a picture of the run that failed, for the notebook to show, or None
    if a picture would not help.
    """
    exercise = _all().get(number)
    if exercise is None:
        print(f"no exercise {number!r}; there are {', '.join(_all())}")
        return None
    verdict = examine(number, answer, student)
    done = "done" if verdict.solved else "not yet"
    print(f"{number} {exercise.title}: {done}")
    for told in verdict.lines:
        _print_wrapped(told)
    if verdict.solved:
        _remember(number)
    elif verdict.tried:
        tries = _tries.setdefault(number, set())
        tries.add(_fingerprint(answer))
        if len(tries) > 1 + exercise.begun:
            _print_wrapped(f"hint: {exercise.hint}")
    return verdict.figure


def examine(number: str, answer, student: str = "") -> Verdict:
    """Try an answer and return the verdict; raises only KeyboardInterrupt.

    Raises KeyError if there is no exercise of that number.
    """
    exercise = _all()[number]
    try:
        if student and number in VARIED:
            exercise = variant(exercise, student)[0]
        return exercise.examine(answer)
    except KeyboardInterrupt:  # the reader's stop button
        raise
    except BaseException as error:  # no promise was ready for it
        return Verdict(False, (tell(error),))


def program_for(number: str, student: str) -> tuple[str, str] | None:
    """The name and the text of the program that a student has to predict.

    None if that is the one in the chapter, for all students.
    """
    if number not in VARIED:
        return None
    exercise = _all()[number]
    return exercise.truth.__name__, variant(exercise, student)[1]


def exercise_numbers() -> list[str]:
    """Return the numbers of all exercises of the book, in order."""
    return list(_all())


def progress(chapter: int | None = None) -> None:
    """Print which exercises are solved: of the book, or of one `chapter`."""
    done = _solved()
    chapters: dict[int, list[str]] = {}
    for number in _all():
        of = int(number.split(".")[0])
        if chapter in (None, of):
            chapters.setdefault(of, []).append(number)
    for of, numbers in chapters.items():
        marks = "  ".join(f"{n} {'✓' if n in done else '·'}" for n in numbers)
        print(f"chapter {of:02}   {marks}")
    asked = {number for numbers in chapters.values() for number in numbers}
    print(f"{len(done & asked)} of {len(asked)} solved")


def _fingerprint(answer):
    """Return the same for the same answer, also when its cell has run again."""
    try:
        return inspect.getsource(answer)
    except (OSError, TypeError):
        return repr(answer)


def _print_wrapped(text):
    """Print a text of several lines, those after the first set in."""
    for number, line in enumerate(text.splitlines()):
        margin = "    " if number else "  "
        print(
            fill(
                line,
                width=78,
                initial_indent=margin,
                subsequent_indent=margin + "  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        )


def _all():
    """Return every exercise of the book, by number, in order."""
    for module in iter_modules(__path__):
        if module.name.startswith("chapter_"):
            import_module(f"{__name__}.{module.name}")
    numbers = sorted(EXERCISES, key=lambda n: [*map(int, n.split("."))])
    return {number: EXERCISES[number] for number in numbers}


def _solved() -> set[str]:
    """Return what is solved; if that is not known, say so and return none."""
    try:
        return solved()
    except Unreadable as error:
        print(
            f"The file with your progress, {error}, cannot be read. The next "
            "exercise you solve renames it and starts a new one."
        )
    except OSError as error:
        print(f"Your progress cannot be read: {error.strerror}.")
    return set()


def _remember(number):
    try:
        aside = remember(number)
    except OSError as error:
        print(f"Your progress could not be kept: {error.strerror}.")
        return
    if aside:
        print(
            "The file with your progress could not be read. It is now called "
            f"{aside}, and a new one has been started."
        )

"""Answer: the process in which one answer of a student is tried.

The one idea: it reads its question, gives up its rights, and only then runs
the student's code. The verdict leaves on a pipe of its own, behind a secret of
`grade`: what an answer prints is thrown away.

An answer runs in the process that judges it. So one that is written to
cheat, by changing the checks in memory, can: a clean verdict is no proof of
honest work.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from ..exercises import answers_in, examine
from ..processes import confine, end_with_parent

LIBRARY = Path(__file__).resolve().parents[2]
SHOWN = 300  # letters of a verdict


def main() -> None:
    """Answer the question on standard input, and end."""
    asked = json.loads(sys.stdin.buffer.readline())
    # Taken now: an answer may put others in their place.
    secret, write, dumps, end = asked.pop("secret"), os.write, json.dumps, _end
    report = os.dup(1)
    lost = confine(
        os.getcwd(),
        [sys.prefix, sys.base_prefix, *filter(None, sys.path), str(LIBRARY)],
        seconds=asked["seconds"],
        megabytes=asked["megabytes"],
    )
    end_with_parent()  # from here on there are threads
    nothing = os.open(os.devnull, os.O_WRONLY)
    for standard in (1, 2):
        os.dup2(nothing, standard)
    told: dict = {"lost": lost}
    if asked["number"]:
        told = judged(asked["cells"], asked["number"], asked["student"])
    write(report, f"{secret}{dumps(told)}".encode())
    end(0)


_end = os._exit


def judged(cells: list[str], number: str, student: str) -> dict[str, str]:
    """The result for one exercise: the best of its answers."""
    best = {"result": "not answered", "verdict": "no cell checks it"}
    for answer in answers_in(cells, number):
        told = _told(answer, number, student)
        if told["result"] == "solved":
            return told
        if best["result"] == "not answered":
            best = told
    return best


def _told(answer, number, student):
    if isinstance(answer, BaseException):
        words = f"its cell raises {type(answer).__name__}: {answer}"
        return {"result": "failed", "verdict": words[:SHOWN]}
    verdict = examine(number, answer, student)
    result = "solved" if verdict.solved else "failed"
    if not verdict.tried:
        result = "not answered"
    lines = verdict.lines[:1]
    if not verdict.solved:  # the promises that hold come first
        lines = tuple(x for x in verdict.lines if not x.startswith("✓"))
    told = [text for line in lines[:2] for text in line.splitlines()[:2]]
    return {"result": result, "verdict": ": ".join(told)[:SHOWN]}


if __name__ == "__main__":
    main()

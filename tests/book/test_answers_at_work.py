"""Cells that show the reader's own answer at work, with the solutions in.

What is stored under such a cell comes from the exercise as handed out. The
text beside it says what the reader's answer shows instead; here is the proof.
"""

import ast
import re
from functools import partial
from pathlib import Path

import nbformat
import pytest

from nearfar.far import Malformed

CHAPTERS = Path(__file__).parents[2] / "chapters"
SOLUTION = re.compile(r"<summary>Solution.*?```python\n(.*?)\n```", re.DOTALL)


def at_work(chapter, *ids, **names):
    """Run these cells, a solution as its code; return the last one's value.

    `names` are those that cells left out here have imported.
    """
    cells = {c.id: c for c in nbformat.read(CHAPTERS / chapter, 4).cells}
    for id in ids:
        solution = SOLUTION.search(cells[id].source)
        tree = ast.parse(solution[1] if solution else cells[id].source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, id, "exec"), names)
        value = last and eval(
            compile(ast.Expression(last.value), id, "eval"), names
        )
    return value


@pytest.mark.parametrize(
    ("answer", "reader"),
    [("03-95", "stand_in"), ("03-98", "messages")],  # the stub of 3.3; solved
)
def test_your_parser_reads_once_it_joins_two_pieces(answer, reader, capsys):
    at_work("03_messages.ipynb", "03-31a", answer, "03-42d", "03-42b")
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"the cells below read with {reader}"


SERVER, RULES = "04-S5", "04-87"
BANK = "04-A2", "04-A10", "04-A11"
TOGETHER = "04-Y2", "04-Y3"


@pytest.mark.parametrize(
    ("answers", "heard"),
    [
        ((SERVER, "04-84"), "eve: Accepted(cents=-50)"),  # the stub of 4.4
        ((SERVER, RULES), "eve: Declined(reason='an amount is above zero')"),
    ],
)
def test_your_bank_outlives_mallory_and_refuses_eve(answers, heard, capsys):
    cells = *BANK, *answers, *TOGETHER
    at_work("04_bank.ipynb", *cells, Malformed=Malformed)
    assert capsys.readouterr().out.splitlines()[-1] == heard


@pytest.mark.parametrize(
    ("rules", "told"),
    [("04-84", "Accepted(cents=-25)"), (RULES, "Declined(")],
)
def test_your_bank_says_the_same_in_each_world(rules, told, capsys):
    cells = *BANK, SERVER, rules, "04-W1", "04-W2"
    at_work("04_bank.ipynb", *cells, partial=partial)
    lines = capsys.readouterr().out.splitlines()[-3:]
    assert len({line[14:] for line in lines}) == 1
    for line in lines:
        assert line[14:].startswith(f"Accepted(cents=75) {told}")


def test_your_queue_answers_as_many_as_the_text_says(capsys):
    report = "06-40g2", "06-40j", "06-40d", "06-64", "06-40k"
    at_work("06_lost_messages.ipynb", "06-05", *report)
    lines = capsys.readouterr().out.splitlines()
    yours = "\n".join(line for line in lines if line.startswith("Queue"))
    cells = nbformat.read(CHAPTERS / "06_lost_messages.ipynb", 4).cells
    (told,) = (cell.source for cell in cells if cell.id == "06-40l")
    assert f"```text\n{yours}\n```" in told


def test_your_journal_has_no_red_cell():
    disk = "07-03", "07-07", "07-08", "07-10", "07-11"
    picture = at_work("07_crashes.ipynb", *disk, "07-86", "07-J2")
    assert "17 right." in picture.alt


def test_the_hunt_runs_on_your_network_as_on_the_librarys(capsys):
    day = "08-109", "08-110", "08-112"
    for network in ("08-108", "08-106"):  # the library's; the solution
        at_work("08_simulation.ipynb", "08-103", network, *day)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == lines[3:]
    assert lines[:2] == ["without faults: [100]", "seed 2 books [100, 100]:"]

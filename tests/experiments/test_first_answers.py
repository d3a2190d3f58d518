"""First answers: each solves its exercise, and fails the one that follows."""

import pytest

from nearfar.exercises import check
from nearfar.experiments.first_answers import (
    first_coordinator,
    smallest_server,
)


@pytest.mark.parametrize(
    ("answer", "solves", "fails"),
    [(smallest_server, "4.1", "4.3"), (first_coordinator, "5.2", "5.3")],
)
def test_an_answer_solves_its_exercise_and_not_the_next(
    answer, solves, fails, capsys, tmp_path, monkeypatch
):
    monkeypatch.setenv("NEARFAR_PROGRESS", str(tmp_path / "progress.json"))
    check(solves, answer)
    assert "not yet" not in capsys.readouterr().out
    check(fails, answer)
    assert "not yet" in capsys.readouterr().out

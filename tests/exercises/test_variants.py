"""Variants: each student predicts a program with numbers of their own."""

import pytest

from nearfar import exercises
from nearfar.exercises import check, program_for
from nearfar.exercises.promises import EXERCISES
from nearfar.exercises.variants import GATE, VARIED, met, variant, written

exercises.exercise_numbers()  # registers all of them
CLASS = [f"student {number}" for number in range(40)]
each = pytest.mark.parametrize("number", VARIED)


@each
def test_no_variant_has_the_solution_of_the_chapter(number):
    exercise = EXERCISES[number]
    solution = exercise.truth()
    for student in CLASS:
        own, program = variant(exercise, student)
        assert own.truth() != solution
        assert own.examine(own.truth()).solved
        assert not own.examine(solution).solved
        compile(program, number, "exec")


@each
def test_a_class_predicts_many_outputs(number):
    own = {str(variant(EXERCISES[number], one)[0].truth()) for one in CLASS}
    assert len(own) >= 15


@each
def test_the_name_alone_draws_the_numbers(number):
    programs = [variant(EXERCISES[number], "eve")[1] for _ in range(2)]
    assert programs[0] == programs[1] == program_for(number, "eve")[1]
    assert program_for(number, "ann") != program_for(number, "eve")


@each
def test_a_misconception_gets_its_verdict_in_each_variant(number):
    known = 0
    for student in CLASS:
        own, _ = variant(EXERCISES[number], student)
        truth = own.truth()
        for place, (belief, words) in enumerate(own.beliefs):
            if callable(belief) or belief == truth:
                continue
            before = [other for other, _ in own.beliefs[:place]]
            verdict = own.examine(belief)
            assert not verdict.solved
            if belief not in before:
                assert verdict.lines[1] == words
                known += 1
    assert known > len(CLASS)


def test_the_models_of_what_some_believe_are_those_of_the_chapters():
    gate = [belief for belief, _ in EXERCISES["2.1"].beliefs]
    rules = "both", "free", "first", "last"
    assert [met(GATE, rule) for rule in rules] == gate
    turns = [belief for belief, _ in EXERCISES["1.1"].beliefs]
    counts = {"ann": 2, "bob": 2, "cy": 2}
    places = "front", "behind bob"
    assert [written(counts, 1, place) for place in places] == turns[:2]


@pytest.mark.parametrize("student", CLASS)
def test_what_is_true_in_the_models_is_true_in_the_programs(student):
    own, program = variant(EXERCISES["2.1"], student)
    order = [
        line.partition('"')[2].partition('"')[0]
        for line in program.splitlines()
        if line.startswith("    spawn(")
    ]
    assert met(order) == own.truth()


def test_other_exercises_are_the_same_for_all(capsys):
    assert program_for("6.1", "eve") is None
    check("6.1", 200, student="eve")
    assert ": done" in capsys.readouterr().out


def test_a_check_with_a_name_is_about_the_students_program(capsys):
    own, _ = variant(EXERCISES["0.1"], "eve")
    check("0.1", own.truth(), student="eve")
    assert ": done" in capsys.readouterr().out
    check("0.1", own.truth())
    assert ": not yet" in capsys.readouterr().out

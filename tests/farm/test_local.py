"""Local farms: a learner's own functions, and whatever a chunk does."""

import importlib
import math
import sys

import pytest

from nearfar import Misuse
from nearfar.farm import FUNCTIONS, local_farm

MODULE = """
import os, subprocess, sys, time


def square(number):
    return number * number


def _secret(number):
    return number
"""


@pytest.fixture
def my_work(tmp_path, monkeypatch):
    """A module of the learner's own, which only this process can import."""

    def write(code=MODULE, name="my_work"):
        (tmp_path / f"{name}.py").write_text(code)
        importlib.invalidate_caches()
        sys.modules.pop(name, None)
        return importlib.import_module(name)

    before = dict(FUNCTIONS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield write
    FUNCTIONS.clear()
    FUNCTIONS.update(before)
    for name in ("my_work", "more_work"):
        sys.modules.pop(name, None)


# --- What workers can do -----------------------------------------------------


def test_a_function_of_ones_own_module_is_farmed(my_work):
    module = my_work()
    with local_farm(2, imports="my_work") as farm:
        assert list(farm.map(module.square, range(5))) == [0, 1, 4, 9, 16]


def test_a_module_may_add_to_the_table_itself_and_several_may_be_named(my_work):
    code = "from nearfar.farm import FUNCTIONS\nFUNCTIONS['twice'] = max\n"
    first, _ = my_work(), my_work(code, "more_work")
    with local_farm(1, imports=["my_work", "more_work"]) as farm:
        assert list(farm.map(first.square, [3])) == [9]
    assert FUNCTIONS["twice"] is max


def test_only_public_functions_that_the_module_defines_are_offered(my_work):
    module = my_work()
    with local_farm(1, imports="my_work") as farm:
        assert "square" in FUNCTIONS
        assert not {"_secret", "sleep", "run"} & FUNCTIONS.keys()
        with pytest.raises(Misuse, match="'_secret'"):
            farm.map(module._secret, [1])


def test_a_function_that_was_written_anew_is_told_from_the_old_one(my_work):
    module = my_work()
    with local_farm(1, imports="my_work") as farm:
        newer = my_work(MODULE.replace("number * number", "number ** 3"))
        with pytest.raises(Misuse, match="has changed since"):
            farm.map(newer.square, [2])
        assert list(farm.map(module.square, [2])) == [4]
    with local_farm(1, imports="my_work") as farm:
        assert list(farm.map(newer.square, [2])) == [8]


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("no_such_module", "cannot import 'no_such_module'"),
        ("__main__", "file of its own"),
        ("my_work.py", "without .py"),
    ],
)
def test_a_module_that_cannot_be_imported_is_refused_at_once(
    my_work, module, told
):
    my_work()
    with pytest.raises(Misuse, match=told), local_farm(1, imports=module):
        pass


def test_the_refusal_of_a_function_says_how_it_could_be_farmed(my_work):
    module = my_work()
    with local_farm(1) as farm:
        with pytest.raises(Misuse, match=r"local_farm\(2, imports='my_work'\)"):
            farm.map(module.square, [1])
        for mine in (lambda number: number, in_a_notebook()):
            with pytest.raises(
                Misuse, match=r"into a file .*imports='my_work'"
            ):
                farm.map(mine, [1])
        with pytest.raises(Misuse, match="imports='math'"):
            farm.map(math.sqrt, [4])
        with pytest.raises(Misuse, match="takes a function"):
            farm.map(7, [1])


def in_a_notebook():
    space = {"__name__": "__main__"}
    exec("def square(number): return number", space)
    return space["square"]


def test_a_function_of_the_standard_library_may_be_farmed_too(my_work):
    with local_farm(1, imports=math) as farm:
        assert list(farm.map(math.sqrt, [4, 9])) == [2, 3]

"""Known wrong answers, and the words with which each is sent back.

By exercise: pairs of an answer, as a learner would write it into the cell, and
something that the verdict must say. Each stands for a mistake that people
make, so the verdict has to name it, not only refuse it. One module a chapter.
"""

from importlib import import_module
from pkgutil import iter_modules

WRONG = {
    number: answers
    for module in iter_modules(__path__, f"{__name__}.")
    for number, answers in import_module(module.name).WRONG.items()
}

"""Every chapter runs in the page, and gives what is stored.

The comparison is that of nbval: all that is printed, and every kind of every
output, but for the pixels of a plot; a cell tagged `nbval-ignore-output` must
only end well. `EXCEPTIONS` are the cells that differ, each with its reason.
"""

import pytest
from page import ROOT, LivePage, code_cells, text_of
from test_exercises import HANDED
from wrong_answers import WRONG

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
EXCEPTIONS = {}
NOT_COMPARED = "nbval-ignore-output"
PLOTS = "image/png", "image/svg+xml"  # the page has a pyplot of its own
MOST_MB = 200  # of memory for the cells of a chapter; the page may have 1,024
MEMORY = """
import pyodide_js
print(pyodide_js._module.memory.buffer.byteLength // 2**20)
"""


def seen(outputs):
    """What is compared of outputs: {stream or kind: [text]}."""
    kept = {}
    for output in outputs:
        if output.output_type == "stream":
            kept.setdefault(output.name, [""])[0] += output.text
        elif output.output_type == "error":
            kept.setdefault(output.ename, []).append(output.evalue)
        else:
            for kind, data in output.data.items():
                plot = kind in PLOTS
                told = "a plot" if plot else data
                kept.setdefault("plot" if plot else kind, []).append(told)
    return kept


def difference(cell, status, outputs):
    """What the page did differently with a cell, in words; "" if nothing."""
    if status != "ok":
        return f"{status}: {text_of(outputs)}"
    if NOT_COMPARED in cell.metadata.get("tags", []):
        return ""
    stored, now = seen(cell.outputs), seen(outputs)
    return "\n".join(
        f"{kind}\n  stored: {stored.get(kind)}\n  page:   {now.get(kind)}"
        for kind in sorted({*stored, *now})
        if stored.get(kind) != now.get(kind)
    )


def cells_that_differ(page, path):
    """Run a chapter from top to bottom, and tell what differs."""
    for cell in code_cells(path):
        if "local" in cell.metadata:
            continue
        status, outputs = page.run(cell.source, timeout=300)
        differs = difference(cell, status, outputs)
        if bool(differs) != (cell.id in EXCEPTIONS):
            told = differs or "it does not differ: it is no exception"
            yield f"{cell.id}: {told}"
        if not page.alive:
            return


def memory_mb(page):
    """The most memory that Python has had in this page: it gives none back."""
    _, outputs = page.run(MEMORY)
    return int(text_of(outputs))


def answers(path):
    """(Exercise, an answer, what the verdict must say) for the page to try."""
    for handed in HANDED:
        if handed.chapter == path.stem:
            yield handed, handed.solution, ": done"
            for answer, reason in WRONG[handed.number][:2]:
                yield handed, answer, reason


def verdicts_that_differ(page, path):
    """Have all answers checked after the chapter's cells, and tell."""
    for handed, answer, reason in answers(path):
        if not page.alive:
            return
        status, outputs = page.run(f"{answer}\n{handed.call}")
        told = " ".join(text_of(outputs).split())
        if reason == "did not finish" and "MemoryError" in told:
            continue  # the page has less memory than that takes
        done = ": done" in told.partition("✓")[0].partition("✗")[0]
        if status != "ok" or reason not in told or done != (reason == ": done"):
            yield f"{handed.number}: {told}\n\n{answer}"


# The `::` makes each chapter a scope of its own for pytest-xdist, which then
# runs chapters side by side.
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda it: f"{it.stem}::whole")
def test_a_chapter_runs_in_the_page(browser, address, base, path):
    tab = browser.new_page()
    tab.goto(address)
    page = LivePage(tab, base)
    page.start(path.stem)
    report = [*cells_that_differ(page, path)]
    if page.alive and (used := memory_mb(page)) > MOST_MB:
        report.append(f"its cells took {used} MB, not {MOST_MB} or fewer")
    report += verdicts_that_differ(page, path)
    report += [m["why"] for m in page.told('m.is === "died"')]
    tab.close()
    if report:
        pytest.fail("\n".join(report), pytrace=False)


def test_few_cells_are_local_or_differ():
    cells = [cell for path in CHAPTERS for cell in code_cells(path)]
    local = [cell.id for cell in cells if "local" in cell.metadata]
    assert EXCEPTIONS.keys() <= {cell.id for cell in cells}
    assert not EXCEPTIONS.keys() & {*local}
    assert len(local) + len(EXCEPTIONS) <= 0.05 * len(cells)

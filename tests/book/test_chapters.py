"""What a chapter keeps, beyond its outputs, which nbval compares.

One test for each rule, over all chapters. Below them, every rule is tried on
chapters that break it: a rule that nothing can break holds nothing. (Rules
and trials stand in one file, and so it is long.)
"""

import ast
import base64
import functools
import getpass
import itertools
import json
import platform
import re
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import reader, v4

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
NOT_COMPARED = "nbval-ignore-output"
RAISES = "raises-exception"
LONG = {"draft", "exercise"}
TAGS = LONG | {NOT_COMPARED, RAISES, "check", "predict"}
HTML = "b br code details em i img kbd strong sub summary sup"
RUN = "run `make chapters`"


@dataclass(frozen=True)
class Chapter:
    """One notebook; all its cells are counted, from 1."""

    path: Path

    @functools.cached_property
    def text(self):
        return self.path.read_text(encoding="utf-8")

    @functools.cached_property
    def notebook(self):
        return reader.reads(self.text)

    def cells(self, *kinds):
        for number, cell in enumerate(self.notebook.cells, start=1):
            if cell.cell_type in kinds:
                yield f"cell {number}", cell

    def outputs(self):
        for where, cell in self.cells("code"):
            for output in cell.outputs:
                yield where, cell, output


def chapters_in(folder):
    return [Chapter(path) for path in sorted(folder.glob("*.ipynb"))]


BOOK = chapters_in(ROOT / "chapters")
RULES = []


def every_chapter(rule):
    """Turn a rule, which yields (where, what to do), into a test."""

    @pytest.mark.parametrize("chapter", BOOK, ids=lambda it: it.path.stem)
    @functools.wraps(rule)
    def test(chapter):
        problems = [
            f"{chapter.path.name}, {where}: {what}"
            for where, what in rule(chapter)
        ]
        if problems:
            pytest.fail("\n".join(problems), pytrace=False)

    RULES.append(test)
    return test


def tags(cell):
    return set(cell.metadata.get("tags", []))


# --- The file ---------------------------------------------------------------


@every_chapter
def test_file_is_a_valid_notebook(chapter):
    notebook = json.loads(chapter.text)
    if (notebook["nbformat"], notebook["nbformat_minor"]) != (4, 5):
        yield "file", "save it as nbformat 4.5"
    ids = [cell.get("id") for cell in notebook["cells"]]
    if None in ids or len(set(ids)) < len(ids):
        yield "file", "give every cell an id of its own"
        return
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield "file", f"no valid notebook: {error}"


@every_chapter
def test_file_is_stored_in_the_form_that_changes_least(chapter):
    if chapter.text != v4.writes(chapter.notebook) + "\n":
        yield "file", "save it with JupyterLab or nbformat.write"


@every_chapter
def test_notebook_names_the_kernel_and_no_machine(chapter):
    if chapter.notebook.metadata != NOTEBOOK_METADATA:
        yield "metadata", f"must be {NOTEBOOK_METADATA}: {RUN}"


@every_chapter
def test_cells_carry_tags_and_alt_texts_and_nothing_else(chapter):
    for where, cell in chapter.cells("code", "markdown", "raw"):
        if strange := cell.metadata.keys() - {"tags", "mystnb", "local"}:
            yield where, f"drop metadata {strange}: {RUN}"
        if strange := tags(cell) - TAGS:
            yield where, f"no tag of this book: {strange}"
        if re.search(
            r"^\s*#\s*(NBVAL|PYTEST_VALIDATE)_", cell.source, re.MULTILINE
        ):
            yield where, f"use a tag, one of {sorted(TAGS)}"


# --- Code cells and what they printed ---------------------------------------


@every_chapter
def test_all_code_was_run_once_from_top_to_bottom(chapter):
    cells = list(chapter.cells("code"))
    if not cells:
        yield "file", "runs nothing"
    for count, (where, cell) in enumerate(cells, start=1):
        if cell.execution_count != count:
            yield where, f"count {cell.execution_count}, not {count}: {RUN}"


@every_chapter
def test_code_is_plain_python(chapter):
    for where, cell in chapter.cells("code"):
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            yield where, f"no magics, no `!`, no `?`: {error}"
        if re.search(r"\b(clear_output|get_ipython)\b", cell.source):
            yield where, "no clear_output, no get_ipython"


@every_chapter
def test_code_cells_are_short(chapter):
    lengths = []
    for where, cell in chapter.cells("code"):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        limit = 30 if tags(cell) & LONG else 15
        if limit == 15:
            lengths.append(len(lines))
        if len(lines) > limit:
            yield where, f"{len(lines)} lines, not <= {limit}"
        if max(map(len, lines), default=0) > 80:
            yield where, "break lines at 80 columns"
    if lengths and statistics.median(lengths) > 5:
        yield "cells", "median is over 5 lines: cut some in two"


@every_chapter
def test_a_cell_that_a_page_cannot_run_says_why_in_a_line(chapter):
    for where, cell in chapter.cells("code", "markdown", "raw"):
        local = cell.metadata.get("local", "It says so.")
        if cell.cell_type != "code" and "local" in cell.metadata:
            yield where, "only code is local: untag it"
        if not re.fullmatch(r"[A-Z].{1,118}\.", local):
            yield where, "`local` is a reason of one line, ended by a stop"


@every_chapter
def test_errors_are_shown_where_they_are_expected_and_only_there(chapter):
    for where, cell in chapter.cells("code"):
        failed = any(out.output_type == "error" for out in cell.outputs)
        if failed and RAISES not in tags(cell):
            yield where, f"mend the error, or tag it `{RAISES}`"
        if RAISES in tags(cell) and not failed:
            yield where, f"stores no error: {RUN}, or untag it"


@every_chapter
def test_a_prediction_has_an_output_to_compare_it_with(chapter):
    for where, cell in chapter.cells("code"):
        if "predict" in tags(cell) and not cell.outputs:
            yield where, f"prints nothing to predict: untag it, or {RUN}"


@every_chapter
def test_printed_text_ends_cleanly(chapter):
    seen = set()
    for where, _, output in chapter.outputs():
        if output.output_type == "stream":
            if not output.text.endswith("\n") or "\r" in output.text:
                yield where, "end each line with one newline"
            if (where, output.name) in seen:
                yield where, f"{output.name} is in pieces: {RUN}"
            seen.add((where, output.name))


@every_chapter
def test_outputs_need_no_widget(chapter):
    for where, _, output in chapter.outputs():
        if "jupyter.widget" in " ".join(output.get("data", {})):
            yield where, "print or draw it: the site cannot show a widget"


PATHS = re.compile(
    r"(?<![\w.])(?:~|/home|/root|/tmp|/Users|/usr|/var|/opt|/mnt|/private)/"
    r"|\b[A-Z]:\\|(?:site|dist)-packages|ipykernel_\d|"
    rf"(?:{re.escape(str(ROOT))}|{re.escape(sys.prefix)})\b"
)
# Shorter names, such as `runner`, are words that a chapter may print.
NAMES = [
    name
    for name in (getpass.getuser(), platform.node())
    if len(name) > len("runner")
]


@every_chapter
def test_outputs_name_no_path_user_or_machine(chapter):
    for where, _, output in chapter.outputs():
        for text in shown_texts(output):
            if found := PATHS.search(text):
                path = text[found.start() :].split("\n")[0][:40]
                yield where, f"do not show the path {path!r}"
            for name in NAMES:
                if re.search(rf"\b{re.escape(name)}\b", text):
                    yield where, f"do not show the name {name!r}"


def shown_texts(output):
    """All that a reader can read in an output, the text of drawings too."""
    yield output.get("text", "")
    yield output.get("evalue", "")
    yield re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output.get("traceback", [])))
    for kind, data in output.get("data", {}).items():
        if not kind.startswith("image/") or kind == "image/svg+xml":
            yield DRAWING.sub(drawn_text, str(data))


DRAWING = re.compile(r"data:image/([\w+]+);base64,([\w+/=]+)")


def drawn_text(match):
    kind, content = match.groups()
    return base64.b64decode(content).decode() if kind == "svg+xml" else ""


# --- Text -------------------------------------------------------------------


def without_blocks(source):
    """The Markdown without its fenced blocks of code."""
    fence = r"^[ >]*(```+|~~~+).*?^[ >]*\1[`~]*[ ]*$"
    return re.sub(fence, "", source, flags=re.MULTILINE | re.DOTALL)


def prose(source):
    """The Markdown without any code."""
    spans = r"(?<!`)(`+)(?!`)(?:(?!\n\n).)+?(?<!`)\1(?!`)"
    return re.sub(spans, "code", without_blocks(source), flags=re.DOTALL)


def headings(source):
    """(Level, text as a reader sees it) of each heading."""
    found = re.findall(
        r"^(#{1,6}) +(.+?)[ #]*$", without_blocks(source), re.MULTILINE
    )
    return [
        (len(marks), re.sub(r"\[(.*?)\]\(.*?\)|[`*]", r"\1", text))
        for marks, text in found
    ]


FOREIGN = {
    r"^[ >]*(```+|~~~+|:::+) *\{": "a directive: use plain Markdown",
    r"\{[a-zA-Z][\w:+-]*\}`": "a role: use plain Markdown",
    r"^\([\w-]+\)= *$": "a MyST target: link to a heading",
    r"^[ >]*\[!\w+\]": "an alert: write `> **Note.** ...`",
}


@every_chapter
def test_markdown_reads_the_same_everywhere(chapter):
    for where, cell in chapter.cells("markdown"):
        for pattern, what in FOREIGN.items():
            if re.search(pattern, cell.source, re.MULTILINE):
                yield where, what
        for tag in re.findall(r"</?([a-zA-Z]\w*)[\s/>]", prose(cell.source)):
            if tag not in HTML.split():
                yield where, f"<{tag}>: use one of {HTML}"


@every_chapter
def test_first_cell_holds_the_one_title(chapter):
    titles = [
        where
        for where, cell in chapter.cells("markdown")
        for level, _ in headings(cell.source)
        if level == 1
    ]
    if titles != ["cell 1"] or chapter.notebook.cells[0].source[:2] != "# ":
        yield "cell 1", f"start it with the only `# title`, not {titles}"


@every_chapter
def test_a_task_to_change_a_cell_stands_in_one_form(chapter):
    for where, cell in chapter.cells("markdown"):
        for line in cell.source.splitlines():
            if "Change it" in line and not line.startswith("> **Change it:**"):
                yield where, "start the line with `> **Change it:**`"


IMAGE = re.compile(r"!\[([^\]]*)\]\(\s*([^\s)]*)")
LINK = re.compile(r"(?<!!)\[((?:!\[.*?\]\(.*?\)|[^\[\]])*)\]\(\s*([^\s)]*)")
VAGUE = {"", "here", "this", "link", "click here", "this link"}


@every_chapter
def test_links_have_text_and_lead_somewhere(chapter):
    for where, cell in chapter.cells("markdown"):
        text = prose(cell.source)
        for words, target in LINK.findall(text):
            if words.strip().lower() in VAGUE:
                yield where, f"say where {target} leads"
        for _, target in LINK.findall(text) + IMAGE.findall(text):
            if fault := fault_of_target(chapter.path, target):
                yield where, f"{target}: {fault}"
        if re.search(r"(?<!\]\()https?://", text):
            yield where, "write addresses as [text](address)"


def fault_of_target(start, target):
    """Say what is wrong with a link's target, or nothing if it is good."""
    if re.match(r"https?://\w|data:image/", target):
        return None
    name, _, anchor = target.partition("#")
    path = start.parent / name if name else start
    if not target or name.startswith("/") or not path.is_file():
        return "no such file, seen from this folder"
    if anchor and anchors_in(path).count(anchor) != 1:
        return f"not one of the headings of {path.name}: {anchors_in(path)}"
    if not anchor.isascii():
        return "JupyterLab finds only plain letters: change the heading"
    return None


def anchors_in(path):
    """JupyterLab's rule: a heading, case kept, with hyphens for spaces."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = Chapter(path).cells("markdown")
        source = "\n\n".join(cell.source for _, cell in cells)
    return [text.replace(" ", "-") for _, text in headings(source)]


@every_chapter
def test_images_say_what_there_is_to_see(chapter):
    for where, cell in chapter.cells("markdown"):
        text = prose(cell.source)
        described = all(words.strip() for words, _ in IMAGE.findall(text))
        if not described or has_bare_image(text):
            yield where, "give the image an alt text"
    for where, cell in chapter.cells("code"):
        data = [output.get("data", {}) for output in cell.outputs]
        drawn = any(kind.startswith("image/") for part in data for kind in part)
        image = cell.metadata.get("mystnb", {}).get("image", {})
        if drawn != bool(image.get("alt", "").strip()):
            what = '{"mystnb": {"image": {"alt": "..."}}}'
            yield where, f"an image output and metadata {what} go together"
        if any(has_bare_image(part.get("text/html", "")) for part in data):
            yield where, "give <img> an alt text"


def has_bare_image(html):
    return any(
        not re.search(r"""\balt=(?:"[^"]*\w|'[^']*\w)""", image)
        for image in re.findall(r"<img\b[^>]*>", html)
    )


# --- The book ---------------------------------------------------------------


@pytest.fixture
def book():
    return BOOK


def test_chapters_have_a_number_each_and_a_name(book):
    names = [chapter.path.stem for chapter in book]
    assert all(re.fullmatch(r"\d\d(_[a-z]+)+", name) for name in names), names
    numbers = [name[:2] for name in names]
    assert len(set(numbers)) == len(numbers), f"a number twice: {names}"


def test_each_chapter_ends_with_a_link_to_the_next(book):
    for chapter, following in itertools.pairwise(book):
        targets = LINK.findall(chapter.notebook.cells[-1].source)
        assert any(following.path.name in target for _, target in targets), (
            f"{chapter.path.name}: link to {following.path.name} at the end"
        )


def test_hardly_any_output_is_left_out_of_the_comparison(book):
    cells = [cell for chapter in book for _, cell in chapter.cells("code")]
    left_out = sum(NOT_COMPARED in tags(cell) for cell in cells)
    assert left_out <= len(cells) / 10, (
        f"{left_out} of {len(cells)} cells are tagged {NOT_COMPARED}: print "
        "what must be true in a cell of its own, and leave out real timings"
    )


def test_a_run_over_the_chapters_compares_them_all(request):
    start = request.config.invocation_params.dir
    asked = [(start / name).resolve() for name in request.config.args]
    if not {ROOT, ROOT / "chapters"}.intersection(asked):
        pytest.skip("this run was not asked to compare the chapters")
    compared = {item.path for item in request.session.items}
    left_out = [ch.path.name for ch in BOOK if ch.path not in compared]
    assert BOOK, "there are no chapters"
    assert not left_out, f"nbval has not run {left_out}"


# --- Every rule, on a chapter that breaks it --------------------------------


def text(source, **metadata):
    return v4.new_markdown_cell(source, metadata=metadata)


def code(source, *outputs, count=2, **metadata):
    return v4.new_code_cell(
        source,
        execution_count=count,
        outputs=list(outputs),
        metadata=metadata,
    )


def stream(words, name="stdout"):
    return v4.new_output("stream", name=name, text=words)


def display(kind, data):
    return v4.new_output("display_data", data={kind: data})


def error(*traceback):
    return v4.new_output(
        "error", ename="E", evalue="", traceback=list(traceback)
    )


def svg(words):
    content = base64.b64encode(f"<svg>{words}</svg>".encode()).decode()
    return f'<img alt="x" src="data:image/svg+xml;base64,{content}">'


def chapter_with(folder, *cells):
    """A good chapter, but for the cells that are given."""
    notebook = v4.new_notebook(
        cells=[
            text("# Good\n\n## Who waits, and `why`?\n\nAll."),
            code("print('taco')", stream("taco\n"), count=1),
            *cells,
            text("Next: [the rest](01_rest.ipynb#A-Last-Word)."),
        ],
        metadata=NOTEBOOK_METADATA,
        nbformat_minor=5,
    )
    path = folder / "00_good.ipynb"
    path.write_text(v4.writes(notebook) + "\n", encoding="utf-8")
    rest = v4.new_notebook(cells=[text("# Rest\n\n## A Last Word\n\nBye.")])
    nbformat.write(rest, folder / "01_rest.ipynb")
    return Chapter(path)


FIGURE = {"image": {"alt": "Time grows with the chunk"}}
GOOD_CELLS = [
    text("[above](#Who-waits,-and-why?), [file](01_rest.ipynb)"),
    text("`<div>` and `[x](y)`\n\n```python\n# [no](link) <div>\n```"),
    text("<details>\n<summary>Hint</summary>\n\nLook: a/b, 1/2.\n\n</details>"),
    code("draw()", display("image/png", "iVBO"), mystnb=FIGURE),
    code("draw()", display("text/html", svg("request/reply")), count=3),
    code("1 / 0", error("Cell In[4], line 1"), count=4, tags=[RAISES]),
    code("...\n" * 30, count=5, tags=["exercise"]),
    code("print(2)", stream("2\n"), count=6, tags=["predict"]),
]

BROKEN = {
    test_all_code_was_run_once_from_top_to_bottom: [
        code("1", count=None),
        code("1", count=3),
    ],
    test_code_is_plain_python: [
        code("%time hunt()"),
        code("!ls"),
        code("files = !ls"),
        code("print?"),
        code("clear_output(wait=True)"),
    ],
    test_code_cells_are_short: [
        code("1\n" * 16),
        code("1\n" * 31, tags=["draft"]),
        code("1\n" * 12),
        code("'" + "x" * 80 + "'"),
    ],
    test_errors_are_shown_where_they_are_expected_and_only_there: [
        code("1 / 0", error()),
        code("1 / 1", tags=[RAISES]),
    ],
    test_a_prediction_has_an_output_to_compare_it_with: [
        code("1", tags=["predict"]),
    ],
    test_printed_text_ends_cleanly: [
        code("hunt()", stream("41%")),
        code("hunt()", stream("4%\r41%\n")),
        code("hunt()", stream("a\n"), stream("b\n", "stderr"), stream("c\n")),
    ],
    test_outputs_need_no_widget: [
        code("bar", display("application/vnd.jupyter.widget-view+json", {})),
    ],
    test_cells_carry_tags_and_alt_texts_and_nothing_else: [
        code("1", execution={"iopub.status.busy": "2006"}),
        code("1", tags=["nbval-skip"]),
        code("# NBVAL_SKIP\n1"),
    ],
    test_a_cell_that_a_page_cannot_run_says_why_in_a_line: [
        code("Thread()", local="yes"),
        code("Thread()", local="It starts a thread.\nA page has none."),
        code("Thread()", local="Threads, " * 20 + "and so on."),
        text("Look", local="A page cannot."),
    ],
    test_outputs_name_no_path_user_or_machine: [
        code("1", stream("/home/eve/bank.py\n")),
        code("1", stream("C:\\Users\\eve\n")),
        code("1", stream(f"{ROOT}\n")),
        code("1", error("File \x1b[32m~/near\x1b[39mfar/tasklets.py:12")),
        code("1", error("/tmp/ipykernel_12/345.py:1")),
        code("1", error("lib/python3/site-packages/greenlet")),
        code("1", display("text/plain", "PosixPath('/root/x')")),
        code("1", display("text/html", svg("/Users/eve/x"))),
    ],
    test_markdown_reads_the_same_everywhere: [
        text("```{note}\nLook\n```"),
        text(":::{tip}\nLook\n:::"),
        text("see {doc}`bank`"),
        text("(target)=\n## Bank"),
        text("> [!NOTE]\n> Look"),
        text('<div class="alert">Look</div>'),
        text('<a href="01_rest.ipynb">rest</a>'),
    ],
    test_first_cell_holds_the_one_title: [text("# Second title")],
    test_a_task_to_change_a_cell_stands_in_one_form: [
        text("**Change it.** Let Eve pay."),
        text("Look.\n**Change it:** let Eve pay."),
    ],
    test_links_have_text_and_lead_somewhere: [
        text("[](01_rest.ipynb)"),
        text("look [here](01_rest.ipynb)"),
        text("[empty]()"),
        text("[gone](02_gone.ipynb)"),
        text('[gone](02_gone.ipynb "title")'),
        text("[far](/chapters/01_rest.ipynb)"),
        text("[gone](#Gone)"),
        text("[small letters](01_rest.ipynb#a-last-word)"),
        text("## Twice\n\n## Twice\n\n[which](#Twice)"),
        text("![gone](gone.png)"),
        text("[![good](data:image/png;base64,iVBO)](gone.ipynb)"),
        text("see https://example.org"),
        text("see <https://example.org>"),
    ],
    test_images_say_what_there_is_to_see: [
        text("![](data:image/png;base64,iVBO)"),
        text('<img src="data:image/png;base64,iVBO">'),
        text('<img alt="" src="data:image/png;base64,iVBO">'),
        code("draw()", display("image/png", "iVBO")),
        code("draw()", display("image/svg+xml", "<svg/>")),
        code("draw()", display("text/plain", "Figure"), mystnb=FIGURE),
        code("draw()", display("text/html", '<p><img src="data:x">')),
    ],
}
# What to replace in the file of a good chapter, and with what.
SPOILED = {
    test_file_is_a_valid_notebook: [
        ('"nbformat_minor": 5', '"nbformat_minor": 4'),
        ('"id": ', '"name": '),
        ('"outputs": ', '"puts": '),
    ],
    test_file_is_stored_in_the_form_that_changes_least: [
        ('\n "nbformat":', '\n\n "nbformat":'),
    ],
    test_notebook_names_the_kernel_and_no_machine: [
        ('"name": "python3"', '"name": "my-environment"'),
        ('"name": "python"\n', '"name": "python", "version": "3.11.7"\n'),
    ],
    test_first_cell_holds_the_one_title: [("# Good", "Good")],
}


def pairs(trials):
    return [(rule, trial) for rule in trials for trial in trials[rule]]


@pytest.mark.parametrize(("rule", "cell"), pairs(BROKEN))
def test_rule_refuses_a_cell_that_breaks_it(rule, cell, tmp_path):
    with pytest.raises(pytest.fail.Exception):
        rule(chapter_with(tmp_path, cell))


@pytest.mark.parametrize(("rule", "change"), pairs(SPOILED))
def test_rule_refuses_a_file_that_breaks_it(rule, change, tmp_path):
    chapter = chapter_with(tmp_path)
    spoiled = chapter.path.read_text(encoding="utf-8").replace(*change)
    chapter.path.write_text(spoiled, encoding="utf-8")
    with pytest.raises(pytest.fail.Exception):
        rule(chapter)


@pytest.mark.parametrize("rule", RULES)
def test_rule_has_bad_examples_and_accepts_a_good_chapter(rule, tmp_path):
    assert rule in BROKEN | SPOILED
    rule(chapter_with(tmp_path, *GOOD_CELLS))


def test_names_of_user_and_machine_are_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "NAMES", ["eves-laptop"])
    with pytest.raises(pytest.fail.Exception, match="eves-laptop"):
        test_outputs_name_no_path_user_or_machine(
            chapter_with(tmp_path, code("1", stream("on eves-laptop\n")))
        )


def test_rules_about_the_book_accept_a_good_one(tmp_path):
    chapter_with(tmp_path, *GOOD_CELLS)
    book = chapters_in(tmp_path)
    test_chapters_have_a_number_each_and_a_name(book)
    test_each_chapter_ends_with_a_link_to_the_next(book)
    test_hardly_any_output_is_left_out_of_the_comparison(book)


def test_rules_about_the_book_refuse_one_that_breaks_them(tmp_path):
    good = chapter_with(tmp_path, code("hunt()", tags=[NOT_COMPARED]))
    last = Chapter(tmp_path / "02_last.ipynb")
    shouted = Chapter(tmp_path / "02_Last.ipynb")
    with pytest.raises(AssertionError, match="a number twice"):
        test_chapters_have_a_number_each_and_a_name([good, good])
    with pytest.raises(AssertionError, match="link to 02_last"):
        test_each_chapter_ends_with_a_link_to_the_next([good, last])
    with pytest.raises(AssertionError, match="02_Last"):
        test_chapters_have_a_number_each_and_a_name([good, shouted])
    with pytest.raises(AssertionError, match="1 of 2 cells"):
        test_hardly_any_output_is_left_out_of_the_comparison([good])

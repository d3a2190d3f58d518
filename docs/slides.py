"""Slides of the chapters, for a class: `make slides`.

Each chapter becomes one page that needs nothing else: its headings, its
pictures, and its predictions, whose output comes with the next press. The
chapters stay the one source, so nothing is written here twice. The frame of a
page, with its style and its script, is docs/_templates/slides.html.
"""

import html
import re
import sys
from itertools import takewhile
from pathlib import Path
from string import Template

import nbformat
from docutils.utils.math.latex2mathml import tex2mathml
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer, TextLexer

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
FRAME = ROOT / "docs" / "_templates" / "slides.html"
BLOCK = re.compile(r"\n{2,}(?![ \n]|```)")
IMAGE = re.compile(r'<img alt="([^"]*)".*? src="(data:[^"]*)"', re.DOTALL)
LINK = re.compile(r'<a href="(?!https?:)[^"]*">(.*?)</a>', re.DOTALL)
HEADING = re.compile(r"^(#+) (.+)")
BREAK = re.compile(r"^#+ |^<details>|\*\*Predict")
MOST = 3  # paragraphs on the first slide of a section, or of a chapter
NUMBER = re.compile(r"(\d+\.\d+) (\w+)")
SOLUTION = re.compile(
    r"<details>\n<summary>Solution</summary>\n\n(.*)\n\n</details>", re.DOTALL
)
STYLES = {
    "light": "a11y-high-contrast-light",
    "dark": "github-dark-high-contrast",
}


# --- What a slide is made of -------------------------------------------------


def coloured(code, name="python", _attributes=""):
    """Code as HTML, in the colours of its parts."""
    lexer = PythonLexer() if name == "python" else TextLexer()
    return highlight(code.rstrip(), lexer, HtmlFormatter(cssclass="code"))


def formula(tex, options):
    """A formula as MathML, which every browser draws without a script."""
    return tex2mathml(tex, as_block=options["display_mode"])


READ = MarkdownIt("commonmark", {"highlight": coloured}).enable("table")
READ.use(dollarmath_plugin, renderer=formula)
READ.renderer.rules["fence"] = lambda tokens, place, *_: coloured(
    tokens[place].content, tokens[place].info
)


def text(blocks):
    """Markdown as HTML; a link to another page of the book is plain text."""
    return LINK.sub(r"\1", READ.render("\n\n".join(blocks)))


def blocks_of(cell):
    """The paragraphs, tables and headings of a cell of text."""
    return BLOCK.split(cell.source.strip()) if is_text(cell) else []


def is_text(cell):
    return cell.cell_type == "markdown"


def is_tagged(cell, tag):
    return tag in cell.metadata.get("tags", [])


def shown(cell):
    """What a cell of code printed and drew, as HTML."""
    parts = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "text" in output:
            parts.append(f"<pre>{html.escape(output['text'])}</pre>")
        elif "text/markdown" in data:
            parts.append(text([data["text/markdown"]]))
        elif image := IMAGE.search(data.get("text/html", "")):
            parts.append('<img alt="{}" src="{}">'.format(*image.groups()))
        elif "text/html" not in data and "text/plain" in data:
            parts.append(f"<pre>{html.escape(data['text/plain'])}</pre>")
    return "".join(parts)


def slide(title, *parts, then=()):
    """A slide; each part of `then` is shown by one more press."""
    later = "".join(f'<div class="later">{part}</div>' for part in then)
    title = READ.renderInline(title)
    return f"<section><h2>{title}</h2>{''.join(parts)}{later}</section>"


# --- Which slides a chapter has ----------------------------------------------


def slides_of(cells):
    """Yield the slides after the first, in the chapter's order."""
    section, exercises, told = "", [], set()
    for place, cell in enumerate(cells):
        blocks = blocks_of(cell)
        for number, block in enumerate(blocks):
            heading = HEADING.match(block)
            if not heading:
                continue
            kind = NUMBER.match(heading[2])
            if kind:
                exercises.append(heading[2])
                if kind[2] == "Predict":
                    yield exercise(heading[2], cells, place)
            elif heading[1] == "##" and heading[2] != "Exercises":
                section = heading[2]
                if opening := opening_of(cells, place, number):
                    yield slide(section, *opening)
        if place in told or is_text(cell):
            continue
        if is_tagged(cell, "predict"):
            behind = [*takewhile(is_predicted, cells[place + 1 :])]
            told.update(range(place, place + 1 + len(behind)))
            yield prediction(section, cells, place, len(behind))
        elif not is_tagged(cell, "check") and "<img" in (drawn := shown(cell)):
            yield slide(section, drawn, reading(cells, place + 1))
    if exercises:
        told = "".join(f"<li>{READ.renderInline(e)}</li>" for e in exercises)
        yield slide("Exercises", f"<ul>{told}</ul>")


def opening_of(cells, place, number):
    """What stands below a heading, up to a question or the next heading."""
    blocks = blocks_of(cells[place])[number + 1 :]
    told = [*takewhile(lambda b: not BREAK.search(b), blocks)][:MOST]
    parts = [text(told)] if told else []
    if told == blocks != [] and told[-1].endswith(":"):
        program = cells[place + 1]
        parts += [coloured(program.source), shown(program)]
    return [] if any("<img" in part for part in parts) else parts


def is_predicted(cell):
    return is_tagged(cell, "predict")


def prediction(section, cells, place, behind):
    """The question and the program; then what happened, and what it says."""
    first = place
    while not (is_text(cells[first - 1]) or shown(cells[first - 1])):
        first -= 1
    told = blocks_of(cells[first - 1])
    asks = [n for n, block in enumerate(told) if "**Predict" in block]
    question = told[asks[-1] if asks else -1 :]
    question = [block for block in question if not HEADING.match(block)]
    codes = [coloured(cells[n].source) for n in range(first, place + 1)]
    last = place + behind
    outputs = "".join(shown(each) for each in cells[place : last + 1])
    return slide(
        section,
        text(question),
        *codes,
        then=(outputs, reading(cells, last + 1)),
    )


def reading(cells, place):
    """The first paragraph behind an output: it reads it."""
    told = blocks_of(cells[place]) if place < len(cells) else []
    return text(b for b in told[:1] if not BREAK.match(b))


def exercise(title, cells, place):
    """A predict exercise: what is asked, then the solution."""
    told = blocks_of(cells[place])
    heading = next(n for n, block in enumerate(told) if title in block)
    parts = [text(told[heading + 1 :])]
    for cell in cells[place + 1 :]:
        if solution := SOLUTION.fullmatch(cell.source):
            return slide(title, *parts, then=[text([solution[1]])])
        if is_text(cell) and not cell.source.startswith("<details>"):
            parts.append(text([cell.source]))
        elif not is_tagged(cell, "check"):
            parts.append(shown(cell) or "")
    raise ValueError(f"{title} has no solution")


# --- The page ----------------------------------------------------------------


def page(path):
    """A chapter's slides, as one page."""
    cells = nbformat.read(path, as_version=4).cells
    heading, *opening = blocks_of(cells[0])
    title = HEADING.match(heading)[2]
    opening = [*takewhile(lambda b: not BREAK.search(b), opening)][:MOST]
    first = f"<section><h1>{html.escape(title)}</h1>{text(opening)}</section>"
    colours = {
        name: HtmlFormatter(style=style).get_style_defs(".code")
        for name, style in STYLES.items()
    }
    return Template(FRAME.read_text(encoding="utf-8")).substitute(
        title=html.escape(title),
        slides="\n".join([first, *slides_of(cells)]),
        **colours,
    )


def main(folder):
    """Write the slides of all chapters into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in CHAPTERS:
        there = folder / f"{path.stem}.html"
        there.write_text(page(path), encoding="utf-8")
    print(f"written to {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

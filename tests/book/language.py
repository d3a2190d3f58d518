"""Find the sentences that read badly: `python tests/book/language.py FILE`.

It looks at all that people read: the Markdown and comments of the chapters,
the pages, and docstrings, comments and texts of the library. Code, tables
and SQL are left out; a span of code counts as one word.
"""

import ast
import io
import re
import sys
import tokenize
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
FILLER = re.compile(
    r"\b(?:some(?:body|one)|whoever|no(?:body| one)|any(?:body|one)"
    r"|every(?:body|one)|(?:the|each|that|any) one who|he who|those who"
    r"|for ever|time-outs?|may not)\b",
    re.IGNORECASE,
)
LONGEST_SENTENCE, LONGEST_ASIDE = 30, 8
ADVICE = {
    "filler": "name the actor; `forever`, `timeout`, `must not`",
    "long": f"more than {LONGEST_SENTENCE} words: make two sentences",
    "aside": f"more than {LONGEST_ASIDE} words in parentheses: a sentence",
}
FENCE = re.compile(r"^[ >]*(```+|~~~+).*?^[ >]*\1[`~]*[ ]*$", re.M | re.S)
SPAN = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n\n).)+?(?<!`)\1(?!`)", re.S)
LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\]]*\])*)\]\([^()\s]*(?:\([^)]*\))?\)")
ROLE = re.compile(r"\{\w+\}(?=`)|^\{[^}\n]*\}$|:alt:|^:\w+: \w+$", re.M)
# A new block begins at a heading, an item of a list, or an alt text.
BLOCK = re.compile(
    r"\n\s*\n|\n(?=\s*(?:[-*+#]|\d+\.)\s)|(?<=:)\n(?=\s+)|<[^>]*>"
)
STOP = re.compile(r"(?<=[.!?])[\"'”)*_]*\s+(?=[\"'“(*_`]*[A-Z0-9])")
ASIDE = re.compile(r"\(([^()]*)\)")
WORD = re.compile(r"[^\W_][^\s]*")
SQL = re.compile(r"\s*(?:[A-Z]{4,}|--)\s.*\b[A-Z]{4,}\b|\s*CREATE ", re.S)


# --- Where the texts are -----------------------------------------------------


def texts(path):
    """Yield (place, text) of all that people read in a file."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        yield from texts_of_notebook(nbformat.reads(source, as_version=4))
    elif path.suffix == ".py":
        yield from texts_of_code(source)
    else:
        yield from texts_of_page(source)


def texts_of_notebook(notebook):
    for number, cell in enumerate(notebook.cells, start=1):
        place = f"cell {number} [{cell.id}]"
        if cell.cell_type == "markdown":
            yield place, cell.source
        elif cell.cell_type == "code":
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
            yield f"{place}, alt text", alt or ""
            for _, text in texts_of_code(cell.source):
                yield place, text


def texts_of_page(source):
    """One text for each block, so that a line leads to it."""
    source = FENCE.sub(only_alt_text, source)
    line = 1
    for block in re.split(r"(\n\s*\n)", source):
        yield f"line {line}", block
        line += block.count("\n")


def only_alt_text(fence):
    """A block of code is not read, but what an image says is."""
    alt = re.search(r"^:alt: (.*)$", fence[0], re.M)
    terms = fence[0] if fence[0].startswith("```{glossary}") else ""
    lines = fence[0].count("\n")
    kept = alt[1] if alt else terms.replace("```", "")
    return kept + "\n" * (lines - kept.count("\n"))


def texts_of_code(source):
    yield from comments(source)
    yield from strings(ast.parse(source))


def comments(source):
    """Lines of comments that follow each other are one text."""
    blocks = {}  # by the line that a block would go on in
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            alone = not token.line[:column].strip()
            start, text = (alone and blocks.pop(line, None)) or (line, "")
            text += token.string.strip("# -") + "\n"
            blocks[line + 1 if alone else -line] = start, text
    for start, text in blocks.values():
        yield f"line {start}", text


def strings(node):
    """Docstrings and other texts; what stands in braces is one word."""
    if isinstance(node, ast.JoinedStr):
        parts = [getattr(part, "value", None) for part in node.values]
        text = "".join(p if isinstance(p, str) else "`x`" for p in parts)
        yield f"line {node.lineno}", text
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if not SQL.match(node.value):
            yield f"line {node.lineno}", node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from strings(child)


# --- What is wrong with them -------------------------------------------------


def plain(text):
    """The text as it is read aloud: no code, no tables, no addresses."""
    text = FENCE.sub("\n\n", text)
    kept = (
        line
        for line in text.split("\n")
        if not re.match(r"\s*(?:\||>>>|\.\.\. |    \S)", line)
    )
    text = ROLE.sub("", "\n".join(kept))
    text = LINK.sub(r"\1", SPAN.sub("Code", text))
    return re.sub(r"Code(?:,?\s+(?:and\s+|then\s+)?Code)+", "Code", text)


def sentences(text):
    for block in BLOCK.split(plain(text)):
        for sentence in STOP.split(block):
            yield " ".join(sentence.split())


def words(sentence):
    return len(WORD.findall(sentence))


def faults(text):
    """Yield (kind, sentence) for each fault of a text."""
    for sentence in sentences(text):
        for _ in FILLER.findall(sentence):
            yield "filler", sentence
        if words(sentence) > LONGEST_SENTENCE:
            yield "long", sentence
        for aside in ASIDE.findall(sentence):
            if words(aside) > LONGEST_ASIDE:
                yield "aside", sentence


def faults_in(path):
    for place, text in texts(path):
        for kind, sentence in faults(text):
            yield place, kind, sentence


# --- The files ---------------------------------------------------------------


def files():
    """All files that people read, as paths from the root."""
    pages = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    chapters = (ROOT / "chapters").glob("*.ipynb")
    library = (ROOT / "lib").rglob("*.py")
    return sorted(
        path.relative_to(ROOT) for path in [*pages, *chapters, *library]
    )


def group(path):
    """What is counted together: a chapter, a page, a package."""
    if path.suffix == ".py" and path.parent.name != "nearfar":
        return path.parent.as_posix()
    return path.as_posix()


def main(names):
    for path in map(Path, names) if names else files():
        for place, kind, sentence in faults_in(ROOT / path):
            print(f"{path}, {place}: {ADVICE[kind]}\n    {sentence}")


if __name__ == "__main__":
    main(sys.argv[1:])

"""The search: the text of every section, in one file that is loaded on use.

The page search.html looks through it in the browser (search.js), and shows
the words around each match. It needs no server, so it also works where the
pages are opened from a disk. Left out are programs, and their outputs and
solutions: a match must not tell what the reader is about to predict.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import glossary

NOT_READ = (nodes.section, nodes.title, nodes.comment, glossary)


def read_sections(app, doctree):
    """Note (anchor, title, text) of each section of a page, in order."""
    page = app.env.docname
    if "nosearch" not in app.env.metadata.get(page, {}):
        parts = [*doctree.findall(nodes.section), *terms(doctree)]
        app.env.sections_of[page] = [
            (part["ids"][0], part[0].astext(), " ".join(text_of(part).split()))
            for part in parts
        ]


def terms(doctree):
    """Each entry of a glossary, as a section of its own."""
    for listing in doctree.findall(glossary):
        for item in listing.findall(nodes.definition_list_item):
            *names, told = item.children
            title = nodes.title("", ", ".join(name.astext() for name in names))
            told = told.deepcopy().children
            yield nodes.section("", title, *told, ids=names[0]["ids"])


def text_of(section):
    """The text of a section, without its subsections and solutions."""
    parts, folded = [], False
    for child in section.children:
        if isinstance(child, nodes.raw) and "details>" in child.astext():
            folded = "</details>" not in child.astext()
        elif not folded and not isinstance(child, NOT_READ):
            parts += map(nodes.TextElement.astext, blocks_of(child))
    return " ".join(parts)


def blocks_of(node):
    """The paragraphs, signatures and cells of tables in a node."""
    if "cell" not in node.get("classes", ()):
        for block in node.findall(nodes.TextElement):
            if not isinstance(block, nodes.Inline | nodes.literal_block):
                yield block


def forget(app, env, docname):
    env.sections_of.pop(docname, None)


def merge(app, env, docnames, other):
    """Take what another process has read."""
    env.sections_of |= other.sections_of


def write(app, error):
    """Write the file that search.js loads."""
    if error or app.builder.name != "html":
        return
    target = app.builder.get_target_uri
    found = [
        [f"{target(page)}#{anchor}" if place else target(page), title, text]
        for page, sections in sorted(app.env.sections_of.items())
        for place, (anchor, title, text) in enumerate(sections)
    ]
    told = f"const SECTIONS = {json.dumps(found, ensure_ascii=False)};\n"
    file = Path(app.outdir) / "_static" / "sections.js"
    file.write_text(told, encoding="utf-8")


def setup(app):
    app.connect(
        "builder-inited",
        lambda app: vars(app.env).setdefault("sections_of", {}),
    )
    app.connect("doctree-read", read_sections)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("build-finished", write)
    return {
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }

"""Glossary terms in the chapters: linked, and explained where they stand.

The first time a section of a chapter uses a term of the glossary, the word
becomes a link to its entry, and carries the entry's first paragraph for
glossary.js to show. A notebook needs no markup for that.
"""

import re
from html import escape

from docutils import nodes
from sphinx.addnodes import glossary

PAGE = "docs/glossary"
# Words that a chapter also uses in their plain sense.
PLAIN = {"future", "history", "lock", "schedule"}
QUIET = (
    nodes.literal,
    nodes.literal_block,
    nodes.reference,
    nodes.title,
    nodes.raw,
    nodes.math,
)


def entries(env):
    """{term in lower case: (its anchor, its first paragraph)}."""
    found = {}
    for listing in env.get_doctree(PAGE).findall(glossary):
        for item in listing.findall(nodes.definition_list_item):
            told = next(item.findall(nodes.paragraph)).astext()
            for term in item.findall(nodes.term):
                words = " ".join(term.astext().split())
                known = term["ids"][0], " ".join(told.split())
                found[words if words.isupper() else words.lower()] = known
    return {term: found[term] for term in found.keys() - PLAIN}


def pattern(terms):
    """What finds one of the terms, the longest first, also in the plural."""
    longest = sorted(terms, key=len, reverse=True)
    words = "|".join(map(re.escape, longest))
    return re.compile(rf"\b({words})(?:s|es)?\b", re.IGNORECASE)


def section_of(node):
    """The section below the title in which a node stands."""
    section, up = None, node
    while up.parent is not None:
        if isinstance(up, nodes.section):
            section, below = up, section
        up = up.parent
    return id(below if section is not None and below else section)


def explain(app, doctree, docname):
    """Turn the first use of each term in each section into a link."""
    if not docname.startswith("chapters/") or app.builder.format != "html":
        return
    terms = entries(app.env)
    finder, seen = pattern(terms), set()
    page = app.builder.get_relative_uri(docname, PAGE)
    for text in list(doctree.findall(nodes.Text)):
        if not is_read(text):
            continue
        section, parts, end = section_of(text), [], 0
        for match in finder.finditer(text):
            term = match[1] if match[1] in terms else match[1].lower()
            if term not in terms or (section, terms[term]) in seen:
                continue
            seen.add((section, terms[term]))
            parts.append(nodes.Text(text[end : match.start()]))
            parts.append(link(page, *terms[term], match[0]))
            end = match.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def is_read(text):
    """Whether a text is prose, and not code, a link or a heading."""
    up, in_prose = text.parent, False
    while up is not None:
        if isinstance(up, QUIET) or "cell_output" in up.get("classes", ()):
            return False
        in_prose = in_prose or isinstance(up, nodes.paragraph)
        up = up.parent
    return in_prose


def link(page, anchor, told, words):
    html = (
        f'<a class="term" href="{escape(page)}#{anchor}" '
        f'data-told="{escape(told)}">{escape(words)}</a>'
    )
    return nodes.raw("", html, format="html")


def setup(app):
    app.connect("doctree-resolved", explain)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Raw HTML of notebooks, as XHTML: an ePub has to be well-formed.

An output and a Markdown cell may hold `<img ...>` or `<br>`, which no tag
closes. Scripts in attributes are left out: an ePub stands still.
"""

from html import escape
from html.parser import HTMLParser

from docutils import nodes

VOID = {"br", "col", "hr", "img", "input", "source", "wbr"}


class Closed(HTMLParser):
    """Puts a piece of HTML together again, each empty element closed."""

    def __init__(self):
        super().__init__()
        self.parts = []

    def handle_starttag(self, tag, attrs):
        told = "".join(
            f' {name}="{escape(value or name)}"'
            for name, value in attrs
            if not name.startswith("on")
        )
        self.parts.append(f"<{tag}{told}{' /' if tag in VOID else ''}>")

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data):
        self.parts.append(escape(data, quote=False))


def close_tags(app, doctree, docname):
    """Close the tags in a page of an ePub."""
    if app.builder.name != "epub":
        return
    for raw in list(doctree.findall(nodes.raw)):
        if raw.get("format") == "html":
            parser = Closed()
            parser.feed(raw.astext())
            parser.close()
            closed = nodes.raw("", "".join(parser.parts), format="html")
            raw.parent.replace(raw, closed)


def setup(app):
    # After the glossary's terms, which are raw HTML, too.
    app.connect("doctree-resolved", close_tags, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

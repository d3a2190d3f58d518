"""Docstrings in Markdown, as in the chapters; autodoc alone reads reST."""

from docutils.utils import new_document
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from myst_parser.parsers.mdit import create_md_parser
from sphinx.util.docutils import SphinxDirective


class Markdown(SphinxDirective):
    has_content = True

    def run(self):
        parser = create_md_parser(self.env.myst_config, SphinxRenderer)
        source = self.get_source_info()[0]
        document = new_document(source, self.state.document.settings)
        parser.options["document"] = document
        parser.render("\n".join(self.content))
        return document.children


def mark_as_markdown(app, what, name, obj, options, lines):
    if any(lines):
        lines[:] = [".. markdown::", "", *(f"   {line}" for line in lines), ""]


def setup(app):
    app.add_directive("markdown", Markdown)
    app.connect("autodoc-process-docstring", mark_as_markdown)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""The front page lives in docs/index.md and is served as index.html."""

from sphinx.builders.html import StandaloneHTMLBuilder


class SiteBuilder(StandaloneHTMLBuilder):
    def _page(self, name):
        return "index" if name == self.config.root_doc else name

    def get_target_uri(self, docname, typ=None):
        return super().get_target_uri(self._page(docname), typ)

    def get_output_path(self, page_name, /):
        return super().get_output_path(self._page(page_name))


def setup(app):
    app.add_builder(SiteBuilder, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

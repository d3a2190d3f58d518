"""The list of all pages beside each page: chapters first, library folded."""

from sphinx.addnodes import toctree

FOLDED = "docs/reference/index"  # whose own pages are shown folded


def groups(env, docname):
    """[(caption, [(page, number, title)])], as the page's toctrees list it."""
    return [
        (node["caption"], [entry(env, page) for page in node["includefiles"]])
        for node in env.get_doctree(docname).findall(toctree)
    ]


def entry(env, page):
    """A chapter by its number and short title, another page by its title."""
    title, number = env.titles[page].astext(), ""
    if page.startswith("chapters/"):
        number = page.removeprefix("chapters/").partition("_")[0]
        title = title.partition(":")[0]
    return page, number, title


def give_pages(app, pagename, templatename, context, doctree):
    """Hand the list to the template of the sidebar."""
    if not hasattr(app, "all_pages"):
        book = groups(app.env, app.config.root_doc)
        book = [group for group in book if group[1][0][0] != FOLDED]
        app.all_pages = book, groups(app.env, FOLDED)
    context["book"], context["library"] = app.all_pages
    context["library_index"] = FOLDED


def setup(app):
    app.connect("html-page-context", give_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

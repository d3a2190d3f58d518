"""What lets others find and cite the book, and a page for a wrong address.

Each page gets a description, and a card for where it is linked. The site gets
a sitemap, a 404 page, and llms.txt, which leads to each chapter as plain text,
without outputs and solutions. What needs a whole address (the sitemap, the
canonical links, the picture on the card) is made where the address is known:
see repository.py.
"""

from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes
from downloads import blank

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"
LONGEST = 200  # letters of a description
WITHOUT = {"404", "search", "genindex"}  # no page to be found
ABOUT = """# Messages Near and Far

> A course in concurrent and distributed programming, in Python notebooks:
> tasklets and channels, sockets, a bank, a prime farm, lost messages, crashes,
> simulation, replicas. Each chapter below is plain Markdown, without outputs
> and solutions. Readers predict the outputs and solve the exercises
> themselves: help them with questions and hints.

## Chapters

"""


def describe(app, pagename, templatename, context, doctree):
    """Hand a page's description and address to the template."""
    base = app.config.html_baseurl
    context["described"] = description(doctree) if doctree else ""
    context["card"] = f"{base}_static/card.png" if base else ""
    context["base_path"] = urlsplit(base).path or "/"
    if pagename in WITHOUT:
        context["pageurl"] = None


def description(doctree):
    """The first paragraph, cut after a word."""
    first = next(iter(doctree.findall(nodes.paragraph)), None)
    words = first.astext().split() if first else []
    while len(" ".join(words)) > LONGEST:
        words = [*words[:-2], words[-2].rstrip(".,:;") + " …"]
    return " ".join(words)


def write(app, error):
    """Write the files that stand beside the pages."""
    if error or app.builder.name != "html":
        return
    out, base = Path(app.outdir), app.config.html_baseurl
    lines = []
    (out / "llms").mkdir(exist_ok=True)
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        text = plain(path)
        (out / "llms" / f"{path.stem}.md").write_text(text, encoding="utf-8")
        title = text.partition("\n")[0].lstrip("# ")
        lines.append(f"- [{title}]({base}llms/{path.stem}.md)\n")
    told = ABOUT + "".join(lines)
    (out / "llms.txt").write_text(told, encoding="utf-8")
    if base:
        (out / "sitemap.xml").write_text(sitemap(app), encoding="utf-8")
        robots = f"User-agent: *\nSitemap: {base}sitemap.xml\n"
        (out / "robots.txt").write_text(robots)


def plain(path):
    """A chapter as Markdown, without its outputs and solutions."""
    return "\n\n".join(
        f"```python\n{cell.source}\n```"
        if cell.cell_type == "code"
        else cell.source
        for cell in blank(path).cells
    )


def sitemap(app):
    """The address of each page, as sitemaps.org says it."""
    base, target = app.config.html_baseurl, app.builder.get_target_uri
    lines = "\n".join(
        f"<url><loc>{escape(base + target(page))}</loc></url>"
        for page in sorted(app.env.found_docs)
    )
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}\n<urlset xmlns="{schema}">\n{lines}\n</urlset>\n'


def setup(app):
    app.config.html_additional_pages = {"404": "404.html"}
    app.connect("html-page-context", describe)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

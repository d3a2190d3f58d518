"""How the site is built: `make site`, or sphinx-build -n -W . _build/html."""

import gc
import sys
from pathlib import Path

# A build keeps nearly all that it makes, and a third of its time went into
# searching that for garbage: 304 MB with the search, 344 MB without it.
gc.disable()
sys.path.insert(0, str(Path(__file__).parent / "docs" / "_ext"))

project = "Messages Near and Far"
version = "0.1.0"
copyright = "the Messages Near and Far maintainers"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "docstrings",
    "downloads",
    "found",
    "front_board",
    "front_page",
    "live",
    "mathml",
    "reference",
    "repository",
    "places",
    "search",
    "sidebar",
    "terms",
    "xhtml",
]

root_doc = "docs/index"
include_patterns = ["chapters/*.ipynb", "docs/**"]
exclude_patterns = [".*", "_build", "docs/_live"]
templates_path = ["docs/_templates"]

# The stored outputs are shown: the tests compare them, the site does not run.
nb_execution_mode = "off"
# Outputs keep their order; one box for what a cell prints in one go.
nb_merge_streams = True
myst_enable_extensions = [
    "attrs_block",
    "attrs_inline",
    "dollarmath",
    "substitution",
]
myst_heading_anchors = 4
# A heading's anchor as JupyterLab makes it: Who resumes? -> #Who-resumes?
myst_heading_slug_func = "nbconvert.filters.strings._convert_header_id"

# Our own names must resolve; the names of others have their own sites.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!nearfar\.).*"),
    (r"py:class", r"nearfar\.[\w.]+\.[A-Z]"),  # a type variable
]
autodoc_member_order = "bysource"
# What the modules call on each other's objects, not for readers.
autodoc_default_options = {
    "exclude-members": "leave, describe_wait, switch, interrupt"
}
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
add_module_names = False
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

# The ePub stands still: it brings no scripts.
epub_exclude_files = [
    path.relative_to("docs").as_posix()
    for path in Path("docs/_static").rglob("*.*js")
]
epub_show_urls = "no"
suppress_warnings = ["epub.unknown_project_files"]

# `python -m nearfar links`: a slow host is asked again.
linkcheck_timeout = 20
linkcheck_retries = 2
linkcheck_workers = 4

html_theme = "pydata_sphinx_theme"
html_title = project
html_favicon = "docs/_static/icon.svg"
html_static_path = [
    "docs/_static",
    "lib/nearfar/drawing/player.js",
    "lib/nearfar/playing/board.js",
]
html_css_files = ["site.css", "icons.css", "live.css"]
html_js_files = [
    (name, {"defer": "defer"})
    for name in (
        "player.js",
        "pictures.js",
        "predict.js",
        "glossary.js",
        "live.js",
    )
]
html_use_index = False
html_domain_indices = False
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_context = {"default_mode": "auto"}
html_sidebars = {"**": ["all_pages.html"]}
html_theme_options = {
    "logo": {"text": project},
    "navbar_center": [],
    "navbar_persistent": ["search_button.html"],
    "secondary_sidebar_items": ["page-toc"],
    "back_to_top_button": False,  # it would lie on the text
    "article_header_end": ["downloads.html"],
    "footer_start": ["credit.html"],
    "footer_end": [],
    "pygments_dark_style": "github-dark-high-contrast",
}
# What is copied is the code: no prompt, and never what a cell printed.
copybutton_selector = "div.highlight:not(.output *) > pre"
copybutton_exclude = ".linenos, .gp"

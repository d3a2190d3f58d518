"""Where a chapter can be opened without installing anything: three places.

Each opens a notebook from a repository on GitHub. Where the repository is
unknown, or elsewhere, no chapter has a button. The page docs/elsewhere.md says
what works in each place, and gets its one line to type from here.
"""

import os

from repository import address_of, on_github, remote

KNOWN = "At the top of each chapter of this site, a link leads to each place."
UNKNOWN = (
    "This copy of the site was built without the address of a repository on "
    "GitHub. So its chapters have no links to these places, and below, "
    "OWNER/REPOSITORY stands for that repository."
)


def places_of(repository):
    """{place: address of a notebook in it}, with `{}` for its path.

    Empty if the repository is not on GitHub.
    """
    name = on_github(repository)
    if not name:
        return {}
    return {
        "Colab": (
            f"https://colab.research.google.com/github/{name}/blob/main/{{}}"
        ),
        "Binder": (
            f"https://mybinder.org/v2/gh/{name}/main?urlpath=lab/tree/{{}}"
        ),
        "Codespaces": f"https://codespaces.new/{name}?quickstart=1",
    }


def install_line(repository):
    """Markdown: what to type first where nothing is installed."""
    name = on_github(repository) or "OWNER/REPOSITORY"
    return f"\n```python\n%pip install git+https://github.com/{name}\n```"


def setup(app):
    address = address_of(os.environ, remote())
    places = places_of(address)
    app.config.html_context["places"] = places
    app.config.myst_substitutions |= {
        "places": KNOWN if places else UNKNOWN,
        "install_line": install_line(address),
    }
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Two addresses: where the book is cloned from, and where the site is read.

`NEARFAR_REPOSITORY` sets the first, which is shown where the site says how to
begin. Without that, it is the repository in which the site is built: GitHub's
own variables, or git's remote `origin`.

`NEARFAR_SITE` sets the second, the canonical address of each page. Without
that, it is the one of GitHub Pages, if the repository is on GitHub.
"""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAKE = (
    "On Windows, `py` may be the name of Python. In a shell with make, "
    "`make lab` is shorter."
)


def address_of(environment, remote):
    """The address from the environment or the remote; "" if none is public."""
    server, name = (
        environment.get(f"GITHUB_{part}", "")
        for part in ("SERVER_URL", "REPOSITORY")
    )
    found = environment.get("NEARFAR_REPOSITORY", "")
    found = found or (f"{server}/{name}" if server and name else remote)
    found = re.sub(r"^(https?://)[^/@]*@", r"\1", found.strip())  # no password
    return found if re.match(r"https?://|\w+@[\w.-]+:", found) else ""


def site_of(environment, repository):
    """The address of the front page, which ends in /; "" if it is unknown."""
    told = environment.get("NEARFAR_SITE", "").strip()
    if told:
        return told.rstrip("/") + "/"
    owner, _, name = on_github(repository).partition("/")
    return f"https://{owner}.github.io/{name}/" if name else ""


def on_github(repository):
    """owner/name of a repository on GitHub; "" if it is elsewhere."""
    found = re.match(
        r"(?:https?://|git@)github\.com[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?$",
        repository,
    )
    return found[1] if found else ""


def remote():
    """The address of `origin`, if git and a remote are there."""
    command = ["git", "-C", ROOT, "remote", "get-url", "origin"]
    try:
        told = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    return told.stdout.strip()


def public_site():
    """The address of the front page, as far as this clone knows it."""
    return site_of(os.environ, address_of(os.environ, remote()))


def how_to_begin(address):
    """Markdown: the commands from nothing to the first chapter."""
    open_it = "python -m nearfar lab"
    if not address:
        told = "Clone this book's repository; then, inside it:"
        return f"{told}\n{block(open_it)}\n\n{MAKE}"
    clone = f"git clone {address} messages", "cd messages"
    told = "Clone the repository, and open the first chapter:"
    return f"{told}\n{block(*clone, open_it)}\n\n{MAKE}"


def block(*commands):
    lines = "\n".join(f"$ {each}" for each in commands)
    return f"\n```console\n{lines}\n```"


def setup(app):
    address = address_of(os.environ, remote())
    app.config.html_baseurl = public_site()
    app.config.myst_substitutions = {"begin": how_to_begin(address)}
    return {"parallel_read_safe": True, "parallel_write_safe": True}

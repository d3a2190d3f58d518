"""The book on paper: `make pdf` and `make epub`.

Sphinx makes one long page of the book, or an ePub. Chromium prints that page,
so a PDF needs no LaTeX. The rules for paper are in site.css.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "_build"
NAME = "messages-near-and-far"
BROWSERS = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "chrome", "msedge"),
)
NONE = (
    "No browser prints the PDF: install Chromium or Chrome, or name one in the "
    "environment variable NEARFAR_BROWSER."
)


def browser():
    """The command that starts a browser without a window."""
    found = filter(None, map(shutil.which, BROWSERS))
    program = os.environ.get("NEARFAR_BROWSER") or next(found, None)
    if program is None:
        sys.exit(NONE)
    return (program, "--headless", "--no-sandbox", "--disable-gpu")


def sphinx(builder):
    """Build the book in one of Sphinx's forms; returns its folder."""
    folder, read = BUILT / builder, BUILT / "doctrees"
    command = [sys.executable, "-m", "sphinx", "-q", "--jobs=auto"]
    command += ["-b", builder, "-d", read]
    subprocess.run([*command, ROOT, folder], check=True)
    return folder


def pdf():
    """Print the book, with all hints and solutions open."""
    folder = sphinx("singlehtml")
    text = (folder / "docs" / "index.html").read_text(encoding="utf-8")
    page = folder / "index.html"  # from where its links lead
    text = text.replace("<details>", "<details open>")
    page.write_text(text, encoding="utf-8")
    file = BUILT / f"{NAME}.pdf"
    subprocess.run(
        [
            *browser(),
            "--hide-scrollbars",
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            f"--print-to-pdf={file}",
            page.as_uri(),
        ],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return file


def epub():
    """Pack the book for a reader of ePub."""
    (packed,) = sphinx("epub").glob("*.epub")
    return packed.replace(BUILT / f"{NAME}.epub")


if __name__ == "__main__":
    written = {"pdf": pdf, "epub": epub}[sys.argv[1]]()
    print(f"written to {written.relative_to(ROOT)}")

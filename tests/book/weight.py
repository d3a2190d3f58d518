"""What a page weighs: itself, and the files that it names, each gzipped.

`python tests/book/weight.py _build/html` lists the pages, the heaviest first,
and what the heaviest one loads.
"""

import gzip
import re
import sys
from pathlib import Path

NAMES = re.compile(
    r"<(?:link|script|img|source)\b[^>]*?\b(?:href|src)=\"([^\"#?]+)"
)
NO_FILE = ("data:", "http:", "https:")


def loaded_by(page):
    """{file: its gzipped bytes} of a page and of all that it names."""
    text = page.read_text(encoding="utf-8")
    files = {page} | {
        (page.parent / name).resolve()
        for name in NAMES.findall(text)
        if not name.startswith(NO_FILE)
    }
    return {
        file: len(gzip.compress(file.read_bytes()))
        for file in files
        if file == page or (file.is_file() and file.suffix != ".html")
    }


def pages_of(site):
    """The pages of a built site; what lies in _static is none."""
    return [
        path
        for path in sorted(site.rglob("*.html"))
        if not any(part.startswith("_") for part in path.parts[-3:])
    ]


def main(site):
    weights = {page: loaded_by(page) for page in pages_of(site)}
    heaviest = sorted(weights, key=lambda page: -sum(weights[page].values()))
    for page in heaviest:
        total = sum(weights[page].values()) / 1000
        print(f"{total:5.0f} kB  {page.relative_to(site)}")
    print(f"\n{heaviest[0].name} loads:")
    told = weights[heaviest[0]]
    for file in sorted(told, key=told.get, reverse=True):
        print(f"{told[file] / 1000:5.1f} kB  {file.name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())

"""Draw the pictures of the site: `make chapters` calls this.

Each program in docs/examples leaves the picture of its run in `figure`;
house.py draws the packages of the library.
"""

import runpy
from pathlib import Path

from house import draw

DOCS = Path(__file__).parent

if __name__ == "__main__":
    for example in sorted((DOCS / "examples").glob("*.py")):
        figure = runpy.run_path(str(example))["figure"]
        picture = DOCS / "_static" / f"{example.stem}.svg"
        picture.write_text(figure.svg + "\n")
    (DOCS / "_static" / "house.svg").write_text(draw().svg + "\n")

"""Draw the pictures of the site from real runs: `make chapters` calls this.

Each program in docs/examples leaves its picture in `figure`.
"""

import runpy
from pathlib import Path

DOCS = Path(__file__).parent

if __name__ == "__main__":
    for example in sorted((DOCS / "examples").glob("*.py")):
        figure = runpy.run_path(str(example))["figure"]
        picture = DOCS / "_static" / f"{example.stem}.svg"
        picture.write_text(figure.svg + "\n")

"""Draw the card that a link to the site shows: docs/_static/card.png.

It holds the picture of the front page, and needs Chromium: draw it again after
that picture has changed. `python docs/card.py`
"""

import subprocess
import tempfile
from pathlib import Path

from book import browser

STATIC = Path(__file__).parent / "_static"
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; width: 1200px; height: 630px; overflow: hidden;
  background: #fdfcf9; color: #26323f; }}
body::before {{ content: ""; display: block; height: 16px; background:
  repeating-linear-gradient(-45deg, #a8380d 0 42px, #fdfcf9 42px 84px,
  #5d6875 84px 126px, #fdfcf9 126px 168px); }}
h1 {{ margin: 30px 60px 0; font: bold 64px Georgia, "DejaVu Serif", serif; }}
p {{ margin: 6px 60px 18px; font: 27px Helvetica, "DejaVu Sans", sans-serif; }}
img {{ display: block; height: 400px; margin: auto; }}
</style><h1>Messages Near and Far</h1>
<p>Send the same message over a channel, then over a socket.</p>
<img src="{picture}">"""


def main():
    picture = (STATIC / "near_and_far.svg").resolve().as_uri()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "card.html")
        page.write_text(PAGE.format(picture=picture), encoding="utf-8")
        subprocess.run(
            [
                *browser(),
                *("--window-size=1200,630", "--hide-scrollbars"),
                *(f"--screenshot={STATIC / 'card.png'}", page.as_uri()),
            ],
            check=True,
        )


if __name__ == "__main__":
    main()

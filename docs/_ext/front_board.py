"""The board of the front page: every game that can be played on it.

The games of docs/examples/front_game.py are small. So the library plays them
all while the site is built, and the page only looks them up: no press loads
Python. The states go into `_static/front_game.js`, a script and no JSON, so
that a site opened as a file has them, too.
"""

import json
import runpy
from pathlib import Path

from nearfar.playing import Board, moves_to_text

GAME = Path(__file__).resolve().parents[1] / "examples" / "front_game.py"
MOST = 500  # states of a game; a larger one is none for a page
SCRIPTS = ("board.js", "front_game.js", "front.js")


def recorded(target, first, title):
    """Every state that can be met after some moves, by the text of moves."""
    board = Board(target, first, title)
    states, left = {}, [tuple(first)]
    while left:
        moves = left.pop()
        played = target.play(moves)
        state = board.state(played)
        source = state.pop("source")
        states[moves_to_text(moves)] = state
        left += [(*moves, choice.move) for choice in played.choices]
        if len(states) > MOST:
            raise ValueError(f"{title}: more than {MOST} states")
    broken = [text for text in states if states[text]["broken"]]
    shortest = min(
        broken,
        key=lambda text: (states[text]["departures"], len(text)),
        default=None,
    )
    return {
        "first": list(first),
        "shortest": shortest,
        "source": source,
        "states": states,
    }


def write(app, error):
    """Write all games beside the scripts of the site."""
    if error or app.builder.name != "html":
        return  # a picture stands still on paper
    games = {
        name: recorded(*game, name)
        for name, game in runpy.run_path(str(GAME))["GAMES"].items()
    }
    told = json.dumps(games, ensure_ascii=False, separators=(",", ":"))
    script = Path(app.outdir) / "_static" / "front_game.js"
    script.write_text(f"nearfarFrontGame = {told};\n", encoding="utf-8")


def load(app, pagename, templatename, context, doctree):
    """Only the front page loads them."""
    if pagename == app.config.root_doc and app.builder.name == "html":
        for name in SCRIPTS:
            app.add_js_file(name, defer="defer")


def setup(app):
    app.connect("html-page-context", load)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""The house: the packages of the library, drawn from their real imports.

A box is a package, an arrow an import, and every arrow points down. An arrow
that follows from others is left out: what imports `far` reaches `near`, too.
`make chapters` draws the picture, and tests/book/test_docs.py wants it to be
of today; only the numbers of lines may be a little older.
"""

import ast
from itertools import combinations, pairwise, permutations
from pathlib import Path

from nearfar.drawing import Figure
from nearfar.drawing.svg import QUIET, text, width_of

LIBRARY = Path(__file__).parents[1] / "lib" / "nearfar"
WIDTH, HIGH, FLOOR, GAP, MARGIN = 88, 42, 84, 10, 12  # pixels
PASS, SPREAD = 6, 13  # pixels: where an arrow passes a floor; between arrows
SWEEPS = 4  # up and down the house, to set each floor in order
ROUNDED = 50  # lines
HEAD = (
    '<defs><marker id="down" viewBox="0 0 8 8" refX="7" refY="4" '
    'markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" '
    f'orient="auto"><path fill="{QUIET}" d="M0 0.4L8 4L0 7.6z"/></marker>'
    "</defs>"
)


# --- What the source says ----------------------------------------------------


def read_house():
    """({package: packages that it imports}, {package: lines})."""
    imports, lines = {}, {}
    for path in sorted(LIBRARY.rglob("*.py")):
        name, source = package_of(path), path.read_text()
        lines[name] = lines.get(name, 0) + len(source.splitlines())
        imported = imports.setdefault(name, set())
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.level:
                imported |= set(imported_by(node, path))
        imported.discard(name)
    return imports, lines


def package_of(path):
    """The package in which a file stands; a lone module is one, too."""
    first = path.relative_to(LIBRARY).parts[0].removesuffix(".py")
    return "nearfar" if first == "__init__" else first


def imported_by(node, path):
    """The packages that a relative import in a file reaches."""
    place = path.relative_to(LIBRARY).parts[:-1]
    base = place[: len(place) - node.level + 1]
    for alias in node.names:
        first = [*base, *(node.module or alias.name).split(".")][0]
        stands = LIBRARY / first
        known = stands.is_dir() or stands.with_suffix(".py").exists()
        yield first if known else "nearfar"


# --- What is drawn of it -----------------------------------------------------


def needed(imports):
    """The imports that do not follow from others."""
    return {
        name: others - set().union(*(reach(imports, n) for n in others))
        for name, others in imports.items()
    }


def reach(imports, name):
    """All that a package imports, itself or through others."""
    found = set()
    for other in imports[name]:
        found |= {other} | reach(imports, other)
    return found


def floors_of(imports):
    """{package: floor}, 0 for the ground: higher than all that it imports.

    What imports nothing stands just below the lowest package that needs it.
    """

    def height(name):
        return 1 + max(map(height, imports[name]), default=-1)

    floors = {name: height(name) for name in imports}
    for name in imports:
        above = [floors[n] for n in imports if name in imports[n]]
        if above and not imports[name]:
            floors[name] = min(above) - 1
    return floors


def paths_of(imports, floors):
    """The places through which each arrow goes: (package, floor) each.

    Arrows to one package pass the floors between in one place.
    """
    return [
        [(name, floors[name])]
        + [(other, n) for n in range(floors[name] - 1, floors[other] - 1, -1)]
        for name in imports
        for other in sorted(imports[name])
    ]


# --- Where it stands ---------------------------------------------------------


def order(paths, floors):
    """For each floor its places, from left to right, with few crossings."""
    rows = [[] for _ in range(1 + max(floors.values()))]
    for place in sorted({*floors.items()}.union(*paths)):
        rows[place[1]].append(place)
    steps = sorted({step for path in paths for step in pairwise(path)})
    every = range(len(rows))
    for floor in [*every, *reversed(every)] * SWEEPS:
        near = [step for step in steps if floor in (step[0][1], step[1][1])]

        def cost(row, floor=floor, near=near):
            tried = [*rows[:floor], row, *rows[floor + 1 :]]
            return crossings(near, columns(tried, floors))

        rows[floor] = min(permutations(rows[floor]), key=cost)
    return rows


def crossings(steps, at):
    """How many steps of arrows cross, and how far they go to the side."""
    ends = [(one[1], at[one], at[two]) for one, two in steps]
    crossed = sum(
        f == g and (a - c) * (b - d) < 0
        for (f, a, b), (g, c, d) in combinations(ends, 2)
    )
    return crossed, sum(abs(a - b) for _, a, b in ends)


def columns(rows, floors):
    """The middle of each place, in pixels; each floor is set around 0."""
    at = {}
    for row in rows:
        wide = sum(2 * half(place, floors) + GAP for place in row)
        x = (GAP - wide) / 2
        for place in row:
            at[place] = x + half(place, floors)
            x += 2 * half(place, floors) + GAP
    return at


def half(place, floors):
    """Half the width of a place: a box, or an arrow that passes."""
    package, floor = place
    return (WIDTH if floors[package] == floor else PASS) / 2


# --- The picture -------------------------------------------------------------


def draw():
    """The picture of today."""
    imports, lines = read_house()
    imports, floors = needed(imports), floors_of(imports)
    paths = paths_of(imports, floors)
    at = columns(order(paths, floors), floors)
    edges = [
        x + side * half(place, floors)
        for place, x in at.items()
        for side in (-1, 1)
    ]
    left, right = min(edges) - MARGIN, max(edges) + MARGIN
    at = {place: x - left for place, x in at.items()}
    top = {f: MARGIN + FLOOR * (max(floors.values()) - f) for _, f in at}
    parts = [HEAD, *arrows(paths, at, top)]
    for name, floor in floors.items():
        parts += package(name, lines[name], at[name, floor], top[floor])
    size = round(right - left), top[0] + HIGH + MARGIN
    return Figure(parts, describe(imports, floors), *size)


def package(name, lines, x, y):
    """A box with the name of a package, and about how many lines it has."""
    yield (
        f'<rect x="{x - WIDTH / 2:g}" y="{y}" width="{WIDTH}" height="{HIGH}" '
        f'rx="4" fill="#fff" stroke="{QUIET}"/>'
    )
    yield text(x - width_of(name) / 2, y + 18, name)
    about = f"{max(ROUNDED, round(lines / ROUNDED) * ROUNDED):,} lines"
    yield text(x - width_of(about, 11) / 2, y + 33, about, "q")


def arrows(paths, at, top):
    """A line for each path; those that share a box stand side by side."""
    for path in paths:
        out = [p for p in paths if p[0] == path[0]]
        into = [p for p in paths if p[-1] == path[-1]]
        begin = beside(path, out, at, 1)
        end = beside(path, into, at, -2)
        points = [(begin, top[path[0][1]] + HIGH)]
        for place in path[1:-1]:
            y = top[place[1]]
            points += [(at[place], y - 6), (at[place], y + HIGH + 6)]
        points.append((end, top[path[-1][1]]))
        d = "L".join(f"{x:g} {y:g}" for x, y in points)
        yield (
            f'<path d="M{d}" fill="none" stroke="{QUIET}" stroke-width="1.3" '
            'stroke-linejoin="round" marker-end="url(#down)"/>'
        )


def beside(path, others, at, turn):
    """Where a path meets a box that it shares with others."""
    box = path[0] if turn == 1 else path[-1]
    places = sorted({other[turn] for other in others}, key=at.get)
    return at[box] + SPREAD * (places.index(path[turn]) - (len(places) - 1) / 2)


def describe(imports, floors):
    """The alternative text: each floor, from the ground up."""
    told = []
    for floor in range(1 + max(floors.values())):
        names = [
            f"{name} on {', '.join(sorted(imports[name]))}"
            if imports[name]
            else name
            for name in floors
            if floors[name] == floor
        ]
        told.append("; ".join(names))
    return (
        "The packages of the library, floor by floor from the ground up, each "
        f"on those that it imports. {'. '.join(told)}."
    )


if __name__ == "__main__":
    print(draw().svg)

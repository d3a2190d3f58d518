"""Turn a listing of 2006 into one that runs on `nearfar.stackless`.

`python docs/convert_2006.py old.py > new.py` changes what a rule for one line
can change. It does not run the program. On standard error stand each line that
is still no Python 3, and each that may mean something else today.

Left out: statements over several lines, `print >>file`, parameters that are
tuples, comments behind a `print`. Change those by hand.
"""

import ast
import re
import sys

# In order; a line may need several.
RULES = [
    (r"^import stackless$", "from nearfar import stackless"),
    (r"^from stackless import ", "from nearfar.stackless import "),
    (r"^(.*(?:^|: )\s*)print$", r"\1print()"),
    (r"^(.*?(?:^|: )\s*)print (.+),$", r'\1print(\2, end=" ")'),
    (r"^(.*?(?:^|: )\s*)print (.+)$", r"\1print(\2)"),
    (r"^(\s*except .+?), (\w+):", r"\1 as \2:"),
    (r"^(.*\braise [\w.]+), (.+)$", r"\1(\2)"),
    (r"\bxrange\(", "range("),
    (r"\braw_input\(", "input("),
    (r"([\w.]+)\.has_key\(([^()]+)\)", r"\2 in \1"),
    (r"\.iter(items|keys|values)\(\)", r".\1()"),
    (r"([\w.]+)\.next\(\)", r"next(\1)"),
    (r" <> ", " != "),
    (r"`([^`]+)`", r"repr(\1)"),
]
HINTS = [
    (r"[\w)] ?/ ?[\w(]", "/ keeps the fraction today: write // to drop it"),
    (r"\.sort\(\)|\bsorted\(", "values of different types have no order today"),
    (r"\b(?:map|filter|zip)\(", "makes an iterator today: list(...) keeps it"),
    (r"\.(?:keys|values|items)\(\)\[", "has no places today: use list(...)"),
]


def convert(old):
    """Return the listing for Python 3."""
    lines = []
    for line in old.expandtabs().splitlines():
        for pattern, new in RULES:
            line = re.sub(pattern, new, line)
        lines.append(line)
    return "\n".join(lines) + "\n"


def doubts(new):
    """Yield a sentence for each line that needs a look."""
    try:
        ast.parse(new)
    except SyntaxError as error:
        yield f"line {error.lineno} is not Python 3: {error.msg}"
    for number, line in enumerate(new.splitlines(), 1):
        for pattern, hint in HINTS:
            if re.search(pattern, line):
                yield f"line {number}: {line.strip()!r} {hint}"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        converted = convert(file.read())
    print(converted, end="")
    for doubt in doubts(converted):
        print(doubt, file=sys.stderr)

"""A page of the reference for each door: what it says, then its modules.

A page holds a block `{door}` with the name of a package or a module. It
becomes the door's docstring, what can be imported from it, and each of its
modules with all its public members. The order of the modules is that in which
the door's docstring names them, so a new module needs no edit here.

The front page holds blocks `{doors}`: a caption, and the names of pages. Each
becomes a heading, a line about each page, and the toctree of the sidebar.
"""

import re
from importlib import import_module
from pkgutil import iter_modules
from textwrap import fill

DOOR = re.compile(r"^```\{door\} (\S+)\n```$", re.MULTILINE)
DOORS = re.compile(r"^```\{doors\} (\w+)\n([\w\n]+)\n```$", re.MULTILINE)
ANSWERS = "chapter_"  # modules that would give an exercise's solution away


def modules_in_order(door):
    """The modules of a package, as its docstring says to read them."""
    told = re.findall(r"`(\w+)`", door.__doc__)
    names = [
        module.name
        for module in iter_modules(getattr(door, "__path__", ()))
        if not module.name.startswith(ANSWERS)
    ]
    places = {name: place for place, name in reversed([*enumerate(told)])}
    return sorted(names, key=lambda name: places.get(name, len(told)))


def page_of(name):
    """The text, in Markdown, that stands in place of a door's block."""
    door = import_module(name)
    parts = [documented(door), importable(door)]
    for module in modules_in_order(door):
        whole = import_module(f"{name}.{module}")
        parts += [f"## {module}", documented(whole)]
    return "\n\n".join(parts)


def documented(module):
    """A module's docstring, and what it defines; it may hand on more."""
    public = public_names(module)
    handed_on = [name for name in public if is_handed_on(module, name)]
    lines = [f".. automodule:: {module.__name__}"]
    if len(handed_on) < len(public):
        lines.append("   :members:")
    if handed_on:
        lines.append(f"   :exclude-members: +{', '.join(handed_on)}")
    return "\n".join(["```{eval-rst}", *lines, "```"])


def is_handed_on(module, name):
    """Whether a public thing stands on the page of another module of ours."""
    home = getattr(getattr(module, name), "__module__", None)
    if home == module.__name__ or not str(home).startswith("nearfar."):
        return False
    return name in public_names(import_module(home))


def public_names(module):
    """What it says is public, or else all that has no leading _."""
    names = [name for name in vars(module) if not name.startswith("_")]
    return getattr(module, "__all__", names)


def importable(door):
    """The statement that imports everything from a door of a package."""
    public = getattr(door, "__all__", ())
    if not hasattr(door, "__path__") or not public:
        return ""
    line = f"from {door.__name__} import {', '.join(public)}"
    if len(line) > 79:
        inside = fill(", ".join(public) + ",", 75)
        inside = "".join(f"\n    {each}" for each in inside.splitlines())
        line = f"from {door.__name__} import ({inside}\n)"
    return f"```python\n{line}\n```"


def list_of(caption, names):
    """A heading, a line about each door, and their toctree."""
    about = [f"- [{name}]({name}.md): {line_about(name)}" for name in names]
    tree = ["```{toctree}", ":hidden:", f":caption: {caption}", "", *names]
    return "\n".join([f"## {caption}", "", *about, "", *tree, "```"])


def line_about(name):
    """The first line of a door's docstring, without the name before it."""
    door = import_module(f"nearfar.{name}")
    return door.__doc__.partition("\n")[0].partition(": ")[2]


def open_doors(app, docname, source):
    """Put the text of each door in place of its block."""
    text = DOOR.sub(lambda found: page_of(found[1]), source[0])
    source[0] = DOORS.sub(
        lambda found: list_of(found[1], found[2].split()), text
    )


def name_without_link(app, env, node, words):
    """A kind that is not public has no page; its name alone is shown."""
    home, _, name = node["reftarget"].rpartition(".")
    if not home.startswith("nearfar."):
        return None
    try:
        module = import_module(home)
    except ImportError:  # a class, whose members have no other page
        return None
    public = name in public_names(module) or not hasattr(module, name)
    return None if public else words


def setup(app):
    app.connect("source-read", open_doors)
    app.connect("missing-reference", name_without_link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

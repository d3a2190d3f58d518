"""Show things under the running cell, as IPython's module of this name."""

from kernel import outputs

__all__ = [
    "HTML",
    "Markdown",
    "SVG",
    "clear_output",
    "display",
    "update_display",
]


class Shown:
    """A text of one kind, which the page shows as that kind."""

    def __init__(self, data):
        self.data = data

    def __repr__(self):
        return f"<IPython.core.display.{type(self).__name__} object>"


class HTML(Shown):
    def _repr_html_(self):
        return self.data


class Markdown(Shown):
    def _repr_markdown_(self):
        return self.data


class SVG(Shown):
    def _repr_svg_(self):
        return self.data


def display(*things, display_id=None):
    """Show each thing; with a `display_id`, it can be updated later."""
    for thing in things:
        outputs.show("display_data", outputs.kinds_of(thing), display_id)


def update_display(thing, *, display_id):
    """Show a thing where another was shown under this `display_id`."""
    outputs.show("update_display_data", outputs.kinds_of(thing), display_id)


def clear_output(wait=False):
    """Remove what the running cell has shown; if `wait`, at its next output."""
    outputs.send({"output_type": "clear_output", "wait": wait})

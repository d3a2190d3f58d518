"""Programs: what `python -m nearfar` can run."""

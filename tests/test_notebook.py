"""The notebook's own door."""

from nearfar.notebook import show_source
from nearfar.primes import is_prime


def test_the_source_shown_is_the_source_that_runs():
    shown = show_source(is_prime).data
    assert shown.startswith("```python\ndef is_prime(")
    assert shown.endswith("```")
    names = {}
    exec(
        "from math import isqrt\n" + shown.strip("`").removeprefix("python"),
        names,
    )
    assert names["is_prime"](97)

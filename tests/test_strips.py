"""Strips: rows of cells, told in words and drawn."""

import pytest

from nearfar.strips import strip

KINDS = {"+": "delivered", "-": "hangs"}


def test_a_strip_tells_its_rows_in_words():
    drawn = strip({"2006": "++-+", "ours": " +++"}, KINDS, x="bytes", first=3)
    assert (
        "2006: 3 to 4 delivered, 5 hangs, 6 delivered; ours: 4 to 6 delivered"
        in drawn.alt
    )


def test_cells_of_one_kind_side_by_side_are_one_box():
    drawn = strip({"a": "++--++"}, KINDS, x="bytes")
    boxes = [part for part in drawn.parts if 'height="20"' in part]
    assert len(boxes) == 3


def test_a_kind_that_is_not_named_is_refused():
    with pytest.raises(ValueError, match="does not say what"):
        strip({"a": "+?"}, KINDS, x="bytes")


def test_the_same_rows_give_the_same_picture():
    one, two = (strip({"a": "+-"}, KINDS, x="bytes") for _ in range(2))
    assert one.svg == two.svg

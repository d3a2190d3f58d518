"""Strips: rows of cells, told in words and drawn."""

import re

import pytest

from nearfar.drawing import strip
from nearfar.drawing.figure import SMALLEST
from nearfar.drawing.svg import width_of

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


def heights(drawn):
    boxes = " ".join(drawn.parts).split("<rect ")[1:]
    return [re.search(r'height="(\d+)"', each)[1] for each in boxes]


def test_what_went_wrong_is_low_so_that_a_single_success_stands_out():
    drawn = strip({"a": "-" * 95 + "+"}, KINDS, x="bytes", wrong="-")
    low, high, *_ = map(int, heights(drawn))
    assert low < high / 2


def test_a_strip_fits_on_a_telephone_and_so_does_its_legend():
    kinds = {each: "a rather long explanation" for each in "abcd"}
    drawn = strip({"a row with a long label": "abcd" * 50}, kinds, x="bytes")
    assert drawn.width * SMALLEST < 340
    texts = re.findall(r'<text[^>]* x="([\d.]+)"[^>]*>([^<]*)', drawn.svg)
    assert all(
        float(x) + width_of(words, 11) <= drawn.width for x, words in texts
    )


def test_a_kind_that_is_not_named_is_refused():
    with pytest.raises(ValueError, match="does not say what"):
        strip({"a": "+?"}, KINDS, x="bytes")


def test_the_same_rows_give_the_same_picture():
    one, two = (strip({"a": "+-"}, KINDS, x="bytes") for _ in range(2))
    assert one.svg == two.svg

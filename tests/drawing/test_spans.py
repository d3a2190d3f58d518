"""Gantt: the picture says what the spans say."""

import pytest

from nearfar.drawing import gantt
from nearfar.farm import Span, chunks, count_between, local_farm


def test_each_worker_has_a_lane_and_what_came_to_nothing_is_red():
    spans = [
        Span("a1", 2, 10.0, 11.0, "done"),
        Span("b2", 1, 10.0, 10.5, "lost"),
        Span("a1", 3, 11.0, 12.0, "done"),
    ]
    figure = gantt(spans, "A hunt", names={"b2": "eve"})
    assert figure.alt == (
        "Gantt chart (A hunt): worker 1 did 5 chunks; eve did 0 chunks and "
        "was lost at 0.50 s."
    )
    bars = [part for part in figure.parts if part.startswith("<rect")]
    assert ["#b3261e" in bar for bar in bars] == [False, False, True]
    widths = [float(bar.split('width="')[1].split('"')[0]) for bar in bars]
    assert widths == [279.0, 279.0, 139.0]


def test_charts_that_end_at_the_same_time_share_one_scale():
    def bar(ended, until):
        spans = [Span("a1", 1, 0.0, ended, "done")]
        figure = gantt(spans, until=until)
        (part,) = [part for part in figure.parts if part.startswith("<rect")]
        return float(part.split('width="')[1].split('"')[0]), figure.parts

    short, axis = bar(8.0, 24.0)
    long, same_axis = bar(24.0, 24.0)
    assert (short + 1) * 3 == pytest.approx(long + 1, abs=0.2)
    assert axis[2:] == same_axis[2:]
    with pytest.raises(ValueError, match="ends at 24 s, after until=8"):
        bar(24.0, 8.0)


def test_nothing_recorded_is_said_so():
    with pytest.raises(ValueError, match="record=True"):
        gantt([])


def test_a_farm_records_every_chunk_and_the_loss():
    with local_farm(2, record=True) as farm:
        for n, _ in enumerate(farm.map(count_between, chunks(60_000, 1_000))):
            if n == 10:
                farm.programs[0].kill()
    done = sum(span.chunks for span in farm.spans if span.fate == "done")
    lost = [span for span in farm.spans if span.fate == "lost"]
    assert (done, len(lost)) == (60, 1)
    assert all(span.began <= span.ended for span in farm.spans)

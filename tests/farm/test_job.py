"""Jobs: whatever is lost, late or twice, each chunk counts once."""

import itertools
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfar import Misuse
from nearfar.farm.job import ATTEMPTS, Job


def make_job(chunks, ordered=True):
    return Job("f", enumerate(chunks), itertools.count(100), ordered, None)


def make_worker(size=1, ahead=0, functions=("f",)):
    return SimpleNamespace(
        held={}, size=size, ahead=ahead, functions=set(functions)
    )


def give(job, worker):
    batch = job.batch_for(worker)
    worker.held |= {chunk.number: chunk for chunk in batch}
    return [msgspec.json.decode(chunk.argument) for chunk in batch]


def settle(job, worker, number):
    chunk = worker.held.pop(number)
    job.settle(number, msgspec.json.decode(chunk.argument))


steps = st.lists(
    st.tuples(
        st.sampled_from(["give", "give", "settle", "lose", "twice"]),
        st.integers(0, 2),
        st.integers(0, 9),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(steps, st.booleans(), st.integers(0, 12))
def test_each_chunk_counts_once_whatever_happens(steps, ordered, count):
    job, results = make_job(range(count), ordered), []
    team = [make_worker(3, 3), make_worker(2, 2), make_worker()]
    for what, who, which in steps:
        worker = team[who]
        number = next(itertools.islice(worker.held, which, None), None)
        if what == "give":
            give(job, worker)
        elif what == "lose":
            job.take_back(worker, worker.held.values(), "lost")
            worker.held.clear()
        elif number is not None:
            settle(job, worker, number)
            if what == "twice":
                job.settle(number, "never again")
        results += job.take_results()
    if job.error:
        assert "given out 3 times" in job.error
        return
    for worker in team:
        for number in list(worker.held):
            settle(job, worker, number)
    while give(job, team[2]):
        settle(job, team[2], next(iter(team[2].held)))
    results += job.take_results()
    assert job.finished
    assert (results if ordered else sorted(results)) == list(range(count))


def test_a_batch_is_as_large_as_the_worker_wants():
    job, worker = make_job(range(9)), make_worker(size=3, ahead=3)
    assert give(job, worker) == [0, 1, 2]
    assert give(job, worker) == [3, 4, 5]
    assert give(job, worker) == []  # it has enough


def test_what_was_given_in_vain_goes_alone_and_first():
    job = make_job(range(9))
    lost, busy, free = make_worker(2), make_worker(1, 1), make_worker(2, 2)
    assert give(job, lost) == [0, 1]
    assert give(job, busy) == [2]
    job.take_back(lost, lost.held.values(), "lost")
    assert give(job, busy) == []
    assert give(job, free) == [0]
    assert give(job, free) == []


def test_a_chunk_is_given_up_in_the_end_with_what_happened_to_it():
    job = make_job(["poison"])
    for _ in range(ATTEMPTS):
        worker = make_worker()
        assert give(job, worker) == ["poison"]
        job.take_back(worker, worker.held.values(), "OSError: disk full")
    assert job.error == (
        'chunk 0 ("poison"): OSError: disk full; given out 3 times'
    )


def test_nobody_gets_what_he_cannot_do():
    assert give(make_job(range(3)), make_worker(functions=["g"])) == []


def test_a_message_takes_only_so_many_bytes():
    job, worker = make_job(["x" * 30_000] * 5), make_worker(size=5)
    assert len(give(job, worker)) == 2


def test_what_cannot_be_sent_is_told_by_its_place():
    job = make_job([1, {2: object()}])
    with pytest.raises(Misuse, match="chunk 1 cannot be sent"):
        give(job, make_worker(size=2))

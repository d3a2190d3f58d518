"""A crowd: as fast as its workers, until the coordinator is."""

import pytest

from nearfar.experiments.farm_model import crowd


def test_without_cost_every_worker_counts():
    assert crowd(7, 1.0, 0.0) == pytest.approx(7)


def test_one_worker_pays_for_the_first_batch_only():
    assert crowd(1, 1.0, 0.1, chunks=10) == pytest.approx(10 / 10.1)


def test_it_never_gets_faster_than_its_coordinator():
    """A tenth of a second for each batch: ten workers' worth, and no more."""
    assert crowd(5, 1.0, 0.1) > 4.5
    assert crowd(200, 1.0, 0.1) == pytest.approx(10, rel=0.05)


def test_a_job_of_few_batches_leaves_most_workers_idle():
    assert crowd(1_000, 1.0, 0.0, chunks=12) == pytest.approx(12, rel=0.1)

"""Engines: every map counts the same."""

import contextlib
import socket
import subprocess
import sys

import pytest
import trustme

from nearfar.farm import ENGINES, count_between, count_primes

# Dask's own, in its own loop and its own processes: none of our business.
quiet = pytest.mark.filterwarnings("ignore")


@quiet
@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_counts_the_same(name):
    with ENGINES[name](2) as map:
        assert count_primes(20_000, map=map, chunk=1_500) == 2_262
        assert sum(map(count_between, [])) == 0


@quiet
def test_dask_asked_twice_works_twice_and_nobody_outside_is_asked():
    """A machine without a network can do it, as its only address is its own."""
    if not can_be_alone():
        pytest.skip("needs the right to make a network namespace")
    code = (
        "from nearfar.farm import dask\n"
        "from nearfar.farm import count_primes\n"
        "with dask(2) as map:\n"
        "    print(*[count_primes(9_999, map=map) for _ in range(2)])\n"
    )
    alone = 'ip link set lo up && exec "$0" -W error -c "$1"'
    told = subprocess.run(
        ["unshare", "--net", "sh", "-c", alone, sys.executable, code],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.stdout == "1229 1229\n", told.stderr


@quiet
def test_dask_opens_no_port_of_a_fixed_number():
    """Port 8787 is where Dask serves its pages, and warns if it is taken."""
    code = (
        "from nearfar.farm import count_primes, dask\n"
        "with dask(1) as map:\n"
        "    print(count_primes(9_999, map=map))\n"
    )
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # it is taken already
            address = ("127.0.0.1", 8787)
            stack.enter_context(socket.create_server(address))
        told = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (told.stdout, told.stderr) == ("1229\n", "")


def can_be_alone():
    try:
        done = subprocess.run(
            ["unshare", "--net", "ip", "link", "set", "lo", "up"],
            capture_output=True,
        )
    except OSError:
        return False
    return done.returncode == 0


@quiet
@pytest.mark.skipif(
    sys.version_info >= (3, 14),
    reason="from Python 3.14 on, Dask 2026.8 loses its TLS connections",
)
def test_dask_on_a_cluster_with_certificates(tmp_path, monkeypatch):
    """The commands of docs/cluster.md, on one machine."""
    authority = trustme.CA()
    mine = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    mine.private_key_pem.write_to_path(tmp_path / "machine.key")
    for blob in mine.cert_chain_pems:
        blob.write_to_path(tmp_path / "machine.pem", append=True)
    tls = ["--tls-ca-file", "ca.pem", "--tls-cert", "machine.pem"]
    tls += ["--tls-key", "machine.key", "--no-dashboard"]
    for name, value in {
        "TLS__CA_FILE": "ca.pem",
        "TLS__CLIENT__CERT": "machine.pem",
        "TLS__CLIENT__KEY": "machine.key",
        "REQUIRE_ENCRYPTION": "true",
    }.items():
        monkeypatch.setenv(f"DASK_DISTRIBUTED__COMM__{name}", value)
    monkeypatch.chdir(tmp_path)

    hunting = [sys.executable, "-m", "nearfar", "primes"]

    def start(*arguments):
        command = [sys.executable, "-m", "dask", *arguments, *tls]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    scheduler = start(
        *("scheduler", "--host", "127.0.0.1", "--port", "0"),
        *("--protocol", "tls", "--dashboard-address", "127.0.0.1:0"),
    )
    with scheduler:
        try:
            address = next(
                line.split()[-1]
                for line in scheduler.stderr
                if "Scheduler at:" in line
            )
            assert address.startswith("tls://127.0.0.1:")
            with start("worker", address, "--nthreads", "1") as worker:
                hunt = subprocess.run(
                    [*hunting, "--stop", "20000", "--scheduler", address],
                    capture_output=True,
                    text=True,
                    timeout=60,
                )
                worker.terminate()
                worker.communicate(timeout=30)
            assert "2262 primes below 20000" in hunt.stdout, hunt.stderr
        finally:
            scheduler.terminate()
            scheduler.communicate(timeout=30)

"""Two hosts: real processes in network namespaces, joined by a cable.

Each namespace has its own addresses, routes and sockets, as a machine has.
Needs the right to make them (root on Linux); is skipped where there is none.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE, THERE = "10.77.0.1", "10.77.0.2"
MESSAGES = 300
TESTS = Path(__file__).parents[1]

BANK = """
import sys
from nearfar import run, spawn
from nearfar.far import Message, listen
from programs.numbered import Numbered, answer

class Word(Message):
    text: str

def serve():
    for connection in listener:
        spawn(answer, connection, lambda word: Word(word.text.upper()), 4)

with listen(Numbered[Word], sys.argv[1] + ":0", token=sys.argv[2]) as listener:
    print(listener.address, flush=True)
    run(until=spawn(serve))
"""

CLIENT = """
import sys
from nearfar import run, sleep, spawn
from nearfar.far import Message, connect
from programs.numbered import Asking, Numbered

class Word(Message):
    text: str

def ask(number):
    word = f"word {number} " + "x" * (number % 7 * 1_000)
    reply = asking.request(Word(word), timeout=20)
    assert reply.text == word.upper()

def story():
    global asking
    connection = connect(
        Numbered[Word], sys.argv[1], token=sys.argv[2], timeout=20
    )
    with connection:
        asking = Asking(connection)
        for each in [spawn(ask, number) for number in range(int(sys.argv[3]))]:
            each.join()
    print(connection.statistics.messages_received, connection.peer)

run(until=spawn(story), timeout=60)
"""


def ip(*words, tool="ip"):
    return subprocess.run(
        [tool, *words], capture_output=True, text=True, check=True
    )


def inside(host, *words):
    return ["ip", "netns", "exec", host, *words]


@pytest.fixture
def hosts():
    """Names of two namespaces whose addresses are HERE and THERE."""
    if shutil.which("ip") is None:
        pytest.skip("needs the program ip (Linux, iproute2)")
    names = [f"nearfar-{end}-{os.getpid()}" for end in ("here", "there")]
    ends = [f"nf{end}{os.getpid() % 1_000_000}" for end in "ht"]
    try:
        for name in names:
            ip("netns", "add", name)
        ip(*f"link add {ends[0]} type veth peer name {ends[1]}".split())
        for name, end, address in zip(names, ends, (HERE, THERE), strict=True):
            ip("link", "set", end, "netns", name)
            ip("-n", name, "addr", "add", f"{address}/24", "dev", end)
            ip("-n", name, "link", "set", end, "up")
        yield dict(zip(names, ends, strict=True))
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr.strip()}")
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


def converse(hosts):
    """Let a client on one host ask a server on the other; what it prints."""
    here, there = hosts
    path = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    world = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    python, token = sys.executable, "a token for two hosts"
    with subprocess.Popen(
        inside(there, python, "-c", BANK, THERE, token),
        stdout=subprocess.PIPE,
        text=True,
        env=world,
    ) as bank:
        try:
            address = bank.stdout.readline().strip()
            assert address.startswith(THERE)
            told = subprocess.run(
                inside(
                    here, python, "-c", CLIENT, address, token, str(MESSAGES)
                ),
                capture_output=True,
                text=True,
                timeout=90,
                env=world,
            )
        finally:
            bank.kill()
    assert told.returncode == 0, told.stderr
    return told.stdout.strip(), address


def test_two_hosts_talk_over_a_cable(hosts):
    told, address = converse(hosts)
    assert told == f"{MESSAGES} {address}"


# What `tc` makes of a cable: one that is long and loses some of what goes over
# it, and one that is narrow, so that what comes too fast waits, or is lost.
BAD = ["netem delay 5ms 2ms loss 3%", "tbf rate 20mbit burst 4kb latency 2ms"]


@pytest.mark.parametrize("kind", BAD, ids=["netem", "tbf"])
def test_two_hosts_talk_over_a_bad_cable(hosts, kind):
    try:
        for host, end in hosts.items():
            words = f"netns exec {host} tc qdisc add dev {end} root {kind}"
            ip(*words.split())
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no {kind.split()[0]} here: {error.stderr.strip()}")
    for _ in range(20):  # until it was as bad as we want it
        told, address = converse(hosts)
        assert told == f"{MESSAGES} {address}"
        if lost(hosts):
            return
    pytest.fail(f"nothing was lost by {kind}")


def lost(hosts):
    """How many packets the cable has dropped so far."""
    tells = [
        ip(*f"netns exec {host} tc -s qdisc show dev {end}".split()).stdout
        for host, end in hosts.items()
    ]
    print(*tells)
    return sum(int(re.search(r"dropped (\d+)", text)[1]) for text in tells)


def test_nobody_listens_on_the_other_host(hosts):
    here, _ = hosts
    program = (
        "from nearfar import run, spawn\n"
        "from nearfar.far import connect\n"
        f"run(until=spawn(connect, bytes, '{THERE}:4000', timeout=2))\n"
    )
    told = subprocess.run(
        inside(here, sys.executable, "-c", program),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert f"cannot connect to {THERE}:4000: Connection refused" in told.stderr


@pytest.fixture
def replicas(hosts, tmp_path):
    """Three replicas, one here and two there; ATMs on either host."""
    here, there = hosts
    for name in hosts:
        ip("-n", name, "link", "set", "lo", "up")
    places = [(here, HERE, 0), (there, THERE, 1), (there, THERE, 2)]
    peers = [f"{address}:{5_000 + number}" for _, address, number in places]
    doors = [f"{address}:{4_000 + number}" for _, address, number in places]
    (tmp_path / "token").write_text("a token for both hosts, as long as it is")
    token = f"--token-file={tmp_path / 'token'}"
    programs = [
        subprocess.Popen(
            inside(
                host,
                *(sys.executable, "-m", "nearfar", "bank", "--child", token),
                f"--peer-token-file={tmp_path / 'token'}",
                f"--file={tmp_path / str(number)}",
                f"--listen={doors[number]}",
                f"--replica={peers[number]}",
                f"--peers={','.join(p for p in peers if p != peers[number])}",
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for host, _, number in places
    ]

    def atm(host, script):
        words = ("atm", f"--bank={','.join(doors)}", token, "--script", script)
        return subprocess.run(
            inside(host, sys.executable, "-m", "nearfar", *words),
            capture_output=True,
            text=True,
            timeout=60,
        )

    yield atm
    for program in programs:
        program.kill()
        program.communicate()


def test_replicas_on_two_hosts_outlive_a_pulled_cable(hosts, replicas):
    (here, cable), (there, _) = hosts.items()
    wait_for("You have 100.00", here, replicas)
    assert "You have 105.00" in replicas(here, PAY.format(5)).stdout
    ip("-n", here, "link", "set", cable, "down")
    wait_for("You have 105.00", there, replicas)
    assert "You have 112.00" in replicas(there, PAY.format(7)).stdout
    alone = replicas(here, LOOK)
    assert "You have" not in alone.stdout, "a minority must not answer"
    ip("-n", here, "link", "set", cable, "up")
    wait_for("You have 112.00", here, replicas)


LOOK, PAY = "grant; 1111", "grant; 1111; deposit {}"


def wait_for(words, host, atm, seconds=40):
    """Look until a majority answers; each look is by a new machine."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        told = atm(host, LOOK)
        if "You have" in told.stdout:
            assert words in told.stdout
            return
    raise AssertionError(f"{told.stdout}{told.stderr}")

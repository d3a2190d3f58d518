"""Two hosts: real processes in network namespaces, joined by a cable.

Each namespace has its own addresses, routes and sockets, as a machine has.
Needs the right to make them (root on Linux); is skipped where there is none.
"""

import os
import re
import shutil
import subprocess
import sys
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

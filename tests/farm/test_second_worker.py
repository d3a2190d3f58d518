"""A second worker, written from docs/protocol.md alone.

It uses sockets and JSON, and nothing of ours.
"""

import json
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()


class Line:
    """A connection to a coordinator, after the first words."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.sock = socket.create_connection((host, int(port)), timeout=30)
        self.send(type="Hello", version=1, nonce="")
        assert self.receive()["version"] == 1

    def send(self, **fields):
        body = json.dumps(fields).encode()
        self.sock.sendall(len(body).to_bytes(4, "big") + body)

    def receive(self):
        """The next message; None at the end."""
        length = int.from_bytes(self.take(4), "big")
        return json.loads(self.take(length) or "null")

    def take(self, count):
        data = b""
        while len(data) < count:
            piece = self.sock.recv(count - len(data))
            if not piece:
                return b""
            data += piece
        return data


def count_between(bounds):
    first, stop = bounds
    return sum(
        all(number % other for other in range(2, int(number**0.5) + 1))
        for number in range(max(first, 2), stop)
    )


def work(address, name, seen):
    """Be a worker until the coordinator hangs up."""
    line, heart = Line(address), Line(address)
    line.send(type="Join", version=1, worker=name, functions=["count_between"])
    seen.append(line.receive())
    heart.send(type="Heart", version=1, worker=name)
    every = heart.receive()["every"]
    done = threading.Event()
    beats = threading.Thread(target=beat, args=(heart, every, done))
    beats.start()
    try:
        while task := line.receive():
            assert task["type"] == "Task"
            for number, bounds in task["chunks"]:  # a Result for each
                values = [[number, count_between(bounds)]]
                line.send(type="Result", seconds=0.0, values=values, errors=[])
    finally:
        done.set()
        beats.join()
        line.sock.close()
        heart.sock.close()


def beat(heart, every, done):
    while not done.wait(every):
        try:
            heart.send(type="Beat")
        except OSError:
            return


def test_a_worker_of_another_kind_does_the_farms_work():
    with subprocess.Popen(
        [
            *(sys.executable, "-um", "nearfar", "primes", "--workers", "1"),
            *("--listen", "127.0.0.1:0", "--stop", "20000", "--chunk", "500"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as coordinator:
        try:
            address = re.search(r"\S+:\d+", coordinator.stdout.readline())[0]
            seen = []
            work(address, "w1", seen)
            told = coordinator.stdout.read()
        finally:
            coordinator.kill()
    assert seen[0]["type"] == "Welcome"
    assert "2262 primes below 20000" in told


def test_the_page_names_every_message_of_the_farm_and_its_fields():
    from nearfar.farm import FROM_COORDINATOR, FROM_WORKER

    for kind in [*FROM_WORKER.__args__, *FROM_COORDINATOR.__args__]:
        (row,) = re.findall(rf"^\| `{kind.__name__}` \|.*$", PAGE, re.MULTILINE)
        for field in kind.__struct_fields__:
            assert f"`{field}`" in row, (kind, field)

"""A second client of the bank, written from docs/protocol.md alone.

It uses sockets and JSON, and nothing of ours. If it needs something that the
page does not say, the page is wrong.
"""

import hashlib
import hmac
import json
import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

TOKEN = "0123456789abcdef" * 2  # its text is the key
PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()


class Client:
    """One connection: frames, first words, and the end."""

    def __init__(self, address, token=None):
        host, _, port = address.rpartition(":")
        self.sock = socket.create_connection((host, int(port)), timeout=10)
        self.token = token

    def send(self, **fields):
        self.send_body(json.dumps(fields).encode())

    def send_body(self, body):
        self.sock.sendall(len(body).to_bytes(4, "big") + body)

    def take(self, count):
        data = b""
        while len(data) < count:
            piece = self.sock.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def receive(self):
        length = int.from_bytes(self.take(4), "big")
        assert length <= 65_536
        return json.loads(self.take(length))

    def ask(self, **fields):
        self.send(**fields)
        return self.receive()

    def greet(self, version=1, token=None):
        """The first words; what the listener says last."""
        token = token or self.token
        ours = os.urandom(32) if token else b""
        self.send(type="Hello", version=version, nonce=ours.hex())
        hello = self.receive()
        if hello["type"] != "Hello" or not token:
            return hello
        theirs = bytes.fromhex(hello["nonce"])
        self.send(type="Proof", proof=proof(token, b"client", ours, theirs))
        last = self.receive()
        if last["type"] == "Proof":
            assert last["proof"] == proof(token, b"listener", ours, theirs)
        return last

    def sign_in(self, account="eve", pin="2222"):
        return self.ask(type="SignIn", account=account, pin=pin)

    def is_hung_up_on(self):
        with pytest.raises((EOFError, ConnectionError)):
            self.receive()

    def close(self):
        """End our half, read until the end, close."""
        with self.sock:
            self.sock.shutdown(socket.SHUT_WR)
            while self.sock.recv(65_536):
                pass


def proof(token, role, client, listener):
    said = b"nearfar 1 " + role + b" " + client + listener
    return hmac.new(token.encode(), said, hashlib.sha256).hexdigest()


@contextmanager
def bank(*arguments):
    """A bank in a process of its own; its address."""
    server = subprocess.Popen(
        [sys.executable, "-um", "nearfar", "bank", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield re.search(r"\S+:\d+", server.stdout.readline())[0]
    finally:
        server.terminate()
        server.communicate(timeout=30)


@pytest.fixture(scope="module")
def address():
    with bank() as address:
        yield address


@pytest.fixture
def client(address):
    client = Client(address)
    assert client.greet() == {"type": "Hello", "version": 1, "nonce": ""}
    yield client
    client.sock.close()


def test_a_visit_from_pin_to_cash(client):
    balance = client.sign_in()["cents"]
    asked = {"type": "Withdraw", "id": "visit", "account": "eve", "cents": 500}
    done = {"type": "Accepted", "cents": balance - 500}
    assert client.ask(**asked) == done
    assert client.ask(type="Confirm", id="visit") == done
    assert client.ask(type="Balance", account="eve") == done
    (line,) = client.ask(type="Statement", account="eve", last=1)["lines"]
    assert (line["cents"], line["balance"]) == (-500, balance - 500)
    assert set(line) == {"verb", "other", "cents", "balance"}
    client.close()


def test_the_same_id_is_the_same_order_on_a_new_connection(client, address):
    balance = client.sign_in()["cents"]
    asked = {"type": "Withdraw", "id": "again", "account": "eve", "cents": 100}
    client.send(**asked)
    client.sock.close()  # the reply is lost
    for _ in range(2):
        another = Client(address)
        another.greet()
        another.sign_in()
        assert another.ask(**asked)["cents"] == balance - 100
        other = another.ask(**{**asked, "cents": 200})
        assert other["type"] == "Declined"
        another.sock.close()
    last = Client(address)
    last.greet()
    assert last.ask(type="Reverse", id="again") == {"type": "Accepted"}
    last.sign_in()
    assert last.ask(type="Reverse", id="again")["cents"] == balance
    last.close()


def test_requests_sent_ahead_are_answered_in_order(client):
    balance = client.sign_in()["cents"]
    for number in range(20):
        client.send(type="Deposit", id=f"a{number}", account="eve", cents=1)
        client.send(type="Balance", account="grant")
    for number in range(20):
        assert client.receive()["cents"] == balance + number + 1
        assert client.receive()["type"] == "Declined"


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"Balance","account":"eve","more":1}',
        b'{"type":"Balance"}',
        b'{"type":"Balance","account":7}',
        b'{"account":"eve"}',
        b'{"type":"Balance","type":"Deposit","account":"eve"}',
        b'{"type":"Deposit","id":"x","account":"eve","cents":1.0}',
        b'{"type":"Deposit","id":"x","account":"eve","cents":NaN}',
        b'{"type":"Deposit","id":"x","account":"eve","cents":9007199254740993}',
        b'{"type":"Balance","account":"%s"}' % (b"e" * 65),
        b'{"type":"Numbered","number":7,"message":'
        b'{"type":"Deposit","id":"b3","account":"eve","cents":100}}',
        b"\xef\xbb\xbf" + b'{"type":"Balance","account":"eve"}',
    ],
)
def test_what_breaks_a_rule_of_the_page_is_hung_up_on(client, body):
    client.send_body(body)
    client.is_hung_up_on()


@pytest.mark.parametrize(
    "body",
    [
        b'{"account":"nobody","type":"Balance"}',
        b'{"type":"Balance","account":"eve","account":"nobody"}',
        b'{"type":"Balance","account":"nobody","type":"Balance"}',
        b' {"type": "Balance", "account": "nobody"}\n',
    ],
)
def test_what_keeps_the_rules_is_answered(client, body):
    client.sign_in()
    client.send_body(body)
    assert client.receive()["type"] == "Declined"


def test_three_wrong_pins_end_a_connection(address):
    client = Client(address)
    client.greet()
    for _ in range(3):
        assert client.sign_in("nobody", "0000")["type"] == "Declined"
    client.is_hung_up_on()
    client.sock.close()


def test_a_refusal_comes_in_place_of_the_next_word(address):
    client = Client(address)
    client.send(type="Hello", version=2, nonce="")
    words = [client.receive()["type"] for _ in range(2)]
    assert words == ["Hello", "Refusal"]
    client.is_hung_up_on()
    client.sock.close()


def test_the_text_of_the_token_is_the_key(tmp_path):
    (tmp_path / "token").write_text(f"  {TOKEN}\n")
    with bank("--token-file", str(tmp_path / "token")) as address:
        client = Client(address, TOKEN)
        assert client.greet()["type"] == "Proof"
        assert client.sign_in()["type"] == "Accepted"
        client.close()
        for wrong in (TOKEN[::-1], None):
            client = Client(address, wrong)
            last = client.greet()
            if wrong is None:
                last = client.receive()
            assert last["type"] == "Refusal"
            client.is_hung_up_on()
            client.sock.close()


def conversation():
    """The page's own conversation with the bank."""
    _, _, text = PAGE.partition("```text\nclient  {")
    lines = ("client  {" + text.partition("```")[0]).splitlines()
    return [(who, json.loads(said)) for who, said in map(split, lines)]


def split(line):
    who, _, said = line.partition(" ")
    return who, said


def test_the_conversation_on_the_page_is_true():
    with bank() as address:
        client = Client(address)
        client.greet()
        for who, said in conversation():
            if who == "client":
                client.send(**said)
            else:
                assert client.receive() == said
        client.close()


def test_the_page_names_every_message_of_the_bank_and_its_fields():
    from nearfar.bank import Reply, Request

    for kind in [*Request.__args__, *Reply.__args__]:
        (row,) = re.findall(rf"^\| `{kind.__name__}` \|.*$", PAGE, re.MULTILINE)
        for field in kind.__struct_fields__:
            assert f"`{field}`" in row, (kind, field)

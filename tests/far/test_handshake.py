"""The first words: versions, tokens and TLS, on paper and over sockets."""

import copy
import hmac
import json
import os
import socket
import ssl
import threading

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from test_hostile import heard

from nearfar import Closed, run, spawn
from nearfar.far import (
    VERSION,
    Broken,
    Frames,
    Hello,
    Malformed,
    Message,
    connect,
    encode,
    listen,
    parse_address,
)
from nearfar.far.handshake import Handshake, Proof, Refusal

TOKEN = "correct horse battery staple"


class Number(Message):
    value: int


def talk(client, listener):
    """Let both say their first words; the errors they end with."""
    to_listener, to_client = [client.begin()], [listener.begin()]
    try:
        while to_listener or to_client:
            if to_client:
                reply = client.hear(to_client.pop(0))
                to_listener += [reply] if reply else []
            if to_listener:
                reply = listener.hear(to_listener.pop(0))
                to_client += [reply] if reply else []
    except Malformed as error:
        return str(error)
    return "agreed"


def test_two_without_a_token_agree():
    client, listener = Handshake(False), Handshake(True)
    assert talk(client, listener) == "agreed"
    assert (client.done, listener.done) == (True, True)


def test_two_with_the_same_token_agree():
    client, listener = Handshake(False, TOKEN), Handshake(True, TOKEN)
    assert talk(client, listener) == "agreed"
    assert (client.done, listener.done) == (True, True)


@pytest.mark.parametrize(
    ("mine", "yours"),
    [(TOKEN, TOKEN + "!"), (TOKEN, None), (None, TOKEN)],
)
def test_with_different_tokens_nobody_is_done(mine, yours):
    client, listener = Handshake(False, mine), Handshake(True, yours)
    assert "token" in talk(client, listener)
    assert not client.done or not listener.done


def test_another_version_is_told_with_both_numbers():
    with pytest.raises(Malformed, match=f"version 7 .* version {VERSION}"):
        Handshake(False).hear(Hello(7))


def test_a_later_hello_may_say_more():
    body = b'{"type":"Hello","version":1,"nonce":"","colour":"red"}'
    frame = len(body).to_bytes(4, "big") + body
    assert list(Frames(Hello).feed(frame)) == [Hello(1)]


def test_a_proof_sent_back_to_its_maker_proves_nothing():
    client, mirror = Handshake(False, TOKEN), Handshake(False, TOKEN)
    mine = client.hear(mirror.begin())
    with pytest.raises(Malformed, match="does not know our token"):
        client.hear(mine)


def test_an_old_proof_is_of_no_use_in_a_new_conversation():
    client, listener = Handshake(False, TOKEN), Handshake(True, TOKEN)
    hello = client.begin()
    listener.hear(hello)
    proof = client.hear(listener.begin())
    again = Handshake(True, TOKEN)
    again.hear(hello)
    with pytest.raises(Malformed, match="does not know our token"):
        again.hear(proof)


def wait_for_proof():
    """Both ends, each about to be told the other's proof, and these."""
    client, listener = Handshake(False, TOKEN), Handshake(True, TOKEN)
    listener.hear(client.begin())
    mine = client.hear(listener.begin()).proof
    heard = copy.copy(listener).hear(Proof(mine)).proof
    return (listener, mine), (client, heard)


CHANGES = {
    "nothing": lambda proof: "",
    "its beginning": lambda proof: proof[:2],
    "all but its end": lambda proof: proof[:-2],
    "all but its beginning": lambda proof: proof[2:],
    "more than it": lambda proof: proof + "00",
    "another first bit": lambda proof: f"{int(proof, 16) ^ 1 << 255:064x}",
    "another last bit": lambda proof: f"{int(proof, 16) ^ 1:064x}",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_only_the_whole_proof_proves_anything(change):
    for end, proof in wait_for_proof():
        with pytest.raises(Malformed, match="does not know our token"):
            end.hear(Proof(change(proof)))
        assert not end.done
        end.hear(Proof(proof))
        assert end.done


def test_proofs_are_compared_in_constant_time(monkeypatch):
    compared = []

    def compare(left, right):
        compared.append((left, right))
        return left == right

    monkeypatch.setattr(hmac, "compare_digest", compare)
    for end, proof in wait_for_proof():
        with pytest.raises(Malformed):
            end.hear(Proof("00" * 32))
        assert compared[-1] == (bytes(32), bytes.fromhex(proof))


@pytest.mark.parametrize("token", [TOKEN, None])
def test_a_second_hello_is_refused(token):
    for listens in (True, False):
        one, other = Handshake(listens, token), Handshake(not listens, token)
        one.hear(other.begin())
        again = Handshake(not listens, token).begin()
        with pytest.raises(Malformed, match="Hello"):
            one.hear(again)


@pytest.mark.parametrize("nonce", ["", "00", "zz" * 32, "00" * 33])
def test_a_nonce_of_the_wrong_form_is_refused(nonce):
    with pytest.raises(Malformed):
        Handshake(True, TOKEN).hear(Hello(VERSION, nonce))


first = st.builds(Hello, st.integers(), st.text()) | st.builds(Proof, st.text())


@given(st.lists(first | st.builds(Refusal, st.text()), max_size=4))
def test_nobody_gets_in_by_chance(words):
    listener = Handshake(True, TOKEN)
    try:
        for word in words:
            listener.hear(word)
    except Malformed:
        pass
    assert not listener.done


def test_a_token_that_is_easy_to_guess_is_refused_at_once():
    with pytest.raises(ValueError, match="at least 16 bytes"):
        listen(Number, token="1234")
    with pytest.raises(ValueError, match="at least 16 bytes"):
        run(until=spawn(connect, Number, "127.0.0.1:1", token="1234"))


# --- Over sockets ------------------------------------------------------------


def echo(listener):
    for connection in listener:
        with connection:
            for message in connection:
                connection.send(message)


def ask(listener, **how):
    """What a client gets back from an echo over this listener."""

    def story():
        spawn(echo, listener, daemon=True)
        address = how.pop("address", listener.address)
        with connect(Number, address, **how) as connection:
            connection.send(Number(1))
            return connection.receive(timeout=5)

    return run(until=spawn(story), timeout=10)


def test_who_knows_the_token_is_served():
    with listen(Number, token=TOKEN) as listener:
        assert ask(listener, token=TOKEN) == Number(1)


def test_who_does_not_know_the_token_is_told_and_the_next_is_served():
    with listen(Number, token=TOKEN) as listener:
        with pytest.raises(Broken, match="refuses: 'the client does not know"):
            ask(listener, token=TOKEN + "!")
        with pytest.raises((Broken, Malformed), match="token"):
            ask(listener)
        assert ask(listener, token=TOKEN) == Number(1)


def test_a_client_does_not_believe_a_listener_that_lacks_the_token():
    with (
        listen(Number) as listener,
        pytest.raises(Broken, match="token"),
    ):
        ask(listener, token=TOKEN)


def test_an_old_program_is_told_so_by_the_listener():
    with listen(Number) as listener:
        spawn(listener.accept, daemon=True)

        def story():
            old = socket.create_connection(parse_address(listener.address))
            with old:
                old.sendall(encode(Hello(0)))
                return list(Frames(Hello | Refusal).feed(heard(old)))

        hello, refusal = run(until=spawn(story), timeout=5)
    assert hello == Hello(VERSION)
    assert f"version 0 of the protocol, we speak version {VERSION}" in (
        refusal.reason
    )


def test_a_client_made_from_the_protocol_page_alone_is_served():
    """With nothing of ours: docs/protocol.md, in bare Python."""

    def frame(**fields):
        body = json.dumps(fields).encode()
        return len(body).to_bytes(4, "big") + body

    def read(file):
        return json.loads(file.read(int.from_bytes(file.read(4), "big")))

    def client(address):
        nonce, told = os.urandom(32), []
        host, port = address.split(":")
        with (
            socket.create_connection((host, int(port))) as sock,
            sock.makefile("rb") as file,
        ):
            sock.sendall(frame(type="Hello", version=1, nonce=nonce.hex()))
            both = nonce + bytes.fromhex(read(file)["nonce"])
            for who in ("client", "listener"):
                said = f"nearfar 1 {who} ".encode() + both
                told.append(hmac.digest(TOKEN.encode(), said, "sha256").hex())
            sock.sendall(frame(type="Proof", proof=told[0]))
            assert read(file) == {"type": "Proof", "proof": told[1]}
            sock.sendall(frame(value=7, type="Number"))
            replies.append(read(file))

    replies = []
    with listen(Number, token=TOKEN) as listener:
        thread = threading.Thread(target=client, args=[listener.address])
        thread.start()

        def serve_one():
            with listener.accept() as connection:
                connection.send(connection.receive())

        run(until=spawn(serve_one), timeout=5)
        thread.join()
    assert replies == [{"type": "Number", "value": 7}]


@pytest.fixture(scope="module")
def trust():
    """An authority, and what it makes: contexts for both ends."""
    authority = trustme.CA()

    def context(purpose, *names, known=True):
        made = ssl.create_default_context(purpose)
        if names:
            authority.issue_cert(*names).configure_cert(made)
        (authority if known else trustme.CA()).configure_trust(made)
        return made

    return context


def serving(trust, *names, known=True):
    return trust(ssl.Purpose.CLIENT_AUTH, *names, known=known)


def calling(trust, *names, known=True):
    return trust(ssl.Purpose.SERVER_AUTH, *names, known=known)


def test_tls_carries_the_same_messages(trust):
    with listen(Number, tls=serving(trust, "127.0.0.1")) as listener:
        assert ask(listener, tls=calling(trust)) == Number(1)


def test_tls_and_a_token_go_together(trust):
    tls = serving(trust, "127.0.0.1")
    with listen(Number, tls=tls, token=TOKEN) as listener:
        assert ask(listener, tls=calling(trust), token=TOKEN) == Number(1)
        with pytest.raises(Broken, match="token"):
            ask(listener, tls=calling(trust), token=TOKEN + "!")


def test_a_certificate_of_an_unknown_authority_is_refused(trust):
    with (
        listen(Number, tls=serving(trust, "127.0.0.1")) as listener,
        pytest.raises(Broken, match=r"TLS .*self-signed certificate"),
    ):
        ask(listener, tls=calling(trust, known=False))


def test_a_certificate_for_another_host_is_refused(trust):
    with (
        listen(Number, tls=serving(trust, "bank.example")) as listener,
        pytest.raises(Broken, match="certificate is not valid for"),
    ):
        ask(listener, tls=calling(trust))


def test_mutual_tls_serves_only_clients_with_a_certificate(trust):
    tls = serving(trust, "127.0.0.1")
    tls.verify_mode = ssl.CERT_REQUIRED
    with listen(Number, tls=tls) as listener:
        assert ask(listener, tls=calling(trust, "atm@example.org")) == Number(1)
        with pytest.raises(Broken, match="TLS"):
            ask(listener, tls=calling(trust))


def test_who_speaks_no_tls_gets_nothing_and_costs_nobody(trust):
    with listen(Number, tls=serving(trust, "127.0.0.1")) as listener:
        with pytest.raises((Broken, Closed, Malformed)):
            ask(listener)
        assert ask(listener, tls=calling(trust)) == Number(1)


def test_large_messages_and_both_ways_at_once_over_tls(trust):
    class Words(Message):
        text: str

    big = [Words(str(n) * 60_000) for n in range(8)]

    def story():
        accepting = spawn(listener.accept)
        here = connect(Words, listener.address, tls=calling(trust))
        there = accepting.result()

        def send_all(end):
            for message in big:
                end.send(message)

        with here, there:
            spawn(send_all, here)
            spawn(send_all, there)
            return [[end.receive() for _ in big] for end in (here, there)]

    with listen(Words, tls=serving(trust, "127.0.0.1")) as listener:
        assert run(until=spawn(story), timeout=20) == [big, big]


def test_closing_in_good_order_over_tls_is_closed(trust):
    with listen(Number, tls=serving(trust, "127.0.0.1")) as listener:

        def story():
            accepting = spawn(listener.accept)
            here = connect(Number, listener.address, tls=calling(trust))
            with accepting.result() as there:
                with here:
                    here.send(Number(1))
                return list(there)

        assert run(until=spawn(story), timeout=5) == [Number(1)]


def test_a_cut_wire_under_tls_is_broken_and_not_closed(trust):
    with listen(Number, tls=serving(trust, "127.0.0.1")) as listener:

        def story():
            accepting = spawn(listener.accept)
            here = connect(Number, listener.address, tls=calling(trust))
            there = accepting.result()
            here.stream.sock.shutdown(socket.SHUT_WR)  # as if somebody else had
            with here, there, pytest.raises(Broken, match="last word"):
                there.receive(timeout=5)

        run(until=spawn(story), timeout=5)


def test_what_was_good_counts_though_nonsense_follows_it_under_tls(trust):
    with listen(Number, tls=serving(trust, "127.0.0.1")) as listener:

        def story():
            accepting = spawn(listener.accept)
            here = connect(Number, listener.address, tls=calling(trust))
            frame = here.stream.privacy.encrypt(encode(Number(1)))
            here.stream.sock.sendall(
                frame + b"\x17\x03\x03\x00\x20" + bytes(32)
            )
            with here, accepting.result() as there:
                assert there.receive(timeout=5) == Number(1)
                with pytest.raises(Broken, match="Do both ends use TLS"):
                    there.receive(timeout=5)

        run(until=spawn(story), timeout=5)


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_record_that_cannot_be_right_is_broken_and_says_why(trust, version):
    """An alert without encryption: OpenSSL 1.2 has no reason for it."""
    server = serving(trust, "127.0.0.1")
    server.maximum_version = ssl.TLSVersion[version]
    with listen(Number, tls=server) as listener:

        def story():
            accepting = spawn(listener.accept)
            here = connect(Number, listener.address, tls=calling(trust))
            there = accepting.result()
            there.stream.sock.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
            with here, there, pytest.raises(Broken, match="Do both") as caught:
                here.receive(timeout=5)
            assert "None" not in str(caught.value)

        run(until=spawn(story), timeout=20)

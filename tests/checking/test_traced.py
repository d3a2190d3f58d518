"""Calls that several processes recorded, each in a trace of its own."""

import math
from dataclasses import replace

import pytest

from nearfar import spawn
from nearfar.checking import (
    REFUSED,
    UNKNOWN,
    Accounts,
    calls_in,
    linearizable,
)
from nearfar.far import Message
from nearfar.processes import Program
from nearfar.simulation import simulated
from nearfar.trace import Trace, merge

LOOKS = "balance; transfer 15 {0}; balance; transfer 40 {0}; balance; leave"
SCRIPTS = {
    "north": f"grant; 1111; {LOOKS.format('eve')}; quit",
    "south": f"eve; 2222; {LOOKS.format('grant')}; quit",
    "station": f"grant; 1111; {LOOKS.format('eve')}; quit",
    "market": f"eve; 2222; {LOOKS.format('grant')}; quit",
}
MODEL = Accounts({"grant": 100_00, "eve": 50_00}, transfers=True)


def asked(text):
    match text.split():
        case ["Balance", name]:
            return "balance", name
        case ["Transfer", payer, payee, amount]:
            return "transfer", payer, payee, cents(amount)


def answered(text):
    kind, *words = text.split()
    return cents(words[0]) if kind == "Accepted" else REFUSED


def cents(amount):
    return round(float(amount) * 100)


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    """What a bank and four machines saw, by name: five processes over TCP."""
    folder = tmp_path_factory.mktemp("traces")
    options = (f"--file={folder}/bank.db", f"--trace={folder}/bank")
    with Program("bank", *options, quiet=True) as bank:
        machines = [
            Program(
                *("atm", f"--bank={bank.address}", f"--script={script}"),
                *(f"--trace={folder}/{name}", f"--seed={seed}"),
                quiet=True,
            )
            for seed, (name, script) in enumerate(SCRIPTS.items())
        ]
        for machine in machines:
            with machine:
                machine.wait()
    return {
        name: Trace.from_json((folder / name).read_text())
        for name in ("bank", *SCRIPTS)
    }


def test_what_a_bank_told_other_processes_is_linearizable(traces):
    calls = calls_in(merge(traces), asked, answered)
    assert len(calls) == 5 * len(SCRIPTS)
    assert {call.client for call in calls} == set(SCRIPTS)
    assert all(call.ended < math.inf for call in calls)
    found = linearizable(calls, MODEL)
    assert found.answer is True, found


def test_a_reply_that_is_not_true_is_found_out(traces):
    merged = merge(traces)
    last = calls_in(merged, asked, answered)[-1]
    wrong = replace(merged.events[int(last.ended) - 1], value="Accepted 0.01")
    merged.events[int(last.ended) - 1] = wrong
    found = linearizable(calls_in(merged, asked, answered), MODEL)
    assert found.answer is False
    assert found.culprit.answer == 1


def test_a_call_whose_reply_did_not_arrive_is_open(traces):
    merged = merge(traces)
    *_, last = (e for e in merged.events if e.kind == "arrive")
    merged.events.remove(last)
    calls = calls_in(merged, asked, answered)
    assert [c.client for c in calls if c.answer is UNKNOWN] == [last.tasklet]
    assert linearizable(calls, MODEL)


def test_the_trace_of_the_server_must_not_be_missing(traces):
    machines = {name: traces[name] for name in SCRIPTS}
    with pytest.raises(ValueError, match="Merge the traces of all processes"):
        calls_in(merge(machines), asked, answered)


class Word(Message):
    text: str


def test_a_second_connection_between_two_hosts_has_replies_of_its_own():
    def program(place):
        listener = place("server").listen(Word)
        spawn(serve, listener, daemon=True)
        connections = [place("client").connect(Word, "server") for _ in "12"]
        for number, connection in enumerate(connections):
            connection.send(Word(f"ask {number}"))
        for connection in connections:
            connection.receive()

    def serve(listener):
        for connection in listener:
            spawn(echo, connection, daemon=True)

    def echo(connection):
        for word in connection:
            connection.send(Word(f"told {word.text}"))

    with Trace() as trace:
        simulated(program)
    calls = calls_in(
        trace,
        lambda text: ("ask", text) if text.startswith("Word ask") else None,
        lambda text: text,
    )
    assert [(*call.args, call.answer) for call in calls] == [
        ("Word ask 0", "Word told ask 0"),
        ("Word ask 1", "Word told ask 1"),
    ]

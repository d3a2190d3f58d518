"""Confined: a question to a process, and what is left of its rights."""

import json
import subprocess
import sys
import threading
import time

import pytest

from nearfar.experiments import bank_hosts
from nearfar.processes import ask
from nearfar.simulation import Network

QUESTION = {"secret": "s", "number": "", "cells": [], "student": ""}

LIMITS = {"seconds": 20, "megabytes": 1024}


def question(**changes):
    return json.dumps(QUESTION | LIMITS | changes).encode()


def test_a_process_answers_once_and_ends():
    told = ask("nearfar.programs.answer", question(), seconds=20)
    assert told.answer.startswith(b's{"lost": ')
    assert (told.late, told.how) == (False, "")


def test_how_it_ended_is_told():
    told = ask("nearfar.programs.answer", b"no JSON", seconds=20)
    assert told == (b"", False, "ended with exit code 1")


def test_a_stop_ends_it_before_its_time():
    stopped = threading.Event()
    stopped.set()
    endless = question(
        number="0.1", cells=["while True: pass\nx = 1", 'check("0.1", x)']
    )
    began = time.monotonic()
    told = ask(
        "nearfar.programs.answer", endless, seconds=1_000, stopped=stopped
    )
    assert told.late
    assert time.monotonic() - began < 500


LACKING = """
import os, sys
from nearfar.processes import confine, confined

class Lacking:  # a system that refuses one thing
    def __init__(self, system):
        self.system = system
    def __getattr__(self, name):
        if name == sys.argv[1]:
            return lambda *_: -1
        return getattr(self.system, name)

load = confined.ctypes.CDLL
confined.ctypes.CDLL = lambda *a, **k: Lacking(load(*a, **k))
lost = confine(os.getcwd(), sys.path, seconds=20, megabytes=1024)
print(lost)
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="Linux alone holds it"
)
@pytest.mark.parametrize(
    ("call", "lost"),
    [
        ("unshare", ["network"]),
        ("syscall", ["files"]),
        ("prctl", ["processes that an answer starts", "files"]),
        ("", []),
    ],
)
def test_what_a_system_does_not_hold_is_told(call, lost, tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", LACKING, call],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.stdout == f"{lost}\n", told.stderr


@pytest.mark.parametrize("where", ["none", "no folder"])
def test_a_network_makes_do_without_files_in_memory(
    where, tmp_path, monkeypatch
):
    place = tmp_path / where
    if where == "no folder":
        place.touch()
    monkeypatch.setattr(bank_hosts, "FAST", str(place))
    network = Network()
    with network.resources:
        assert bank_hosts.folder_of(network).is_dir()

"""The door of `nearfar.far`: what can be imported, and where."""

import subprocess
import sys

BROWSER = """
import sys

for name in ("socket", "_socket", "ssl", "_ssl", "select", "selectors"):
    sys.modules[name] = None  # importing it is an ImportError

from nearfar import VirtualClock, run, spawn
from nearfar.far import Memory, Message, connect, pair

class Word(Message):
    text: str

def story():
    here, there = pair(Word)
    here.send(Word("hello"))
    print(there.receive().text)
    with Memory().listen(Word) as listener:
        pass
    try:
        connect(Word, "127.0.0.1:4000")
    except ImportError as error:
        print(type(error).__name__)

run(until=spawn(story), clock=VirtualClock())
"""


def test_messages_in_memory_need_no_sockets():
    told = subprocess.run(
        [sys.executable, "-c", BROWSER],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.stderr == ""
    assert told.stdout.split() == ["hello", "ModuleNotFoundError"]

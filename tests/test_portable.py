"""What only some systems have: where it stands, and what the others do.

The library and the chapters run on Linux, macOS and Windows. A name that
Windows lacks may stand only where this table says what happens there.
"""

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "lib" / "nearfar"

# What the standard library lacks on Windows, as far as we might want it.
MODULES = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}
NAMES = {
    "os": (
        "fork getpgid getsid getuid geteuid killpg mkfifo O_DIRECTORY P_PID "
        "register_at_fork sched_getaffinity setsid uname waitid WNOHANG "
        "WNOWAIT WSTOPPED SC_CLK_TCK sysconf wait WEXITED fchmod"
    ),
    "signal": (
        "alarm setitimer pthread_kill SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL "
        "SIGSTOP SIGTSTP SIGUSR1 SIGUSR2"
    ),
    "socket": "AF_UNIX SO_REUSEPORT",
    "select": "epoll poll EPOLLET kqueue",
}
NAMES = {module: set(names.split()) for module, names in NAMES.items()}
FOLDERS = "/proc/", "/dev/", "/sys/", "/tmp/"

# {file: (what happens where the system lacks it, its names)}
ELSEWHERE = {
    "bank/lock.py": ("Windows: no lock", "fcntl os.register_at_fork"),
    "bank/owner.py": ("no fork, no hook", "os.register_at_fork"),
    "bank/terminal.py": ("Windows: nothing to set", "termios"),
    "benchmark.py": (
        "the machine is described by less",
        "/proc/ os.sched_getaffinity os.sysconf",
    ),
    "exercises/solved.py": ("Windows: no lock", "fcntl"),
    "exercises/stopping.py": (
        "no waits are measured; the signal comes without a thread",
        "/proc/ signal.pthread_kill",
    ),
    "experiments/bank_hosts.py": ("the files are on the disk", "/dev/"),
    "far/poller.py": ("selectors", "select.EPOLLET select.epoll"),
    "far/sockets.py": ("Windows: no limit of files", "resource"),
    "far/watching.py": ("no fork, no hook", "os.register_at_fork"),
    "processes/asked.py": (
        "Windows: taskkill ends the tree of processes",
        "os.killpg signal.SIGKILL",
    ),
    "processes/confined.py": (
        "it says what the system does not hold",
        "fcntl resource os.getuid /dev/ /proc/ /sys/",
    ),
    "processes/holders.py": ("none are named", "/proc/"),
    "processes/program.py": (
        "a stopped child is not seen; grandchildren live on; no fork, no hook",
        "os.P_PID os.WNOHANG os.WNOWAIT os.WSTOPPED os.waitid os.killpg "
        "signal.SIGKILL os.register_at_fork",
    ),
    "programs/farm.py": ("a thread sends heartbeats", "/proc/ os.fork"),
    "05_primes.ipynb": (
        "Windows: the worker runs on",
        "signal.SIGCONT signal.SIGSTOP",
    ),
}
PROGRAMS = [*LIBRARY.rglob("*.py"), *(ROOT / "chapters").glob("*.ipynb")]


def uses(tree):
    """The names in a program that only some systems have."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & MODULES
        elif isinstance(node, ast.ImportFrom):
            told = {alias.name for alias in node.names}
            yield from told & NAMES.get(node.module or "", set())
            yield from {node.module} & MODULES
        elif isinstance(node, ast.Attribute):
            module = getattr(node.value, "id", "")
            if node.attr in NAMES.get(module, ()):
                yield f"{module}.{node.attr}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (each for each in FOLDERS if node.value.startswith(each))


def trees(path):
    """What a module, or each cell of a chapter, is made of."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return [ast.parse(text)]
    cells = json.loads(text)["cells"]
    codes = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    return [ast.parse(code) for code in codes]


def name_of(path):
    if path.suffix == ".ipynb":
        return path.name
    return path.relative_to(LIBRARY).as_posix()


@pytest.mark.parametrize("path", sorted(PROGRAMS), ids=name_of)
def test_what_a_system_may_lack_stands_only_where_that_is_answered(path):
    found = {name for tree in trees(path) for name in uses(tree)}
    _, names = ELSEWHERE.get(name_of(path), ("", ""))
    new = found - set(names.split())
    assert not new, (
        f"{name_of(path)} uses {sorted(new)}, which Windows or macOS lacks. "
        "Write what happens there, and name it in ELSEWHERE, in this file"
    )
    old = set(names.split()) - found
    assert not old, f"gone from {name_of(path)}: {old}. Take it off ELSEWHERE"


def test_each_of_them_is_asked_for_before_it_is_used():
    """`hasattr`, an except clause, or a look whether the file is there."""
    for name in ELSEWHERE:
        if name.endswith(".py"):
            text = (LIBRARY / name).read_text()
            asked = "hasattr(|getattr(|except |suppress(|exists()|os.name"
            assert any(each in text for each in asked.split("|")), name


@pytest.mark.parametrize(
    "code",
    [
        "import fcntl",
        "from os import fork",
        "os.killpg(1, 2)",
        "open('/proc/x')",
    ],
)
def test_the_search_sees_each_way_to_use_one(code):
    assert list(uses(ast.parse(code)))

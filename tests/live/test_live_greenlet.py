"""The browser's greenlets do what greenlets do, and many of them fit in."""

import functools
import http.server
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from greenlet_programs import PROGRAMS
from page import ROOT, text_of

sys.path.insert(0, str(ROOT / "docs" / "_ext"))

import live

BEGIN = """
from greenlet import GreenletExit, getcurrent, greenlet
main = getcurrent()
"""


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What a press loads, without the site."""
    folder = tmp_path_factory.mktemp("site")
    live.fetch.fetch()
    live.write(folder / "live")
    return folder


@pytest.fixture(scope="module")
def base(folder):
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/live/"
        server.shutdown()


@pytest.fixture(scope="module")
def tab(browser, base):
    tab = browser.new_page()
    tab.goto(base)
    yield tab
    tab.close()


def printed(page, program, timeout=60):
    status, outputs = page.run(BEGIN + program, timeout)
    assert status == "ok", text_of(outputs)
    return "".join(
        output.text for output in outputs if output.get("name") == "stdout"
    )


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_does_what_greenlet_does(page, name):
    program = BEGIN + PROGRAMS[name]
    real = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert not real.returncode, real.stderr
    assert printed(page, PROGRAMS[name]) == real.stdout


def test_one_waits_from_cell_to_cell(page):
    printed(
        page,
        """
def steps():
    try:
        raise ValueError("kept")
    except ValueError:
        yield main.switch("in the first cell")
        raise

def waits():
    for each in steps():
        main.switch(each)

one = greenlet(waits)
print(one.switch())
""",
    )
    assert page.run("one.switch('in the second')")[1][0].data["text/plain"] == (
        "'in the second'"
    )
    status, (output,) = page.run("one.switch()")
    assert (status, output.evalue) == ("error", "kept")


def test_a_promise_may_be_awaited_in_any_of_them(page):
    program = """
from js import Promise
from pyodide.ffi import run_sync

def waits(name):
    for step in range(3):
        print(name, step, run_sync(Promise.resolve(step)))
        main.switch()

both = [greenlet(waits), greenlet(waits)]
for name, each in zip("ab", both):
    each.switch(name)
run_sync(Promise.resolve())
for _ in range(3):
    for each in both:
        each.switch()
print([each.dead for each in both])
"""
    lines = [f"{name} {n} {n}" for n in range(3) for name in "ab"]
    assert printed(page, program).splitlines() == [*lines, "[True, True]"]


def test_javascript_that_waits_is_not_left(page):
    program = """
from pyodide.code import run_js

def inside():
    for act in main.switch, greenlet(print).switch:
        try:
            run_js("(call) => call()")(act)
        except Exception as error:
            print("no greenlet can be left here" in str(error))

greenlet(inside).switch()
"""
    assert printed(page, program) == "True\nTrue\n"


def test_a_deep_recursion_of_c_calls_is_an_error_in_each(page):
    program = """
import sys

def deeper(_):
    sorted([1], key=deeper)

def tries():
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        deeper(0)
    except RecursionError as error:
        print(str(error)[:14])
    finally:
        sys.setrecursionlimit(before)
    main.switch()

many = [greenlet(tries) for _ in range(300)]
for each in many[:2] + many[-2:]:
    each.switch()
parked = []
for _ in range(300):
    parked.append(greenlet(lambda: main.switch()))
    parked[-1].switch()
greenlet(tries).switch()
print("alive")
"""
    assert printed(page, program) == "Stack overflow\n" * 5 + "alive\n"


def test_how_many_switches_a_second(page):
    program = """
import time
from nearfar import Channel, run, spawn

def gives(channel):
    for number in range(100_000):
        channel.send(number)
    channel.close()

one = greenlet(lambda: [main.switch() for _ in range(100_000)])
began = time.perf_counter()
while not one.dead:
    one.switch()
middle = time.perf_counter()
channel = Channel()
spawn(gives, channel)
spawn(sum, channel)
run()
end = time.perf_counter()
print(f"{200_000 / (middle - began):,.0f} switches a second", end=", ")
print(f"{100_000 / (end - middle):,.0f} messages a second")
"""
    print(printed(page, program))  # before many have left their stacks


MANY = """
import time

def waits():
    while True:
        main.switch()

parked = []
def park(many):
    began = time.perf_counter()
    while len(parked) < many:
        parked.append(greenlet(waits))
        parked[-1].switch()
    for each in parked:
        each.switch()
    seconds = time.perf_counter() - began
    print(f"{many:,} greenlets began and switched twice in {seconds:.1f} s")
"""


def test_ten_thousand_wait_at_once_and_their_stacks_are_used_again(page):
    told = printed(page, MANY + "for _ in range(2): park(10_000); parked = []")
    assert told.count("10,000") == 2
    print(told)


def test_too_many_are_refused_in_words(page):
    program = """
try:
    park(20_000)
except (RuntimeError, MemoryError) as error:
    print(type(error).__name__, error)
parked = []
park(100)
"""
    told = printed(page, MANY + program)
    assert "a page has room for" in told or "MemoryError" in told
    assert "100 greenlets began" in told


def test_another_version_of_pyodide_is_refused_in_words(page):
    program = """
import importlib.util, pyodide, sys
spec = importlib.util.find_spec("greenlet")
before, pyodide.__version__ = pyodide.__version__, "999.0"
try:
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
except ImportError as error:
    print(error)
finally:
    pyodide.__version__ = before
"""
    told = printed(page, program)
    assert told.startswith("greenlets use what is inside of Pyodide 314.0.7, ")
    assert "this is 999.0" in told


# Our own tests, in the page

PACKAGES = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments")
NEAR = ("tasklets", "values", "contexts", "clock", "channels", "ctrl_c")
LOCAL = {  # what a page has not
    "test_each_thread_has_its_own_queue": "threads",
    "test_another_threads_tasklet_is_refused": "threads",
    "test_another_thread_is_refused_and_nothing_is_lost": "threads",
    "test_a_real_interrupt_ends_the_run_and_spares_the_next": "threads",
    "test_a_long_chain_of_spawning_tasklets_needs_no_deep_stack": "20,000",
}
OURS = """
import io, js, sys, types, zipfile
from pyodide.ffi import run_sync  # an `await` would make the cell a coroutine
fetched = run_sync(js.fetch({url!r}))
packed = io.BytesIO(run_sync(fetched.arrayBuffer()).to_bytes())
zipfile.ZipFile(packed).extractall("/ours")
sys.path[:0] = ["/ours"]
import pytest

def skipped(*_, **__):
    def test():
        pytest.skip("needs hypothesis")
    return lambda _: test

class Anything(types.ModuleType):
    def __getattr__(self, name):
        return Anything(name)
    def __call__(self, *_, **__):
        return self

sys.modules["hypothesis"] = stub = Anything("hypothesis")
stub.given, stub.settings = skipped, lambda *_, **__: lambda test: test

class Told:
    passed, failed = 0, []
    def pytest_runtest_logreport(self, report):
        self.passed += report.when == "call" and report.passed
        if report.failed:
            self.failed.append(report.nodeid)
            print(report.nodeid, report.longreprtext)

told = Told()
options = ["-q", "--capture=sys", "-p", "no:cacheprovider", "-W", "error"]
names = " or ".join({local})
pytest.main([*options, "-k", f"not ({{names}})", "/ours/near"], [told])
print(f"{{told.passed}} passed, {{len(told.failed)}} failed")
"""


def test_our_own_tests_of_tasklets_pass(page, base, folder):
    site = Path(pytest.__file__).parents[1]
    paths = [
        path for package in PACKAGES for path in (site / package).rglob("*.py")
    ] + [site / "py.py"]
    with zipfile.ZipFile(folder / "live" / "ours.zip", "w") as packed:
        for path in paths:
            packed.write(path, path.relative_to(site))
        for name in NEAR:
            test = f"near/test_{name}.py"
            packed.write(ROOT / "tests" / test, test)
    program = OURS.format(url=base + "ours.zip", local=[*LOCAL])
    told = printed(page, program, timeout=200)
    assert told.endswith(" passed, 0 failed\n"), told[-3000:]
    assert int(told.split()[-4]) > 100, told
    print(told)

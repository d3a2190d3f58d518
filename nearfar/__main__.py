"""The way into a clone: `python -m nearfar lab`, with any Python from 3.11.

It needs nothing installed. The one idea: a command names the packages that it
needs. They are installed into `.venv`, at the versions of the lock, and the
command runs there. `make` passes its targets on to this file.

This folder has no `__init__.py`, on purpose. So where the library itself is
installed (lib/nearfar), Python finds that first, and its `__main__` hands over
each command that is not a program of its own. Only the standard library is
imported here, and no syntax that an older Python could not read.
"""

import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK = ROOT / "requirements.txt"
# Where JupyterLab serves scripts from, and which.
SERVED = VENV / "share/jupyter/labextensions/nearfar"
SCRIPTS = "drawing/player.js", "playing/board.js"
NO_VENV = (
    "This needs Python's venv module. Install it (on Debian and Ubuntu: "
    "apt install python3-venv)."
)
MEASURED = (
    *("tasklets", "primes", "messages", "report", "bank", "replicas"),
    *("simulation", "orders"),
    "hackysack",  # last: its 20,000 threads keep the machine busy for a while
)


# --- The commands ------------------------------------------------------------


def lab(*options):
    """open JupyterLab on the first chapter; passes options on to it"""
    need("book")
    python("-m", "nearfar", "lab", *options)


def quick():
    """lint, types, and the tests of near and far, in 40 seconds"""
    need("test", "dev")
    lint()
    python(
        *("-m", "pytest", "-q", "--numprocesses=2", "tests/near", "tests/far"),
        *("tests/test_house.py", "tests/test_packaging.py"),
    )


def types():
    """check the types, strictly in near and far"""
    need("dev")
    python("-m", "mypy")


def test(*options):
    """all checks: lint, types, chapters, tests, site; passes options on"""
    need("book", "site", "test", "dev")
    lint()
    # One process more than cores, since some tests wait for a browser. A
    # file's tests (a chapter's cells) stay together, in order.
    python(
        *("-m", "pytest", "-q", "--nbval", "--nbval-current-env"),
        *("--nbval-cell-timeout=60", "chapters", "tests"),
        f"--numprocesses={min(4, (os.cpu_count() or 1) + 1)}",
        *("--dist=loadscope", "--no-loadscope-reorder", *options),
    )


def site():
    """build the site in _build/html"""
    need("site")
    sphinx("html", "-n", "-W", "--keep-going", "--jobs=auto")
    print("open _build/html/index.html")


def links():
    """check each link that leads out of the book; needs a network"""
    need("site")
    sphinx("linkcheck")


def pdf():
    """print the whole book into one PDF; needs Chromium"""
    need("site")
    python("docs/book.py", "pdf")


def epub():
    """pack the whole book into an ePub"""
    need("site")
    python("docs/book.py", "epub")


def slides():
    """build slides of each chapter, for a class"""
    need("site")
    python("docs/slides.py", "_build/slides")


def chapters():
    """run all chapters, store their outputs, draw the pictures"""
    need("book")
    python("docs/draw.py")
    paths = sorted((ROOT / "chapters").glob("*.ipynb"))
    python("docs/run_chapters.py", *map(str, paths))


def blank(*options):
    """write chapters without solutions, for a class; --students FILE"""
    need("book")
    python("docs/_ext/downloads.py", "_build/blank", *options)


def measure():
    """measure speed beside limits and peers, on a quiet machine"""
    need("book", "measure")
    for name in MEASURED:
        python(f"docs/measurements/{name}.py")


def lock(*options):
    """pin the packages again, after a change in pyproject.toml"""
    make_environment()  # alone: the old lock may contradict pyproject.toml
    python("-m", "pip", "install", "--quiet", "uv")
    python(
        *("-m", "uv", "pip", "compile", "--universal"),
        *("--python-version", "3.11", "--no-emit-index-url", "--no-header"),
        *("--quiet", "--output-file", str(LOCK), *options, "-"),
        given="-e .[book,site,test,dev,measure]\n",
    )


def clean():
    """remove what was built"""
    for folder in VENV, ROOT / "_build":
        shutil.rmtree(folder, ignore_errors=True)


COMMANDS = {
    each.__name__: each
    for each in (
        *(lab, quick, types, test, site, links, pdf, epub, slides),
        *(chapters, blank, measure, lock, clean),
    )
}


def lint():
    """Check the style and the types."""
    python("-m", "ruff", "check", ".")
    formatted = "lib", "nearfar", "tests", "docs", "conf.py"
    python("-m", "ruff", "format", "--check", *formatted)
    python("-m", "mypy")


def sphinx(builder, *options):
    """Build the pages in one of Sphinx's forms."""
    where = f"_build/{builder}"
    python("-m", "sphinx", "-q", "-b", builder, *options, ".", where)


# --- What they need ----------------------------------------------------------


def need(*extras):
    """Install the library with these extras, unless that is done.

    A stamp for each holds what pyproject.toml and the lock said then.
    """
    told = LOCK.read_text() + (ROOT / "pyproject.toml").read_text()
    stamps = [VENV / f"with-{extra}" for extra in extras or [""]]
    if not all(each.is_file() and each.read_text() == told for each in stamps):
        make_environment()
        install(",".join(extras))
        for each in stamps:
            each.write_text(told)
    if "book" in extras:
        serve_scripts()


def make_environment():
    """Make `.venv`, with uv where it is found: it is faster."""
    if PYTHON.exists():
        return
    if uv():
        call(
            uv(), "venv", "--quiet", "--seed", "--python", sys.executable, VENV
        )
    elif find_spec("venv") and find_spec("ensurepip"):
        call(sys.executable, "-m", "venv", VENV)
    else:
        sys.exit(NO_VENV)


def install(extras):
    """Install the library as it stands here, and pinned packages."""
    print("installing packages into .venv; once, and in about a minute")
    # No line -e may stand in a file of constraints.
    lines = LOCK.read_text().splitlines(keepends=True)
    pinned = VENV / "constraints.txt"
    pinned.write_text("".join(x for x in lines if not x.startswith("-e")))
    what = "-c", pinned, "-e", f".[{extras}]" if extras else "."
    if uv():
        call(uv(), "pip", "install", "--quiet", "--python", PYTHON, *what)
    else:
        quietly = "--quiet", "--disable-pip-version-check", "--no-compile"
        python("-m", "pip", "install", *quietly, *what)
        compile_packages()


def compile_packages():
    """Compile what is installed on all cores; pip would use one of them.

    Files that are no Python are left as they are.
    """
    words = str(PYTHON), "-m", "compileall", "-qq", "-j", "0", str(VENV / "lib")
    subprocess.run(words)


def uv():
    """Where uv is, or None."""
    return os.environ.get("UV") or shutil.which("uv")


def serve_scripts():
    """Put player and board where JupyterLab serves them: it follows no link."""
    SERVED.mkdir(parents=True, exist_ok=True)
    for name in SCRIPTS:
        shutil.copy(str(ROOT / "lib" / "nearfar" / name), str(SERVED))


# --- How they run ------------------------------------------------------------


def python(*words, given=None):
    """Run the Python of `.venv`; ends this one if that fails."""
    call(PYTHON, *words, given=given)


def call(*words, given=None):
    """Run a program in the clone. Ctrl-C is for that program to answer."""
    signal.signal(signal.SIGINT, lambda *_: None)
    command = [str(word) for word in words]
    done = subprocess.run(command, cwd=str(ROOT), input=given, text=True)
    if done.returncode:
        sys.exit(done.returncode)


def main(name="", *options):
    """Run a command, or a program of the library; lists them without one."""
    if name in COMMANDS:
        COMMANDS[name](*options)
    elif name in ("", "-h", "--help"):
        for known, command in COMMANDS.items():
            print(f"{known:10}{command.__doc__}")
        print(
            "and programs: python -m nearfar "
            "bank|atm|audit|primes|hunt|grade --help"
        )
    else:
        need()
        python("-m", "nearfar", name, *options)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"This needs Python 3.11 or newer, and this is {version}.")
    main(*sys.argv[1:])

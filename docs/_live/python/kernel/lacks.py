"""What the page lacks: an error that comes of it ends with a line about it.

The one idea: Python itself raises these errors, and their texts tell what is
missing. So one table is enough, and no module needs a stand-in that refuses.
docs/pretended.md has the same list for readers.
"""

import re

DO = " Run this chapter on your machine; the front page says how.\n"
LACKS = {
    r"No module named '(?!nearfar)(?!_multip)(\w+)": "The page has nearfar "
    "and most of Python's own modules, but no {}.",
    r"can't start new thread": "The page has no threads.",
    r"(does not support processes|_?multiprocessing|sem_open"
    r"|Function not implemented)": "The page cannot start other programs.",
    r"available in browser environments": "In the page, asyncio opens no "
    "connections and starts no programs.",
    r"module '(?:standins\.\w+|signal)' has no attribute"
    r"|Address family not supported|Errno 138. Not": "The page has only a part "
    "of this module.",
    r"Name or service not known|Temporary failure in name resolution"
    r"|^TypeError: Failed to fetch": "The page has no network.",
    r"EOF when reading a line|/pdb\.py\", line": "A program in the page "
    "has no keyboard, so input() and breakpoint() cannot ask you.",
    r"^ +(?:%|!|.*\?$)(?:.*\n)+SyntaxError:": "The page has no magics such as "
    "%time, no commands such as !ls and no help by `?`.",
}


def lacking(text):
    """A line about what the page lacks, if a traceback tells of it; or ""."""
    for pattern, words in LACKS.items():
        if found := re.search(pattern, text, re.MULTILINE):
            return words.format(*found.groups()) + DO
    return ""

"""Wrong answers to the exercises of chapter 04 about a server."""


def serves(body, *, errors="Malformed, Broken"):
    """A server with a tasklet for each connection, whose body this is."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return f"""
from nearfar import spawn
from nearfar.far import Broken, Malformed


def serve(listener, decide):
    for connection in listener:
        spawn(serve_one, connection, decide, daemon=True)


def serve_one(connection, decide):
{lines.replace("ERRORS", errors)}
"""


LASTING = """
with connection:
    try:
        for request in connection:
            connection.send(decide(request))
    except ({}):
        pass
"""

WRONG = {
    "4.1": [
        (
            # one request, and the end
            """
def serve(listener, decide):
    for connection in listener:
        connection.send(decide(connection.receive()))
""",
            "the replies to deposits of 10, 20 and 5",
        ),
        (
            # one client, and the end
            """
def serve(listener, decide):
    for request in (connection := listener.accept()):
        connection.send(decide(request))
""",
            "the replies to three clients, one after another",
        ),
        (
            # waits for a request that will not come
            """
def serve(listener, decide):
    for connection in listener:
        while True:
            connection.send(decide(connection.receive()))
""",
            "the peer has closed the connection",
        ),
        (
            # decides, and keeps it to itself
            """
def serve(listener, decide):
    for connection in listener:
        for request in connection:
            decide(request)
""",
            "no reply within 60 s",
        ),
    ],
    "4.3": [
        (
            # the client after this one waits until it has hung up
            """
def serve(listener, decide):
    for connection in listener:
        with connection:
            for request in connection:
                connection.send(decide(request))
""",
            "the reply to a second client, while the first one is connected",
        ),
        (
            # catches nothing
            serves(
                """
with connection:
    for request in connection:
        connection.send(decide(request))
"""
            ),
            "Malformed came out of it, and it ended for all of them",
        ),
        (
            # thinks of nonsense, and not of a client that is gone
            serves(LASTING.format("Malformed")),
            "Broken came out of it, and it ended for all of them",
        ),
        (
            # forgets to hang up
            serves(LASTING.format("ERRORS").replace("with connection", "if 1")),
            "nothing: its connection is still open",
        ),
        (
            # catches its own bugs as well
            serves(LASTING.format("Exception")),
            "catch only what a client does wrong",
        ),
        (
            # waits forever for a client that reads nothing
            serves(LASTING.format("ERRORS")),
            "reads no reply expected: 'the server hung up' happened: 'nothing",
        ),
        (
            # hangs up when all goes well
            serves(
                """
try:
    for request in connection:
        connection.send(decide(request))
except (ERRORS):
    pass
connection.close()
"""
            ),
            "what the client hears after the server was killed expected: 'the "
            "server hung up' happened: 'nothing",
        ),
        (
            # says OK first, and then looks at what was asked
            """
from nearfar import spawn
from nearfar.bank import Accepted


def serve(listener, decide):
    for connection in listener:
        spawn(serve_one, connection, decide, daemon=True)


def serve_one(connection, decide):
    with connection:
        for request in connection:
            connection.send(Accepted())
            decide(request)
""",
            "the replies to two clients at once",
        ),
    ],
}

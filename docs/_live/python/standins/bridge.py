"""A bridge: connections between programs in two web workers.

The one idea: each connection that crosses has an end on either side. What
arrives at one end is read there, sent as a message, and written into the other
end's peer. A message is {open: port, id}, {data, id} or {end: why, id}, where
`why` is "closed" or "reset".

Left out: a limit to the bytes on their way. The page's sockets have one.
"""

import itertools

from js import Object
from pyodide.ffi import to_js

from . import sockets

HOST = "127.0.0.1"
READ_BYTES = 65_536


def send_to(worker):
    """A function that sends its named arguments as one message."""
    post = getattr(worker, "send", None) or worker.postMessage

    def send(**told):
        post(to_js(told, dict_converter=Object.fromEntries))

    return send


class Bridge:
    """One side of it; `send` takes a message for the other side.

    Its sockets belong to `unit`: when that ends, they are closed.
    """

    _numbers = itertools.count(1)

    def __init__(self, unit, send):
        self.unit, self._send = unit, send
        self._socks = {}  # by id
        self._ids = {}
        self._late = {}  # id: bytes for which there is no room
        self._over = set()  # ids: the other side sends no more
        self._told = set()  # ids: we have told the other side our end

    def call(self, port):
        """A socket that leads to a listener of the other side."""
        sock = self._keep(next(self._numbers), sockets.socket())
        self._send(open=port, id=self._ids[sock])
        return sock

    def hear(self, message):
        """Do what the other side has sent."""
        number, end = message["id"], message.get("end")
        if "open" in message:
            self._open(number, message["open"])
        elif number in self._socks and end == "closed":
            self._over.add(number)
            self.tell(self._socks[number])
        elif number in self._socks and end:
            self._drop(number)
        elif number in self._socks:
            self._late[number] += message["data"]
            self.tell(self._socks[number])

    def _open(self, number, port):
        sock = sockets.socket()
        sock.setblocking(False)
        if sock.connect_ex((HOST, port)):
            sock.close()
            self._send(end="reset", id=number)
        else:
            self.tell(self._keep(number, sock))

    def _keep(self, number, sock):
        sock.setblocking(False)
        sock.give_to(self.unit)
        self._socks[number], self._ids[sock] = sock, number
        self._late[number] = bytearray()
        sock.watchers.add(self)
        return sock

    # --- What sockets call

    def tell(self, sock):
        """There is something to read, or room to write."""
        number = self._ids.get(sock)
        if number is None:
            return
        try:
            late = self._late[number]
            while late and (sent := sock.send(late)):
                del late[:sent]
            if number in self._over:
                self._over.discard(number)  # to shut it tells us once more
                sock.shutdown(sockets.SHUT_WR)
        except BlockingIOError:
            pass
        except OSError:
            self._drop(number)
            return
        self._read(sock, number)

    def forget(self, sock):
        """It is closed, with the unit."""
        number = self._ids.get(sock)
        if number is not None:
            self._drop(number)

    def _read(self, sock, number):
        try:
            while data := sock.recv(READ_BYTES):
                self._send(data=data, id=number)
            if number not in self._told:
                self._told.add(number)
                self._send(end="closed", id=number)
            if sock.events() & sockets.HUP:
                self._drop(number, "")
        except BlockingIOError:
            pass
        except OSError:
            self._drop(number)

    def _drop(self, number, why="reset"):
        """Forget an end, and close it; tell the other side why, if at all."""
        sock = self._socks.pop(number)
        del self._ids[sock], self._late[number]
        self._over.discard(number)
        self._told.discard(number)
        sock.watchers.discard(self)
        if why:
            sock.setsockopt(
                sockets.SOL_SOCKET, sockets.SO_LINGER, sockets.ABORT
            )
            self._send(end=why, id=number)
        sock.close()

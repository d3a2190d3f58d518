"""The server that `lab` starts: what it sends to a page waits for nothing."""

import json
import socket
from importlib import import_module
from pathlib import Path

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

import nearfar.programs

FOLDER = Path(nearfar.programs.__file__).parent / "jupyter"


class Handler(KernelWebsocketHandler):
    """A page's websocket, of which only the socket is there."""

    def __init__(self, sock):
        self.sock = sock

    def set_nodelay(self, value):
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, value)


def test_a_page_and_its_kernel_are_connected_without_nagle_s_algorithm(
    monkeypatch,
):
    told = json.loads((FOLDER / "jupyter_server_config.json").read_text())
    name = told["ServerApp"]["kernel_websocket_connection_class"]
    module, _, kind = name.rpartition(".")
    connection_class = getattr(import_module(module), kind)
    monkeypatch.setattr(
        connection_class.__base__, "connect", lambda self: "connected"
    )
    with socket.socket() as sock:
        connection = connection_class(websocket_handler=Handler(sock))
        assert connection.connect() == "connected"
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

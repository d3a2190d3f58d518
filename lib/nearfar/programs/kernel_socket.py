"""Kernel socket: what a kernel says reaches the page at once.

The one idea: a kernel says "busy" before it answers. By Nagle's algorithm TCP
holds the answer back until the page has acknowledged "busy", and a page takes
up to 40 ms for that. With TCP_NODELAY, which the server of JupyterLab leaves
off, the answer leaves when it is there. A board needs that: see `playing`.

`jupyter/jupyter_server_config.json` names the class to the server that `lab`
starts.
"""

from __future__ import annotations

from jupyter_server.services.kernels.connection.channels import (
    ZMQChannelsWebsocketConnection,
)

__all__ = ["PromptConnection"]


class PromptConnection(ZMQChannelsWebsocketConnection):
    """The server's connection of a page to a kernel, with TCP_NODELAY."""

    def connect(self):
        """Let the messages of the kernel through; awaited by the server."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()

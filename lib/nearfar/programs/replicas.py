"""A bank program that is one of several replicas.

The one idea: three processes with a file each are one bank. Each listens at
two addresses, one for customers and one for its peers. A peer can write the
books, so the second address always requires a token.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from random import SystemRandom

from ..bank import Books, Disk, Replicated, Teller
from ..far import Listener, connect, listen
from ..near import Misuse, spawn
from ..replicas import (
    BYTES,
    ELECTION,
    PeerReply,
    PeerRequest,
    Raft,
    Replica,
    Storage,
)
from .options import address, addresses, secret, tls_of_client, tls_of_server

__all__ = ["replica_of", "replica_options"]


def replica_options(add: Callable) -> None:
    """Add the options of a bank that is one of several replicas."""
    add(
        "--replica",
        type=address,
        metavar="HOST:PORT",
        help="be one of several replicas, and listen here for the others",
    )
    add(
        "--peers",
        type=addresses,
        default=[],
        metavar="HOST:PORT,...",
        help="the --replica addresses of the others",
    )
    add(
        "--peer-token-file",
        metavar="FILE",
        help="a secret that all replicas know, on one line",
    )
    add(
        "--tls-ca",
        metavar="FILE",
        help="encrypt between replicas, too; FILE holds the certificates to "
        "trust (PEM)",
    )


@contextmanager
def replica_of(
    options: argparse.Namespace,
    opened: Callable[[Replicated], None],
    log: Callable[[str], None],
) -> Iterator[Callable[[Listener], None]]:
    """Make this process a replica; gives `serve(listener)` for customers.

    `opened(ledger)` opens the first accounts. Beside the ledger's file there
    is a folder, FILE-replica, with this replica's log.
    """
    token = secret(options.peer_token_file)
    if token is None or options.file == ":memory:" or not options.peers:
        raise Misuse(
            "a replica needs a --file, its --peers, and a --peer-token-file: "
            "a peer can write the books, so it must prove that it knows the "
            "token"
        )
    call = partial(
        connect,
        PeerReply,
        timeout=ELECTION,
        limit_bytes=BYTES,
        token=token,
        tls=tls_of_client(options),
    )
    with (
        closing(Books(options.file)) as books,
        listen(
            PeerRequest,
            options.replica,
            limit_bytes=BYTES,
            token=token,
            tls=tls_of_server(options),
        ) as peers,
    ):
        storage = Storage(Disk(f"{options.file}-replica"))
        if not (books.empty or storage.last_index):
            raise Misuse(
                f"{options.file} has books and no log of a replica: begin with "
                "new files, and open the accounts anew"
            )

        def serve(door):
            raft = Raft(
                options.replica, options.peers, storage, books, door.address
            )
            replica = Replica(raft, call, SystemRandom())
            replica.start()
            spawn(replica.serve, peers, name="peers", daemon=True)
            Teller(replica, books, opened, log).serve(door)

        yield serve

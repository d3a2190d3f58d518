"""An interrupt as a wait for a simulated message begins."""

from helpers import interrupted_lines

from nearfar import schedule, sleep
from nearfar.simulation import Faults, Network
from nearfar.simulation.links import Link


def test_an_interrupt_at_any_line_of_a_wait_loses_no_wakeup():
    def listen(host):
        with host.listen(bytes) as listener, listener.accept() as connection:
            while True:
                sleep(1)
                connection.send(b"news")

    def connect(host):
        with host.connect(bytes, "server") as connection:
            lines = interrupted_lines(connection.receive, Link.wait, schedule)
            assert lines >= 4

    network = Network(1, Faults(delay_s=(0.1, 0.1)))
    network.host("server").start(listen, daemon=True)
    network.host("client").start(connect)
    network.run()

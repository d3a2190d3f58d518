"""The bank: what it accepts, what it declines, and when it says so."""

import random
import socket

import msgspec
import pytest

from nearfar import VirtualClock, run, schedule, sleep, spawn
from nearfar.bank import (
    MOST_CENTS,
    WRONG_PINS,
    Accepted,
    Balance,
    Bank,
    Confirm,
    Declined,
    Deposit,
    Ledger,
    LedgerError,
    Line,
    Order,
    Printed,
    Refused,
    Reply,
    Request,
    Reverse,
    SignIn,
    Statement,
    Transfer,
    Withdraw,
    seal_pin,
)
from nearfar.far import (
    VERSION,
    Frames,
    Hello,
    Malformed,
    Message,
    connect,
    encode,
    listen,
    pair,
)
from nearfar.processes import Program
from nearfar.trace import shown

CHEAP = 2  # a look at a PIN, in tests


def open_bank(path=":memory:", **options):
    bank = Bank(Ledger(path), **options)
    bank.ledger.open_account("grant", 10_000, seal_pin("1111", CHEAP))
    bank.ledger.open_account("eve", 5_000, seal_pin("2222", CHEAP))
    bank.ledger.commit()
    return bank


@pytest.fixture
def bank():
    bank = open_bank()
    yield bank
    bank.ledger.close()


def test_money_goes_in_and_out_and_over(bank):
    assert bank.decide(Deposit("1", "eve", 25), "eve") == Accepted(5_025)
    assert bank.decide(Withdraw("2", "eve", 75), "eve") == Accepted(4_950)
    assert bank.decide(Confirm("2"), "eve") == Accepted(4_950)
    assert bank.decide(Transfer("3", "eve", "grant", 50), "eve") == Accepted(
        4_900
    )
    assert bank.decide(Balance("grant"), "grant") == Accepted(10_050)
    assert bank.decide(Statement("eve", 1), "eve") == Printed(
        [Line("transfer", "grant", -50, 4_900)]
    )


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Deposit("1", "eve", -100), "an amount is"),
        (Deposit("1", "eve", MOST_CENTS + 1), "an amount is"),
        (Deposit("1", "Eve", 1), "no account 'Eve'"),
        (Withdraw("1", "eve", 5_001), "eve has 50.00, not 50.01"),
        (Withdraw("1", "grant", 1), "sign in first"),
        (Transfer("1", "grant", "eve", 1), "sign in first"),
        (Transfer("1", "eve", "mallory", 1), "no account 'mallory'"),
        (Balance("grant"), "sign in first"),
        (Statement("grant"), "sign in first"),
        (Confirm("1"), "nothing was withdrawn"),
        (Reverse("1"), "nothing was withdrawn"),
    ],
)
def test_a_declined_request_changes_nothing(bank, request_, reason):
    reply = bank.decide(request_, "eve")
    assert isinstance(reply, Declined)
    assert reason in reply.reason
    assert bank.ledger.account("eve").cents == 5_000
    assert bank.ledger.account("grant").cents == 10_000


@pytest.mark.parametrize(
    "request_",
    [Balance(""), Statement(""), Withdraw("1", "", 1), Balance("@cash")],
)
def test_nobody_is_not_a_customer(bank, request_):
    assert isinstance(bank.decide(request_), Declined)


# --- PINs --------------------------------------------------------------------


def test_a_pin_opens_its_own_account_and_no_other(bank):
    assert bank.decide(SignIn("eve", "2222")) == Accepted(5_000)
    for account, pin in (("eve", "1111"), ("mallory", "2222"), ("@cash", "")):
        assert bank.decide(SignIn(account, pin)) == Declined(
            "wrong account or PIN"
        )


def test_after_three_wrong_pins_in_a_row_the_right_one_is_too_late(bank):
    for number in range(WRONG_PINS):
        bank.decide(SignIn("eve", f"999{number}"))
    assert "locked" in bank.decide(SignIn("eve", "2222")).reason
    assert bank.decide(SignIn("grant", "1111")) == Accepted(10_000)


def test_a_right_pin_forgives_the_wrong_ones_before(bank):
    for _ in range(5):
        for number in range(WRONG_PINS - 1):
            bank.decide(SignIn("eve", f"999{number}"))
        assert bank.decide(SignIn("eve", "2222")) == Accepted(5_000)


def test_a_wrong_pin_is_on_the_disk_before_the_answer(tmp_path):
    bank = open_bank(tmp_path / "bank.db")

    def guess():
        bank_end, end = pair(Request | Reply)
        spawn(bank.serve_one, bank_end, daemon=True)
        with end:
            end.send(SignIn("eve", "9999"))
            return end.receive()

    assert run(until=spawn(guess)) == Declined("wrong account or PIN")
    bank.ledger.close()  # as a crash would
    with Ledger(tmp_path / "bank.db") as ledger:
        assert ledger.account("eve").wrong == 1


@pytest.mark.parametrize("pin", ["", "123", "1" * 13, "12a4", "١٢٣٤", "-123"])
def test_a_pin_has_four_to_twelve_digits(pin):
    with pytest.raises(ValueError, match="4 to 12 digits"):
        seal_pin(pin)


def test_no_pin_is_shown_anywhere(bank):
    lines = []
    bank.log = lines.append

    def customer():
        here, there = pair(Request | Reply)
        spawn(bank.serve_one, there, daemon=True)
        with here:
            here.send(SignIn("eve", "2222"))
            here.receive()

    run(until=spawn(customer))
    told = [*lines, shown(SignIn("eve", "2222")), repr(SignIn("eve", "2222"))]
    assert lines == ["SignIn eve ... -> Accepted 5000"]
    assert "2222" not in "".join(told)


def test_a_pin_in_a_broken_message_does_not_get_into_the_log(bank):
    lines = []
    bank.log = lines.append

    def hostile(address):
        with connect(Reply, address) as connection:
            connection.send(WrongForm("eve", 2222))
            assert list(connection) == []

    with listen(Request) as listener:
        spawn(bank.serve, listener, daemon=True)
        run(until=spawn(hostile, listener.address), timeout=10)
    assert lines == ["hung up on an ATM: Malformed"]


class WrongForm(Message, tag="SignIn"):
    account: str
    pin: int


# --- Group commit ------------------------------------------------------------


def customers(bank, many, story):
    """So many customers at once, each on a connection; what each returned."""

    def one(number):
        here, there = pair(Request | Reply)
        spawn(bank.serve_one, there, daemon=True)
        with here:
            return story(here, number)

    tasklets = [spawn(one, number) for number in range(many)]
    return run(until=spawn(lambda: [t.result() for t in tasklets]))


def ask(connection, request):
    connection.send(request)
    return connection.receive()


def test_requests_that_wait_together_share_one_commit(bank):
    customers(bank, 50, lambda c, n: ask(c, Deposit(f"{n}", "eve", 1)))
    assert bank.ledger.account("eve").cents == 5_050
    assert bank.commits == 1


def test_no_reply_leaves_before_its_commit_is_on_the_disk(bank):
    apply, commit = bank.ledger.carry_out, bank.ledger.commit
    decided, on_disk = set(), set()

    def watched_apply(order):
        decided.add(order.id)
        return apply(order)

    def slow_commit():
        sleep(0.001)  # others may run: nobody must be answered early
        commit()
        on_disk.update(decided)

    bank.ledger.carry_out, bank.ledger.commit = watched_apply, slow_commit

    def story(connection, number):
        for step in range(3):
            ask(connection, Deposit(f"{number}.{step}", "eve", 1))
            assert f"{number}.{step}" in on_disk

    customers(bank, 5, story)
    assert len(on_disk) == 15


def test_a_balance_that_is_not_on_the_disk_yet_is_not_told(bank):
    bank._commit = lambda: sleep(60)  # the disk takes its time
    here, there = pair(Request | Reply)

    def look():
        here.send(SignIn("eve", "2222"))
        here.receive()
        bank.decide(Deposit("1", "eve", 1_000))
        here.send(Balance("eve"))
        with pytest.raises(TimeoutError):
            here.receive(timeout=5)

    spawn(bank.serve_one, there, daemon=True)
    run(until=spawn(look), clock=VirtualClock())


def test_when_the_disk_fails_nobody_is_answered_and_the_bank_stops(bank):
    def full():
        raise LedgerError("the disk is full")

    bank.ledger.commit = full
    here, there = pair(Request | Reply)

    def story():
        here.send(Deposit("1", "eve", 1))
        here.receive()

    spawn(bank.serve_one, there, daemon=True)
    spawn(story)
    with pytest.raises(LedgerError, match="full"):
        run()


# --- Whoever else knocks -----------------------------------------------------


class Nonsense(Message):
    words: str


def test_nonsense_ends_its_own_connection_and_no_other(bank):
    def hostile(address):
        with connect(Reply, address) as connection:
            connection.send(Nonsense("hello"))
            assert list(connection) == []

    def honest(address):
        with connect(Reply, address) as connection:
            return ask(connection, SignIn("eve", "2222"))

    with listen(Request) as listener:
        spawn(bank.serve, listener, daemon=True)
        spawn(hostile, listener.address)
        told = run(until=spawn(honest, listener.address), timeout=10)
    assert told == Accepted(5_000)


KINDS = (SignIn, Balance, Statement, Deposit, Withdraw, Transfer)
WORDS = ["eve", "grant", "", "@cash", "@held", "é" * 99, "\0", "eve\n", "'; --"]
NUMBERS = [-1, 0, 1, 2**62, -(2**63), 10**12, 10**30, 1.5, True, None, "1"]


def hostile_bytes(chance, seen):
    """One thing that an attacker may send: well-formed, or not."""
    kind = chance.choice([*KINDS, Confirm, Reverse])
    message = {"type": kind.__name__}
    for field in kind.__struct_fields__:
        numbers = field in ("cents", "last")
        if chance.random() < 0.05:
            message[field] = chance.choice(NUMBERS if not numbers else WORDS)
        elif numbers:
            message[field] = chance.choice(NUMBERS)
        else:
            message[field] = chance.choice(WORDS)
    if "id" in message and chance.random() < 0.5:
        message["id"] = f"{chance.randrange(10**6)}"
    if kind is Deposit:  # money that comes in is welcome, from anybody
        message["cents"] = chance.choice([n for n in NUMBERS if n not in (1,)])
        if message["cents"] == 10**12:
            message["account"] = "mallory"
    body = msgspec.json.encode(message)
    if chance.random() < 0.1:
        body = body[: chance.randrange(len(body))] + b"NaN}"
    frame = len(body).to_bytes(4, "big") + body
    if chance.random() < 0.02:
        frame = bytes(chance.randrange(256) for _ in range(8))
    if seen and chance.random() < 0.1:
        return chance.choice(seen)  # a replay
    seen.append(frame)
    return frame


def attack(address, chance):
    """10,000 requests over 2,000 connections; how many bytes came back."""
    seen, told = [], 0
    for _ in range(2_000):
        frames = [hostile_bytes(chance, seen) for _ in range(5)]
        with socket.create_connection(address, timeout=20) as end:
            try:
                end.sendall(b"".join([encode(Hello(VERSION)), *frames]))
                end.shutdown(socket.SHUT_WR)
                while data := end.recv(65_536):
                    told += len(data)
            except ConnectionError:
                pass  # it has hung up on us already
    return told


def test_ten_thousand_hostile_requests_move_no_cent_and_service_goes_on(
    tmp_path,
):
    file = tmp_path / "bank.db"
    opened = ("--open=eve:50:2222", "--open=grant:100:1111")
    options = (f"--file={file}", "--open=honest:1:4444", *opened)
    with Program("bank", *options, quiet=True) as program:
        host, _, port = program.address.rpartition(":")
        told = attack((host, int(port)), random.Random(2006))

        def honest():
            with connect(Reply, program.address) as connection:
                ask(connection, SignIn("honest", "4444"))
                return ask(connection, Transfer("mine", "honest", "eve", 1))

        assert run(until=spawn(honest)) == Accepted(99)
        assert program.alive
    log = "\n".join(program.lines)
    assert "Malformed" in log
    assert "locked after 3 wrong PINs" in log
    assert told > 50_000  # what is only declined is rationed, too
    with Ledger(file) as ledger:
        assert ledger.audit().problems == ()
        has = [ledger.account(name).cents for name in ("eve", "grant", "@held")]
    assert has == [5_001, 10_000, 0]


def test_the_generator_of_hostility_is_hostile_in_every_way():
    """Else the test above would prove little."""
    chance, seen = random.Random(2006), []
    told = {"fine": 0, "malformed": 0, "replay": 0}
    for _ in range(10_000):
        frame = hostile_bytes(chance, seen)
        told["replay"] += seen.count(frame) > 1
        try:
            told["fine"] += len(list(Frames(Request).feed(frame)))
        except Malformed:
            told["malformed"] += 1
    assert min(told.values()) > 500, told


def test_a_bank_serves_on_after_a_run_that_ended_before_its_commit(bank):
    def ask(id, ends):
        here, there = pair(Request | Reply)
        spawn(bank.serve_one, there, daemon=True)
        here.send(Deposit(id, "eve", 5))
        if ends:
            return schedule()
        return here.receive(timeout=5)

    run(until=spawn(ask, "1", True), clock=VirtualClock())
    told = run(until=spawn(ask, "2", False), clock=VirtualClock())
    assert told == Accepted()


def test_a_withdrawal_that_was_paid_out_stays_paid_out(bank):
    withdraw = Withdraw("w", "eve", 100)
    accepted = bank.decide(withdraw, "eve")
    bank.decide(Confirm("w"))
    assert isinstance(bank.decide(Reverse("w")), Declined)
    assert bank.decide(withdraw, "eve") == accepted


def test_nobody_can_spoil_an_account_that_is_still_to_be_opened(bank):
    bank.decide(Reverse("open carol"))
    bank.ledger.open_account("carol", 500, "")
    assert bank.ledger.account("carol").cents == 500


def test_what_strangers_write_does_not_steer_the_readers_of_the_log():
    told = []
    bank = open_bank(log=told.append)

    def ask():
        here, there = pair(Request | Reply)
        spawn(bank.serve_one, there, daemon=True)
        here.send(Deposit("id", "\x1b[2J", 5))
        return here.receive()

    run(until=spawn(ask))
    assert [line.isprintable() for line in told] == [True]


def test_an_order_that_does_not_exist_moves_nothing(bank):
    with pytest.raises(Refused, match="no order 'steal'"):
        bank.ledger.apply(Order("v", "steal", "grant", "eve", 700))

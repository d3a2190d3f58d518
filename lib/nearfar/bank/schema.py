"""The schema: the ledger's tables, and the queries that audit them.

The one idea: an audit proves sentences, and each sentence has a query that
finds the rows which break it. The queries stand beside the tables because the
two must agree. `ledger` writes the rows.

Each row of `request` has a checksum over itself and the checksum of the row
before, so a row can't be changed without changing all that follow. It finds
damage, and forgers who forget it; a forger who computes all of them anew is
found by the copy that the owner of the books keeps elsewhere.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from .accounts import Account
from .log import Damaged

__all__ = ["INVARIANTS"]

NAME = 0x6E656172  # application_id: 'near'
VERSION = 2  # of the tables below


def checksum(before: str, *values: str | int | None) -> str:
    """Return 16 hexadecimal digits of a row, and of the row `before` it."""
    row = before + "".join(map(_quoted, values))
    return checksum_of_bytes(row.encode(errors="surrogateescape"))


def checksum_of_bytes(row: bytes) -> str:
    """Do the same from what SQLite's `quote` says; SQLite calls this."""
    return blake2b(row, digest_size=8).hexdigest()


def account_of(name, cents, frozen, seal, wrong, found) -> Account:
    """Make an account of its row; `Damaged` if the row was changed by hand."""
    if (
        not _is_intact(found, name, frozen, seal, wrong)
        or type(cents) is not int
    ):
        raise Damaged(f"the record of the account {name!r} is damaged")
    return Account(name, cents, bool(frozen), seal, wrong)


@lru_cache(maxsize=4_096)
def _is_intact(found, *row):
    return checksum("", *row) == found


def _quoted(value):
    """Write a value as SQLite's `quote` does: no two values are the same."""
    if type(value) is str:
        return "'" + value.replace("'", "''") + "'"
    if type(value) in (int, bool):
        return str(int(value))
    return "NULL" if value is None else repr(value)


TABLES = (
    """CREATE TABLE account (
    name TEXT PRIMARY KEY,
    cents INTEGER NOT NULL DEFAULT 0 CHECK (cents >= 0 OR name = '@cash'),
    frozen INTEGER NOT NULL DEFAULT 0,
    seal TEXT NOT NULL DEFAULT '',
    wrong INTEGER NOT NULL DEFAULT 0,
    checksum TEXT NOT NULL
) WITHOUT ROWID""",
    """CREATE TABLE request (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    verb TEXT NOT NULL,
    payer TEXT NOT NULL,
    payee TEXT NOT NULL,
    cents INTEGER NOT NULL,
    refusal TEXT,
    told INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    UNIQUE (id, verb)
)""",
    """CREATE TABLE posting (
    account TEXT NOT NULL,
    request INTEGER NOT NULL,
    cents INTEGER NOT NULL,
    PRIMARY KEY (account, request)
) WITHOUT ROWID""",
    """CREATE TRIGGER posted AFTER INSERT ON posting BEGIN
    UPDATE account SET cents = cents + NEW.cents WHERE name = NEW.account;
END""",
)
NEW_ACCOUNT = "INSERT INTO account (name, seal, checksum) VALUES (?, ?, ?)"
CHANGE = """UPDATE account SET frozen = ?, seal = ?, wrong = ?, checksum = ?
        WHERE name = ?"""
NEW_REQUEST = "INSERT INTO request VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
NEW_POSTINGS = """INSERT INTO posting (account, request, cents)
        VALUES (?, ?, ?), (?, ?, ?)"""
POSTINGS = """SELECT id, verb, account, posting.cents FROM posting
        JOIN request ON number = request ORDER BY request, posting.cents"""
ACCOUNT = """SELECT name, cents, frozen, seal, wrong, checksum
        FROM account WHERE name = ?"""
PAST = """SELECT number, id, verb, payer, payee, cents, refusal, told,
        checksum, coalesce((SELECT checksum FROM request AS earlier
        WHERE earlier.number = request.number - 1), '') FROM request
        WHERE id = ?"""
LAST = "SELECT number, checksum FROM request ORDER BY number DESC LIMIT 1"
COUNT = "SELECT count(*) FROM request WHERE refusal {}"
OPEN = """SELECT id, cents FROM request made
        WHERE verb = 'withdraw' AND refusal IS NULL AND NOT EXISTS (
        SELECT 1 FROM request WHERE id = made.id AND refusal IS NULL
        AND verb IN ('confirm', 'reverse'))"""
# Each account's balance after each of its orders; of a confirmation, too,
# which moves nothing of its customer's.
RUNNING = """SELECT account, request, sum(cents) OVER (
        PARTITION BY account ORDER BY request) AS balance FROM (
        SELECT account, request, cents FROM posting
        UNION ALL SELECT made.payer, settled.number, 0
        FROM request AS settled JOIN request AS made
        ON made.id = settled.id AND made.verb = 'withdraw'
        WHERE settled.verb = 'confirm' AND settled.refusal IS NULL)"""
INVARIANTS = {  # each with a query for the rows that break it
    "a movement is two postings that sum to zero": """
        SELECT number FROM request LEFT JOIN (
        SELECT request, count(*) AS many, sum(cents) AS total
        FROM posting GROUP BY request) ON request = number
        WHERE refusal IS NULL AND (many IS NOT 2 OR total <> 0)""",
    "a posting is one half of what was asked, and not refused": """
        SELECT posting.request FROM posting
        LEFT JOIN request ON number = posting.request
        WHERE refusal IS NOT NULL OR NOT coalesce(
        (account = payer AND posting.cents = -request.cents) OR
        (account = payee AND posting.cents = request.cents), 0)""",
    "a posting is on an account": """
        SELECT account FROM posting LEFT JOIN account ON name = account
        WHERE name IS NULL""",
    "a balance is the sum of its postings": """
        SELECT name FROM account LEFT JOIN posting ON account = name
        GROUP BY name
        HAVING account.cents <> coalesce(sum(posting.cents), 0)""",
    "no customer ever owed the bank": f"""
        SELECT name FROM account WHERE cents < 0 AND name <> '@cash'
        UNION SELECT account FROM ({RUNNING})
        WHERE balance < 0 AND account <> '@cash'""",
    "the money adds up to zero": """
        SELECT sum(cents) FROM account HAVING sum(cents) <> 0""",
    "a withdrawal is settled once, and as it was made": """
        SELECT id FROM request AS settled
        WHERE refusal IS NULL AND verb IN ('confirm', 'reverse')
        AND ((SELECT count(*) FROM request AS made
              WHERE made.id = settled.id AND made.verb = 'withdraw'
              AND made.refusal IS NULL AND made.cents = settled.cents
              AND made.number < settled.number
              AND settled.payee IN ('@cash', made.payer)) <> 1
          OR (SELECT count(*) FROM request AS again
              WHERE again.id = settled.id AND again.refusal IS NULL
              AND again.verb IN ('confirm', 'reverse')) <> 1)""",
    "what is held are the withdrawals not settled": f"""
        SELECT cents FROM account WHERE name = '@held' AND cents <>
        (SELECT coalesce(sum(cents), 0) FROM ({OPEN}))""",
    "a verb moves money as it says": """
        SELECT number FROM request WHERE refusal IS NULL
        AND NOT (cents > (verb = 'open') * -1 AND CASE verb
        WHEN 'open' THEN payer = '@cash' AND payee NOT LIKE '@%'
        WHEN 'deposit' THEN payer = '@cash' AND payee NOT LIKE '@%'
        WHEN 'withdraw' THEN payer NOT LIKE '@%' AND payee = '@held'
        WHEN 'transfer' THEN payer NOT LIKE '@%' AND payee NOT LIKE '@%'
        WHEN 'confirm' THEN payer = '@held' AND payee = '@cash'
        WHEN 'reverse' THEN payer = '@held' AND payee NOT LIKE '@%'
        ELSE 0 END)""",
    "an id serves one order": """
        SELECT id FROM request WHERE verb NOT IN ('confirm', 'reverse')
        GROUP BY id HAVING count(*) > 1""",
    "orders are numbered without a gap": """
        SELECT number FROM (SELECT number,
        row_number() OVER (ORDER BY number) AS place FROM request)
        WHERE number <> place""",
    "what was told is the balance after it": f"""
        SELECT number FROM request LEFT JOIN ({RUNNING})
        ON request = number AND account = CASE
        WHEN verb IN ('open', 'deposit', 'reverse') THEN payee
        WHEN verb IN ('withdraw', 'transfer') THEN payer
        ELSE account END AND account NOT LIKE '@%'
        WHERE told IS NOT CASE WHEN refusal IS NULL THEN balance ELSE 0 END""",
    "an account was opened by an order": """
        SELECT name FROM account WHERE name NOT LIKE '@%' AND NOT EXISTS (
        SELECT 1 FROM request WHERE id = 'open ' || name AND verb = 'open'
        AND payee = name AND refusal IS NULL)""",
    "an order carries the checksum of its row and the one before": """
        SELECT number FROM (SELECT *, lag(checksum, 1, '') OVER
        (ORDER BY number) AS before FROM request)
        WHERE checksum IS NOT checksum_of_bytes(CAST(before ||
        quote(number) || quote(id) || quote(verb) || quote(payer) ||
        quote(payee) || quote(cents) || quote(refusal) || quote(told)
        AS BLOB))""",
    "an account carries the checksum of its name, PIN and locks": """
        SELECT name FROM account
        WHERE checksum IS NOT checksum_of_bytes(CAST(quote(name) ||
        quote(frozen) || quote(seal) || quote(wrong) AS BLOB))""",
}

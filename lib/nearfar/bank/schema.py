"""The schema: the ledger's tables, and the queries that audit them.

The one idea: an audit proves sentences, and each sentence has a query that
finds the rows which break it. The queries stand beside the tables because the
two must agree. `ledger` writes the rows.
"""

from __future__ import annotations

__all__ = ["INVARIANTS"]

NAME = 0x6E656172  # application_id: 'near'
VERSION = 1  # of the tables below
TABLES = (
    """CREATE TABLE account (
    name TEXT PRIMARY KEY,
    cents INTEGER NOT NULL DEFAULT 0 CHECK (cents >= 0 OR name = '@cash'),
    frozen INTEGER NOT NULL DEFAULT 0,
    seal TEXT NOT NULL DEFAULT '',
    wrong INTEGER NOT NULL DEFAULT 0
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
    """INSERT INTO account (name) VALUES ('@cash'), ('@held')""",
)
ACCOUNT = """SELECT name, cents, frozen, seal, wrong
        FROM account WHERE name = ?"""
COUNT = "SELECT count(*) FROM request WHERE refusal {}"
OPEN = """SELECT id, cents FROM request made
        WHERE verb = 'withdraw' AND refusal IS NULL AND NOT EXISTS (
        SELECT 1 FROM request WHERE id = made.id AND refusal IS NULL
        AND verb IN ('confirm', 'reverse'))"""
INVARIANTS = {  # each with a query for whatever breaks it
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
    "nobody owes the bank": """
        SELECT name FROM account WHERE cents < 0 AND name <> '@cash'""",
    "the money adds up to zero": """
        SELECT sum(cents) FROM account HAVING sum(cents) <> 0""",
    "a withdrawal is settled once, and as it was made": """
        SELECT id FROM request settled
        WHERE refusal IS NULL AND verb IN ('confirm', 'reverse')
        AND (SELECT count(*) FROM request made WHERE made.id = settled.id
             AND made.refusal IS NULL AND made.cents = settled.cents
             AND verb IN ('withdraw', 'confirm', 'reverse')) <> 2""",
    "what is held are the withdrawals not settled": f"""
        SELECT cents FROM account WHERE name = '@held' AND cents <>
        (SELECT coalesce(sum(cents), 0) FROM ({OPEN}))""",
}

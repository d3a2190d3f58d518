"""Bank: accounts, a ledger on disk, a server, and cash machines.

The one idea: no acknowledged money is lost, whatever breaks. An order has an
id and is carried out once; a reply goes out only when its movement is on the
disk; a machine writes down what it begins before it begins it.

Read in this order: `accounts` and `names` (the rules, without storage);
`schema`, `lock`, `owner`, `wal`, `file`, `ledger` and `audit` (the books on
disk); `protocol`, `pins`, `allowance`, `guesses`, `sign_ins`, `lines` and
`bank` (the server); `disk`, `log`, `drawer`, `client` and `atm` (the machine);
`terminal`, where a customer meets it; and for a bank of several machines
`replicated`, `teller` and `addresses`.

Left out: interest, currencies, forgetting. The bank is handed what
carries its messages: in memory, over sockets, or in a simulation.
"""

from .accounts import (
    CASH,
    HELD,
    MOST_CENTS,
    Account,
    Kept,
    Line,
    Order,
    Posting,
    Refused,
    check_words,
    decide,
    judge,
    money,
    parse_money,
)
from .addresses import Addresses, Elsewhere
from .atm import ATM, Begun
from .audit import Audit, audit_file
from .bank import Bank
from .client import ATTEMPTS, REPLY_TIMEOUT, Unknown
from .disk import Crash, Disk, PaperDisk, found, synced
from .drawer import DRAWER_CENTS, Drawer, Jammed
from .guesses import WRONG_PINS
from .ledger import Ledger
from .log import Damaged, Log, read_lines, write_line
from .owner import LedgerError
from .pins import seal_pin
from .protocol import (
    Accepted,
    Balance,
    Confirm,
    Declined,
    Deposit,
    Moving,
    Printed,
    Reply,
    Request,
    Reverse,
    SignIn,
    Statement,
    Transfer,
    Withdraw,
)
from .replicated import Books, Deposed, Replicated
from .schema import INVARIANTS
from .teller import Teller
from .terminal import MENU, SIGN, Script, Terminal, locked, serve_customers

__all__ = ["Order", "Account", "check_words", "judge", "decide"]
__all__ += ["Refused", "Kept", "money", "parse_money"]
__all__ += ["CASH", "HELD", "MOST_CENTS"]
__all__ += ["Ledger", "LedgerError", "Line", "Posting"]
__all__ += ["Audit", "audit_file", "INVARIANTS"]
__all__ += ["SignIn", "Balance", "Statement", "Deposit", "Withdraw"]
__all__ += ["Transfer", "Confirm", "Reverse", "Accepted", "Declined"]
__all__ += ["Printed", "Moving", "Request", "Reply"]
__all__ += ["seal_pin", "Bank", "WRONG_PINS"]
__all__ += ["Disk", "PaperDisk", "Crash", "synced", "found"]
__all__ += ["Log", "Damaged", "read_lines", "write_line"]
__all__ += ["Drawer", "Jammed", "DRAWER_CENTS"]
__all__ += ["ATM", "Begun", "Unknown", "ATTEMPTS", "REPLY_TIMEOUT"]
__all__ += ["serve_customers", "Terminal", "Script", "locked", "MENU", "SIGN"]
__all__ += ["Books", "Replicated", "Deposed", "Teller"]
__all__ += ["Addresses", "Elsewhere"]

"""The prime hunt on every engine: `make measure` writes primes.json."""

from contextlib import ExitStack
from pathlib import Path

from nearfar.benchmark import compare, prime_contenders, record, table

STOP, CHUNK, ROUNDS, FOUND = 1_000_000, 5_000, 5, 78_498

if __name__ == "__main__":
    with ExitStack() as stack:
        contenders = prime_contenders(STOP, CHUNK, stack)
        rows = compare(contenders, FOUND, ROUNDS, progress=True)
    print(table(rows))
    path = Path(__file__).with_suffix(".json")
    record(path, rows, stop=STOP, chunk=CHUNK, rounds=ROUNDS)

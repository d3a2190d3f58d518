"""Near misses of the challenges: moves that break nothing, or are not open."""

HOLDS = "this promise still holds at the end"

WRONG = {
    "1.5": [
        ('moves = ["next", "run ann", "run ann"]', HOLDS),
        ('moves = ["run bob", "run cy", "run bob"]', HOLDS),
        ('moves = ["run dee"]', "move 1 is 'run dee', which is not open there"),
        ('moves = "starve cy"', "the version of these moves"),
        ("moves = 3", "expected: a list of moves"),
    ],
    "2.7": [
        ('moves = ["run ann"]', HOLDS),
        ('moves = ["next", "run bob"]', HOLDS),
        ('moves = ["run ann", "run press"]', HOLDS),
    ],
    "3.6": [
        ('moves = ["run customer", "run bank", "run customer"]', HOLDS),
        ('moves = ["lose customer>bank#1"]', "which is not open there"),
    ],
    "4.8": [
        ('moves = ["run north", "run south", "run south"]', HOLDS),
        ('moves = ["run south", "run north"]', HOLDS),
    ],
    "6.6": [
        ('moves = ["next", "next", "lose atm>bank#1"]', HOLDS),
        ('moves = ["lose atm>bank#0"]', HOLDS),
        ('moves = ["next", "next", "next", "crash bank"]', "is not open there"),
    ],
    "7.6": [
        ('moves = ["crash bank"]', HOLDS),
        ('moves = ["next", "next", "crash bank"]', HOLDS),
        ('moves = ["next", "next", "next", "crash bank"]', HOLDS),
    ],
    "8.7": [
        ('moves = ["next"] * 3 + ["crash atm-1"]', HOLDS),
        ('moves = ["next"] * 9 + ["crash bank"]', HOLDS),
    ],
    "9.6": [
        ('moves = ["next", "lose a>c#0"]', HOLDS),
        ('moves = ["next"] * 6 + ["crash b"]', HOLDS),
        ('moves = ["next", "lose a>b#0"] + ["next"] * 3 + ["crash b"]', HOLDS),
    ],
}

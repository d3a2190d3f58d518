"""Two functions that call each other, until Python has had enough."""


def hit(word, other):
    print(f"{word}\n", end="")  # in one piece: the end may come in print
    hit(other, word)


try:
    hit("PING", "PONG")
except RecursionError as error:
    print(f"{type(error).__name__}: {str(error)[:32]}")

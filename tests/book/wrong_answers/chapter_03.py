"""Wrong answers to the exercises of chapter 03."""

WRONG = {
    "3.1": [
        ("hang = [21, 39, 40, 41, 60, 64]", "gets all it asks for"),
        ("hang = []", "insists on 20"),
        ("hang = [7, 21, 39, 41, 64]", "does not insist"),
        ("hang = {64, 60, 41, 40, 39, 21}", "gets all it asks for"),
        ("hang = [21, 39, 40, 41, 64]", "gets all it asks for"),
        ("hang = [20, 21, 39, 41]", "the end is among them"),
        ('hang = ["21", 39]', "there are 4 of them"),
    ],
    "3.2": [
        (
            # splits, and takes what is not finished for a word
            """
def words_of(pieces):
    return b"".join(pieces).decode().split("\\n")
""",
            "each word in a packet of its own",
        ),
        (
            # forgets what stands behind the last line end
            """
def words_of(pieces):
    words = []
    for piece in pieces:
        words += [word.decode() for word in piece.split(b"\\n")[:-1]]
    return words
""",
            "two words in one packet, or one and a half",
        ),
        (
            # takes the spaces off with the line end
            """
def words_of(pieces):
    kept, words = b"", []
    for piece in pieces:
        *whole, kept = (kept + piece).split(b"\\n")
        words += [word.decode().strip() for word in whole]
    return words
""",
            "spaces belong to the word",
        ),
        (
            # decodes the pieces, and not the words
            """
def words_of(pieces):
    kept, words = "", []
    for piece in pieces:
        *whole, kept = (kept + piece.decode()).split("\\n")
        words += whole
    return words
""",
            "reading [b'a \\n\\ncaf\\xc3', b'\\xa9\\nb\\n'] UnicodeDecodeError",
        ),
    ],
    "3.3": [
        (
            # is patient for five bytes too long
            """
def words_within(pieces, limit):
    kept, words = b"", []
    for piece in pieces:
        *whole, kept = (kept + piece).split(b"\\n")
        if len(kept) >= limit + 5 or any(len(word) > limit for word in whole):
            raise ValueError("too long")
        words += [word.decode() for word in whole]
    return words
""",
            "pieces of 1 bytes without an end",
        ),
        (
            # counts letters
            """
def words_within(pieces, limit):
    words = b"".join(pieces).decode().split("\\n")
    if any(len(word) > limit for word in words):
        raise ValueError("too long")
    return words[:-1]
""",
            "with a limit of 3",
        ),
        (
            # looks at the length when the word is finished
            """
def words_within(pieces, limit):
    kept, words = b"", []
    for piece in pieces:
        *whole, kept = (kept + piece).split(b"\\n")
        for word in whole:
            if len(word) > limit:
                raise ValueError("too long")
            words.append(word.decode())
    return words
""",
            "without an end",
        ),
        (
            # counts everything that has come, not the word
            """
def words_within(pieces, limit):
    kept, words = b"", []
    for piece in pieces:
        kept += piece
        if len(kept) > limit:
            raise ValueError("too long")
        *whole, kept = kept.split(b"\\n")
        words += [word.decode() for word in whole]
    return words
""",
            "ValueError: too long",
        ),
    ],
    "3.4": [
        (
            # one byte of the length
            """
class Codec:
    def __init__(self):
        self.kept = b""

    def frame(self, text):
        body = text.encode()
        return len(body).to_bytes(2, "big") + body

    def feed(self, data):
        self.kept += data
        texts = []
        while len(self.kept) >= 2 and len(self.kept) >= 2 + self.kept[1]:
            stop = 2 + self.kept[1]
            texts.append(self.kept[2:stop].decode())
            self.kept = self.kept[stop:]
        return texts
""",
            "in a frame of 300",
        ),
        (
            # waits for more, although nothing more is to come
            """
class Codec:
    def __init__(self):
        self.kept = b""

    def frame(self, text):
        body = text.encode()
        return len(body).to_bytes(2, "big") + body

    def feed(self, data):
        self.kept += data
        texts = []
        while len(self.kept) > 2:
            stop = 2 + int.from_bytes(self.kept[:2], "big")
            if len(self.kept) < stop:
                break
            texts.append(self.kept[2:stop].decode())
            self.kept = self.kept[stop:]
        return texts
""",
            "an empty text",
        ),
        (
            # counts letters
            """
class Codec:
    def frame(self, text):
        return len(text).to_bytes(2, "big") + text.encode()

    def feed(self, data):
        return []
""",
            "the frame of 'é'",
        ),
        (
            # one text from each piece
            """
class Codec:
    def __init__(self):
        self.kept = b""

    def frame(self, text):
        body = text.encode()
        return len(body).to_bytes(2, "big") + body

    def feed(self, data):
        self.kept += data
        stop = 2 + int.from_bytes(self.kept[:2], "big")
        if len(self.kept) < stop:
            return []
        text, self.kept = self.kept[2:stop].decode(), self.kept[stop:]
        return [text]
""",
            "several texts in one piece",
        ),
        (
            # one place to keep things, for all who read
            """
class Codec:
    kept = bytearray()

    def frame(self, text):
        body = text.encode()
        return len(body).to_bytes(2, "big") + body

    def feed(self, data):
        self.kept.extend(data)
        texts = []
        while len(self.kept) >= 2:
            stop = 2 + int.from_bytes(self.kept[:2], "big")
            if len(self.kept) < stop:
                break
            texts.append(self.kept[2:stop].decode())
            del self.kept[:stop]
        return texts
""",
            "then the other half",
        ),
        (
            # yields the texts
            """
class Codec:
    kept = b""

    def frame(self, text):
        body = text.encode()
        return len(body).to_bytes(2, "big") + body

    def feed(self, data):
        self.kept += data
        while len(self.kept) >= 2:
            stop = 2 + int.from_bytes(self.kept[:2], "big")
            if len(self.kept) < stop:
                break
            yield self.kept[2:stop].decode()
            self.kept = self.kept[stop:]
""",
            "collect the texts in one, and return it",
        ),
        (
            # takes two bytes for the length, and one may be all there is
            """
class Codec:
    def __init__(self):
        self.kept, self.left = b"", None

    def frame(self, text):
        body = text.encode()
        return len(body).to_bytes(2, "big") + body

    def feed(self, data):
        self.kept += data
        texts = []
        while self.kept:
            if self.left is None:
                self.left = int.from_bytes(self.kept[:2], "big")
                self.kept = self.kept[2:]
            if len(self.kept) < self.left:
                break
            texts.append(self.kept[: self.left].decode())
            self.kept, self.left = self.kept[self.left :], None
        return texts
""",
            "the texts in",
        ),
    ],
}

"""Programs that print the same with `greenlet` and with its stand-in."""

VALUES = """
def echo(*args, **kwargs):
    while True:
        print("echo", args, kwargs)
        got = main.switch(*args, **kwargs)
        print("got", got)
        args, kwargs = (got,), {}

one = greenlet(echo)
print(one.switch(1))
print(one.switch())
print(one.switch(1, 2))
print(one.switch(a=3))
print(one.switch(4, b=5))
print(getcurrent().switch("to itself"))
two = greenlet(echo)
print(two.switch(1, 2, c=3))
print(greenlet(echo).switch(c=3))
print(greenlet(echo).switch())
"""
ENDS = """
one = greenlet(lambda *args: args)
print(bool(one), one.dead, one.parent is main)
print(one.switch(1, 2), bool(one), one.dead)
print(one.switch(3), one.switch(), one.switch(4, 5))
print(main.parent, main.dead, bool(main), getcurrent() is main)
"""
ERRORS = """
import traceback

def names(error):
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]

def fails():
    inside = greenlet(lambda: {}["missing"])
    inside.switch()

def program():
    one = greenlet(fails)
    try:
        one.switch()
    except KeyError as error:
        print(repr(error), names(error), one.dead)

program()
try:
    greenlet(lambda x: x).switch()
except TypeError as error:
    print(error)
try:
    greenlet().switch()
except AttributeError as error:
    print("no function")
"""
THROW = """
import traceback

def waits():
    while True:
        try:
            print("got", main.switch("waiting"))
        except ValueError as error:
            frames = traceback.extract_tb(error.__traceback__)
            print("caught", repr(error), [frame.name for frame in frames])

def origin():
    raise ValueError("from elsewhere")

one = greenlet(waits)
print(one.switch())
print(one.throw(ValueError))
print(one.throw(ValueError, "a value"))
print(one.throw(ValueError("an instance")))
print(one.throw(ValueError, ValueError("both")))
try:
    origin()
except ValueError as error:
    print(one.throw(type(error), error, error.__traceback__))
try:
    one.throw(KeyError("not caught"))
except KeyError as error:
    print(repr(error), one.dead)
try:
    getcurrent().throw(KeyError("to itself"))
except KeyError as error:
    print(repr(error))
"""
EXIT = """
def waits():
    try:
        main.switch()
    finally:
        print("finally")

one = greenlet(waits)
one.switch()
print(repr(one.throw()), one.dead)
one = greenlet(waits)
one.switch()
print(repr(one.throw(GreenletExit("why"))), repr(one.throw()))
one = greenlet(waits)
print(repr(one.throw()), one.dead, bool(one))
one = greenlet(waits)
try:
    one.throw(ValueError("before it began"))
except ValueError as error:
    print(error, one.dead)
try:
    one.throw(ValueError("after its end"))
except ValueError as error:
    print(error)
print(repr(one.throw(GreenletExit("dead"))))
"""
PARENTS = """
def tell(name):
    def function(*args):
        print(name, args)
        return name
    return function

def waits():
    print("middle got", main.switch())
    return "middle"

middle = greenlet(waits)
middle.switch()
child = greenlet(tell("child"), parent=middle)
print(child.parent is middle, child.switch(1))
late = greenlet(tell("late"))
child = greenlet(tell("child"), parent=late)
print(child.switch(), late.dead)
child = greenlet(tell("child"), parent=middle)
print(child.switch())  # its parent is dead

def fails():
    raise ValueError("from below")

def catches():
    try:
        main.switch()
    except ValueError as error:
        return f"caught {error}"

middle = greenlet(catches)
middle.switch()
child = greenlet(fails, parent=middle)
print(child.switch(), middle.dead)

def moves():
    getcurrent().parent = other
    return "moved"

other = greenlet(lambda *args: ("other", args))
print(greenlet(moves).switch(), other.dead)
"""
SUBCLASSES = """
import weakref

class Named(greenlet):
    def run(self, *args):
        print(type(self).__name__, args, getcurrent() is self)
        self.more = 1
        return self.more

class Slots(greenlet):
    __slots__ = ("value",)

    @staticmethod
    def run():
        me = getcurrent()
        while True:
            me.value = main.switch(me.value)

one = Named()
print(one.switch(1, 2))
many = [Slots() for _ in range(3)]
for number, each in enumerate(many):
    each.value = number
    print(each.switch())
print([each.switch(each.value + 10) for each in many])
ref = weakref.ref(one)
del one
print(ref())
"""
COLLECTED = """
import gc

def waits(name):
    try:
        main.switch()
    except GreenletExit:
        print(name, "was collected")
        raise
    finally:
        print(name, "ends")

one = greenlet(waits)
one.switch("one")
del one
two = greenlet(waits)
two.me = two
two.switch("two")
del two
gc.collect()

def switches_while_it_ends():
    try:
        main.switch()
    finally:
        print(greenlet(lambda: "another").switch())

three = greenlet(switches_while_it_ends)
three.switch()
del three
greenlet(waits)  # has not begun
"""
CALLBACKS = """
import functools, json, re

def give(value):
    return main.switch(value)

class Odd:
    def __eq__(self, other):
        return give("eq")
    __hash__ = None
    def __repr__(self):
        return give("repr")
    def __lt__(self, other):
        return give("lt")
    def __enter__(self):
        give("enter")
    def __exit__(self, *error):
        return give("exit")
    def __getattr__(self, name):
        return give(name)
    def __del__(self):
        give("del")

def work():
    print(sorted([3, 1, 2], key=lambda n: give(n) or n))
    print(list(map(give, "ab")), max([1, 2], key=lambda n: give(n) or n))
    print(re.sub("b", lambda found: give(found[0]) or "c", "abba"))
    print(json.dumps([{1}], default=lambda thing: give(str(thing)) or 0))
    print(functools.reduce(lambda a, b: give(b) or a + b, [1, 2, 3]))
    print([Odd()] == [1], [Odd()] < [1], str([1, Odd]) and 1)
    with Odd():
        print(Odd().attribute)
        raise ValueError
    exec("print(give('exec'))", {"give": give})
    print(sum(give(n) or n for n in range(3)))
    def generator():
        got = yield give("in a generator")
        yield from (give(each) for each in [got, got])
    steps = generator()
    print(next(steps), steps.send(1), *steps)
    async def coroutine():
        give("in a coroutine")
        return 1
    try:
        coroutine().send(None)
    except StopIteration as end:
        print(end.value)
    return "done"

one = greenlet(work)
told = one.switch()
while not one.dead:
    print("main:", told)
    told = one.switch(1 if told in ("exit", "eq", "lt") else None)
print(told)
"""
HANDLED = """
import sys

def fails(name):
    try:
        raise ValueError(name)
    except ValueError as error:
        print(main.switch(), sys.exception() is error, sys.exc_info()[1])
        try:
            main.switch()
            {}["none"]
        except KeyError as second:
            print(repr(second.__context__))
        main.switch()
        raise

def steps():
    try:
        yield 1
        raise KeyError("in a generator")
    except KeyError:
        main.switch("in its except")
        yield sys.exc_info()[1]
    yield sys.exc_info()[1]

try:
    raise OSError("main's")
except OSError:
    print(sys.exc_info()[1])
    both = [greenlet(fails) for _ in range(2)]
    for number, each in enumerate(both):
        each.switch(str(number))
    for _ in range(2):
        for each in both:
            each.switch("on")
    print(sys.exc_info()[1])
    for each in both:
        try:
            each.switch()
        except ValueError as error:
            print(repr(error), repr(error.__context__))
    one = greenlet(lambda: [*steps()])
    print(one.switch(), sys.exc_info()[1])
    print(one.switch())
print(sys.exc_info()[1])
"""
CONTEXTS = """
import contextvars, decimal

word = contextvars.ContextVar("word", default="nothing")
word.set("main's")

def tells(name):
    print(name, word.get())
    word.set(name)
    main.switch()
    print(name, word.get(), decimal.getcontext().prec)
    decimal.getcontext().prec = 5
    main.switch()
    print(name, word.get(), decimal.getcontext().prec)

both = [greenlet(tells), greenlet(tells)]
copy = contextvars.copy_context()
both[1].gr_context = copy
for name, each in zip("ab", both):
    each.switch(name)
print(word.get(), copy[word], both[1].gr_context is copy)
print(both[0].gr_context[word])
both[0].gr_context = None
for _ in range(2):
    for each in both:
        each.switch()
print([each.dead for each in both], word.get())

def changes():
    me = getcurrent()
    print(me.gr_context)
    me.gr_context = copy
    print(word.get(), me.gr_context is copy)
    token = word.set("changed")
    main.switch()
    print(word.get())
    word.reset(token)
    print(word.get())
    me.gr_context = None
    print(word.get())

one = greenlet(changes)
one.switch()
print(word.get(), copy[word])
one.switch()
"""
FRAMES = """
def inner(secret):
    main.switch()

def outer():
    for each in map(inner, [7]):
        pass

def names(frame):
    while frame is not None:
        yield frame.f_code.co_name
        frame = frame.f_back

one = greenlet(outer)
print(one.gr_frame, getcurrent().gr_frame)
one.switch()
frame = one.gr_frame
first = frame.f_code.co_firstlineno
print([*names(frame)], frame.f_locals, frame.f_lineno - first)
print([*names(frame)], [*frame.f_back.f_locals])
one.switch()
print(one.gr_frame, frame.f_locals)

def asks():
    return [*names(other.gr_frame)], [*names(main.gr_frame)][:1]

def waits():
    main.switch()

def program():
    print(greenlet(asks).switch())

other = greenlet(waits)
other.switch()
program()
"""
RECURSION = """
import sys

def deep(n):
    return n and 1 + deep(n - 1)

def endless(n=0):
    return endless(n + 1)

def tries():
    for _ in range(2):
        try:
            endless()
        except RecursionError as error:
            print(type(error).__name__)
        main.switch()
    return deep(500)

both = [greenlet(tries), greenlet(tries)]
for _ in range(3):
    print([each.switch() for each in both])

def start_at(depth):
    if depth:
        return start_at(depth - 1)
    def few():
        main.switch(deep(50))
        try:
            deep(150)
        except RecursionError:
            print("it inherits the depth")
    one = greenlet(few)
    one.switch()
    return one

sys.setrecursionlimit(1000)
start_at(850).switch()
"""
RING = """
many = 300
def link(number):
    total = number
    for _ in range(5):
        total += ring[(number + 1) % many].switch()
    return total

def count():
    total = 0
    while True:
        total += main.switch(total) or 0

ring = [greenlet(count) for _ in range(many)]
for each in ring:
    each.switch()
print(sum(each.switch(n) for n in range(3) for each in ring))
print([each.throw(GreenletExit(1)).args for each in ring][-1])
print(all(each.dead for each in ring))
"""
GARBAGE = """
import gc, random, weakref

dice = random.Random(1)
gc.set_threshold(1)

class Node:
    def __init__(self):
        self.me = [self, lambda: self]

def generator(depth):
    if depth:
        yield from generator(depth - 1)
    else:
        while True:
            yield Node()

def work():
    steps = generator(5)
    try:
        for _ in range(10):
            kept = [next(steps) for _ in range(3)]
            try:
                raise ValueError(Node())
            except ValueError as error:
                held = error
                main.switch()
                gc.collect(0)
            kept.sort(key=lambda node: main.switch() or id(node))
    finally:
        ended.append(1)

ended = []
alive = [greenlet(work) for _ in range(20)]
for step in range(500):
    dice.choice(alive).switch()
    if step % 100 == 0:
        gc.collect()
print(len(ended) <= 20)
one = Node()
one.waits = greenlet(lambda: main.switch())
one.waits.switch()
ref = weakref.ref(one)
del one, alive
gc.set_threshold(700)
gc.collect()
print(len(ended), ref())
"""
LOCALS = """
import threading

mine = threading.local()
mine.word = "main's"

def tells():
    print(mine.word, threading.current_thread().name)
    mine.word = "changed"

greenlet(tells).switch()
print(mine.word)
"""
IMPORTED = """
def imports():
    import xml.dom.minidom, sqlite3, unittest.mock
    base = sqlite3.connect(":memory:")
    base.create_function("give", 1, main.switch)
    return base.execute("select give(6) * 7").fetchall(), f"{1e300:.3e}"

one = greenlet(imports)
print(one.switch())
print(one.switch(6))
"""
PROGRAMS = {
    name.lower(): program
    for name, program in list(globals().items())
    if name.isupper()
}

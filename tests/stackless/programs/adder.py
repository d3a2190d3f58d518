"""Two numbers come in on two channels; their sum goes out on a third."""

from nearfar import stackless


class Adder:
    def __init__(self):
        self.a = stackless.channel()
        self.b = stackless.channel()
        self.total = stackless.channel()
        stackless.tasklet(self.listen)()

    def listen(self):
        for a in self.a:
            print("a is", a)
            b = self.b.receive()
            print("b is", b)
            self.total.send(a + b)
        self.total.send_exception(StopIteration)


def feed(channel, *numbers):
    channel.send_sequence(numbers)
    channel.send_exception(StopIteration)
    print("fed", len(numbers))


def show(channel):
    for total in channel:
        print("total", total)
    print("no more")


first, second = Adder(), Adder()
stackless.tasklet(feed)(first.a, 1, 2, 3)
stackless.tasklet(feed)(first.b, 10, 20, 30)
stackless.tasklet(feed)(second.a, 100, 200, 300)
stackless.tasklet(show)(second.total)


def connect(source, target):
    for value in source:
        target.send(value)


stackless.tasklet(connect)(first.total, second.b)
stackless.run()

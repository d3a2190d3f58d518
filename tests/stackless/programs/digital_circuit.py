"""Switches, gates and lamps that tell each other when something changes."""

from nearfar import stackless


class Part:
    def __init__(self, *inputs):
        self.state = 0
        self.inputs = [(part, part.state) for part in inputs]
        self.outputs = []
        for part in inputs:
            part.outputs.append(self)
        self.channel = stackless.channel()
        stackless.tasklet(self.listen)()

    def __call__(self, message):
        self.channel.send(message)

    def listen(self):
        while 1:
            self.take(self.channel.receive())
            for output in self.outputs:
                output((self, self.state))

    def take(self, message):
        sender, value = message
        for place, (part, _) in enumerate(self.inputs):
            if part is sender:
                self.inputs[place] = (part, value)
        self.state = int(self.rule(*[state for _, state in self.inputs]))


class Switch(Part):
    def take(self, value):
        self.state = value


class Inverter(Part):
    def rule(self, a):
        return not a


class And(Part):
    def rule(self, a, b):
        return a and b


class Or(Part):
    def rule(self, a, b):
        return a or b


class Lamp(Part):
    def __init__(self, name, part):
        Part.__init__(self, part)
        self.name = name

    def take(self, message):
        print(self.name, "=>", message[1])


button = Switch()
Lamp("twice inverted", Inverter(Inverter(button)))
for state in (1, 0):
    print("button", state)
    button(state)
    stackless.run()

a, b = Switch(), Switch()
both = And(a, b)
Lamp("carry", both)
Lamp("sum", And(Or(a, b), Inverter(both)))
for switch, state in ((a, 1), (b, 1), (a, 0), (b, 0)):
    print("a" if switch is a else "b", state)
    switch(state)
    stackless.run()

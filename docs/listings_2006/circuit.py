from nearfar import stackless


class Gate:
    def __init__(self, name, rule):
        self.name = name
        self.rule = rule
        self.inputs = {"a": 0, "b": 0}
        self.changes = stackless.channel()
        stackless.tasklet(self.listen)()

    def listen(self):
        while 1:
            switch, value = self.changes.receive()
            if value not in (0, 1):
                raise ValueError("a switch is 0 or 1")
            self.inputs[switch] = value
            print(self.name, "is", self.rule(**self.inputs))


gates = [
    Gate("sum", lambda a, b: a ^ b),
    Gate("carry", lambda a, b: a & b),
]
stackless.run()
for switch, value in [("a", 1), ("b", 1)]:
    print("switch", switch)
    for gate in gates:
        gate.changes.send((switch, value))

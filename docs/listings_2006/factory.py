from nearfar import stackless

stock = {"head": 2, "arm": 5}
shop = stackless.channel()


def storeroom():
    while 1:
        part, reply = shop.receive()
        if part in stock and stock[part] != 0:
            stock[part] -= 1
            reply.send(part)
        else:
            reply.send_exception(ValueError, "no " + part)


def assemble(parts):
    reply = stackless.channel()
    dolls = 0
    try:
        while 1:
            for part in parts:
                shop.send((part, reply))
                reply.receive()
            dolls += 1
            print("doll", dolls)
    except ValueError as error:
        print("stopped:", error)
        print("left:", repr(stock))


stackless.tasklet(storeroom)()
stackless.tasklet(assemble)(["head", "arm", "arm"])
stackless.run()

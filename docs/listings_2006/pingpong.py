from nearfar import stackless

ball = stackless.channel()
back = stackless.channel()


def ping(hits):
    for hit in range(hits):
        ball.send(hit)
        print("ping", back.receive())
    ball.send_exception(StopIteration)


def pong():
    for hit in ball:
        print("pong", hit)
        back.send(hit)
    print("game over")


stackless.tasklet(ping)(2)
stackless.tasklet(pong)()
stackless.run()

from nearfar import stackless

now = 0
sleepers = []


def sleep(seconds):
    alarm = stackless.channel()
    sleepers.append((now + seconds, alarm))
    alarm.receive()


def cook(dish, seconds):
    sleep(seconds)
    print(now, dish)


def clock():
    global now
    while sleepers:
        sleepers.sort(key=lambda sleeper: sleeper[0])
        now, alarm = sleepers.pop(0)
        alarm.send(None)


stackless.tasklet(cook)("soup", 20)
stackless.tasklet(cook)("taco", 5)
stackless.tasklet(cook)("salad", 5)
stackless.tasklet(clock)()
stackless.run()

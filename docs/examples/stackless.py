from nearfar import stackless
from nearfar.drawing import space_time
from nearfar.trace import Trace

bag = stackless.channel()
names = {}
trace = Trace()


def sender():
    bag.send("bag")


def receiver():
    bag.receive()


def on_channel(channel, tasklet, sending, willblock):
    """Called before each send and receive."""
    kind = "send" if sending else "receive"
    if willblock:
        trace.record("block", names[tasklet], value=f"to {kind}")
    else:
        partner = names[channel.queue]
        wakes = [partner]
        trace.record(
            kind, names[tasklet], partner=partner, value="bag", wakes=wakes
        )
        if sending:  # by default, the receiver runs at once
            trace.record("schedule", names[tasklet])


def on_schedule(previous, following):
    """Called at each switch."""
    if previous in names and not previous.alive:
        trace.record("end", names[previous])
    if following in names:
        trace.record("switch", names[following])


stackless.set_channel_callback(on_channel)
stackless.set_schedule_callback(on_schedule)
names[stackless.tasklet(receiver)()] = "receiver"
names[stackless.tasklet(sender)()] = "sender"
stackless.run()
stackless.set_channel_callback(None)
stackless.set_schedule_callback(None)

figure = space_time(trace, "2006: the receiver runs at once")

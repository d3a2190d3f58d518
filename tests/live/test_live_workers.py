"""Web workers as a farm's processes, and the stand-ins, in a real browser."""

from page import text_of

# The first run starts two web workers; the second finds them ready.
FARM = """
import os, signal, time
from nearfar.farm import chunks, count_between, local_farm

def hunt(trouble=lambda farm: None, **how):
    with local_farm(workers=2, **how) as farm:
        counts = farm.map(count_between, chunks(200_000, 10_000))
        total = next(counts)
        trouble(farm)
        total += sum(counts)
    return total, farm.lost

print(hunt())
"""
TROUBLE = """
def kill(farm):
    farm.programs[0].kill()

def stand_still(farm):
    pid = farm.programs[0].pid
    os.kill(pid, signal.SIGSTOP)
    time.sleep(1.5)
    os.kill(pid, signal.SIGCONT)

print(hunt(kill), hunt(stand_still, silence=1.0))
"""
OWN_WORK = """
with open("my_work.py", "w") as file:
    file.write("def doubled(number):\\n    return 2 * number\\n")
import my_work
with local_farm(2, imports="my_work") as farm:
    print(list(farm.map(my_work.doubled, [1, 2, 3])))
"""
STOPPED = """
from nearfar import run, spawn
from nearfar.bank import Reply
from nearfar.far import connect
from nearfar.processes import Program
with Program("bank") as bank:
    client = run(until=spawn(connect, Reply, bank.address))
    print("waits", flush=True)
    run(until=spawn(client.receive))
"""
SCRYPT = """
import hashlib
digest = hashlib.scrypt(b"password", salt=b"NaCl", n=1024, r=8, p=16, dklen=64)
print(digest.hex()[:32])
"""


def test_workers_compute_in_web_workers_and_may_be_killed_or_stopped(page):
    status, outputs = page.run(FARM, timeout=240)
    assert (status, text_of(outputs)) == ("ok", "(17984, 0)\n")
    status, outputs = page.run(TROUBLE, timeout=240)
    assert (status, text_of(outputs)) == ("ok", "(17984, 1) (17984, 0)\n")
    status, outputs = page.run(OWN_WORK, timeout=240)
    assert (status, text_of(outputs)) == ("ok", "[2, 4, 6]\n")


def test_stop_ends_a_wait_for_a_program_and_the_page_goes_on(page):
    run = page.begin(STOPPED)
    page.wait_for(120, {"is": "output", "run": run})
    page.post(do="stop")
    status, _ = page.end_of(run, 120)
    assert status == "stopped"
    status, outputs = page.run("print(bank.alive)")
    assert (status, text_of(outputs)) == ("ok", "False\n")


def test_scrypt_is_that_of_the_rfc(page):
    _, outputs = page.run(SCRYPT)
    assert text_of(outputs) == "fdbabe1c9d3472007856e7190d01e9fe\n"

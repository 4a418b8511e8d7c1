"""What the machine tells: CPU time and memory of processes, and how busy everything else is."""
import fcntl
import os
import sys
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")
CORES = 2  # the layout of the measurements: server on CPU 0, client and upstreams on CPU 1


def process_tree(pid):
    """`pid` and all its descendants."""
    found, todo = [], [pid]
    while todo:
        current = todo.pop()
        found.append(current)
        try:
            for task in os.listdir(f"/proc/{current}/task"):
                with open(f"/proc/{current}/task/{task}/children") as children:
                    todo += [int(child) for child in children.read().split()]
        except OSError:
            pass  # it has ended
    return found


def cpu_seconds(pids):
    """User and system time of the processes, in steps of 10 ms."""
    ticks = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def cpu_exact(pids):
    """CPU time of the processes' threads in steps of a nanosecond; without ended threads."""
    total = 0
    for pid in pids:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as stat:
                    total += int(stat.read().split()[0])
        except OSError:
            continue
    return total / 1e9


def rss_kb(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/status") as status:
                total += sum(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        except OSError:
            pass
    return total


def busy():
    """(seconds of CPU used by all: user, nice, system, interrupts; seconds stolen) since boot."""
    with open("/proc/stat") as stat:
        fields = [int(field) for field in stat.readline().split()[1:]]
    return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / TICKS, fields[7] / TICKS


def wait_quiet(limit=20, share=0.10):
    """Waits, at most `limit` seconds, until the machine uses less than `share` of its cores."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        before, _ = busy()
        time.sleep(0.4)
        after, _ = busy()
        if (after - before) / 0.4 / CORES < share:
            return


def alone():
    """The lock of this machine: two runs would share ports and CPUs, and both would be wrong."""
    lock = open(tempfile.gettempdir() + "/holdfast-bench.lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit("another benchmark is measuring on this machine")
    return lock

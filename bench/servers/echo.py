# The physical limit: no lookup, so no misses.
NO_VERIFY = True
ONLY = ("hit", "overload")


def version():
    return "own recvmmsg/sendmmsg echo"


def launch(c):
    return {
        "argv": [c.bench + "/bin/echo", "--listen", f"{c.ip}:{c.port}", "--threads", str(c.workers)]
    }

# The limit by io_uring; see docs/decisions/0004-sockets.md. hit only.
NO_VERIFY = True
ONLY = ("hit",)


def version():
    return "own io_uring echo"


def launch(c):
    return {
        "argv": [
            c.bench + "/bin/echo_uring",
            "--listen",
            f"{c.ip}:{c.port}",
            "--threads",
            str(c.workers),
        ]
    }

# The limit with CPU steering; see docs/decisions/0004-sockets.md. hit only.
NO_VERIFY = True
ONLY = ("hit",)


def version():
    return "own echo steered by CPU"


def launch(c):
    return {
        "argv": [
            *(c.bench + "/bin/echo_steer", "--listen", f"{c.ip}:{c.port}"),
            *("--threads", str(c.workers)),
        ]
    }

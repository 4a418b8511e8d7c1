# The limit by segmentation offload; see docs/decisions/0004-sockets.md. hit only.
NO_VERIFY = True
ONLY = ("hit",)
MAX_WORKERS = 1


def version():
    return "own echo with GSO and GRO"


def launch(c):
    return {"argv": [c.bench + "/bin/echo_gso", "--listen", f"{c.ip}:{c.port}"]}

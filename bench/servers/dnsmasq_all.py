# dnsmasq with all-servers: every query goes to every upstream, the first answer wins.
import os, sys

exec(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "dnsmasq.py")).read())
EXTRA = "all-servers"

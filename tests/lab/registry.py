"""The registry of the chain of tests/ens-lab, changed by real transactions: names are made, given to
accounts that the node keeps unlocked, and bound to the public resolver."""

REGISTRY = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"
ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"  # the node's first one: unlocked
GAS = "0xe00000"


class Registry:
    """Changes what `node`, an anvil.Anvil, has."""

    def __init__(self, node):
        self.node = node

    def keccak(self, data):
        return bytes.fromhex(self.node.call("web3_sha3", "0x" + data.hex())[2:])

    def namehash(self, name):
        node = bytes(32)
        for label in reversed(name.split(".") if name else []):
            node = self.keccak(node + self.keccak(label.encode()))
        return node

    def selector(self, signature):
        return self.keccak(signature.encode())[:4]

    def read(self, to, signature, *words):
        """What an eth_call gives, as bytes."""
        data = self.selector(signature) + b"".join(words)
        return bytes.fromhex(self.node.call("eth_call", {"to": to, "data": "0x" + data.hex()},
                                            "latest")[2:])

    def address(self, function, name):
        return "0x" + self.read(REGISTRY, f"{function}(bytes32)", self.namehash(name))[12:].hex()

    def send(self, sender, to, data):
        """Sends a transaction and waits for it; its receipt."""
        self.node.call("anvil_impersonateAccount", sender)
        sent = self.node.call("eth_sendTransaction",
                              {"from": sender, "to": to, "data": data, "gas": GAS})
        receipt = None
        while receipt is None:
            receipt = self.node.call("eth_getTransactionReceipt", sent)
        if receipt["status"] != "0x1":
            raise AssertionError(f"reverted: {data[:10]}")
        return receipt

    def make(self, name, owner=ACCOUNT, resolver=None):
        """The name, whose parent exists; with a resolver, that of dns.eth if none is said."""
        label, _, parent = name.partition(".")
        resolver = resolver or self.address("resolver", "dns.eth")
        words = (self.namehash(parent), self.keccak(label.encode()), word(owner))
        data = self.selector("setSubnodeOwner(bytes32,bytes32,address)") + b"".join(words)
        self.send(self.address("owner", parent), REGISTRY, "0x" + data.hex())
        data = self.selector("setResolver(bytes32,address)") + self.namehash(name) + word(resolver)
        self.send(owner, REGISTRY, "0x" + data.hex())
        return resolver

    def set_records(self, name, records, owner=ACCOUNT):
        """Stores RRsets, dns.rrset.RRset each, at the name (ENSIP-6)."""
        wire = b"".join(record(rrset, rdata) for rrset in records for rdata in rrset)
        data = (self.selector("setDNSRecords(bytes32,bytes)") + self.namehash(name)
                + (64).to_bytes(32, "big") + len(wire).to_bytes(32, "big")
                + wire.ljust(-(-len(wire) // 32) * 32, b"\0"))
        return self.send(owner, self.address("resolver", name), "0x" + data.hex())


def word(address):
    return bytes.fromhex(address[2:]).rjust(32, b"\0")


def record(rrset, rdata):
    wire = rdata.to_wire()
    return (rrset.name.to_wire() + int(rrset.rdtype).to_bytes(2, "big") + b"\0\1"
            + rrset.ttl.to_bytes(4, "big") + len(wire).to_bytes(2, "big") + wire)

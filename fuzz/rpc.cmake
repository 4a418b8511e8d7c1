# What endpoints of a chain say, and gateways.
holdfast_fuzz_target(rpc_reply LIBS holdfast::rpc)
holdfast_fuzz_target(rpc_gateway LIBS holdfast::rpc)

# What endpoints of a chain say.
holdfast_fuzz_target(rpc_reply LIBS holdfast::rpc)

# Configuration files: text that people write, read by a daemon that must not die of it.
holdfast_fuzz_target(config LIBS holdfast::control)

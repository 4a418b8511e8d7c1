# What comes back from a store or a fleet.
holdfast_fuzz_target(record LIBS holdfast::cache)

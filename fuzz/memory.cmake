# What comes back from a store or a fleet.
holdfast_fuzz_target(record LIBS holdfast::cache)
holdfast_fuzz_target(fleet_value LIBS holdfast::fleet)
holdfast_fuzz_target(redis_session LIBS holdfast::fleet)

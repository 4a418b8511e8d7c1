# What comes back from a store or a fleet.
holdfast_fuzz_target(record LIBS holdfast::cache)
holdfast_fuzz_target(fleet_value LIBS holdfast::fleet)
holdfast_fuzz_target(redis_session LIBS holdfast::fleet)
holdfast_fuzz_target(doh_session LIBS holdfast::net)
holdfast_fuzz_target(store_row LIBS holdfast::store)
holdfast_fuzz_target(store_page LIBS holdfast::store)

# Names and contracts' replies: both come from strangers.
foreach(target IN ITEMS ens_abi ens_normalise ens_punycode ens_records ens_resolution
                ens_wire_name)
  holdfast_fuzz_target(${target} LIBS holdfast::ens)
endforeach()

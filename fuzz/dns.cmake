# The parsers of lib/dns: every byte they see comes from the network.
foreach(target IN ITEMS message_view query_view name tcp_framer reply_check normalise reply_builder)
  holdfast_fuzz_target(${target} LIBS holdfast::dns)
endforeach()

// Any bytes as what an HTTP/2 server says to a client with two queries out, in pieces of the sizes
// that the first byte says: it is taken or refused, and what ends, ends once and within bounds.
#include "net/doh_session.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "check.h"
#include "dns/header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{bytes[0]} + 1;
  holdfast::DohSession session("dns.example", "/dns-query");
  std::array<std::uint8_t, 29> query{0, 1, 1, 0, 0, 1};
  FUZZ_CHECK(session.post(query));
  query[1] = 2;
  FUZZ_CHECK(session.post(query));
  std::map<unsigned, int> ended;
  const auto on_end = [&](const holdfast::DohEnd& end) {
    FUZZ_CHECK(end.id == 1 || end.id == 2);
    FUZZ_CHECK(++ended[end.id] == 1);
    FUZZ_CHECK(end.message.empty() ||
               (end.message.size() >= holdfast::dns::kHeaderBytes && end.message.size() <= 65'535));
  };
  std::vector<std::uint8_t> out;
  session.take_output(out);
  FUZZ_CHECK(!out.empty());
  for (std::size_t at = 1; at < size; at += piece) {
    if (!session.receive({bytes + at, std::min(piece, size - at)}, on_end)) break;
    session.take_output(out);
  }
  return 0;
}

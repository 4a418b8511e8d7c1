// Contracts' replies, of which everything comes from strangers: nothing is read beyond them, and
// what is taken out of them is no larger than they are.
#include "check.h"
#include "ens/offchain_lookup.h"
#include "ens/universal_resolver.h"

using namespace holdfast::ens;

namespace {

std::size_t size_of(const GatewayQuestion& question) {
  std::size_t size = question.data.size();
  for (const auto& url : question.urls)
    size += url.size();
  return size;
}

void check_lookup(const OffchainLookup& lookup, std::size_t size) {
  // Several URLs may be the same bytes of the data.
  FUZZ_CHECK(size_of(lookup.question) <= size + 16 * std::size_t{2048});
  const Blob call = callback_call(lookup, lookup.question.data);
  AbiReader reader(Bytes(call).subspan(kSelectorBytes));
  FUZZ_CHECK(reader.bytes().size() == lookup.question.data.size());
  FUZZ_CHECK(reader.bytes().size() == lookup.extra.size() && reader.ok());
  for (const auto& url : lookup.question.urls) {
    const auto request = gateway_request(lookup.question, url);
    if (!request) continue;  // too long when it is filled
    FUZZ_CHECK(request->json.empty() == (url.find("{data}") != url.npos));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const Bytes data(bytes, size);
  const EncodedName name = encode_name("www.dns.eth").value();
  if (const auto found = read_found_resolver(data, name)) FUZZ_CHECK(found->zone_at < name.size());
  for (std::size_t count = 0; count < 4; ++count) {
    const auto outcomes = read_resolve(data, count);
    if (!outcomes) continue;
    for (const auto& outcome : *outcomes) {
      FUZZ_CHECK(outcome.data.empty() ||
                 (outcome.data.data() >= bytes &&
                  outcome.data.data() + outcome.data.size() <= bytes + size));
    }
  }
  (void)read_flag(data);
  if (const auto lookup = read_offchain_lookup(data)) check_lookup(*lookup, size);
  if (const auto batch = read_batch(data, 8)) FUZZ_CHECK(batch->size() <= 8);
  return 0;
}

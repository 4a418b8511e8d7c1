// RRsets and contenthashes as somebody stored them.
#include "check.h"
#include "dns/name.h"
#include "ens/contenthash.h"
#include "ens/rrset.h"

using namespace holdfast;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const dns::Bytes stored(bytes, size);
  (void)ens::dnslink_of(stored);
  // The owner is what the set itself begins with; the type is that of its first record.
  const std::size_t owner_size = dns::plain_name_size(stored);
  if (owner_size == 0 || size < owner_size + 2) return 0;
  const dns::RrType type{dns::load_u16(bytes + owner_size)};
  const auto set = ens::read_rrset(stored, stored.first(owner_size), type, {10, 100});
  if (!set) return 0;
  FUZZ_CHECK(set->ttl >= 10 && set->ttl <= 100);
  std::size_t total = 0;
  for (const auto& rdata : set->rdatas)
    total += rdata.size();
  FUZZ_CHECK(total < size);
  return 0;
}

// Fills the store of a daemon that does not run with answers, as many as asked for: 192.0.2.1 for
// name-0.stored.example, name-1.stored.example and so on, stored at the time NOW (seconds since
// 1970) and fresh for a day. What the file holds of the configuration that it was written under
// stays as it is.
//
//   fill_store FILE COUNT NOW
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "dns/header.h"
#include "dns/wire_writer.h"
#include "store/store.h"

namespace holdfast {
namespace {

constexpr long kAtOnce = 20'000;  // in one transaction
constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30U;

AnswerRow answer_of(long number, UnixTime now, std::vector<std::uint8_t>& row) {
  const auto name = dns::Name::parse("name-" + std::to_string(number) + ".stored.example").value();
  std::vector<std::uint8_t> message(512);
  dns::WireWriter writer(message);
  dns::Header header;
  header.flags = dns::flag::qr;
  header.qdcount = header.ancount = 1;
  header.write(writer);
  dns::Question{name, dns::RrType::a, dns::RrClass::in}.write(writer);
  writer.u16(0xc00c);
  writer.u16(static_cast<std::uint16_t>(dns::RrType::a));
  writer.u16(static_cast<std::uint16_t>(dns::RrClass::in));
  writer.u32(86'400);
  writer.u16(4);
  writer.bytes(std::vector<std::uint8_t>{192, 0, 2, 1});
  message.resize(writer.at());
  const CacheKey key{name.wire(), dns::RrType::a, dns::RrClass::in, false, false};
  const UnixTime lasts = std::chrono::hours(24);
  row.clear();
  write_answer_row({key, message, dns::AnswerKind::positive, {}, lasts}, {now, now + lasts, now},
                   row);
  return read_answer_row(row).value();
}

DiskState fill(Store& store, const std::string& path, long count, UnixTime now) {
  DiskState state = store.open(path, kMaxBytes);
  std::vector<std::uint8_t> row;
  for (long number = 0; state == DiskState::ok && number < count;) {
    state = store.begin();
    for (const long end = std::min(count, number + kAtOnce); state == DiskState::ok && number < end;
         ++number)
      state = store.put(answer_of(number, now, row));
    if (state == DiskState::ok) state = store.commit();
  }
  return state == DiskState::ok ? store.checkpoint() : state;
}

}  // namespace
}  // namespace holdfast

int main(int argc, char** argv) {
  const long count = argc == 4 ? std::atol(argv[2]) : 0;
  const long now = argc == 4 ? std::atol(argv[3]) : 0;
  if (count <= 0 || now <= 0) {
    std::fprintf(stderr, "usage: fill_store FILE COUNT NOW\n");
    return 2;
  }
  holdfast::Store store;
  if (holdfast::fill(store, argv[1], count, holdfast::UnixTime(now)) != holdfast::DiskState::ok) {
    std::fprintf(stderr, "fill_store: %s: %s\n", argv[1], store.why().c_str());
    return 1;
  }
  store.close();
  return 0;
}

#include "store/salvage.h"

namespace holdfast {

DiskState Salvage::step(const Moment& moment, bool& more) {
  DiskState state = store_.is_open() ? store_.begin() : DiskState::ok;
  more = true;
  for (int page = 0; page < kPagesAtOnce && more; ++page) {
    more = scan_.next([&](dns::Bytes key, dns::Bytes value) {
      const bool writes = take(key, value, moment) && store_.is_open() && state == DiskState::ok;
      if (writes) state = store_.put_salvaged(static_cast<RowKind>(key[0]), key, value);
    });
  }
  if (!store_.is_open()) return state;
  if (state == DiskState::ok) state = store_.commit();
  if (state != DiskState::ok) store_.rollback();
  return state;
}

bool Salvage::take(dns::Bytes key, dns::Bytes value, const Moment& moment) {
  const auto body = unseal(key, value);
  const bool is_answer = !key.empty() && key[0] == static_cast<std::uint8_t>(RowKind::answer);
  const bool good = is_answer ? loader_.take(key, value, moment) <= RowFate::held
                              : body && read_note(key, *body, notes_);
  ++(good ? kept_ : dropped_);
  return good;
}

}  // namespace holdfast

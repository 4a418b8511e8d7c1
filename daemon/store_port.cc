#include "daemon/store_port.h"

#include <utility>

#include "daemon/store_thread.h"
#include "store/row.h"

namespace holdfast {
namespace {

constexpr std::size_t kLongestRow = 1 + kRecordHeaderBytes + 65535;

}  // namespace

StorePort::StorePort(StoreThread& thread, EventLoop& loop, const WallClock& wall)
    : thread_(thread), loop_(loop), wall_(wall), ring_(kRingBytes) {
  row_.reserve(kLongestRow);
  thread_.attach(*this);
}

StorePort::~StorePort() {
  thread_.detach(*this);
}

void StorePort::publish(const Learnt& learnt, TimePoint now) noexcept {
  row_.clear();
  write_answer_row(learnt, times_of(learnt, wall_, now), row_);
  if (!ring_.push(row_)) dropped_.add();
  if (ring_.half_full()) thread_.hurry();
}

bool StorePort::read(const CacheKey& key, Done done, TimePoint /*now*/) {
  return thread_.ask({{key.name.begin(), key.name.end()},
                      key.type,
                      key.rr_class,
                      key.dnssec_ok,
                      key.checking_disabled,
                      std::move(done),
                      &loop_});
}

}  // namespace holdfast

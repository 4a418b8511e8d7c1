#include "ens/publication.h"

#include <algorithm>

#include "ens/abi.h"
#include "ens/contracts.h"

namespace holdfast::ens {
namespace {

// Of the Ethereum Virtual Machine, in gas.
constexpr std::uint64_t kTransaction = 21'000;
constexpr std::uint64_t kFirstWrite = 22'100;  // a slot that was zero and not touched before
constexpr std::uint64_t kDataByte = 16, kZeroByte = 4;
constexpr std::uint64_t kFloorByte = 40, kFloorZeroByte = 10;  // EIP-7623
constexpr std::uint64_t kEvent = 1'500, kEventByte = 8;
// What PublicResolver does besides, measured and rounded up: the owner is looked up at the
// registry, each record is parsed and its name copied and hashed.
constexpr std::uint64_t kAuthorisation = 15'000;
constexpr std::uint64_t kSet = 12'000, kRecord = 6'000, kByte = 60;

constexpr std::size_t kFixedBytes = kSelectorBytes + 3 * kWordBytes;  // node, offset, length

void append_u16(Blob& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8U));
  to.push_back(static_cast<std::uint8_t>(value));
}

/// bytes in storage: one slot for the length, and for short ones that is all.
std::uint64_t slots_of(std::size_t bytes) noexcept {
  return bytes < kWordBytes ? 1 : 1 + (bytes + kWordBytes - 1) / kWordBytes;
}

std::uint64_t calldata_gas(Bytes data, std::uint64_t byte, std::uint64_t zero) noexcept {
  const auto zeros = static_cast<std::uint64_t>(std::ranges::count(data, std::uint8_t{0}));
  return zeros * zero + (data.size() - zeros) * byte;
}

std::uint64_t storage_gas(const PublishedSet& set) noexcept {
  std::size_t bytes = 0;
  for (const Blob& rdata : set.rdatas)
    bytes += set.owner.size() + 10 + rdata.size();
  // The set itself, how many sets the name has, and what is told of both.
  return (slots_of(bytes) + 1) * kFirstWrite + kSet + set.rdatas.size() * kRecord +
         bytes * (kByte + kEventByte) + kEvent;
}

class Packer {
 public:
  Packer(const Node& node, const PublishLimits& limits) : node_(node), limits_(limits) {}

  void add(const PublishedSet& set) {
    const Blob wire = set.wire();
    const std::uint64_t gas = gas_ + storage_gas(set) + wire.size() * kFloorByte;
    const bool full = gas > limits_.gas || kFixedBytes + wire_.size() + wire.size() > limits_.bytes;
    if (full) flush();
    sets_.push_back(set);
    wire_.insert(wire_.end(), wire.begin(), wire.end());
    gas_ += storage_gas(set) + wire.size() * kFloorByte;
  }

  void flush() {
    if (sets_.empty()) return;
    PublishCall call;
    call.data = AbiWriter().word(node_).bytes(wire_).finish(function::set_dns_records);
    call.sets = sets_.size();
    for (const PublishedSet& set : sets_)
      call.records += set.rdatas.size();
    call.gas = gas_of(call.data, sets_);
    calls_.push_back(std::move(call));
    sets_.clear();
    wire_.clear();
    gas_ = kTransaction + kAuthorisation;
  }

  std::vector<PublishCall> take() {
    flush();
    return std::move(calls_);
  }

 private:
  Node node_;
  PublishLimits limits_;
  std::vector<PublishedSet> sets_;  // of the call in hand
  Blob wire_;
  std::uint64_t gas_ = kTransaction + kAuthorisation;
  std::vector<PublishCall> calls_;
};

}  // namespace

Blob PublishedSet::wire() const {
  Blob out;
  for (const Blob& rdata : rdatas) {
    out.insert(out.end(), owner.begin(), owner.end());
    append_u16(out, static_cast<std::uint16_t>(type));
    append_u16(out, static_cast<std::uint16_t>(dns::RrClass::in));
    append_u16(out, ttl >> 16U);
    append_u16(out, ttl & 0xffffU);
    append_u16(out, rdata.size());
    out.insert(out.end(), rdata.begin(), rdata.end());
  }
  return out;
}

std::vector<PublishCall> plan_publication(const Node& node, std::vector<PublishedSet> sets,
                                          const PublishLimits& limits) {
  std::ranges::stable_sort(sets, {}, &PublishedSet::owner);
  Packer packer(node, limits);
  for (const PublishedSet& set : sets)
    packer.add(set);
  return packer.take();
}

PublishCall clearance(const Node& node) {
  PublishCall call;
  call.data = AbiWriter().word(node).finish(function::clear_dns_zone);
  constexpr std::uint64_t kVersion = kFirstWrite + kEvent;
  call.gas =
      kTransaction + kAuthorisation + kVersion + calldata_gas(call.data, kDataByte, kZeroByte);
  return call;
}

std::uint64_t gas_of(Bytes calldata, std::span<const PublishedSet> sets) noexcept {
  std::uint64_t gas = kTransaction + kAuthorisation + calldata_gas(calldata, kDataByte, kZeroByte);
  for (const PublishedSet& set : sets)
    gas += storage_gas(set);
  return std::max(gas, kTransaction + calldata_gas(calldata, kFloorByte, kFloorZeroByte));
}

}  // namespace holdfast::ens

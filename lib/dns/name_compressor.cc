#include "dns/name_compressor.h"

namespace holdfast::dns {
namespace {

constexpr std::size_t kMaxPointer = 0x3fff;

std::uint32_t short_hash(Bytes tail) noexcept {
  return static_cast<std::uint32_t>(hash_name(tail));
}

}  // namespace

void NameCompressor::write(const Name& name) noexcept {
  const Bytes wire = name.wire();
  const std::size_t begin = writer_.at();
  std::size_t at = 0;  // labels in front of it have not been written before
  while (wire[at] != 0) {
    const Bytes tail = wire.subspan(at);
    const std::uint32_t hash = short_hash(tail);
    if (const Entry* known = find(tail, hash)) {
      writer_.bytes(wire.first(at));
      writer_.u16(static_cast<std::uint16_t>(0xc000U | known->offset));
      return;
    }
    remember(begin + at, hash);
    at += wire[at] + 1U;
  }
  writer_.bytes(wire);
}

const NameCompressor::Entry* NameCompressor::find(Bytes tail, std::uint32_t hash) const noexcept {
  for (std::size_t i = 0; i < used_; ++i) {
    // Entries of the name being written lie behind what is written: no candidates.
    if (entries_[i].hash != hash || entries_[i].offset >= writer_.at()) continue;
    WireReader reader(writer_.written(), entries_[i].offset);
    const auto known = Name::read(reader);
    if (known && equal_names(known->wire(), tail)) return &entries_[i];
  }
  return nullptr;
}

void NameCompressor::remember(std::size_t offset, std::uint32_t hash) noexcept {
  if (used_ == entries_.size() || offset > kMaxPointer) return;
  entries_[used_++] = {hash, static_cast<std::uint16_t>(offset)};
}

}  // namespace holdfast::dns

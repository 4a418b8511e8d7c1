#include "store/log_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <optional>

#include "store/page_scan.h"

namespace holdfast {
namespace {

// https://www.sqlite.org/fileformat2.html, 4.1 and 4.2.
constexpr std::size_t kLogHeader = 32;
constexpr std::size_t kFrameHeader = 24;
constexpr std::uint32_t kMagic = 0x377f0682;  // or one more: checksums of big-endian words
constexpr std::size_t kSalts = 16;            // where they are in the log's header …
constexpr std::size_t kFrameSalts = 8;        // … and in a frame's

class Checksum {
 public:
  explicit Checksum(bool big_endian) : big_endian_(big_endian) {}

  void add(dns::Bytes bytes) noexcept {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      first_ += word(bytes, at) + second_;
      second_ += word(bytes, at + 4) + first_;
    }
  }

  /// As it stands in the file.
  [[nodiscard]] bool is(dns::Bytes stored) const noexcept {
    dns::WireReader reader(stored);
    const std::uint32_t first = reader.u32();
    return first == first_ && reader.u32() == second_;
  }

 private:
  [[nodiscard]] std::uint32_t word(dns::Bytes bytes, std::size_t at) const noexcept {
    if (big_endian_) return dns::WireReader(bytes, at).u32();
    return std::uint32_t{bytes[at]} | std::uint32_t{bytes[at + 1]} << 8U |
           std::uint32_t{bytes[at + 2]} << 16U | std::uint32_t{bytes[at + 3]} << 24U;
  }

  bool big_endian_;
  std::uint32_t first_ = 0, second_ = 0;
};

bool read(std::ifstream& file, std::span<std::uint8_t> to) {
  return file.read(reinterpret_cast<char*>(to.data()), static_cast<std::streamsize>(to.size()))
      .good();
}

std::optional<Checksum> checksum_of(dns::Bytes header) {
  const std::uint32_t magic = dns::WireReader(header).u32();
  if ((magic & ~1U) != kMagic) return {};
  Checksum sum((magic & 1U) != 0);
  sum.add(header.first(kLogHeader - 8));
  if (!sum.is(header.subspan(kLogHeader - 8))) return {};
  return sum;
}

}  // namespace

bool log_is_whole(const std::string& log_path) {
  std::ifstream file(log_path, std::ios::binary);
  std::array<std::uint8_t, kLogHeader> header;
  std::array<std::uint8_t, kFrameHeader + kPageBytes> frame;
  if (!file || !read(file, header)) return true;
  auto sum = checksum_of(header);
  if (!sum) return !read(file, frame);
  const dns::Bytes salts = dns::Bytes(header).subspan(kSalts, 8);
  bool ended = false;
  while (read(file, frame)) {
    const dns::Bytes bytes(frame);
    // Old frames, of before the log began anew, may stand behind the last.
    if (!std::ranges::equal(bytes.subspan(kFrameSalts, 8), salts)) {
      ended = true;
      continue;
    }
    if (ended) return false;
    sum->add(bytes.first(8));
    sum->add(bytes.subspan(kFrameHeader));
    if (!sum->is(bytes.subspan(kFrameHeader - 8, 8))) return false;
  }
  return true;
}

}  // namespace holdfast

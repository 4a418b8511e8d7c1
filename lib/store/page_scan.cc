#include "store/page_scan.h"

#include <algorithm>
#include <fcntl.h>
#include <limits>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_file.h"

namespace holdfast {
namespace {

// https://www.sqlite.org/fileformat2.html, 1.6 (b-tree pages), 2.1 (records), 4 (the log).
constexpr std::uint8_t kTableLeaf = 0x0d;
constexpr std::size_t kLeafHeader = 8;
constexpr std::size_t kLogHeader = 32;
constexpr std::size_t kFrameHeader = 24;
constexpr std::uint32_t kMagic = 0x377f0682;  // or one more
constexpr std::size_t kLongestRow = std::size_t{128} * 1024;
constexpr std::size_t kOverflowBytes = kPageBytes - 4;

std::uint64_t read_varint(dns::WireReader& reader) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) {
    const std::uint8_t byte = reader.u8();
    value = value << 7U | (byte & 0x7fU);
    if ((byte & 0x80U) == 0) return value;
  }
  return value << 8U | reader.u8();
}

/// How much of a payload is on the leaf itself (1.6).
std::size_t local_part(std::size_t payload) noexcept {
  constexpr std::size_t kMost = kPageBytes - 35;
  constexpr std::size_t kLeast = (kPageBytes - 12) * 32 / 255 - 23;
  if (payload <= kMost) return payload;
  const std::size_t part = kLeast + (payload - kLeast) % kOverflowBytes;
  return part <= kMost ? part : kLeast;
}

/// The length of a column of bytes; nullopt for any other kind.
std::optional<std::size_t> blob_length(std::uint64_t serial_type) noexcept {
  if (serial_type < 12 || serial_type % 2 != 0 || serial_type > 2 * kLongestRow) return {};
  return static_cast<std::size_t>((serial_type - 12) / 2);
}

void visit_record(dns::Bytes record, VisitFound visit) {
  dns::WireReader reader(record);
  const std::uint64_t header = read_varint(reader);
  const std::uint64_t number = read_varint(reader);  // in the cell, not here
  const auto key = blob_length(read_varint(reader));
  const auto value = blob_length(read_varint(reader));
  if (!reader.ok() || header != reader.at() || number != 0 || !key || !value) return;
  const dns::Bytes key_bytes = reader.bytes(*key);
  const dns::Bytes value_bytes = reader.bytes(*value);
  if (reader.ok()) visit(key_bytes, value_bytes);
}

/// Appends what follows on overflow pages until the payload is whole.
bool append_overflow(std::uint32_t page, std::size_t whole, ReadPage overflow,
                     std::vector<std::uint8_t>& payload) {
  std::array<std::uint8_t, kPageBytes> bytes;
  while (payload.size() < whole) {
    if (page == 0 || !overflow(page, bytes)) return false;
    const std::size_t part = std::min(whole - payload.size(), kOverflowBytes);
    const auto begin = bytes.begin() + 4;
    payload.insert(payload.end(), begin, begin + static_cast<std::ptrdiff_t>(part));
    page = dns::WireReader(bytes).u32();
  }
  return true;
}

void visit_cell(dns::Bytes page, std::size_t at, ReadPage overflow, VisitFound visit) {
  dns::WireReader reader(page, at);
  const std::uint64_t size = read_varint(reader);
  (void)read_varint(reader);  // the number: only its order matters, and that is lost
  if (!reader.ok() || size > kLongestRow) return;
  const std::size_t local = local_part(static_cast<std::size_t>(size));
  const dns::Bytes here = reader.bytes(local);
  if (!reader.ok()) return;
  if (local == size) return visit_record(here, visit);
  const std::uint32_t next = reader.u32();
  std::vector<std::uint8_t> payload(here.begin(), here.end());
  if (reader.ok() && append_overflow(next, static_cast<std::size_t>(size), overflow, payload)) {
    visit_record(payload, visit);
  }
}

int open_to_read(const std::string& path) noexcept {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/// Whole pages or frames in a file; 0 if it is no plain file.
std::uint32_t whole_parts(int file, std::size_t before, std::size_t each) noexcept {
  struct stat status {};

  if (file < 0 || ::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < before) return 0;
  const std::uint64_t parts = (size - before) / each;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(parts, std::numeric_limits<std::uint32_t>::max()));
}

bool read_at(int file, std::uint64_t at, std::span<std::uint8_t> to) noexcept {
  return ::pread(file, to.data(), to.size(), static_cast<off_t>(at)) ==
         static_cast<ssize_t>(to.size());
}

}  // namespace

void find_rows(std::span<const std::uint8_t, kPageBytes> page, ReadPage overflow,
               VisitFound visit) {
  if (page[0] != kTableLeaf) return;
  dns::WireReader reader(page, 3);
  const std::size_t cells = reader.u16();
  if (kLeafHeader + 2 * cells > kPageBytes) return;
  reader.skip(kLeafHeader - reader.at());
  for (std::size_t i = 0; i < cells; ++i) {
    const std::size_t at = reader.u16();
    if (at >= kLeafHeader + 2 * cells) visit_cell(page, at, overflow, visit);
  }
}

PageScan::PageScan(const std::string& path)
    : file_(open_to_read(path)),
      log_(open_to_read(StoreFile::log_of(path))),
      frames_left_(whole_parts(log_, kLogHeader, kFrameHeader + kPageBytes)),
      pages_left_(whole_parts(file_, 0, kPageBytes)) {
  read_log();
}

PageScan::~PageScan() {
  if (file_ >= 0) ::close(file_);
  if (log_ >= 0) ::close(log_);
}

/// Which page each frame holds. After the log began anew, old frames stand behind the new ones:
/// their salt is another.
void PageScan::read_log() {
  std::array<std::uint8_t, kLogHeader> header;
  if (frames_left_ == 0 || !read_at(log_, 0, header)) return;
  dns::WireReader reader(header);
  const bool has_beginning = (reader.u32() & ~1U) == kMagic;
  reader.skip(12);
  const std::uint64_t high = reader.u32();
  if (has_beginning) salt_ = high << 32U | reader.u32();
  for (std::uint32_t frame = 0; frame < frames_left_; ++frame) {
    std::array<std::uint8_t, kFrameHeader> fields;
    const std::uint64_t at = kLogHeader + std::uint64_t{frame} * (kFrameHeader + kPageBytes);
    if (!read_at(log_, at, fields)) break;
    if (counts(fields)) in_log_[dns::WireReader(fields).u32()] = frame;
  }
}

bool PageScan::counts(dns::Bytes frame_header) const noexcept {
  dns::WireReader reader(frame_header, 8);
  const std::uint64_t high = reader.u32();
  return !salt_ || (high << 32U | reader.u32()) == *salt_;
}

bool PageScan::read_frame(std::uint32_t frame, std::span<std::uint8_t, kPageBytes> to) const {
  const std::uint64_t at = kLogHeader + std::uint64_t{frame} * (kFrameHeader + kPageBytes);
  std::array<std::uint8_t, kFrameHeader> header;
  return read_at(log_, at, header) && counts(header) && read_at(log_, at + kFrameHeader, to);
}

bool PageScan::read_page(std::uint32_t page, std::span<std::uint8_t, kPageBytes> to) const {
  const auto logged = in_log_.find(page);
  if (logged != in_log_.end()) return read_frame(logged->second, to);
  return page != 0 && read_at(file_, std::uint64_t{page - 1} * kPageBytes, to);
}

bool PageScan::next(VisitFound visit) {
  const auto overflow = [this](std::uint32_t page, std::span<std::uint8_t, kPageBytes> to) {
    return read_page(page, to);
  };
  if (frames_left_ > 0) {
    if (read_frame(--frames_left_, page_)) find_rows(page_, overflow, visit);
    return true;
  }
  if (pages_left_ == 0) return false;
  const std::uint64_t at = std::uint64_t{--pages_left_} * kPageBytes;
  if (read_at(file_, at, page_)) find_rows(page_, overflow, visit);
  return true;
}

}  // namespace holdfast

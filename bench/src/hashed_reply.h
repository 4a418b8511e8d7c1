// The synthetic zone: A, AAAA and TXT of any name are made from the name's hash; else NODATA.
#pragma once

#include "bench.h"

constexpr int kNxdomain = 3;

struct ReplyStyle {
  int rcode = 0;
  std::uint32_t ttl = 300;
  bool truncate = false;
};

// Turns the query at `message` into its reply, in place; there must be room for 100 bytes more.
// Returns the reply's size, 0 for a message that is no query with one question.
class HashedReply {
 public:
  HashedReply(std::uint8_t* message, std::size_t size, const ReplyStyle& style)
      : message_(message), size_(size), style_(style) {}

  std::size_t build() {
    if (!find_question()) return 0;
    const bool edns = message_[10] || message_[11];
    message_[2] = std::uint8_t(0x80 | (message_[2] & 0x79));  // QR; opcode and RD as they came
    message_[3] = std::uint8_t(0x80 | (style_.rcode & 15));
    memset(message_ + 6, 0, 6);
    if (style_.truncate) {
      message_[2] |= 2;
    } else if (style_.rcode == kNxdomain) {
      add_soa();
    } else if (style_.rcode == 0) {
      add_answer();
    }
    if (edns) add_opt();
    return std::size_t(end_ - message_);
  }

 private:
  bool find_question() {
    if (size_ < kHeader + 5 || (message_[2] & 0x80) || message_[4] || message_[5] != 1)
      return false;
    std::size_t at = kHeader;
    while (at < size_ && message_[at]) {
      if (message_[at] > 63) return false;
      at += message_[at] + 1u;
    }
    if (at + 5 > size_) return false;
    name_size_ = at - kHeader;
    type_ = message_[at + 1] << 8 | message_[at + 2];
    end_ = message_ + at + 5;
    return true;
  }

  void add_answer() {
    const std::uint64_t hash = name_hash(message_ + kHeader, name_size_);
    if (name_size_ && type_ == 1) {
      std::uint8_t address[4];
      address_of(hash, address);
      add_record(address, sizeof address);
    } else if (name_size_ && type_ == 28) {
      std::uint8_t address[16] = {0x24, 0x00};
      address_of(hash, address + 12);
      memcpy(address + 4, &hash, sizeof hash);
      add_record(address, sizeof address);
    } else if (name_size_ && type_ == 16) {
      char text[18] = {16};
      snprintf(text + 1, 17, "%016llx", static_cast<unsigned long long>(hash));
      add_record(text, 17);
    } else {
      add_soa();
    }
  }

  void add_record(const void* data, std::size_t size) {
    const std::uint32_t ttl = htonl(style_.ttl);
    const std::uint8_t head[6] = {0xc0, 0x0c, std::uint8_t(type_ >> 8), std::uint8_t(type_), 0, 1};
    const std::uint8_t length[2] = {std::uint8_t(size >> 8), std::uint8_t(size)};
    append(head, sizeof head);
    append(&ttl, sizeof ttl);
    append(length, sizeof length);
    append(data, size);
    message_[7] = 1;
  }

  void add_soa() {
    static const std::uint8_t head[5] = {0, 0, 6, 0, 1};  // owner ".", type SOA, class IN
    // MNAME "a.", RNAME ".", serial 1, refresh 3600, retry 900, expire 604800, minimum 60
    static const std::uint8_t data[26] = {0,  24, 1, 'a', 0,   0, 0, 0,  0,   1, 0, 0, 14,
                                          16, 0,  0, 3,   132, 0, 9, 58, 128, 0, 0, 0, 60};
    const std::uint32_t ttl = htonl(style_.ttl);
    append(head, sizeof head);
    append(&ttl, sizeof ttl);
    append(data, sizeof data);
    message_[9] = 1;
  }

  void add_opt() {
    static const std::uint8_t opt[11] = {0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};  // 1232 bytes
    append(opt, sizeof opt);
    message_[11] = 1;
  }

  void append(const void* bytes, std::size_t size) {
    memcpy(end_, bytes, size);
    end_ += size;
  }

  std::uint8_t* message_;
  std::size_t size_;
  ReplyStyle style_;
  std::size_t name_size_ = 0;
  int type_ = 0;
  std::uint8_t* end_ = nullptr;
};

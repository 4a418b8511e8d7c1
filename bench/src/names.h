// Which names the load generator asks for, and how often each.
#pragma once

#include <cmath>
#include <vector>

#include "bench.h"

// Picks 0..n-1 with probability proportional to 1/(rank^exponent), in constant time (alias method).
class Zipf {
 public:
  Zipf(std::size_t n, double exponent) : keep_(n), alias_(n) {
    std::vector<double> weight(n);
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i)
      sum += weight[i] = std::pow(double(i) + 1, -exponent);
    std::vector<std::uint32_t> small, large;
    for (std::size_t i = 0; i < n; ++i) {
      weight[i] *= double(n) / sum;
      (weight[i] < 1 ? small : large).push_back(std::uint32_t(i));
    }
    while (!small.empty() && !large.empty()) {
      const std::uint32_t a = small.back(), b = large.back();
      small.pop_back();
      large.pop_back();
      keep_[a] = float(weight[a]);
      alias_[a] = b;
      weight[b] -= 1 - weight[a];
      (weight[b] < 1 ? small : large).push_back(b);
    }
    for (const auto& rest : {small, large}) {
      for (const std::uint32_t i : rest) {
        keep_[i] = 1;
        alias_[i] = i;
      }
    }
  }

  std::uint32_t pick(Numbers& numbers) const {
    const std::uint64_t x = numbers.next();
    const auto i = std::uint32_t((x >> 32) % keep_.size());
    return double(x & 0xffffff) / 16777216.0 < double(keep_[i]) ? i : alias_[i];
  }

 private:
  std::vector<float> keep_;
  std::vector<std::uint32_t> alias_;
};

// seq:N:PREFIX (round robin), rand:N:PREFIX (uniform), zipf:S:N:PREFIX, uniq:PREFIX (each name
// once, other ones in each run). With `zones` they are spread over r0.benchzone.com,
// r1.benchzone.com, ...; a name is always in the same one.
class Names {
 public:
  Names(const std::string& text, std::uint64_t seed, std::uint64_t zones)
      : numbers_(seed), zones_(zones) {
    std::vector<std::string> parts;
    for (std::size_t from = 0, colon = 0; colon != std::string::npos; from = colon + 1) {
      colon = text.find(':', from);
      parts.push_back(text.substr(from, colon - from));
    }
    kind_ = parts.front();
    prefix_ = parts.back();
    if (kind_ != "uniq") count_ = strtoull(parts[parts.size() - 2].c_str(), nullptr, 10);
    if (kind_ == "zipf") zipf_.emplace_back(count_, atof(parts[1].c_str()));
    unique_base_ = numbers_.next() ^ (now_ns() << 12);
  }

  // Writes LABEL.benchzone.com in wire form; returns its size, root included.
  std::size_t write(std::uint8_t* out, std::uint64_t number) {
    static const std::uint8_t suffix[] = {9,   'b', 'e', 'n', 'c', 'h', 'z', 'o',
                                          'n', 'e', 3,   'c', 'o', 'm', 0};
    const bool unique = kind_ == "uniq";
    const std::uint64_t which = unique ? unique_number(number) : pick(number);
    std::uint8_t* end = unique ? hexadecimal(out, which) : decimal(out, prefix_, which);
    if (zones_) end = decimal(end, "r", which % zones_);
    memcpy(end, suffix, sizeof suffix);
    return std::size_t(end - out) + sizeof suffix;
  }

 private:
  [[nodiscard]] std::uint64_t unique_number(std::uint64_t number) const {
    std::uint64_t x = unique_base_ + number;
    x = (x ^ (x >> 31)) * 0x7fb5d329728ea185ull;
    return (x ^ x >> 27) & 0xfffffffffffffull;
  }

  std::uint64_t pick(std::uint64_t number) {
    if (kind_ == "seq") return number % count_;
    return kind_ == "rand" ? numbers_.next() % count_ : zipf_.front().pick(numbers_);
  }

  // Both write a label, the prefix and a number, to `out` and return its end.
  std::uint8_t* hexadecimal(std::uint8_t* out, std::uint64_t number) const {
    char label[64];
    const int size = snprintf(label, sizeof label, "%s%013llx", prefix_.c_str(),
                              static_cast<unsigned long long>(number));
    out[0] = std::uint8_t(size);
    memcpy(out + 1, label, std::size_t(size));
    return out + 1 + size;
  }

  static std::uint8_t* decimal(std::uint8_t* out, const std::string& prefix, std::uint64_t number) {
    char digits[24];
    std::size_t count = 0;
    do
      digits[count++] = char('0' + number % 10);
    while (number /= 10);
    out[0] = std::uint8_t(prefix.size() + count);
    memcpy(out + 1, prefix.data(), prefix.size());
    std::uint8_t* end = out + 1 + prefix.size();
    while (count > 0)
      *end++ = std::uint8_t(digits[--count]);
    return end;
  }

  Numbers numbers_;
  std::string kind_, prefix_;
  std::uint64_t zones_;
  std::uint64_t count_ = 0;
  std::uint64_t unique_base_ = 0;
  std::vector<Zipf> zipf_;  // none or one
};

// PendingRows: answers that wait to be written, each question's latest only, in the order in which
// they were learnt. Bounded in bytes; what finds no room is refused.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/function_ref.h"
#include "store/forgets.h"
#include "store/row.h"

namespace holdfast {

class PendingRows {
 public:
  explicit PendingRows(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Takes what write_answer_row() made. False if there is no room, or it is nothing of the kind.
  bool add(dns::Bytes row);

  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  /// Answers, counting those that a later one took the place of.
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

  /// The answers from number `from` on, those left out whose place a later one took, until `visit`
  /// says that it has enough. The number of the first that was not visited.
  std::size_t visit(std::size_t from, FunctionRef<bool(const AnswerRow&)> visit) const;

  /// Drops what is covered.
  void forget(const Forgets& forgets);

  void clear() noexcept;

 private:
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::vector<std::vector<std::uint8_t>> rows_;  // empty: another took its place
  std::unordered_map<std::string, std::size_t> latest_;
};

}  // namespace holdfast

#include "store/pending_rows.h"

namespace holdfast {
namespace {

constexpr std::size_t kOverhead = 128;  // of an entry, about

}  // namespace

bool PendingRows::add(dns::Bytes row) {
  const auto answer = read_answer_row(row);
  if (!answer || bytes_ + row.size() + kOverhead > max_bytes_) return false;
  const RowKey key = RowKey::of_answer(answer->key(), answer->place);
  const std::string found_by(key.bytes().begin(), key.bytes().end());
  const auto [entry, is_new] = latest_.try_emplace(found_by, rows_.size());
  if (!is_new) {
    bytes_ -= rows_[entry->second].size();
    rows_[entry->second] = {};
    entry->second = rows_.size();
  }
  rows_.emplace_back(row.begin(), row.end());
  bytes_ += row.size() + kOverhead;
  return true;
}

std::size_t PendingRows::visit(std::size_t from, FunctionRef<bool(const AnswerRow&)> visit) const {
  std::size_t at = from;
  while (at < rows_.size()) {
    const auto answer = read_answer_row(rows_[at++]);
    if (answer && !visit(*answer)) break;
  }
  return at;
}

void PendingRows::forget(const Forgets& forgets) {
  for (auto& row : rows_) {
    const auto answer = read_answer_row(row);
    if (!answer || !forgets.cover(answer->question.name.wire())) continue;
    bytes_ -= row.size();
    row = {};
  }
}

void PendingRows::clear() noexcept {
  rows_.clear();
  latest_.clear();
  bytes_ = 0;
}

}  // namespace holdfast

#include "config/object_reader.h"

#include <algorithm>

#include "config/read.h"
#include "config/suggest.h"

namespace holdfast {

ObjectReader::ObjectReader(const Node& node, Report& report) : node_(node), report_(report) {
  expect_object(node, report);
}

const Node* ObjectReader::find(std::string_view key) {
  known_.emplace_back(key);
  return node_.find(key);
}

const Node* ObjectReader::require(std::string_view key, std::string_view what) {
  const Node* member = find(key);
  if (member == nullptr && is_object()) {
    report_.error(node_, key, "missing; expected " + std::string(what));
  }
  return member;
}

void ObjectReader::later(std::string_view key, std::string_view instead) {
  later_.emplace_back(key);
  const Node* member = node_.find(key);
  if (member == nullptr) return;
  report_.error(*member, "not supported by this version yet; " + std::string(instead));
}

void ObjectReader::finish() {
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const Node& member : node_.is(Node::Kind::object) ? node_.children : std::vector<Node>{}) {
    const auto is_it = [&member](const std::string& key) { return key == member.key; };
    if (std::any_of(known_.begin(), known_.end(), is_it)) continue;
    if (std::any_of(later_.begin(), later_.end(), is_it)) continue;
    report_.error(member, "unknown key" + suggestion(member.key, known));
  }
}

}  // namespace holdfast

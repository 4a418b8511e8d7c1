// ObjectReader: takes the members of an object one by one and in the end names those nobody asked
// for, with the nearest key that exists.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"
#include "config/report.h"

namespace holdfast {

class ObjectReader {
 public:
  /// Reports it if the node is no object; then every member is absent. Node and report must outlive
  /// this.
  ObjectReader(const Node& node, Report& report);

  /// The member, or nullptr. The key counts as known from now on.
  [[nodiscard]] const Node* find(std::string_view key);

  /// The same; reports it if the member is missing. `what` says what would be right.
  [[nodiscard]] const Node* require(std::string_view key, std::string_view what);

  /// A key of later versions: an error if it is there, because ignoring it would be a lie.
  void later(std::string_view key, std::string_view instead);

  /// Reports the members whose key is unknown. Call it once, when all keys were asked for.
  void finish();

  [[nodiscard]] bool is_object() const noexcept { return node_.is(Node::Kind::object); }

  [[nodiscard]] const Node& node() const noexcept { return node_; }

  [[nodiscard]] Report& report() noexcept { return report_; }

 private:
  const Node& node_;
  Report& report_;
  std::vector<std::string> known_;
  std::vector<std::string> later_;
};

}  // namespace holdfast

#include "config/presets.h"

#include <utility>
#include <vector>

#include "config/json_text.h"
#include "config/read.h"
#include "config/suggest.h"

namespace holdfast {
namespace {

/// The presets by name; none if the text is wrong, which a test rules out.
Node read_presets() {
  Report report;
  auto root = read_json("providers.json", std::string(presets_text()), report);
  return root ? std::move(*root) : Node{};
}

/// Where mistakes in the preset would be told: where it is used.
void place(Node& node, const Node& at) {
  node.file = at.file;
  node.pointer = at.pointer;
  for (Node& child : node.children)
    place(child, at);
}

Node& upstreams_of(Node& root, const Node& use) {
  if (Node* upstreams = root.find("upstreams")) return *upstreams;
  Node& made = root.children.emplace_back();
  made.kind = Node::Kind::object;
  made.file = use.file;
  made.pointer = "/upstreams";
  made.key = "upstreams";
  return made;
}

void use_preset(const Node& item, const Node& presets, Node& upstreams, Report& report) {
  const Node* preset = presets.find(item.text);
  if (preset == nullptr) {
    std::vector<std::string_view> names;
    for (const Node& known : presets.children)
      names.push_back(known.key);
    report.error(item, "found " + item.shown() + ", which is no preset" +
                           suggestion(item.text, names) +
                           "; expected one of those in config/providers.json");
    return;
  }
  if (const Node* same = upstreams.find(item.text)) {
    report.error(item, "found " + item.shown() + ", but there is an upstream of that name" +
                           (same->pointer.starts_with("/use") ? ", from here" : "") +
                           "; expected each name once");
    return;
  }
  Node copy = *preset;
  place(copy, item);
  upstreams.children.push_back(std::move(copy));
}

}  // namespace

void apply_presets(Node& root, Report& report) {
  constexpr std::string_view kWhat = "the name of a preset such as \"quad9-dot\"";
  const Node* found = root.find("use");
  if (found == nullptr || !expect_array(*found, kWhat, report)) return;
  const Node use = *found;  // what is put into the tree may move its members
  const Node presets = read_presets();
  if (use.children.empty()) return;
  Node& upstreams = upstreams_of(root, use);
  if (!upstreams.is(Node::Kind::object)) return;
  for (const Node& item : use.children) {
    if (expect_string(item, kWhat, report)) use_preset(item, presets, upstreams, report);
  }
}

}  // namespace holdfast

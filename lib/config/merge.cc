#include "config/merge.h"

#include <iterator>
#include <utility>

namespace holdfast {
namespace {

bool is_route_list(const Node& node) {
  return node.pointer == "/routes" && node.is(Node::Kind::array);
}

void merge_object(Node& into, Node& from, Report& report);

void merge_member(Node& into, Node& from, Report& report) {
  Node* held = into.find(from.key);
  if (held == nullptr) {
    into.children.push_back(std::move(from));
  } else if (held->is(Node::Kind::object) && from.is(Node::Kind::object)) {
    merge_object(*held, from, report);
  } else if (is_route_list(*held) && is_route_list(from)) {
    held->children.insert(held->children.end(), std::make_move_iterator(from.children.begin()),
                          std::make_move_iterator(from.children.end()));
  } else if (held->file == from.file) {
    return;                                 // twice in one object, reported when it was read
  } else if (from.pointer != "/$schema") {  // each file may name the schema for its editor
    report.error(from, "found " + from.shown() + "; " + held->file + " already gives " +
                           held->shown() + "; expected in one of the two files only");
  }
}

// As deep as a file may nest, see json_text.cc.
void merge_object(Node& into, Node& from, Report& report) {
  for (Node& member : from.children) {
    merge_member(into, member, report);
  }
}

}  // namespace

void merge_into(Node& into, Node from, Report& report) {
  merge_object(into, from, report);
}

}  // namespace holdfast

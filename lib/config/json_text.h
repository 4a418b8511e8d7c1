// From the text of one file to a tree of Nodes: JSON with // and /* */ comments. The one file that
// knows the JSON library.
#pragma once

#include <optional>
#include <string>

#include "config/node.h"
#include "config/report.h"

namespace holdfast {

/// nullopt after a syntax error, which is reported with line and column. A key given twice in one
/// object is an error too (the first one then counts), and so are values nested deeper than any key
/// stands.
[[nodiscard]] std::optional<Node> read_json(const std::string& file, const std::string& text,
                                            Report& report);

}  // namespace holdfast

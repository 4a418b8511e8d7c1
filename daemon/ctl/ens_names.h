// holdfastctl ens normalize, ens namehash: names of ENS, looked at here and without the daemon.
#pragma once

#include <iosfwd>
#include <string>

#include "daemon/ctl/exit.h"

namespace holdfast::ctl {

/// What to do with names.
struct EnsNames {
  enum class Print : unsigned char { name, node, both };
  Print print = Print::name;  // of a name that is an argument; `both` as JSON
  std::string name;
};

/// One name: its normalised form or the node of that, a line on `out`. If it is no ENS name: why,
/// on `err`, and Exit::failed; with Print::both as JSON on `out`.
[[nodiscard]] Exit print_ens_name(const EnsNames& names, std::ostream& out, std::ostream& err);

/// For each line of `in`, a JSON string, one JSON object on `out`:
/// {"ok":true,"name":…,"node":"0x…"} or {"ok":false,"error":…}. A line that is no JSON string, has
/// half of a surrogate pair in it, or more than a mebibyte, is an error like any other: lines
/// correspond. Memory is bounded by one line.
[[nodiscard]] Exit answer_ens_names(std::istream& in, std::ostream& out);

}  // namespace holdfast::ctl

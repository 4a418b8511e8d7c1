#include "daemon/ctl/ens_names.h"

#include <istream>
#include <optional>
#include <ostream>

#include <nlohmann/json.hpp>

#include "ens/hex.h"
#include "ens/namehash.h"
#include "ens/normalise.h"

namespace holdfast::ctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestLine = std::size_t{1} << 20U;

std::string node_of(const std::string& name) {
  return ens::to_hex(ens::namehash(std::string_view(name)));
}

Json failure(const std::string& error) {
  return {{"ok", false}, {"error", error}};
}

Json verdict(const std::string& name) {
  const auto normalised = ens::normalise_name(name);
  if (!normalised) return failure(normalised.error().message());
  return {{"ok", true}, {"name", *normalised}, {"node", node_of(*normalised)}};
}

/// A line without its end, of which only so much is kept; nullopt at the end of input.
std::optional<std::string> read_line(std::istream& in) {
  std::string line;
  char c = 0;
  bool any = false;
  while (in.get(c)) {
    any = true;
    if (c == '\n') break;
    if (line.size() <= kLongestLine) line += c;
  }
  if (!any) return std::nullopt;
  return line;
}

Json answer(const std::string& line) {
  if (line.size() > kLongestLine) return failure("longer than a mebibyte");
  const auto text = Json::parse(line, nullptr, false);
  if (!text.is_string()) return failure("not one JSON string of well-formed Unicode");
  return verdict(text.get<std::string>());
}

}  // namespace

Exit print_ens_name(const EnsNames& names, std::ostream& out, std::ostream& err) {
  if (names.print == EnsNames::Print::both) {
    const Json object = verdict(names.name);
    out << object.dump() << "\n";
    return object["ok"].get<bool>() ? Exit::ok : Exit::failed;
  }
  const auto normalised = ens::normalise_name(names.name);
  if (!normalised) {
    err << "holdfastctl: no ENS name: " << normalised.error().message() << "\n";
    return Exit::failed;
  }
  out << (names.print == EnsNames::Print::name ? *normalised : node_of(*normalised)) << "\n";
  return Exit::ok;
}

Exit answer_ens_names(std::istream& in, std::ostream& out) {
  while (const auto line = read_line(in))
    out << answer(*line).dump() << "\n";
  out.flush();
  return out ? Exit::ok : Exit::failed;
}

}  // namespace holdfast::ctl

// Any bytes as configuration files (a zero byte begins the next file): mistakes are listed, each on
// a line of its own; what has none can be put in force, and again over itself without any
// objection.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "check.h"
#include "config/load.h"
#include "control/build_snapshot.h"
#include "control/expand_auto.h"

namespace {

using holdfast::ConfigError;

std::vector<std::pair<std::string, std::string>> split(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> files;
  while (true) {
    const auto end = text.find('\0');
    files.emplace_back("file-" + std::to_string(files.size()), text.substr(0, end));
    if (end == std::string_view::npos) return files;
    text.remove_prefix(end + 1);
  }
}

void check_lines(const std::vector<ConfigError>& entries) {
  for (const ConfigError& entry : entries) {
    FUZZ_CHECK(!entry.message.empty());
    FUZZ_CHECK(entry.pointer.empty() || entry.pointer.front() == '/');
    for (const char c : entry.to_string())
      FUZZ_CHECK(static_cast<unsigned char>(c) >= ' ');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(bytes, bytes + size);
  const auto loaded = holdfast::parse_config(split(text));
  check_lines(loaded.errors);
  check_lines(loaded.warnings);
  if (!loaded.ok()) return 0;
  const auto config = holdfast::with_resolvers(loaded.config, {});
  const auto first = holdfast::build_snapshot(config, nullptr);
  const auto second = holdfast::build_snapshot(config, first);
  FUZZ_CHECK(holdfast::unsafe_changes(*first, *second).empty());
  FUZZ_CHECK(holdfast::restart_keys(loaded.config, loaded.config).empty());
  FUZZ_CHECK(first->upstreams.size() == second->upstreams.size());
  return 0;
}

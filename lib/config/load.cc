#include "config/load.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "base/units.h"
#include "config/json_text.h"
#include "config/merge.h"
#include "config/parse.h"
#include "config/presets.h"
#include "config/read.h"
#include "config/validate.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = std::uintmax_t{4} * 1024 * 1024;

void add_error(LoadedConfig& loaded, const std::string& file, std::string message) {
  loaded.errors.push_back({file, "", std::move(message)});
}

/// The file's text; what prevents reading it becomes an error.
std::optional<ConfigFile> read_file(const std::string& path, LoadedConfig& loaded) {
  std::error_code failed;
  if (fs::is_directory(path, failed)) {
    add_error(loaded, path, "is a directory; expected a file");
    return std::nullopt;
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    add_error(loaded, path,
              std::string("cannot be opened: ") + std::generic_category().message(errno));
    return std::nullopt;
  }
  // Bounded by what is read: a device or a pipe has no size.
  std::string text(kLargestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLargestFile) {
    add_error(loaded, path,
              "is larger than " + print_size(kLargestFile) + "; expected a configuration");
    return std::nullopt;
  }
  text.shrink_to_fit();
  if (in.bad()) {
    add_error(loaded, path, "cannot be read to its end");
    return std::nullopt;
  }
  return ConfigFile{path, std::move(text)};
}

/// The *.json beside the main file, sorted by name; hidden files (editors make them) are left out.
std::vector<std::string> fragments_of(const std::string& path, LoadedConfig& loaded) {
  const fs::path folder = fs::path(path).parent_path() / "conf.d";
  std::vector<std::string> found;
  std::error_code failed;
  if (!fs::is_directory(folder, failed)) return found;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const fs::path& file = at->path();
    const std::string name = file.filename().string();
    if (file.extension() == ".json" && !name.starts_with('.')) found.push_back(file.string());
  }
  if (failed) add_error(loaded, folder.string(), "cannot be read: " + failed.message());
  std::sort(found.begin(), found.end());
  return found;
}

/// One tree of all files; nullopt if any of them has none, since half a configuration would show
/// mistakes that are none.
std::optional<Node> merge_files(const std::vector<ConfigFile>& files, Report& report) {
  std::optional<Node> merged;
  bool whole = true;
  for (const auto& [name, text] : files) {
    auto root = read_json(name, text, report);
    if (root && expect_object(*root, report)) {
      if (merged) {
        merge_into(*merged, std::move(*root), report);
      } else {
        merged = std::move(root);
      }
    } else {
      whole = false;
    }
  }
  return whole ? std::move(merged) : std::nullopt;
}

}  // namespace

LoadedConfig parse_config(std::vector<ConfigFile> files, const CaCheck& check) {
  LoadedConfig loaded;
  Report report;
  if (files.empty()) report.errors.push_back({"", "", "no configuration file"});
  auto root = merge_files(files, report);
  if (root) {
    apply_presets(*root, report);
    loaded.config = parse_document(*root, report);
    validate(loaded.config, *root, report);
    validate_tls(loaded.config, *root, check, report);
    loaded.tree = std::make_shared<const Node>(*std::move(root));
  }
  loaded.files = std::move(files);
  loaded.errors = std::move(report.errors);
  loaded.warnings = std::move(report.warnings);
  return loaded;
}

LoadedConfig load_config(const std::string& path, const CaCheck& check) {
  LoadedConfig loaded;
  std::vector<ConfigFile> files;
  if (auto main = read_file(path, loaded)) files.push_back(std::move(*main));
  for (const auto& fragment : fragments_of(path, loaded)) {
    if (auto file = read_file(fragment, loaded)) files.push_back(std::move(*file));
  }
  if (!loaded.errors.empty()) return loaded;
  return parse_config(std::move(files), check);
}

}  // namespace holdfast

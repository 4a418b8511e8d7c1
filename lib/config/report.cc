#include "config/report.h"

#include <algorithm>
#include <utility>

namespace holdfast {

void Report::error(const Node& at, std::string message) {
  errors.push_back({at.file, at.pointer, std::move(message)});
}

void Report::error(const Node& object, std::string_view key, std::string message) {
  errors.push_back({object.file, pointer_below(object.pointer, key), std::move(message)});
}

void Report::warning(const Node& at, std::string message) {
  warnings.push_back({at.file, at.pointer, std::move(message)});
}

void Report::wrong_value(const Node& at, std::string_view expected) {
  error(at, "found " + at.shown() + "; expected " + std::string(expected));
}

bool Report::flagged(const Node& at) const noexcept {
  return std::any_of(errors.begin(), errors.end(), [&at](const ConfigError& e) {
    return e.pointer == at.pointer && e.file == at.file;
  });
}

bool Report::flagged_within(const Node& at) const noexcept {
  const std::string below = at.pointer + "/";
  return std::any_of(errors.begin(), errors.end(), [&](const ConfigError& e) {
    return (e.pointer == at.pointer || e.pointer.starts_with(below)) && e.file == at.file;
  });
}

}  // namespace holdfast

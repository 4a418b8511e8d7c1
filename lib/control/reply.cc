#include "control/reply.h"

#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

std::string print(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Json list(const std::vector<ConfigError>& errors) {
  Json array = Json::array();
  for (const auto& error : errors) {
    array.push_back({{"file", error.file}, {"pointer", error.pointer}, {"message", error.message}});
  }
  return array;
}

Json failure_json(Failure kind, std::string_view error, const std::vector<std::string>& details) {
  return {{"ok", false}, {"kind", to_string(kind)}, {"error", error}, {"details", details}};
}

}  // namespace

const char* to_string(Failure kind) noexcept {
  switch (kind) {
    case Failure::usage:
      return "usage";
    case Failure::bad_config:
      return "bad-config";
    case Failure::refused:
      return "refused";
    case Failure::forbidden:
      return "forbidden";
  }
  return "?";
}

std::string failure_reply(Failure kind, std::string_view error,
                          const std::vector<std::string>& details) {
  return print(failure_json(kind, error, details));
}

std::string reload_reply(const ReloadReport& report) {
  if (!report.taken) {
    Json json = failure_json(report.kind, report.error, report.details);
    json["generation"] = report.generation;
    return print(json);
  }
  return print({{"ok", true},
                {"generation", report.generation},
                {"warnings", report.warnings},
                {"restart", report.restart},
                {"flushed", report.flushed}});
}

std::string check_reply(const LoadedConfig& loaded, std::string_view path) {
  Json json{{"ok", loaded.ok()}, {"file", path}};
  if (!loaded.ok()) json["kind"] = to_string(Failure::bad_config);
  json["errors"] = list(loaded.errors);
  json["warnings"] = list(loaded.warnings);
  return print(json);
}

std::string check_text(const LoadedConfig& loaded, std::string_view path) {
  std::string text;
  for (const auto& error : loaded.errors)
    text += error.to_string() + "\n";
  for (const auto& warning : loaded.warnings)
    text += "warning: " + warning.to_string() + "\n";
  const auto count = loaded.errors.size();
  text += std::string(path);
  if (count == 0) return text + ": ok\n";
  return text + ": " + std::to_string(count) + (count == 1 ? " mistake\n" : " mistakes\n");
}

}  // namespace holdfast

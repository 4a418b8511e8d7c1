#include "control/drill_packs.h"

#include <nlohmann/json.hpp>

#include "base/units.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

/// A mistake is remembered with its place; the first one counts.
class PackReader {
 public:
  explicit PackReader(std::string& error) : error_(error) {}

  [[nodiscard]] DrillPack pack(const std::string& name, const Json& object) {
    place_ = "/" + name;
    DrillPack made;
    made.name = name;
    made.story = object.value("story", "");
    made.only_in_tests = object.value("only_in_tests", "");
    made.leaves_nobody = object.value("leaves_nobody", false);
    const Json steps = object.value("steps", Json::array());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      place_ = "/" + name + "/steps/" + std::to_string(i);
      made.steps.push_back(step(steps[i]));
    }
    if (made.steps.empty() == made.only_in_tests.empty()) {
      wrong("steps, or why there are none, are needed");
    }
    return made;
  }

 private:
  DrillStep step(const Json& object) {
    DrillStep made;
    made.begin = time(object, "from");
    made.end = time(object, "to");
    if (made.end <= made.begin) wrong("\"to\" is not after \"from\"");
    if (object.contains("every")) {
      made.every = time(object, "every");
      made.length = time(object, "for");
    }
    const auto mode = parse_drill_mode(object.value("mode", ""));
    if (!mode) wrong("\"mode\" is one of " + drill_modes());
    made.how.mode = mode.value_or(DrillMode::timeout);
    const unsigned percent = object.value("percent", 100U);
    if (percent < 1 || percent > 100) wrong("\"percent\" is from 1 to 100");
    made.how.percent = static_cast<std::uint8_t>(percent);
    made.how.delay = kDrillDelay;
    const std::string whom = object.value("whom", "provider");
    if (whom != "provider" && whom != "everybody") wrong("\"whom\" is provider or everybody");
    if (whom == "everybody") made.whom = DrillStep::Whom::everybody;
    return made;
  }

  Duration time(const Json& object, const char* key) {
    const auto parsed = parse_duration(object.value(key, ""));
    if (!parsed) wrong("\"" + std::string(key) + "\" is no time");
    return parsed ? *parsed : Duration{};
  }

  void wrong(const std::string& what) {
    if (error_.empty()) error_ = place_ + ": " + what;
  }

  std::string& error_;
  std::string place_;
};

}  // namespace

std::vector<DrillPack> parse_drill_packs(std::string_view text, std::string& error) {
  std::vector<DrillPack> packs;
  error.clear();
  const Json file = Json::parse(text, nullptr, false, true);
  if (!file.is_object()) {
    error = "/: no object of packs";
    return packs;
  }
  PackReader reader(error);
  try {
    for (const auto& [name, object] : file.items())
      packs.push_back(reader.pack(name, object));
  } catch (const Json::exception& mistyped) {
    error = std::string("a value of the wrong type: ") + mistyped.what();
  }
  return packs;
}

const std::vector<DrillPack>& drill_packs() {
  static const std::vector<DrillPack> packs = [] {
    std::string error;  // a test reads the built-in file
    return parse_drill_packs(drill_packs_text(), error);
  }();
  return packs;
}

}  // namespace holdfast

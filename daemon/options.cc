#include "daemon/options.h"

#include <CLI/CLI.hpp>

#include "daemon/version.h"

namespace holdfast {

std::variant<Options, Exit> parse_options(int argc, const char* const* argv) {
  CLI::App app("Local DNS resolver that fails over between providers.", "holdfastd");
  Options options;
  std::string check;
  ctl::Audit audit;
  app.set_version_flag("--version", std::string("holdfastd ") + kVersion);
  auto* config = app.add_option("--config", options.config, "configuration file")
                     ->type_name("FILE")
                     ->capture_default_str();
  auto* checks = app.add_option("--check-config", check, "tell every mistake of FILE and exit")
                     ->type_name("FILE")
                     ->excludes(config);
  auto* audits = app.add_option("--audit", audit.file, "tell what is weak in FILE and exit")
                     ->type_name("FILE")
                     ->excludes(config)
                     ->excludes(checks);
  app.add_flag("--simulate", audit.simulate, "with --audit: and play the loss of each provider")
      ->needs(audits);
  app.add_flag("--json", audit.json, "with --audit: as JSON")->needs(audits);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? Exit::ok : Exit::usage;
  }
  if (!check.empty()) options = {check, true, {}};
  if (audits->count() > 0) options.audit = audit;
  return options;
}

}  // namespace holdfast

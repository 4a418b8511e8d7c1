// holdfastd: options, configuration, server, exit status.
#include <iostream>

#include "config/load.h"
#include "control/reply.h"
#include "daemon/options.h"
#include "daemon/server.h"
#include "net/tls_client.h"

namespace {

holdfast::Exit check_config(const std::string& path) {
  const auto loaded = holdfast::load_config(path, holdfast::TlsContext::fault_of);
  (loaded.ok() ? std::cout : std::cerr) << holdfast::check_text(loaded, path);
  return loaded.ok() ? holdfast::Exit::ok : holdfast::Exit::usage;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what nobody foresaw ends the program
int main(int argc, char** argv) {
  using holdfast::Exit;
  const auto parsed = holdfast::parse_options(argc, argv);
  if (const auto* status = std::get_if<Exit>(&parsed)) return static_cast<int>(*status);
  const auto& options = std::get<holdfast::Options>(parsed);
  if (options.audit) {
    return holdfast::ctl::run_audit(*options.audit, "", holdfast::TlsContext::fault_of, std::cout,
                                    std::cerr);
  }
  if (options.check_only) return static_cast<int>(check_config(options.config));
  return static_cast<int>(holdfast::Server(options.config).run());
}

#include "daemon/audit_in_force.h"

#include <nlohmann/json.hpp>

#include "config/load.h"
#include "daemon/ctl/audit.h"

namespace holdfast {

std::string audit_in_force(const Service& service, bool simulate) {
  using Json = nlohmann::ordered_json;
  // Where things stand in the files is not kept: it takes more room than they do.
  const auto loaded = parse_config(service.files);
  if (!loaded.ok()) return check_reply(loaded, service.config_path);
  Json reply = ctl::audit_json(loaded, service.config_path, service.resolvers);
  if (simulate) {
    reply["files"] = Json::array();
    for (const auto& [name, text] : service.files)
      reply["files"].push_back({{"name", name}, {"text", text}});
    reply["resolvers"] = Json::array();
    for (const IpAddress& address : service.resolvers)
      reply["resolvers"].push_back(address.to_string());
  }
  return reply.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace holdfast

#include "config/config.h"

namespace holdfast {

std::string ConfigError::to_string() const {
  std::string out = file + ": ";
  if (!pointer.empty()) out += pointer + ": ";
  return out + message;
}

std::string FleetConfig::url() const {
  const bool v6 = host.find(':') != std::string::npos;
  return std::string(tls ? "rediss://" : "redis://") + (v6 ? "[" + host + "]" : host) + ':' +
         std::to_string(port) + '/' + std::to_string(database);
}

std::vector<IpPrefix> Config::admitted() const {
  std::vector<IpPrefix> all = acl;
  for (const AdmitConfig& some : admit)
    all.insert(all.end(), some.networks.begin(), some.networks.end());
  return all;
}

}  // namespace holdfast

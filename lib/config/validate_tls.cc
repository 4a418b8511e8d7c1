#include <map>

#include "config/validate.h"

namespace holdfast {

void validate_tls(const Config& config, const Node& root, const CaCheck& check, Report& report) {
  const Node* upstreams = root.find("upstreams");
  if (!check || upstreams == nullptr || upstreams->children.size() != config.upstreams.size()) {
    return;
  }
  std::map<std::string, std::string> faults;  // by file: each is read once
  for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
    const std::string& file = config.upstreams[i].tls.ca_file;
    const Node* node = upstreams->children[i].find("ca_file");
    if (node == nullptr || file.empty()) continue;
    auto known = faults.find(file);
    if (known == faults.end()) known = faults.emplace(file, check(file)).first;
    if (known->second.empty()) continue;
    report.error(*node, "found " + node->shown() + ", which is of no use: " + known->second +
                            "; expected a file of certificates in PEM that this user may read");
  }
}

}  // namespace holdfast

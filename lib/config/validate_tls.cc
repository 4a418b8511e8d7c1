#include <map>

#include "config/validate.h"

namespace holdfast {
namespace {

class CaFiles {
 public:
  CaFiles(const CaCheck& check, Report& report) : check_(check), report_(report) {}

  /// `file` is what `key` of the node says.
  void look_at(const std::string& file, const Node& of, std::string_view key) {
    const Node* node = of.find(key);
    if (node == nullptr || file.empty()) return;
    auto known = faults_.find(file);
    if (known == faults_.end()) known = faults_.emplace(file, check_(file)).first;
    if (known->second.empty()) return;
    report_.error(*node, "found " + node->shown() + ", which is of no use: " + known->second +
                             "; expected a file of certificates in PEM that this user may read");
  }

 private:
  const CaCheck& check_;
  Report& report_;
  std::map<std::string, std::string> faults_;  // by file: each is read once
};

void look_at_chain(const rpc::Chain& chain, const Node& node, CaFiles& files) {
  files.look_at(chain.gateways.ca_file, node, "ccip_ca_file");
  const Node* endpoints = node.find("endpoints");
  if (endpoints == nullptr || endpoints->children.size() != chain.endpoints.size()) return;
  for (std::size_t i = 0; i < chain.endpoints.size(); ++i)
    files.look_at(chain.endpoints[i].ca_file, endpoints->children[i], "ca_file");
}

}  // namespace

void validate_tls(const Config& config, const Node& root, const CaCheck& check, Report& report) {
  const Node* upstreams = root.find("upstreams");
  if (!check || upstreams == nullptr || upstreams->children.size() != config.upstreams.size()) {
    return;
  }
  CaFiles files(check, report);
  for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
    const UpstreamConfig& upstream = config.upstreams[i];
    const Node& node = upstreams->children[i];
    files.look_at(upstream.tls.ca_file, node, "ca_file");
    if (upstream.chain) look_at_chain(*upstream.chain, node, files);
  }
}

}  // namespace holdfast

#include <algorithm>
#include <string>

#include "config/validate.h"

namespace holdfast {
namespace {

bool is_multicast(const IpAddress& address) {
  const IpAddress plain = address.unmapped();
  return plain.is_v4() ? plain.bytes[0] >= 224 : plain.bytes[0] == 0xff;
}

bool beyond_loopback(const Endpoint& listen) {
  return !listen.address.is_loopback();
}

/// True if what is sent to `target` arrives at a listener of ours.
bool reaches(const Endpoint& target, const Endpoint& listen) {
  if (target.port != listen.port || listen.port == 0) return false;
  const IpAddress to = target.address.unmapped();
  const IpAddress at = listen.address.unmapped();
  if (to == at) return true;
  return at.is_unspecified() && to.is_loopback() && to.family == at.family;
}

/// Item i of a list as the file has it; nullptr if the list is a default, or the item was found
/// wrong.
const Node* item(const Node* list, std::size_t i, const Report& report) {
  if (list == nullptr || !list->is(Node::Kind::array) || i >= list->children.size()) return nullptr;
  const Node& node = list->children[i];
  return report.flagged(node) ? nullptr : &node;
}

void check_listen(const Config& config, const Node& root, Report& report) {
  const Node* list = root.find("listen");
  for (std::size_t i = 0; i < config.listen.size(); ++i) {
    const Node* node = item(list, i, report);
    if (node == nullptr) continue;
    const Endpoint& here = config.listen[i];
    if (is_multicast(here.address)) report.wrong_value(*node, "an address of this host");
    for (std::size_t j = 0; j < i; ++j) {
      if (here.port != 0 && config.listen[j] == here) {
        report.error(*node, "found " + node->shown() + " twice; expected each address once");
      }
    }
  }
}

/// Blocks as `list` in the file has them, which may be nullptr. Do they admit more than loopback?
bool check_blocks(const std::vector<IpPrefix>& blocks, const Node* list, bool open,
                  Report& report) {
  bool admits_others = false;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Node* node = item(list, i, report);
    if (!blocks[i].address.is_loopback()) admits_others = true;
    if (open && blocks[i].length == 0 && node != nullptr) {
      report.warning(*node,
                     "everybody who reaches a listener may ask: an open resolver is abused "
                     "for attacks on others; expected the networks of your clients");
    }
  }
  return admits_others;
}

void check_acl(const Config& config, const Node& root, Report& report) {
  const bool open = std::any_of(config.listen.begin(), config.listen.end(), beyond_loopback);
  const Node* listen = root.find("listen");
  const Node* acl = root.find("acl");
  const Node* admit = root.find("admit");
  bool admits_others = check_blocks(config.acl, acl, open, report);
  for (const AdmitConfig& some : config.admit) {
    if (check_blocks(some.networks, admit->find(some.name), open, report)) admits_others = true;
  }
  if (acl != nullptr && config.admitted().empty() && !report.flagged(*acl)) {
    report.warning(*acl, "nobody may ask; expected at least \"127.0.0.0/8\" and \"::1/128\"");
  } else if (open && !admits_others && listen != nullptr && !report.flagged_within(*listen)) {
    report.warning(*listen,
                   "listens beyond loopback, but acl admits loopback only: every other "
                   "client is refused");
  }
}

void check_http(const Config& config, const Node& root, Report& report) {
  const Node* node = root.find("http");
  if (node == nullptr || !config.http || report.flagged(*node)) return;
  if (!config.http->address.is_loopback()) {
    report.wrong_value(*node,
                       "a loopback address such as \"127.0.0.1:9953\"; status and metrics "
                       "are for this host only");
  }
  for (const Endpoint& listen : config.listen) {
    if (reaches(*config.http, listen)) {
      report.error(*node,
                   "found " + node->shown() + ", which \"listen\" has too; expected another port");
      break;
    }
  }
}

/// Where the endpoints of an upstream were written.
const Node& endpoint_node(const Node& upstream, std::size_t i) {
  const Node* addresses = upstream.find("addresses");
  if (addresses != nullptr && i < addresses->children.size()) return addresses->children[i];
  const Node* url = upstream.find("url");
  return url == nullptr ? upstream : *url;
}

void check_endpoint(const Endpoint& endpoint, const Node& node, const Config& config,
                    Report& report) {
  if (endpoint.port == 0) report.wrong_value(node, "a port from 1 to 65535");
  if (endpoint.address.is_unspecified() || is_multicast(endpoint.address)) {
    report.wrong_value(node, "the address of one server");
    return;
  }
  for (const Endpoint& listen : config.listen) {
    if (reaches(endpoint, listen)) {
      report.error(node, "found " + node.shown() + ", where holdfast itself listens (" +
                             listen.to_string() +
                             "); expected another server, or it would ask itself");
      return;
    }
  }
}

void check_source(const UpstreamConfig& upstream, const Node& node, Report& report) {
  const Node* source = node.find("source");
  if (source == nullptr || !upstream.source) return;
  if (is_multicast(*upstream.source)) report.wrong_value(*source, "an address of this host");
  const auto fits = [&upstream](const Endpoint& e) {
    return e.address.family == upstream.source->family || e.address.is_unspecified();
  };
  const auto& proxy = upstream.http.proxy;
  const auto endpoints = proxy ? std::vector{*proxy} : upstream.endpoints;
  if (!endpoints.empty() && std::none_of(endpoints.begin(), endpoints.end(), fits)) {
    report.wrong_value(*source, "an address of the same family (IPv4 or IPv6) as the upstream's");
  }
}

/// Whoever is on the way can set the AD bit, unless nobody is.
void check_trust(const UpstreamConfig& upstream, const Node& node, Report& report) {
  const Node* trust = node.find("trust_ad");
  if (trust == nullptr || !upstream.trust_ad || is_encrypted(upstream.transport)) return;
  const auto& endpoints = upstream.endpoints;
  const bool here = !endpoints.empty() && std::ranges::all_of(endpoints, [](const Endpoint& e) {
    return e.address.is_loopback();
  });
  if (here) return;
  report.error(*trust,
               "found true; expected only with tls:// or https://, or on loopback: on the way to "
               "any other server the AD bit can be set by anybody");
}

void check_upstream(const UpstreamConfig& upstream, const Node& node, const Config& config,
                    Report& report) {
  for (std::size_t i = 0; i < upstream.endpoints.size(); ++i) {
    const Node& at = endpoint_node(node, i);
    if (!report.flagged(at)) check_endpoint(upstream.endpoints[i], at, config, report);
  }
  if (const Node* proxy = node.find("proxy"); proxy != nullptr && upstream.http.proxy) {
    check_endpoint(*upstream.http.proxy, *proxy, config, report);
  }
  check_source(upstream, node, report);
  check_trust(upstream, node, report);
  const Node* url = node.find("url");
  const bool must_resolve = !upstream.host.empty() && node.find("addresses") == nullptr;
  if (must_resolve && config.bootstrap.empty() && url != nullptr) {
    report.error(*url, "found " + url->shown() +
                           ", a host name; expected \"addresses\" beside it, or "
                           "\"bootstrap\" servers that resolve it");
  }
}

/// There is one network, and its upstreams need names of their own.
void check_automatic(const Config& config, const Node& upstreams, Report& report) {
  const auto& all = config.upstreams;
  const auto first = std::ranges::find(all, true, &UpstreamConfig::automatic);
  if (first == all.end()) return;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Node& node = upstreams.children[i];
    const Node* url = node.find("url");
    if (all[i].automatic && &all[i] != &*first && url != nullptr && !report.flagged(*url)) {
      report.error(*url, "found \"auto\", which upstream \"" + first->name +
                             "\" has, too; expected it once, for both would be the same");
    }
    const std::string& name = all[i].name;
    for (std::size_t n = 1; n <= kMaxAutomatic; ++n) {
      if (name != first->name + "-" + std::to_string(n)) continue;
      report.error(node, "a name that an upstream of \"" + first->name +
                             "\" gets, whose url is \"auto\"; expected another one");
    }
  }
}

/// A provider has one packet budget, whichever of its upstreams says so.
void check_budgets(const Config& config, const Node& upstreams, Report& report) {
  for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
    const UpstreamConfig& here = config.upstreams[i];
    const auto disagrees = [&here](const UpstreamConfig& other) {
      return other.provider == here.provider && other.max_pps && other.max_pps != here.max_pps;
    };
    const auto end = config.upstreams.begin() + static_cast<std::ptrdiff_t>(i);
    const auto other = std::find_if(config.upstreams.begin(), end, disagrees);
    const Node* node = upstreams.children[i].find("max_pps");
    if (other == end || node == nullptr || report.flagged(*node)) continue;
    report.error(*node, "found " + node->shown() + ", but upstream \"" + other->name + "\" says " +
                            std::to_string(*other->max_pps) +
                            "; expected one budget for provider \"" + here.provider + '"');
  }
}

void check_bootstrap(const Config& config, const Node& root, Report& report) {
  const Node* list = root.find("bootstrap");
  for (std::size_t i = 0; i < config.bootstrap.size(); ++i) {
    if (const Node* node = item(list, i, report)) {
      check_endpoint(config.bootstrap[i], *node, config, report);
    }
  }
}

}  // namespace

void validate_network(const Config& config, const Node& root, Report& report) {
  check_listen(config, root, report);
  check_acl(config, root, report);
  check_http(config, root, report);
  check_bootstrap(config, root, report);
  const Node* upstreams = root.find("upstreams");
  if (upstreams == nullptr || upstreams->children.size() != config.upstreams.size()) return;
  for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
    const Node& node = upstreams->children[i];
    if (node.is(Node::Kind::object)) check_upstream(config.upstreams[i], node, config, report);
  }
  check_budgets(config, *upstreams, report);
  check_automatic(config, *upstreams, report);
}

}  // namespace holdfast

#include "net/tls_trust.h"

#include <utility>
#include <variant>

namespace holdfast {

std::vector<std::string> TlsTrust::follow(
    const std::vector<std::shared_ptr<const Upstream>>& upstreams) {
  Contexts opened;
  std::vector<std::string> faults;
  for (const auto& upstream : upstreams) {
    if (!upstream || !is_encrypted(upstream->transport)) continue;
    const std::string& file = upstream->tls.ca_file;
    if (opened.contains(file)) continue;
    auto context = TlsContext::open(file);
    if (auto* fault = std::get_if<std::string>(&context)) {
      faults.push_back((file.empty() ? "the system's certificates" : file) + ": " + *fault);
      opened.emplace(file, find(file));
    } else {
      opened.emplace(file, std::make_shared<TlsContext>(std::get<TlsContext>(std::move(context))));
    }
  }
  const std::lock_guard lock(mutex_);
  contexts_.swap(opened);
  return faults;
}

std::shared_ptr<const TlsContext> TlsTrust::find(const std::string& ca_file) const {
  const std::lock_guard lock(mutex_);
  const auto found = contexts_.find(ca_file);
  return found == contexts_.end() ? nullptr : found->second;
}

}  // namespace holdfast

#include "audit/facts.h"

#include <algorithm>

namespace holdfast::audit {
namespace {

/// The facts of a table, made ready to be looked up.
template <typename Fact>
class Index {
 public:
  explicit Index(const std::vector<Fact>& facts) {
    for (const Fact& fact : facts) {
      each_word(fact.prefixes, [&](std::string_view word) {
        if (const auto prefix = parse_prefix(word)) prefixes_.push_back({*prefix, &fact});
      });
      each_word(fact.hosts, [&](std::string_view word) { hosts_.push_back({word, &fact}); });
    }
  }

  [[nodiscard]] const Fact* at(const IpAddress& address) const {
    const IpAddress plain = address.unmapped();
    const auto found = std::ranges::find_if(
        prefixes_, [&plain](const auto& entry) { return entry.first.contains(plain); });
    return found == prefixes_.end() ? nullptr : found->second;
  }

  [[nodiscard]] const Fact* of(std::string_view host) const {
    const auto found = std::ranges::find_if(
        hosts_, [host](const auto& entry) { return is_below(host, entry.first); });
    return found == hosts_.end() ? nullptr : found->second;
  }

  template <typename Visit>
  static void each_word(std::string_view words, Visit visit) {
    while (!words.empty()) {
      const auto end = std::min(words.find(' '), words.size());
      if (end > 0) visit(words.substr(0, end));
      words.remove_prefix(std::min(end + 1, words.size()));
    }
  }

 private:
  static bool is_below(std::string_view host, std::string_view zone) {
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.size() < zone.size()) return false;
    const std::string_view end = host.substr(host.size() - zone.size());
    const auto same = [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    };
    return std::ranges::equal(end, zone, same) &&
           (host.size() == zone.size() || host[host.size() - zone.size() - 1] == '.');
  }

  std::vector<std::pair<IpPrefix, const Fact*>> prefixes_;
  std::vector<std::pair<std::string_view, const Fact*>> hosts_;
};

const Index<Service>& service_index() {
  static const Index<Service> index(services());
  return index;
}

const Index<Cloud>& cloud_index() {
  static const Index<Cloud> index(clouds());
  return index;
}

}  // namespace

const Service* service_at(const IpAddress& address) {
  return service_index().at(address);
}

const Service* service_of(std::string_view host) {
  return service_index().of(host);
}

const Cloud* cloud_at(const IpAddress& address) {
  return cloud_index().at(address);
}

const Cloud* cloud_of(std::string_view host) {
  return cloud_index().of(host);
}

const Cloud* cloud_called(std::string_view provider) {
  for (const Cloud& cloud : clouds()) {
    bool called = false;
    Index<Cloud>::each_word(cloud.providers,
                            [&](std::string_view word) { called = called || word == provider; });
    if (called) return &cloud;
  }
  return nullptr;
}

bool is_base_plus_two(const IpAddress& address) noexcept {
  const IpAddress plain = address.unmapped();
  const bool link_local = plain.bytes[0] == 169 && plain.bytes[1] == 254;
  return plain.is_v4() && !plain.is_loopback() && !link_local && plain.bytes[3] % 16 == 2;
}

}  // namespace holdfast::audit

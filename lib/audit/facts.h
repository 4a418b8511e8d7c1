// What is known of the world's resolvers and clouds: which addresses and host names are one
// service, and what stands in which cloud. Facts with the page they were taken from; a table to be
// extended, not code.
#pragma once

#include <string_view>
#include <vector>

#include "base/endpoint.h"

namespace holdfast::audit {

/// Addresses and host names that are one service: they fail together whatever they are called.
struct Service {
  std::string_view name;
  std::string_view title;     // for people
  std::string_view prefixes;  // separated by spaces
  std::string_view hosts;     // each with all that is below it
};

/// A cloud, or a network that others build on.
struct Cloud {
  std::string_view name;
  std::string_view title;
  std::string_view prefixes;
  std::string_view hosts;
  std::string_view providers;  // what operators call it, as `provider`
};

[[nodiscard]] const std::vector<Service>& services();
[[nodiscard]] const std::vector<Cloud>& clouds();

/// nullptr where nothing is known.
[[nodiscard]] const Service* service_at(const IpAddress& address);
[[nodiscard]] const Service* service_of(std::string_view host);
[[nodiscard]] const Cloud* cloud_at(const IpAddress& address);
[[nodiscard]] const Cloud* cloud_of(std::string_view host);
[[nodiscard]] const Cloud* cloud_called(std::string_view provider);

/// Can it be the base of an AWS VPC's network plus two, where its resolver listens besides its
/// link-local address? A VPC begins at a multiple of 16, and may have public addresses.
[[nodiscard]] bool is_base_plus_two(const IpAddress& address) noexcept;

}  // namespace holdfast::audit

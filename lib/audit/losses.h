// Losses: which outages a configuration is put through: each failure domain alone, each cloud that
// several of them stand in, each pair of domains that some route has. Bounded.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "audit/subject.h"

namespace holdfast::audit {

/// How those that are lost behave.
enum class How : std::uint8_t { silent, servfail };

struct Loss {
  std::vector<std::string> names;  // of the domains, or of the cloud
  std::set<const Party*> parties;  // that are lost
  How how = How::silent;
  bool pair = false;
};

/// The routes that are played: of those that differ in nothing but their zone one stands for all.
struct Role {
  std::size_t route = 0;   // in the configuration
  std::size_t others = 0;  // that it stands for
};

struct Casting {
  std::vector<Role> roles;
  std::vector<Loss> losses;
  std::size_t routes_left_out = 0;  // beyond kMaxRoles
  std::size_t pairs_left_out = 0;   // beyond kMaxPairs
};

inline constexpr std::size_t kMaxRoles = 64;
inline constexpr std::size_t kMaxPairs = 300;

[[nodiscard]] Casting cast(const Subject& subject);

/// "silent", "servfail".
[[nodiscard]] const char* to_string(How how) noexcept;

}  // namespace holdfast::audit

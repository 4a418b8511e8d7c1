// Notes: the few things that are kept besides answers: how upstreams fared, where those were found
// that are given by host name, and by whom each zone was answered.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "cache/record.h"
#include "upstream/health_board.h"
#include "upstream/zone_marks.h"

namespace holdfast {

/// How an upstream fared when it was last looked at.
struct SavedHealth {
  std::string upstream;
  HealthState state = HealthState::up;
  UnixTime at{};

  friend bool operator==(const SavedHealth&, const SavedHealth&) = default;
};

/// The addresses of a host name, the last that were found.
struct SavedHost {
  std::string host;
  std::vector<IpAddress> addresses;

  friend bool operator==(const SavedHost&, const SavedHost&) = default;
};

/// What the store remembers of former times.
struct SavedNotes {
  std::vector<SavedHealth> health;
  std::vector<SavedHost> hosts;
  ZoneMarks zones;
};

inline constexpr std::size_t kMostSavedAddresses = 64;

[[nodiscard]] std::vector<std::uint8_t> write_health(const SavedHealth& health);
[[nodiscard]] std::vector<std::uint8_t> write_host(const SavedHost& host);
[[nodiscard]] std::vector<std::uint8_t> write_zone(std::uint64_t mark);

/// Adds what a row says to `notes`; false if it is no note.
bool read_note(dns::Bytes key, dns::Bytes body, SavedNotes& notes);

}  // namespace holdfast

#include "store/notes.h"

#include <gtest/gtest.h>

#include "store/row.h"

namespace holdfast::test {
namespace {

TEST(Notes, of_health_come_back) {
  const SavedHealth health{"vpc", HealthState::down, UnixTime(1'800'000'000)};
  SavedNotes notes;
  const RowKey key = RowKey::of_note(RowKind::health, "vpc");
  ASSERT_TRUE(read_note(key.bytes(), write_health(health), notes));
  ASSERT_EQ(notes.health.size(), 1U);
  EXPECT_EQ(notes.health[0], health);
}

TEST(Notes, of_hosts_come_back) {
  const SavedHost host{"dns.example",
                       {parse_ip("192.0.2.1").value(), parse_ip("2001:db8::1").value()}};
  SavedNotes notes;
  const RowKey key = RowKey::of_note(RowKind::host, "dns.example");
  ASSERT_TRUE(read_note(key.bytes(), write_host(host), notes));
  ASSERT_EQ(notes.hosts.size(), 1U);
  EXPECT_EQ(notes.hosts[0], host);
}

TEST(Notes, of_zones_come_back_and_the_newest_counts) {
  SavedNotes notes;
  const std::string zone("\4corp\0", 6);
  const RowKey key = RowKey::of_note(RowKind::zone, zone);
  ASSERT_TRUE(read_note(key.bytes(), write_zone(0x1122334455667788U), notes));
  ASSERT_TRUE(read_note(key.bytes(), write_zone(7), notes));
  EXPECT_EQ(notes.zones, (ZoneMarks{{zone, 0x1122334455667788U}}));
  EXPECT_FALSE(read_note(key.bytes(), std::vector<std::uint8_t>(9), notes));
}

TEST(Notes, that_nobody_wrote_are_refused) {
  SavedNotes notes;
  const RowKey health = RowKey::of_note(RowKind::health, "vpc");
  const RowKey host = RowKey::of_note(RowKind::host, "dns.example");
  EXPECT_FALSE(read_note(health.bytes(), std::vector<std::uint8_t>(8), notes));
  EXPECT_FALSE(read_note(health.bytes(), std::vector<std::uint8_t>(9, 4), notes));
  EXPECT_FALSE(read_note(host.bytes(), {}, notes));
  EXPECT_FALSE(read_note(host.bytes(), std::vector<std::uint8_t>{4, 127, 0, 0}, notes));
  EXPECT_FALSE(read_note(host.bytes(), std::vector<std::uint8_t>{5, 127, 0, 0, 1}, notes));
  std::vector<std::uint8_t> many;
  for (std::size_t i = 0; i <= kMostSavedAddresses; ++i)
    many.insert(many.end(), {4, 127, 0, 0, 1});
  EXPECT_FALSE(read_note(host.bytes(), many, notes));
  const std::vector<std::uint8_t> nameless{'b'};
  EXPECT_FALSE(read_note(nameless, std::vector<std::uint8_t>{4, 127, 0, 0, 1}, notes));
  EXPECT_TRUE(notes.health.empty() && notes.hosts.empty());
}

}  // namespace
}  // namespace holdfast::test

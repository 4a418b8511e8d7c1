// When an upstream of the old configuration is the same server as one of the new.
#include "upstream/upstream.h"

#include <functional>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

Upstream example() {
  Upstream upstream;
  upstream.name = "one";
  upstream.endpoints = {parse_endpoint("192.0.2.1", 53).value()};
  return upstream;
}

TEST(Upstream, is_the_same_server_if_it_is_reached_the_same_way) {
  struct Row {
    const char* change;
    std::function<void(Upstream&)> apply;
    bool same;
  };

  const Row rows[] = {
      {"nothing", [](Upstream&) {}, true},
      {"name", [](Upstream& u) { u.name = "other"; }, true},
      {"provider", [](Upstream& u) { u.provider = ProviderId{3}; }, true},
      {"validates", [](Upstream& u) { u.validates = true; }, true},
      {"max_pps", [](Upstream& u) { u.max_pps = 5; }, true},
      {"probe", [](Upstream& u) { u.probe.interval = 7s; }, true},
      {"transport", [](Upstream& u) { u.transport = TransportKind::tcp; }, false},
      {"host", [](Upstream& u) { u.host = "dns.example.org"; }, false},
      {"port", [](Upstream& u) { u.port = 5353; }, false},
      {"address", [](Upstream& u) { u.endpoints[0].address.bytes[3] = 9; }, false},
      {"no address", [](Upstream& u) { u.endpoints.clear(); }, false},
      {"name of the certificate", [](Upstream& u) { u.tls.name = "dns.example"; }, false},
      {"authorities", [](Upstream& u) { u.tls.ca_file = "/etc/ca.pem"; }, false},
      {"pins", [](Upstream& u) { u.tls.pins.push_back({}); }, false},
      {"path", [](Upstream& u) { u.http.path = "/dns-query"; }, false},
      {"proxy", [](Upstream& u) { u.http.proxy = u.endpoints[0]; }, false},
      {"source", [](Upstream& u) { u.source = parse_ip("192.0.2.77").value(); }, false},
      {"interface", [](Upstream& u) { u.interface = "eth1"; }, false},
  };
  for (const Row& row : rows) {
    Upstream changed = example();
    row.apply(changed);
    EXPECT_EQ(example().same_server(changed), row.same) << row.change;
    EXPECT_EQ(changed.same_server(example()), row.same) << row.change;
  }
}

TEST(Upstream, class_and_transport_have_the_names_of_the_configuration) {
  EXPECT_STREQ(to_string(UpstreamClass::cloud), "cloud");
  EXPECT_STREQ(to_string(UpstreamClass::external), "external");
  EXPECT_STREQ(to_string(UpstreamClass::ens), "ens");
  EXPECT_STREQ(to_string(TransportKind::udp), "udp");
  EXPECT_STREQ(to_string(TransportKind::tcp), "tcp");
  EXPECT_STREQ(to_string(TransportKind::tls), "tls");
  EXPECT_STREQ(to_string(TransportKind::https), "https");
}

}  // namespace
}  // namespace holdfast

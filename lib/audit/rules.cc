#include "audit/rules.h"

namespace holdfast::audit {

const std::vector<Rule>& rules() {
  static const std::vector<Rule> table{
      {"single-domain", "a route has fewer than two failure domains", single_domain},
      {"one-service", "two providers are one service", one_service},
      {"same-cloud", "a backup stands in the cloud that it backs up", same_cloud},
      {"quorum-alone", "a quorum cannot be met when one provider is gone", quorum_alone},
      {"believes-one", "one endpoint of a chain is believed alone", believes_one},
      {"one-way-out", "only one transport, or only port 53, leads out", one_way_out},
      {"one-interface", "all upstreams are asked through one interface", one_interface},
      {"bootstrap-circle", "host names are resolved by what they must replace", bootstrap_circle},
      {"stub-upstream", "an upstream is this host's own stub", stub_upstream},
      {"open-listener", "a listener is open to the world", open_listener},
      {"mixed-validators", "validating and other upstreams answer one route", mixed_validators},
      {"mixed-filters", "filtering and other upstreams answer one route", mixed_filters},
      {"mixed-views", "a tier mixes the network's own view with the public one", mixed_views},
      {"private-leak", "private names are asked outside", private_leak},
      {"no-default-route", "no route for every name", no_default_route},
      {"unused-upstream", "an upstream that no route names", unused_upstream},
      {"private-no-stale", "a private zone without stale answers", private_no_stale},
      {"short-stale", "stale answers end before an outage does", short_stale},
      {"no-store", "nothing outlives a restart", no_store},
      {"store-lost", "the store does not outlive a reboot", store_lost},
      {"small-memory", "memory is too small for what a host uses", small_memory},
      {"floor-defeats", "a floor that defeats itself", floor_defeats},
      {"ejection-defeats", "an ejection interval that defeats itself", ejection_defeats},
      {"packet-budget", "a packet budget that defeats itself", packet_budget},
      {"retry-budget", "a retry or hedge budget that defeats itself", retry_budget},
      {"ladder-short", "the ladder of a lookup has no room for a second try", ladder_short},
      {"slow-probes", "a dead backup is found too late", slow_probes},
      {"deaf-health", "health never notices an outage", deaf_health},
      {"limits-shed", "limits that shed what an outage needs", limits_shed},
      {"nobody-sees", "no metrics are served", nobody_sees},
  };
  return table;
}

}  // namespace holdfast::audit

// The rules of the audit: a table of them, each a pure function of the configuration. One family in
// a file. docs/AUDIT.md lists them with their remedies, and a test holds the two together.
#pragma once

#include <string_view>
#include <vector>

#include "audit/finding.h"
#include "audit/subject.h"

namespace holdfast::audit {

struct Rule {
  std::string_view id;     // in --json; never changes its meaning
  std::string_view title;  // for people
  void (*look)(const Subject&, Findings&);
};

/// In the order of docs/AUDIT.md.
[[nodiscard]] const std::vector<Rule>& rules();

// --- who fails together (rules_domains.cc)

void single_domain(const Subject& subject, Findings& out);
void one_service(const Subject& subject, Findings& out);
void same_cloud(const Subject& subject, Findings& out);
void quorum_alone(const Subject& subject, Findings& out);
void believes_one(const Subject& subject, Findings& out);

// --- ways out (rules_ways.cc)

void one_way_out(const Subject& subject, Findings& out);
void one_interface(const Subject& subject, Findings& out);
void bootstrap_circle(const Subject& subject, Findings& out);
void stub_upstream(const Subject& subject, Findings& out);
void open_listener(const Subject& subject, Findings& out);

// --- what answers mean (rules_views.cc)

void mixed_validators(const Subject& subject, Findings& out);
void mixed_filters(const Subject& subject, Findings& out);
void mixed_views(const Subject& subject, Findings& out);
void private_leak(const Subject& subject, Findings& out);
void no_default_route(const Subject& subject, Findings& out);
void unused_upstream(const Subject& subject, Findings& out);

// --- what is remembered (rules_memory.cc)

void private_no_stale(const Subject& subject, Findings& out);
void short_stale(const Subject& subject, Findings& out);
void no_store(const Subject& subject, Findings& out);
void store_lost(const Subject& subject, Findings& out);
void small_memory(const Subject& subject, Findings& out);

// --- floors, budgets and times that defeat themselves (rules_limits.cc)

void floor_defeats(const Subject& subject, Findings& out);
void ejection_defeats(const Subject& subject, Findings& out);
void packet_budget(const Subject& subject, Findings& out);
void retry_budget(const Subject& subject, Findings& out);
void ladder_short(const Subject& subject, Findings& out);
void slow_probes(const Subject& subject, Findings& out);
void deaf_health(const Subject& subject, Findings& out);
void limits_shed(const Subject& subject, Findings& out);
void nobody_sees(const Subject& subject, Findings& out);

}  // namespace holdfast::audit

// The table of outcomes: what each means.
#include "upstream/outcome.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

struct Row {
  Outcome outcome;
  Disposition disposition;
  Origin origin;
  bool failure;
  const char* label;
};

using enum Disposition;

constexpr Row kRows[] = {
    {Outcome::positive, accept, Origin::none, false, "positive"},
    {Outcome::nodata, accept, Origin::none, false, "nodata"},
    {Outcome::nxdomain, accept, Origin::none, false, "nxdomain"},
    {Outcome::servfail, next_upstream, Origin::remote, true, "servfail"},
    {Outcome::refused, next_upstream, Origin::remote, true, "refused"},
    {Outcome::notimp, next_upstream, Origin::remote, true, "notimp"},
    {Outcome::formerr, next_upstream, Origin::remote, true, "formerr"},
    {Outcome::formerr_edns, retry_plain, Origin::remote, false, "formerr_edns"},
    {Outcome::other_rcode, next_upstream, Origin::remote, true, "other_rcode"},
    {Outcome::timeout, next_upstream, Origin::remote, true, "timeout"},
    {Outcome::connection_refused, next_upstream, Origin::remote, true, "connection_refused"},
    {Outcome::unreachable, next_upstream, Origin::remote, true, "unreachable"},
    {Outcome::closed, next_upstream, Origin::remote, true, "closed"},
    {Outcome::tls_stalled, next_upstream, Origin::remote, true, "tls_stalled"},
    {Outcome::tls_failed, next_upstream, Origin::remote, true, "tls_failed"},
    {Outcome::certificate, next_upstream, Origin::remote, true, "certificate"},
    {Outcome::pin, next_upstream, Origin::remote, true, "pin"},
    {Outcome::no_socket, next_upstream, Origin::local, false, "no_socket"},
    {Outcome::throttled, next_upstream, Origin::local, false, "throttled"},
    {Outcome::malformed, next_upstream, Origin::remote, true, "malformed"},
    {Outcome::wrong_case, retry_tcp, Origin::remote, false, "wrong_case"},
    {Outcome::no_cookie, retry_tcp, Origin::remote, false, "no_cookie"},
    {Outcome::bad_cookie, retry_cookie, Origin::remote, false, "bad_cookie"},
    {Outcome::spoofed, retry_tcp, Origin::local, false, "spoofed"},
    {Outcome::truncated, retry_tcp, Origin::remote, false, "truncated"},
    {Outcome::lame, next_upstream, Origin::remote, true, "lame"},
    {Outcome::http_status, next_upstream, Origin::remote, true, "http_status"},
    {Outcome::http_content, next_upstream, Origin::remote, true, "http_content"},
};

TEST(Outcome, means_what_the_table_says) {
  EXPECT_EQ(std::size(kRows), kOutcomes);
  for (const Row& expected : kRows) {
    const OutcomeRow& found = row(expected.outcome);
    EXPECT_EQ(found.outcome, expected.outcome) << expected.label;
    EXPECT_EQ(found.disposition, expected.disposition) << expected.label;
    EXPECT_EQ(found.origin, expected.origin) << expected.label;
    EXPECT_EQ(found.failure, expected.failure) << expected.label;
    EXPECT_STREQ(to_string(expected.outcome), expected.label);
  }
}

TEST(Outcome, has_a_label_of_its_own) {
  std::set<std::string> labels;
  for (std::size_t i = 0; i < kOutcomes; ++i)
    labels.insert(to_string(static_cast<Outcome>(i)));
  EXPECT_EQ(labels.size(), kOutcomes);
}

TEST(Outcome, is_an_answer_exactly_where_it_is_accepted) {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    EXPECT_EQ(is_answer(outcome), row(outcome).disposition == accept) << to_string(outcome);
    EXPECT_EQ(is_answer(outcome), row(outcome).origin == Origin::none) << to_string(outcome);
    EXPECT_EQ(is_negative(outcome), is_answer(outcome) && outcome != Outcome::positive);
  }
}

TEST(Outcome, is_silence_where_no_resolver_spoke) {
  using enum Outcome;
  for (const Outcome o : {timeout, connection_refused, unreachable, closed, tls_stalled, tls_failed,
                          certificate, pin})
    EXPECT_TRUE(is_silence(o)) << to_string(o);
  for (const Outcome o : {positive, nxdomain, servfail, no_socket, throttled, malformed, lame})
    EXPECT_FALSE(is_silence(o)) << to_string(o);
}

TEST(Outcome, is_evidence_only_if_it_speaks_of_the_other_side) {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    const OutcomeRow& r = row(static_cast<Outcome>(i));
    if (r.failure) {
      EXPECT_EQ(r.origin, Origin::remote) << r.label;
      EXPECT_EQ(r.disposition, next_upstream) << r.label;
    }
  }
}

}  // namespace
}  // namespace holdfast

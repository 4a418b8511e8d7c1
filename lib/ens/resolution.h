// Resolution: one DNS question, resolved on a chain. A state machine that asks for calls and
// requests and is fed their results; who makes them, at which endpoints, and when to give up on one
// is decided elsewhere. Without sockets and clocks, so that it runs on recorded transcripts.
//
//   cut -> interface -> records <-> gateways      once for each leg (leg.h)
//     \-> existence
//
// A question costs findResolver, supportsInterface and one resolve(multicall); what the first two
// said is remembered (cut_memory.h). On a chain without a universal resolver the registry is walked
// (registry_walk.h) and the resolver asked itself (resolver_round.h).
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "ens/call_result.h"
#include "ens/cut_memory.h"
#include "ens/gateway_round.h"
#include "ens/leg.h"
#include "ens/registry_walk.h"
#include "ens/resolver_round.h"

namespace holdfast::ens {

/// Names what is asked until its result comes.
enum class AskId : std::uint32_t {};

/// An eth_call, at the resolution's block and without "from".
struct ChainCall {
  Address to{};
  Blob data;
  /// What an endpoint said made no sense. It may have been the endpoint: ask another one.
  bool elsewhere = false;
  /// The contract always returns something: "0x" is an endpoint that lacks it, not an answer.
  bool never_empty = false;
};

struct Ask {
  AskId id{};
  std::variant<ChainCall, GatewayRequest> what;
};

class Resolution {
 public:
  /// `bridge` and `memory` must outlive it. The question's class and type are judged here, too.
  Resolution(const Bridge& bridge, CutMemory& memory, const Block& block,
             const dns::Question& question, TimePoint now);

  // Rounds of gateways refer to what stands in it.
  Resolution(const Resolution&) = delete;
  Resolution& operator=(const Resolution&) = delete;

  /// What is to be done now, each once. To be taken after construction and after each event.
  [[nodiscard]] std::vector<Ask> take_asks();

  /// Results; of what was not asked, or is no longer wanted, they change nothing.
  void on_call(AskId id, const CallResult& result, TimePoint now);
  void on_gateway(AskId id, GatewayReply reply, TimePoint now);
  /// Gateways are waited for until deadline() and no longer.
  void on_time(TimePoint now);

  /// kForever while no gateway is asked.
  [[nodiscard]] TimePoint deadline() const noexcept { return deadline_; }

  /// Null until it is done.
  [[nodiscard]] const Answer* answer() const noexcept { return done_ ? &answer_ : nullptr; }

  /// eth_calls asked for so far.
  [[nodiscard]] unsigned calls() const noexcept { return calls_; }

  /// How far the name in hand has been followed, for explanations.
  [[nodiscard]] const Leg& leg() const noexcept { return leg_; }

 private:
  enum class Step : std::uint8_t { cut, walk, interface, existence, records, direct };

  struct Fetch {
    AskId id;
    GatewayRound::Slot slot;
  };

  // Each of these ends in another call, in gateways' requests, or in the answer.
  void begin_leg(const dns::Name& name, bool link_only, TimePoint now);
  void find_cut(TimePoint now);
  void walk(TimePoint now);
  void on_walked(const CallResult& result, TimePoint now);
  void on_cut(TimePoint now);
  void on_no_resolver(TimePoint now);
  void on_resolver(TimePoint now);
  void ask_records(TimePoint now);
  void on_records(const CallResult& result, TimePoint now);
  void on_direct(const CallResult& result, TimePoint now);
  void on_reverted(Bytes data, TimePoint now);
  void ask_gateways(Bytes revert_data, TimePoint now);
  void pump_gateways();
  void read_records(std::span<const CallOutcome> results, TimePoint now);
  void take_draft(const Draft& draft, TimePoint now);
  void follow(const RrSet& alias, TimePoint now);
  void add_made_sets(const dns::Name& apex);

  void call(Step step, Address to, Blob data);
  void retry_or_fail(const char* what);
  void retry_records_or_fail(const char* what, TimePoint now);
  void on_step(const CallResult& result, TimePoint now);

  void finish_nodata(const dns::Name& apex);
  void finish_nxdomain(const dns::Name& apex, std::uint32_t ttl);
  void finish_not_ours();
  void fail(dns::EdeCode ede, std::string text, std::chrono::seconds keep);
  void finish();

  const Bridge& bridge_;
  CutMemory& memory_;
  const Block block_;
  const dns::Question question_;

  Leg leg_;
  std::optional<RegistryWalk> walk_;
  std::optional<ResolverRound> direct_;
  ProfileCalls plan_;
  unsigned links_ = 0;  // aliases followed

  Step step_ = Step::cut;
  ChainCall running_;  // the call that is waited for
  AskId call_id_{};
  bool retried_ = false;

  GatewayBudget budget_;
  std::optional<OffchainLookup> lookup_;
  std::optional<GatewayRound> round_;
  std::vector<Fetch> fetches_;
  std::size_t lookups_ = 0;  // of the call in hand
  bool gateways_spoke_ = false;
  TimePoint deadline_ = kForever;

  std::vector<Ask> asks_;
  std::uint32_t last_id_ = 0;
  unsigned calls_ = 0;
  Answer answer_;
  bool done_ = false;
};

}  // namespace holdfast::ens

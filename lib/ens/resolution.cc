#include "ens/resolution.h"

#include <algorithm>
#include <utility>

namespace holdfast::ens {
namespace {

constexpr unsigned kMostLinks = 8;
// How long what cannot be answered is not asked again.
constexpr std::chrono::seconds kBrokenKept{30};      // what is on chain is broken
constexpr std::chrono::seconds kOutageKept{5};       // somebody does not answer
constexpr std::chrono::seconds kProhibitedKept{60};  // we do not ask
// A label that no ENS name has will not become one.
constexpr std::uint32_t kInvalidNameTtl = 3600;
constexpr const char* kInvalidName = "name is not valid in ENS";
constexpr const char* kRefusedData = "the contract refuses the gateway's data";

bool is_tld(const dns::Name& name) {
  return name.label_count() == 1;
}

}  // namespace

Resolution::Resolution(const Bridge& bridge, CutMemory& memory, const Block& block,
                       const dns::Question& question, TimePoint now)
    : bridge_(bridge), memory_(memory), block_(block), question_(question) {
  budget_ = {bridge.gateways.questions, bridge.gateways.requests};
  if (question.rr_class != dns::RrClass::in || dns::is_meta(question.type)) {
    finish_not_ours();
  } else {
    begin_leg(question.name, false, now);
  }
}

std::vector<Ask> Resolution::take_asks() {
  return std::exchange(asks_, {});
}

void Resolution::on_call(AskId id, const CallResult& result, TimePoint now) {
  if (done_ || id != call_id_ || call_id_ == AskId{}) return;
  call_id_ = {};
  if (result.status == CallResult::Status::failed)
    return fail(result.ede, result.text, kOutageKept);
  const bool lacking =
      running_.never_empty && result.data.empty() && result.status == CallResult::Status::returned;
  if (lacking) return retry_or_fail("no contract where it should be");
  on_step(result, now);
}

void Resolution::on_step(const CallResult& result, TimePoint now) {
  const bool returned = result.status == CallResult::Status::returned;
  switch (step_) {
    case Step::cut: {
      const auto found =
          returned ? read_found_resolver(result.data, leg_.ens_name()) : std::nullopt;
      if (!found) return retry_or_fail("findResolver makes no sense");
      leg_.cut = *found;
      memory_.learn_cut(leg_.ens_name(), *found, now);
      return on_cut(now);
    }
    case Step::walk:
      return on_walked(result, now);
    case Step::interface:
      leg_.extended = returned && read_flag(result.data);
      memory_.learn_extended(leg_.cut.resolver, leg_.extended, now);
      return on_resolver(now);
    case Step::existence:
      if (returned && read_flag(result.data)) return finish_nodata(leg_.zone->apex);
      return finish_nxdomain(leg_.zone->apex, bridge_.answers.negative_ttl);
    case Step::records:
      return on_records(result, now);
    case Step::direct:
      return on_direct(result, now);
  }
}

// ---- the cut ----

void Resolution::begin_leg(const dns::Name& name, bool link_only, TimePoint now) {
  leg_ = {};
  leg_.name = name;
  leg_.type = question_.type;
  leg_.link_only = link_only;
  leg_.zone = find_zone(bridge_, name);
  if (leg_.zone == nullptr) {
    // An alias that leads out of the bridge is answered as far as it goes.
    return answer_.records.empty() ? finish_not_ours() : finish();
  }
  leg_.candidates = candidates_of(leg_);
  const bool native = leg_.zone->kind == BridgeZone::Kind::native;
  const unsigned valid = leg_.mapped().suffix_labels;
  if (native && is_tld(leg_.zone->apex) && name == leg_.zone->apex) {
    leg_.cut.zone_at = 0;
    return take_draft({}, now);  // nobody's name: SOA or nothing
  }
  if (native && !leg_.mapped().whole && valid <= leg_.zone->apex.label_count()) {
    answer_.ede = dns::EdeCode::other;
    answer_.ede_text = kInvalidName;
    return finish_nxdomain(leg_.zone->apex, kInvalidNameTtl);
  }
  find_cut(now);
}

void Resolution::find_cut(TimePoint now) {
  if (const auto known = memory_.find_cut(leg_.ens_name(), now)) {
    leg_.cut = *known;
    return on_cut(now);
  }
  if (!bridge_.contracts.walks()) {
    return call(Step::cut, bridge_.contracts.universal_resolver,
                find_resolver_call(leg_.ens_name()));
  }
  walk_.emplace(leg_.ens_name(), leg_.zone->alias ? 1 : leg_.zone->apex.label_count());
  walk(now);
}

/// To the next name that may have a resolver, or to the end of the walk.
void Resolution::walk(TimePoint now) {
  const EncodedName& name = leg_.ens_name();
  for (; !walk_->ended(); walk_->up()) {
    const Bytes here = Bytes(name).subspan(walk_->at());
    const auto known = memory_.find_cut(here, now);
    if (!known) {
      return call(Step::walk, bridge_.contracts.registry, resolver_call(namehash(here)));
    }
    if (known->resolver == Address{}) break;  // nor has any above it
    leg_.cut = {known->resolver, known->zone_at + walk_->at()};
    memory_.learn_cut(name, leg_.cut, now);
    return on_cut(now);
  }
  leg_.cut = {};
  memory_.learn_cut(name, leg_.cut, now);
  on_cut(now);
}

void Resolution::on_walked(const CallResult& result, TimePoint now) {
  const bool returned = result.status == CallResult::Status::returned;
  const auto resolver = returned ? read_resolver(result.data) : std::nullopt;
  if (!resolver) return retry_or_fail("the registry makes no sense");
  if (*resolver == Address{}) {
    walk_->up();
    return walk(now);
  }
  leg_.cut = {*resolver, walk_->at()};
  memory_.learn_cut(leg_.ens_name(), leg_.cut, now);
  on_cut(now);
}

void Resolution::on_cut(TimePoint now) {
  const bool copied = leg_.zone->kind == BridgeZone::Kind::copied;
  // Nearly every TLD of the DNS has a resolver for names that prove themselves by DNSSEC: it asks
  // the DNS that has just failed.
  const bool others = copied && !leg_.zone->alias && leg_.is_cut_at_tld();
  if (leg_.cut.resolver == Address{} || others) return on_no_resolver(now);
  if (const auto known = memory_.find_extended(leg_.cut.resolver, now)) {
    leg_.extended = *known;
    return on_resolver(now);
  }
  call(Step::interface, leg_.cut.resolver, supports_interface_call(kExtendedResolver));
}

void Resolution::on_no_resolver(TimePoint now) {
  if (leg_.candidate + 1 < leg_.candidates.size()) {
    ++leg_.candidate;
    return find_cut(now);
  }
  // Of a zone that is not on chain nothing may be denied.
  if (leg_.zone->kind == BridgeZone::Kind::copied) return finish_not_ours();
  if (!leg_.mapped().whole) {
    return finish_nxdomain(leg_.zone->apex, bridge_.answers.negative_ttl);
  }
  const Node node = namehash(Bytes(leg_.ens_name()));
  call(Step::existence, bridge_.contracts.registry, record_exists_call(node));
}

void Resolution::on_resolver(TimePoint now) {
  // Without ENSIP-10 a resolver answers for names below its own only where these are one zone's:
  // no zone is a TLD, nor does an alias stand for less than a name.
  const bool elsewhere = leg_.zone->alias ? leg_.cut.zone_at != 0 : leg_.is_cut_at_tld();
  if (!leg_.extended && elsewhere) return on_no_resolver(now);
  if (leg_.extended && !leg_.zone->alias && !leg_.mapped().whole) {
    return finish_nxdomain(leg_.apex(), bridge_.answers.negative_ttl);
  }
  ask_records(now);
}

// ---- records ----

void Resolution::ask_records(TimePoint now) {
  plan_ = ProfileCalls(subject_of(leg_), bridge_.answers);
  if (plan_.calls().empty()) return take_draft({}, now);
  lookups_ = 0;
  gateways_spoke_ = false;
  const EncodedName target = target_of(leg_);
  if (!bridge_.contracts.walks()) {
    return call(Step::records, bridge_.contracts.universal_resolver,
                resolve_call(target, plan_.calls()));
  }
  const auto calls = plan_.calls();
  direct_.emplace(ResolverRound::Wanted{leg_.extended ? target : EncodedName{},
                                        {calls.begin(), calls.end()},
                                        memory_.is_single(leg_.cut.resolver)});
  call(Step::direct, leg_.cut.resolver, direct_->next());
}

void Resolution::on_records(const CallResult& result, TimePoint now) {
  if (result.status == CallResult::Status::reverted) return on_reverted(result.data, now);
  const auto results = read_resolve(result.data, plan_.calls().size());
  if (!results) return retry_or_fail("resolve makes no sense");
  read_records(*results, now);
}

/// What the resolver itself said, to a multicall or to one call of several.
void Resolution::on_direct(const CallResult& result, TimePoint now) {
  if (result.status == CallResult::Status::reverted) {
    const auto selector = selector_of(result.data);
    if (selector == error::offchain_lookup) return ask_gateways(result.data, now);
    if (gateways_spoke_ && selector != error::could_not_resolve) {
      return fail(dns::EdeCode::invalid_information, kRefusedData, kOutageKept);
    }
  }
  switch (direct_->take(result)) {
    case ResolverRound::Said::more:
      if (direct_->one_by_one()) memory_.learn_single(leg_.cut.resolver);
      lookups_ = 0;
      gateways_spoke_ = false;
      return call(Step::direct, leg_.cut.resolver, direct_->next());
    case ResolverRound::Said::malformed:
      return retry_or_fail("the resolver makes no sense");
    case ResolverRound::Said::too_many:
      return fail(dns::EdeCode::other, "too many calls for a resolver without multicall",
                  kBrokenKept);
    case ResolverRound::Said::done:
      return read_records(direct_->outcomes(), now);
  }
}

void Resolution::on_reverted(Bytes data, TimePoint now) {
  const auto selector = selector_of(data);
  if (selector == error::offchain_lookup) return ask_gateways(data, now);
  // ENSIP-17: the DNS has no such record. Of an ordinary zone, others are to say so.
  if (selector == error::could_not_resolve && leg_.zone->kind == BridgeZone::Kind::copied) {
    return finish_not_ours();
  }
  const bool nothing_there =
      selector == error::resolver_not_found || selector == error::resolver_not_contract ||
      selector == error::unsupported_profile || selector == error::could_not_resolve;
  const bool resolver_reverts = data.empty() || selector == error::resolver_error;
  if (nothing_there || (resolver_reverts && !gateways_spoke_)) return take_draft({}, now);
  if (gateways_spoke_) {
    return fail(dns::EdeCode::invalid_information, kRefusedData, kOutageKept);
  }
  fail(dns::EdeCode::no_reachable_authority, "the universal resolver reverts", kOutageKept);
}

void Resolution::read_records(std::span<const CallOutcome> results, TimePoint now) {
  for (const CallOutcome& outcome : results) {
    if (outcome.kind != CallOutcome::Kind::failed) continue;
    if (selector_of(outcome.data) == error::could_not_resolve) {
      if (leg_.zone->kind == BridgeZone::Kind::copied) return finish_not_ours();
    } else if (gateways_spoke_) {
      return fail(dns::EdeCode::invalid_information, kRefusedData, kOutageKept);
    }
  }
  const auto draft = plan_.read(bridge_.answers, results);
  if (!draft) return retry_records_or_fail("records on chain are malformed", now);
  take_draft(*draft, now);
}

void Resolution::take_draft(const Draft& draft, TimePoint now) {
  const dns::Name owner = leg_.link_only ? question_.name : leg_.name;
  for (const RrSet& set : draft.sets) {
    for (const Blob& rdata : set.rdatas)
      answer_.records.push_back({owner, set.type, set.ttl, rdata});
  }
  if (draft.has(dns::RrType::cname) && question_.type != dns::RrType::cname) {
    return follow(draft.sets.back(), now);
  }
  if (!draft.sets.empty()) return finish();
  const dns::Name apex = leg_.apex();
  const auto linked = linked_name(leg_.name);
  // Names below a legacy resolver's have no content of their own.
  const bool link_elsewhere = question_.type == dns::RrType::txt && linked && !leg_.link_only &&
                              leg_.extended && find_zone(bridge_, *linked) == leg_.zone;
  if (link_elsewhere) return begin_leg(*linked, true, now);
  add_made_sets(apex);
  if (!answer_.records.empty() && answer_.records.back().type == question_.type) return finish();
  const bool missing = !draft.exists && leg_.name != apex && !leg_.extended;
  if (missing && bridge_.answers.missing_is_nxdomain) {
    return finish_nxdomain(apex, bridge_.answers.negative_ttl);
  }
  finish_nodata(apex);
}

/// What every zone has although nobody stored it.
void Resolution::add_made_sets(const dns::Name& apex) {
  constexpr std::uint32_t kNameServerTtl = 3600;
  if (leg_.name != apex || leg_.link_only) return;
  if (question_.type == dns::RrType::soa) {
    answer_.records.push_back(
        made_soa(apex, bridge_.answers, block_, bridge_.answers.negative_ttl));
  }
  if (question_.type != dns::RrType::ns) return;
  for (const dns::Name& server : bridge_.answers.name_servers) {
    const Bytes wire = server.wire();
    answer_.records.push_back(
        {apex, dns::RrType::ns, kNameServerTtl, Blob(wire.begin(), wire.end())});
  }
}

void Resolution::follow(const RrSet& alias, TimePoint now) {
  const auto target = dns::Name::from_wire(alias.rdatas.front());
  if (!target || ++links_ > kMostLinks) {
    return fail(dns::EdeCode::invalid_information, "aliases lead in a circle, or too far",
                kBrokenKept);
  }
  begin_leg(*target, false, now);
}

// ---- gateways ----

void Resolution::ask_gateways(Bytes revert_data, TimePoint now) {
  const GatewayPolicy& policy = bridge_.gateways;
  if (!policy.enabled) {
    return fail(dns::EdeCode::prohibited, "gateways are switched off", kProhibitedKept);
  }
  lookup_ = read_offchain_lookup(revert_data);
  if (!lookup_) return retry_or_fail("OffchainLookup makes no sense");
  // EIP-3668, 4: nobody sends us to gateways in another contract's name.
  if (lookup_->question.sender != running_.to) {
    return fail(dns::EdeCode::invalid_information, "OffchainLookup in another contract's name",
                kBrokenKept);
  }
  if (++lookups_ > policy.lookups) {
    return fail(dns::EdeCode::no_reachable_authority, "too many offchain lookups", kOutageKept);
  }
  if (deadline_ == kForever) deadline_ = now + policy.patience;
  gateways_spoke_ = true;
  round_.emplace(lookup_->question, policy, budget_);
  pump_gateways();
}

void Resolution::pump_gateways() {
  while (auto request = round_->next()) {
    const AskId id{++last_id_};
    fetches_.push_back({id, request->slot});
    asks_.push_back({id, std::move(request->request)});
  }
  if (!round_->done()) return;
  fetches_.clear();
  if (round_->prohibited()) {
    return fail(dns::EdeCode::prohibited, round_->failure(), kProhibitedKept);
  }
  if (!round_->failure().empty()) {
    return fail(dns::EdeCode::no_reachable_authority, round_->failure(), kOutageKept);
  }
  const Blob response = round_->response();
  round_.reset();
  call(step_, running_.to, callback_call(*lookup_, response));
}

void Resolution::on_gateway(AskId id, GatewayReply reply, TimePoint) {
  const auto fetch = std::ranges::find(fetches_, id, &Fetch::id);
  if (done_ || fetch == fetches_.end()) return;
  const GatewayRound::Slot slot = fetch->slot;
  fetches_.erase(fetch);
  round_->on_reply(slot, std::move(reply));
  pump_gateways();
}

void Resolution::on_time(TimePoint now) {
  if (done_ || now < deadline_ || fetches_.empty()) return;
  fail(dns::EdeCode::no_reachable_authority, "gateways are silent", kOutageKept);
}

// ---- calls ----

void Resolution::call(Step step, Address to, Blob data) {
  step_ = step;
  const bool ours = to == bridge_.contracts.universal_resolver || to == bridge_.contracts.registry;
  running_ = {to, std::move(data), false, ours};
  call_id_ = AskId{++last_id_};
  ++calls_;
  asks_.push_back({call_id_, running_});
}

void Resolution::retry_or_fail(const char* what) {
  if (std::exchange(retried_, true)) {
    return fail(dns::EdeCode::invalid_information, what, kBrokenKept);
  }
  running_.elsewhere = true;
  call_id_ = AskId{++last_id_};
  ++calls_;
  asks_.push_back({call_id_, running_});
}

/// Which of a resolver's replies made no sense is not known: all are asked for anew.
void Resolution::retry_records_or_fail(const char* what, TimePoint now) {
  if (!bridge_.contracts.walks() || retried_) return retry_or_fail(what);
  retried_ = true;
  ask_records(now);
  running_.elsewhere = true;
  std::get<ChainCall>(asks_.back().what).elsewhere = true;
}

// ---- endings ----

void Resolution::finish_nodata(const dns::Name& apex) {
  answer_.soa = made_soa(apex, bridge_.answers, block_, bridge_.answers.negative_ttl);
  finish();
}

void Resolution::finish_nxdomain(const dns::Name& apex, std::uint32_t ttl) {
  answer_.rcode = dns::Rcode::nxdomain;
  answer_.soa = made_soa(apex, bridge_.answers, block_, ttl);
  finish();
}

void Resolution::finish_not_ours() {
  answer_ = {};
  answer_.rcode = dns::Rcode::refused;
  answer_.ede = dns::EdeCode::not_authoritative;
  answer_.keep = kProhibitedKept;
  finish();
}

void Resolution::fail(dns::EdeCode ede, std::string text, std::chrono::seconds keep) {
  answer_ = {};
  answer_.rcode = dns::Rcode::servfail;
  answer_.ede = ede;
  answer_.ede_text = std::move(text);
  answer_.keep = keep;
  finish();
}

void Resolution::finish() {
  done_ = true;
  call_id_ = {};
  fetches_.clear();
  deadline_ = kForever;
}

}  // namespace holdfast::ens

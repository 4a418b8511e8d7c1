#include "ens/resolver_round.h"

#include <utility>

namespace holdfast::ens {
namespace {

Blob copy(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

ResolverRound::ResolverRound(Wanted wanted) : wanted_(std::move(wanted)) {}

Blob ResolverRound::next() const {
  const Blob call = one_by_one() ? wanted_.calls[replies_.size()]
                                 : AbiWriter().array(wanted_.calls).finish(function::multicall);
  if (wanted_.name.empty()) return call;
  return AbiWriter().bytes(wanted_.name).bytes(call).finish(function::resolve);
}

ResolverRound::Said ResolverRound::take(const CallResult& result) {
  return one_by_one() ? take_one(result) : take_all(result);
}

std::optional<Bytes> ResolverRound::unwrapped(Bytes returned) const {
  if (wanted_.name.empty()) return returned;
  AbiReader reader(returned);
  const Bytes inner = reader.bytes();
  return reader.ok() ? std::optional(inner) : std::nullopt;
}

/// Nothing that is wrong with a multicall says anything of the records: each is asked for alone.
ResolverRound::Said ResolverRound::take_all(const CallResult& result) {
  if (result.status == CallResult::Status::returned) {
    const auto all = unwrapped(result.data);
    const auto outcomes = all ? read_multicall(*all, wanted_.calls.size()) : std::nullopt;
    if (outcomes) {
      for (const CallOutcome& outcome : *outcomes)
        replies_.push_back({outcome.kind, copy(outcome.data)});
      return Said::done;
    }
  }
  if (wanted_.calls.size() > kMostSingle) return Said::too_many;
  wanted_.one_by_one = true;
  return Said::more;
}

ResolverRound::Said ResolverRound::take_one(const CallResult& result) {
  Reply reply;
  if (result.status == CallResult::Status::reverted) {
    // Without data: it has no such function, and no other that takes its place.
    if (!result.data.empty()) reply = {CallOutcome::Kind::failed, result.data};
  } else if (!result.data.empty()) {
    const auto data = unwrapped(result.data);
    if (!data) return Said::malformed;
    const CallOutcome outcome = outcome_of(*data);
    reply = {outcome.kind, copy(outcome.data)};
  }
  replies_.push_back(std::move(reply));
  return replies_.size() == wanted_.calls.size() ? Said::done : Said::more;
}

std::vector<CallOutcome> ResolverRound::outcomes() const {
  std::vector<CallOutcome> all;
  for (const Reply& reply : replies_)
    all.push_back({reply.kind, Bytes(reply.data)});
  return all;
}

}  // namespace holdfast::ens

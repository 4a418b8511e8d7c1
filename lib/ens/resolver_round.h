// ResolverRound: a resolver's records, asked of the resolver itself, on chains without a universal
// resolver (ens.md's direct way: registry, then resolver). All in one multicall(); where the
// resolver has none, or one record's function makes all of it revert, one after the other.
#pragma once

#include <span>
#include <vector>

#include "ens/call_result.h"
#include "ens/universal_resolver.h"

namespace holdfast::ens {

class ResolverRound {
 public:
  /// More calls than these are not made one by one; a name deep inside its zone takes many.
  static constexpr std::size_t kMostSingle = 64;

  struct Wanted {
    EncodedName name;         // for an extended resolver (ENSIP-10); empty for others
    std::vector<Blob> calls;  // one or more
    bool one_by_one = false;  // it is known to have no multicall()
  };

  explicit ResolverRound(Wanted wanted);

  /// The call to the resolver that is to be made now. Precondition: the last take() said `more`, or
  /// there was none.
  [[nodiscard]] Blob next() const;

  enum class Said : std::uint8_t {
    more,       // next() is another call
    done,       // outcomes() has all
    malformed,  // what came is no reply to the call; the same one is still next()
    too_many,   // the calls would have to be made one by one, and are too many for that
  };

  /// How the call ended: returned or reverted, never failed. A revert that asks for gateways is not
  /// for here.
  [[nodiscard]] Said take(const CallResult& result);

  [[nodiscard]] bool one_by_one() const noexcept { return wanted_.one_by_one; }

  /// One for each call, views into this object.
  [[nodiscard]] std::vector<CallOutcome> outcomes() const;

 private:
  [[nodiscard]] Said take_all(const CallResult& result);
  [[nodiscard]] Said take_one(const CallResult& result);
  /// What a function of the resolver returned; an extended one wraps it. nullopt if malformed.
  [[nodiscard]] std::optional<Bytes> unwrapped(Bytes returned) const;

  struct Reply {
    CallOutcome::Kind kind = CallOutcome::Kind::absent;
    Blob data;
  };

  Wanted wanted_;
  std::vector<Reply> replies_;
};

}  // namespace holdfast::ens

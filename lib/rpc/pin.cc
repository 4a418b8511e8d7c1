#include "rpc/pin.h"

#include <algorithm>
#include <cmath>

namespace holdfast::rpc {
namespace {

// Heads are some seconds old; one that is further behind lacks the block.
constexpr std::uint64_t kBlocksExcused = 3;
// Safe and finalized ones come by the epoch, of 32 blocks.
constexpr std::uint64_t kBlocksOfTwoEpochs = 64;
constexpr double kLeastSpeed = 0.1, kDoubtfulShare = 0.1;
constexpr Duration kSameSpeed = 5ms;  // differences of this order are none

/// Of the fastest one's, 1; less for others.
double speed_of(Duration latency, Duration fastest) {
  if (latency == Duration{} || latency <= fastest) return 1;
  const auto padded = [](Duration d) { return std::chrono::duration<double>(d + kSameSpeed); };
  return std::max(padded(fastest) / padded(latency), kLeastSpeed);
}

/// Above 0, at most 1.
double unit(Random& random) {
  constexpr double kSteps = 4294967296.0;
  return (random.u32() + 1.0) / kSteps;
}

/// Of one provider one is enough, unless it fails.
void repeated_last(std::vector<Voice>& order) {
  std::vector<Voice> first;
  std::vector<Voice> repeated;
  for (const Voice& voice : order) {
    const bool seen = std::ranges::find(first, voice.provider, &Voice::provider) != first.end();
    (seen ? repeated : first).push_back(voice);
  }
  order = std::move(first);
  order.insert(order.end(), repeated.begin(), repeated.end());
}

bool counts(const Chain& chain, const EndpointState& state, TimePoint now) {
  return state.head_known(now) && state.unready(chain.max_head_age, now) == Unready::no;
}

/// Do those that have the block suffice to speak for it? `perhaps`: if those that may have it do.
bool suffices(const Chain& chain, std::span<const EndpointState> states, const ens::Block& block,
              TimePoint now, bool perhaps) {
  std::vector<std::size_t> voices;  // providers
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (!counts(chain, states[i], now)) continue;
    if (!states[i].has(block) && !(perhaps && states[i].may_have(block))) continue;
    if (chain.mode == Mode::trusted && chain.endpoints[i].trusted) return true;
    const std::size_t provider = chain.provider_of(i);
    if (std::ranges::find(voices, provider) == voices.end()) voices.push_back(provider);
  }
  return voices.size() >= (chain.mode == Mode::first ? 1 : chain.quorum);
}

/// The newest block for which that holds.
std::optional<ens::Block> newest(const Chain& chain, std::span<const EndpointState> states,
                                 TimePoint now, bool perhaps) {
  std::optional<ens::Block> best;
  for (const EndpointState& state : states) {
    if (!counts(chain, state, now)) continue;
    for (const ens::Block& block : state.blocks()) {
      if (best && block.number <= best->number) break;
      if (suffices(chain, states, block, now, perhaps)) best = block;
    }
  }
  return best;
}

}  // namespace

std::optional<ens::Block> choose_block(const Chain& chain, std::span<const EndpointState> states,
                                       TimePoint now) {
  return newest(chain, states, now, false);
}

std::optional<Lack> what_lacks(const Chain& chain, std::span<const EndpointState> states,
                               TimePoint now) {
  const auto best = newest(chain, states, now, true);
  if (!best) return std::nullopt;
  Lack lack{best->number, {}};
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (counts(chain, states[i], now) && states[i].may_have(*best)) lack.endpoints.push_back(i);
  }
  return lack;
}

std::string why_no_block(const Chain& chain, std::span<const EndpointState> states, TimePoint now) {
  std::string text = "RPC endpoints are not ready:";
  for (std::size_t i = 0; i < states.size(); ++i) {
    const Unready why = states[i].unready(chain.max_head_age, now);
    text += " " + chain.name_of(i) + " ";
    const bool silent = why == Unready::no || why == Unready::unknown;
    text += silent && !states[i].fault().empty() ? states[i].fault() : to_string(why);
    if (i + 1 < states.size()) text += ",";
  }
  return text;
}

std::uint64_t blocks_behind(const EndpointState& state, std::uint64_t number) noexcept {
  return state.head() == 0 || state.head() >= number ? 0 : number - state.head();
}

Unready unready_at(const Chain& chain, const EndpointState& state, std::uint64_t number,
                   TimePoint now) noexcept {
  const Unready why = state.unready(chain.max_head_age, now);
  const auto excused = chain.finality == Finality::latest ? kBlocksExcused : kBlocksOfTwoEpochs;
  const bool behind = why == Unready::no && blocks_behind(state, number) > excused;
  return behind ? Unready::behind : why;
}

std::vector<double> scores_of(const Chain& chain, std::span<const EndpointState> states,
                              std::uint64_t number, TimePoint now) {
  const auto asked = [&](const EndpointState& state) {
    return unready_at(chain, state, number, now) == Unready::no;
  };
  Duration fastest = kForever - TimePoint();
  for (const EndpointState& state : states) {
    if (asked(state) && state.latency() > Duration{}) fastest = std::min(fastest, state.latency());
  }
  std::vector<double> scores;
  scores.reserve(states.size());
  for (const EndpointState& state : states) {
    double score = asked(state) ? speed_of(state.latency(), fastest) : 0;
    if (state.doubtful(now)) score *= kDoubtfulShare;
    scores.push_back(score);
  }
  return scores;
}

std::vector<Voice> order_of(const Chain& chain, std::span<const EndpointState> states,
                            const ens::Block& block, Random& random, TimePoint now) {
  struct Draw {
    Voice voice;
    bool has = false;
    bool doubtful = false;
    double wait = 0;
  };

  const std::vector<double> scores = scores_of(chain, states, block.number, now);
  std::vector<Draw> draws;
  for (std::size_t i = 0; i < states.size(); ++i) {
    // One that has not spoken yet may still be asked: blocks are named by hash, which tells chains
    // apart.
    const Unready why = unready_at(chain, states[i], block.number, now);
    if (why != Unready::no && why != Unready::unknown) continue;
    const EndpointSpec& spec = chain.endpoints[i];
    const double share = spec.weight * std::max(scores[i], kLeastSpeed);
    draws.push_back({{i, spec.trusted, chain.provider_of(i)},
                     states[i].has(block),
                     states[i].doubtful(now),
                     -std::log(unit(random)) / share});
  }
  const bool trusted_first = chain.mode == Mode::trusted;
  std::ranges::sort(draws, [trusted_first](const Draw& a, const Draw& b) {
    if (trusted_first && a.voice.trusted != b.voice.trusted) return a.voice.trusted;
    if (a.has != b.has) return a.has;
    if (a.doubtful != b.doubtful) return b.doubtful;
    return a.wait < b.wait;
  });
  std::vector<Voice> order;
  order.reserve(draws.size());
  for (const Draw& draw : draws)
    order.push_back(draw.voice);
  if (chain.mode == Mode::quorum) repeated_last(order);
  return order;
}

}  // namespace holdfast::rpc

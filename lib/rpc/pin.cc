#include "rpc/pin.h"

#include <algorithm>

namespace holdfast::rpc {
namespace {

bool counts(const Chain& chain, const EndpointState& state, TimePoint now) {
  return state.head_known(now) && state.unready(chain.max_head_age, now) == Unready::no;
}

/// Do those that have the block suffice to speak for it?
bool suffices(const Chain& chain, std::span<const EndpointState> states, const ens::Block& block,
              TimePoint now) {
  unsigned voices = 0;
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (!counts(chain, states[i], now) || !states[i].has(block)) continue;
    if (chain.mode == Mode::trusted && chain.endpoints[i].trusted) return true;
    ++voices;
  }
  return voices >= (chain.mode == Mode::first ? 1 : chain.quorum);
}

}  // namespace

std::optional<ens::Block> choose_block(const Chain& chain, std::span<const EndpointState> states,
                                       TimePoint now) {
  std::optional<ens::Block> best;
  for (const EndpointState& state : states) {
    if (!counts(chain, state, now)) continue;
    for (const ens::Block& block : state.blocks()) {
      if (best && block.number <= best->number) break;
      if (suffices(chain, states, block, now)) best = block;
    }
  }
  return best;
}

std::string why_no_block(const Chain& chain, std::span<const EndpointState> states, TimePoint now) {
  std::string text = "RPC endpoints are not ready:";
  for (std::size_t i = 0; i < states.size(); ++i) {
    const Unready why = states[i].unready(chain.max_head_age, now);
    text += " " + chain.endpoints[i].provider + " ";
    const bool silent = why == Unready::no || why == Unready::unknown;
    text += silent && !states[i].fault().empty() ? states[i].fault() : to_string(why);
    if (i + 1 < states.size()) text += ",";
  }
  return text;
}

std::vector<Voice> order_of(const Chain& chain, std::span<const EndpointState> states,
                            const ens::Block& block, Random& random, TimePoint now) {
  struct Draw {
    Voice voice;
    bool has = false;
    double lot = 0;
  };

  std::vector<Draw> draws;
  for (std::size_t i = 0; i < states.size(); ++i) {
    // One that has not spoken yet may still be asked: blocks are named by hash, which tells chains
    // apart.
    const Unready why = states[i].unready(chain.max_head_age, now);
    if (why != Unready::no && why != Unready::unknown) continue;
    // The greatest of `weight` lots: who has more weight is more often ahead.
    std::uint32_t lot = 0;
    for (unsigned draw = 0; draw < chain.endpoints[i].weight; ++draw)
      lot = std::max(lot, random.u32());
    draws.push_back(
        {{i, chain.endpoints[i].trusted}, states[i].has(block), static_cast<double>(lot)});
  }
  const bool trusted_first = chain.mode == Mode::trusted;
  std::ranges::sort(draws, [trusted_first](const Draw& a, const Draw& b) {
    if (trusted_first && a.voice.trusted != b.voice.trusted) return a.voice.trusted;
    if (a.has != b.has) return a.has;
    return a.lot > b.lot;
  });
  std::vector<Voice> order;
  order.reserve(draws.size());
  for (const Draw& draw : draws)
    order.push_back(draw.voice);
  return order;
}

}  // namespace holdfast::rpc

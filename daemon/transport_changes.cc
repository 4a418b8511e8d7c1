#include "daemon/transport_changes.h"

namespace holdfast {

void retire_gone(TransportSet& transport, const Snapshot& before, const Snapshot& next) {
  for (const auto& upstream : before.upstreams) {
    if (!upstream) continue;
    const auto at = index(upstream->id);
    const bool stays = at < next.upstreams.size() && next.upstreams[at] &&
                       next.upstreams[at]->same_server(*upstream);
    if (!stays) transport.retire(upstream->id);
  }
}

void reset_all(TransportSet& transport, const Snapshot& snapshot) {
  for (const auto& upstream : snapshot.upstreams) {
    if (upstream) transport.reset(upstream->id);
  }
}

}  // namespace holdfast

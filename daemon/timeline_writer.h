// What of the running service goes into the timeline, and from there into the log. Control thread.
#pragma once

#include "daemon/service.h"

namespace holdfast {

/// Adds to the timeline, and writes the same as one line of JSON to the log; of each kind no more
/// than the log bears.
void record(Service& service, TimelineEvent event);

/// A change of an upstream's health, with what it rests on.
void record_change(Service& service, const HealthEvent& change);

/// Every beat: where routes' traffic goes, panics, the operator's word about upstreams.
void watch_routes(Service& service, TimePoint now);

/// Every second: holds, the files of the takeover, the store.
void watch_rest(Service& service, TimePoint now);

}  // namespace holdfast

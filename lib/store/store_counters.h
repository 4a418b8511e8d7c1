// StoreCounters: what the store counts. Written by its thread alone, read by anybody.
#pragma once

#include "base/counters.h"

namespace holdfast {

struct StoreCounters {
  Counter written;    // answers, on disk
  Counter dropped;    // answers that found no room while the disk could not be written
  Counter damaged;    // rows whose seal was broken, or that were no answers
  Counter loaded;     // answers taken over from former times
  Counter read_hits;  // questions that were found on disk
  Counter read_misses;
  Counter errors;           // times that the disk refused to work
  Counter set_aside;        // damaged files
  Gauge up;                 // 1: what is learnt gets to the disk
  Gauge loading;            // 1: what it holds is still being read
  Gauge rows;               // answers on disk
  Gauge bytes;              // on disk
  Gauge load_milliseconds;  // that loading took
};

}  // namespace holdfast

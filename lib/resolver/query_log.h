// QueryLogEntry: one answered query, for the bounded query log (off by default).
#pragma once

#include "base/endpoint.h"
#include "base/time.h"
#include "dns/question.h"
#include "resolver/worker_counters.h"

namespace holdfast {

struct QueryLogEntry {
  IpAddress client;
  dns::Question question;
  dns::Rcode rcode = dns::Rcode::noerror;
  AnswerSource source = AnswerSource::cache;
  Duration took{};
  bool over_tcp = false;
};

}  // namespace holdfast

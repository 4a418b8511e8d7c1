// Messages: parse, hash, compare, normalise, age, write.
#include "dns/message_view.h"
#include "dns/query_view.h"
#include "dns/ttl.h"
#include "operation.h"
#include "samples.h"

namespace holdfast::micro {
namespace {

constexpr unsigned kSample = 123456;

Rounds parse_query() {
  return [query = sample_query(kSample)](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      keep(dns::QueryView::parse(query));
  };
}

Rounds parse_reply() {
  return [answer = sample_answer(kSample)](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      keep(dns::MessageView::parse(answer));
  };
}

Rounds normalise_reply() {
  return [answer = sample_answer(kSample),
          buffer = std::vector<std::uint8_t>(65535)](std::size_t times) mutable {
    for (std::size_t i = 0; i < times; ++i) {
      keep(dns::normalise(dns::MessageView::parse(answer), false, buffer));
    }
  };
}

Rounds hash_name() {
  return [name = sample_name(kSample)](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      keep(dns::hash_name(name.wire(), 42));
  };
}

Rounds compare_names() {
  return [name = sample_name(kSample),
          other = dns::Name::parse("H123456.BenchZone.com").value()](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      keep(dns::equal_names(name.wire(), other.wire()));
  };
}

/// Patches the TTLs of a stored answer by its age.
Rounds age_ttls() {
  auto answer = sample_answer(kSample);
  const auto ttl_at = static_cast<std::uint16_t>(answer.size() - 10);
  return [answer, offsets = std::vector{ttl_at}](std::size_t times) mutable {
    for (std::size_t i = 0; i < times; ++i) {
      dns::age_ttls(answer, offsets, 0);
      keep(answer);
    }
  };
}

Rounds write_stored_reply() {
  return [query = sample_query(kSample), answer = sample_answer(kSample)](std::size_t times) {
    const auto target = dns::reply_target(dns::QueryView::parse(query), false);
    std::array<std::uint8_t, 2048> buffer{};
    for (std::size_t i = 0; i < times; ++i) {
      keep(dns::write_stored_reply(target, {}, answer, buffer));
    }
  };
}

}  // namespace

void add_dns(Operations& to) {
  to.push_back({"parse_query", parse_query});
  to.push_back({"parse_reply", parse_reply});
  to.push_back({"normalise_reply", normalise_reply});
  to.push_back({"hash_name", hash_name});
  to.push_back({"compare_names", compare_names});
  to.push_back({"age_ttls", age_ttls});
  to.push_back({"write_stored_reply", write_stored_reply});
}

}  // namespace holdfast::micro

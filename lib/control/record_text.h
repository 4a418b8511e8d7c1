// Records as people read them (RFC 1035 5.1), for `why`. The common types in their own form, every
// other in the generic one of RFC 3597 5.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dns/message_view.h"

namespace holdfast {

struct RecordText {
  std::string name;
  std::uint32_t ttl = 0;
  std::string type;
  std::string rdata;  // printable ASCII only
};

/// The records of answer and authority, in order, owner names in lower case (that of the wire is
/// random); empty if `message` cannot be parsed.
[[nodiscard]] std::vector<RecordText> print_records(std::span<const std::uint8_t> message);

}  // namespace holdfast

// A zone file (RFC 1035 5), read strictly, for publication on a chain. The one room that knows
// ldns.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dns/name.h"
#include "ens/publication.h"

namespace holdfast::ctl {

struct ZoneFile {
  dns::Name apex;
  std::vector<ens::PublishedSet> sets;  // in the order of the file
  std::vector<std::string> notes;       // what was left out or changed, a line each
};

/// Reads the text of a zone file. `apex` is the zone, and what relative names are relative to until
/// an $ORIGIN; nullptr: the owner of the SOA, and then an $ORIGIN must come before the first
/// relative name. DNSSEC's records are left out, which a bridge could not serve; duplicates, too.
/// What is wrong is a line: "line 7: …". $INCLUDE is wrong, and so are a record without TTL before
/// any $TTL, names outside the zone, a class that is not IN, an alias beside other records, and
/// more than 16 MiB.
[[nodiscard]] std::variant<ZoneFile, std::string> parse_zone(std::string_view text,
                                                             const dns::Name* apex);

/// The same of a file.
[[nodiscard]] std::variant<ZoneFile, std::string> read_zone_file(const std::string& path,
                                                                 const dns::Name* apex);

}  // namespace holdfast::ctl

// From the name in a DNS question to the ENS name that it means, and to the owner name under which
// records of it are stored. The way back, from an ENS name to a question, is the A-label form.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dns/name.h"
#include "ens/namehash.h"

namespace holdfast::ens {

/// What labels of a name the registry has hashed.
enum class LabelForm : std::uint8_t {
  unicode,  // normalised, as names made in ENS are
  ascii,    // A-labels and all other ASCII as it is: what the import of a DNS zone hashes
};

/// A question's name, looked at as an ENS name.
struct WireName {
  /// The longest suffix that can be an ENS name: below it are labels that the DNS allows and ENS
  /// does not, such as `*` and `foo_bar`. The root alone if there is none.
  EncodedName suffix;
  unsigned suffix_labels = 0;
  bool whole = false;  // the suffix is all of the name
  /// The whole name as records are stored under it (ENSIP-6): lower case, uncompressed, UTF-8
  /// labels as A-labels. May be longer than a DNS name can be; then nothing is stored under it.
  EncodedName owner;
};

[[nodiscard]] WireName map_name(const dns::Name& name, LabelForm form);

/// The ENS label that a label of a question means: UTF-8, or an A-label in any case of letters,
/// which is decoded first since ENSIP-15 knows none. nullopt if it means none: ill-formed, with a
/// dot in it, not normalisable, an A-label that is no Punycode, decodes to ASCII, or is not the one
/// spelling of what it decodes to.
[[nodiscard]] std::optional<std::string> ens_label(Bytes label);

/// The label as host names have it: itself if it is ASCII, else "xn--" and Punycode (RFC 5890
/// 2.3.2.1). nullopt if that has more than 63 bytes.
[[nodiscard]] std::optional<std::string> a_label(std::string_view normalised);

}  // namespace holdfast::ens

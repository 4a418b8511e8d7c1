// The two forms in which contracts take an ENS name: its node (ENSIP-1) and the DNS-encoded name
// (ENSIP-10). Both take names as they are: whoever has one from outside normalises it first.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ens/keccak.h"

namespace holdfast::ens {

/// namehash of a name: what the registry and resolvers know it by.
using Node = Hash;

/// A name as length-prefixed labels of UTF-8 with the root's zero behind them. As on the wire
/// (RFC 1035 3.1), but a label may have 255 bytes and the whole as many as it likes (ENSIP-10). No
/// label is empty; made by encode_name() or label by label.
using EncodedName = std::vector<std::uint8_t>;

/// The node of a name in text, "" for the root. Labels of any length.
[[nodiscard]] Node namehash(std::string_view name);
/// The same of an encoded name, or of the tail of one that begins at a label.
[[nodiscard]] Node namehash(Bytes encoded);

/// The DNS-encoded form of a name in text; "" gives the root alone. nullopt if a label is empty or
/// has more than 255 bytes.
[[nodiscard]] std::optional<EncodedName> encode_name(std::string_view name);

/// Where each label of an encoded name begins, the root's zero included.
[[nodiscard]] std::vector<std::size_t> label_offsets(Bytes encoded);

/// The name in text, "" for the root; for logs and messages.
[[nodiscard]] std::string decode_name(Bytes encoded);

}  // namespace holdfast::ens

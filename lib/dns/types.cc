#include "dns/types.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <span>

namespace holdfast::dns {
namespace {

struct Mnemonic {
  std::uint16_t value;
  std::string_view name;
};

// IANA "Resource Record (RR) TYPEs".
constexpr std::array kTypes = std::to_array<Mnemonic>({
    {1, "A"},         {2, "NS"},          {3, "MD"},          {4, "MF"},      {5, "CNAME"},
    {6, "SOA"},       {7, "MB"},          {8, "MG"},          {9, "MR"},      {10, "NULL"},
    {11, "WKS"},      {12, "PTR"},        {13, "HINFO"},      {14, "MINFO"},  {15, "MX"},
    {16, "TXT"},      {17, "RP"},         {18, "AFSDB"},      {19, "X25"},    {20, "ISDN"},
    {21, "RT"},       {22, "NSAP"},       {23, "NSAP-PTR"},   {24, "SIG"},    {25, "KEY"},
    {26, "PX"},       {27, "GPOS"},       {28, "AAAA"},       {29, "LOC"},    {30, "NXT"},
    {33, "SRV"},      {35, "NAPTR"},      {36, "KX"},         {37, "CERT"},   {38, "A6"},
    {39, "DNAME"},    {41, "OPT"},        {42, "APL"},        {43, "DS"},     {44, "SSHFP"},
    {45, "IPSECKEY"}, {46, "RRSIG"},      {47, "NSEC"},       {48, "DNSKEY"}, {49, "DHCID"},
    {50, "NSEC3"},    {51, "NSEC3PARAM"}, {52, "TLSA"},       {53, "SMIMEA"}, {55, "HIP"},
    {59, "CDS"},      {60, "CDNSKEY"},    {61, "OPENPGPKEY"}, {62, "CSYNC"},  {63, "ZONEMD"},
    {64, "SVCB"},     {65, "HTTPS"},      {99, "SPF"},        {108, "EUI48"}, {109, "EUI64"},
    {249, "TKEY"},    {250, "TSIG"},      {251, "IXFR"},      {252, "AXFR"},  {253, "MAILB"},
    {254, "MAILA"},   {255, "ANY"},       {256, "URI"},       {257, "CAA"},
});

constexpr std::array kRcodes = std::to_array<Mnemonic>({
    {0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"}, {3, "NXDOMAIN"},  {4, "NOTIMP"},
    {5, "REFUSED"},  {6, "YXDOMAIN"},   {7, "YXRRSET"},  {8, "NXRRSET"},   {9, "NOTAUTH"},
    {10, "NOTZONE"}, {11, "DSOTYPENI"}, {16, "BADVERS"}, {17, "BADKEY"},   {18, "BADTIME"},
    {19, "BADMODE"}, {20, "BADNAME"},   {21, "BADALG"},  {22, "BADTRUNC"}, {23, "BADCOOKIE"},
});

constexpr std::array kClasses =
    std::to_array<Mnemonic>({{1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"}});

// IANA "Extended DNS Error Codes"; the index is the code.
constexpr std::array kEdeNames = std::to_array<std::string_view>({
    "Other Error",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
});

/// The mnemonic, or `prefix` and the number (RFC 3597 5).
std::string name_of(std::span<const Mnemonic> table, std::uint16_t value, std::string_view prefix) {
  for (const auto& entry : table) {
    if (entry.value == value) return std::string(entry.name);
  }
  return std::string(prefix) + std::to_string(value);
}

bool equal_but_for_case(std::string_view a, std::string_view upper) {
  return std::equal(a.begin(), a.end(), upper.begin(), upper.end(), [](char x, char y) {
    return std::toupper(static_cast<unsigned char>(x)) == y;
  });
}

}  // namespace

std::string to_string(RrType type) {
  return name_of(kTypes, static_cast<std::uint16_t>(type), "TYPE");
}

std::optional<RrType> parse_type(std::string_view text) {
  for (const auto& entry : kTypes) {
    if (equal_but_for_case(text, entry.name)) return RrType{entry.value};
  }
  if (!equal_but_for_case(text.substr(0, 4), "TYPE")) return std::nullopt;
  std::uint16_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + 4, end, value);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return RrType{value};
}

std::string to_string(Rcode rcode) {
  return name_of(kRcodes, static_cast<std::uint16_t>(rcode), "RCODE");
}

std::string to_string(RrClass rr_class) {
  return name_of(kClasses, static_cast<std::uint16_t>(rr_class), "CLASS");
}

std::string to_string(EdeCode code) {
  const auto value = static_cast<std::size_t>(code);
  return value < kEdeNames.size() ? std::string(kEdeNames[value]) : "EDE " + std::to_string(value);
}

}  // namespace holdfast::dns

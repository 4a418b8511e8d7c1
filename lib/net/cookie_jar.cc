#include "net/cookie_jar.h"

#include <algorithm>

#include "dns/header.h"

namespace holdfast {
namespace {

bool is_formerr(dns::Bytes reply) noexcept {
  const auto header = dns::Header::read(reply);
  return header && static_cast<dns::Rcode>(header->rcode_bits()) == dns::Rcode::formerr;
}

}  // namespace

ClientCookie client_part(dns::Bytes cookie) noexcept {
  ClientCookie client;
  std::ranges::copy(cookie.first(client.size()), client.begin());
  return client;
}

void CookieJar::use(const Endpoint& server, const IpAddress& source, Random& random,
                    TimePoint now) noexcept {
  if (size_ != 0 && server == server_ && source == source_) return;
  if (server != server_) {
    known_ = false;
    refused_until_ = lenient_until_ = kNever;
  }
  server_ = server;
  source_ = source;
  renew(random, now);
}

/// The server cookie goes too: it was made for the old client cookie.
void CookieJar::renew(Random& random, TimePoint now) noexcept {
  dns::WireWriter writer({cookie_.data(), dns::kClientCookieBytes});
  writer.u32(random.u32());
  writer.u32(random.u32());
  size_ = dns::kClientCookieBytes;
  since_ = now;
  missing_ = 0;
}

dns::Bytes CookieJar::show(const IpAddress& source, Random& random, TimePoint now) noexcept {
  // A socket that was opened before the host's address changed does not tell who it was.
  if (size_ == 0 || source != source_ || now < refused_until_) return {};
  if (now - since_ >= kClientLife) renew(random, now);
  return dns::Bytes(cookie_).first(size_);
}

bool CookieJar::is_current(const ClientCookie& sent) const noexcept {
  return size_ != 0 && std::ranges::equal(sent, dns::Bytes(cookie_).first(sent.size()));
}

CookieProof CookieJar::check(dns::Bytes reply, const ClientCookie& sent, TimePoint now) noexcept {
  const auto edns = dns::find_edns(reply);
  const dns::Bytes cookie = edns ? edns->cookie : dns::Bytes{};
  if (cookie.empty()) return is_current(sent) ? without(reply, now) : CookieProof::unexpected;
  if (!std::ranges::equal(cookie.first(sent.size()), sent)) return CookieProof::forged;
  if (is_current(sent)) learn(cookie);
  return CookieProof::ours;
}

/// Also the server cookie of an error is to be kept (RFC 7873 5.3). One that merely sends back what
/// it was sent does not know what a cookie is.
void CookieJar::learn(dns::Bytes cookie) noexcept {
  if (cookie.size() == dns::kClientCookieBytes) return;
  known_ = true;
  std::ranges::copy(cookie, cookie_.begin());
  size_ = cookie.size();
}

CookieProof CookieJar::without(dns::Bytes reply, TimePoint now) noexcept {
  if (expects_cookies(now)) {
    if (++missing_ == kMaxMissing) {
      missing_ = 0;
      lenient_until_ = now + kLenient;
    }
    return CookieProof::missing;
  }
  if (known_ || !is_formerr(reply)) return CookieProof::unexpected;
  refused_until_ = now + kLenient;
  return CookieProof::refused;
}

}  // namespace holdfast

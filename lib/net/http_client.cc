#include "net/http_client.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>
#include <utility>

#include "net/curl_library.h"
#include "net/socket_address.h"

namespace holdfast {
namespace {

constexpr Duration kLongestRetry = 1h;
// IPv4 has its turn if IPv6 has no connection by then (RFC 8305): an endpoint is given a second.
constexpr long kOtherFamilyAfter = 100;

struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl().slist_free_all(list); }
};

using List = std::unique_ptr<curl_slist, FreeList>;

bool append(List& list, const std::string& line) {
  curl_slist* longer = curl().slist_append(list.get(), line.c_str());
  if (longer == nullptr) return false;
  (void)list.release();
  list.reset(longer);
  return true;
}

/// "+host:port:address,address", as libcurl wants to be told; "+": it forgets it after a while.
std::string place_of(const HttpRequest& request) {
  std::string place = "+" + request.host + ":" + std::to_string(request.port) + ":";
  for (const IpAddress& address : request.addresses) {
    if (place.back() != ':') place += ',';
    const std::string text = address.to_string();
    place += address.is_v4() ? text : "[" + text + "]";
  }
  return place;
}

/// A request under way; libcurl has pointers into it.
struct Running {
  HttpId id{};
  CURL* easy = nullptr;
  std::string body;
  std::vector<IpAddress> addresses;
  List headers;
  List places;
  HttpClient::Done done;
  std::string response;
  std::size_t most_bytes = 0;
  bool too_large = false;
};

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* to) {
  auto& running = *static_cast<Running*>(to);
  if (running.response.size() + count > running.most_bytes) {
    running.too_large = true;
    return 0;  // ends the transfer
  }
  running.response.append(bytes, count);
  return count;
}

/// The last word on where a connection goes.
curl_socket_t open_socket(void* to, curlsocktype, curl_sockaddr* peer) {
  const auto& running = *static_cast<const Running*>(to);
  SocketAddress address;
  if (peer->addrlen > SocketAddress::kCapacity) return CURL_SOCKET_BAD;
  std::memcpy(address.get(), &peer->addr, peer->addrlen);
  const bool known =
      std::ranges::find(running.addresses, address.endpoint().address) != running.addresses.end();
  if (!known) return CURL_SOCKET_BAD;
  return ::socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
}

template <typename Value>
bool set(CURL* easy, CURLoption option, Value value) {
  return curl().easy_setopt(easy, option, value) == CURLE_OK;
}

long milliseconds(Duration time) {
  return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(time).count());
}

/// Nothing that a url, an environment or a server says may lead elsewhere.
bool set_bounds(CURL* easy, const HttpRequest& request) {
  return set(easy, CURLOPT_NOSIGNAL, 1L) && set(easy, CURLOPT_PROXY, "") &&
         set(easy, CURLOPT_PROTOCOLS_STR, "http,https") && set(easy, CURLOPT_FOLLOWLOCATION, 0L) &&
         set(easy, CURLOPT_TIMEOUT_MS, milliseconds(request.patience)) &&
         set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.patience)) &&
         set(easy, CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS, kOtherFamilyAfter) &&
         set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS)) &&
         set(easy, CURLOPT_PIPEWAIT, 1L) && set(easy, CURLOPT_SSL_VERIFYPEER, 1L) &&
         set(easy, CURLOPT_SSL_VERIFYHOST, 2L) &&
         set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)) &&
         (request.ca_file.empty() || set(easy, CURLOPT_CAINFO, request.ca_file.c_str()));
}

bool set_method(Running& running, HttpRequest::Method method) {
  CURL* easy = running.easy;
  if (method == HttpRequest::Method::get) return set(easy, CURLOPT_HTTPGET, 1L);
  return set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(running.body.size())) &&
         set(easy, CURLOPT_POSTFIELDS, running.body.c_str());
}

bool set_request(Running& running, const HttpRequest& request) {
  CURL* easy = running.easy;
  running.body = request.body;
  running.addresses = request.addresses;
  bool good = append(running.headers, "Expect:");
  // An address is where it says.
  if (!parse_ip(request.host)) good = good && append(running.places, place_of(request));
  for (const std::string& header : request.headers)
    good = good && append(running.headers, header);
  return good && set(easy, CURLOPT_URL, request.url.c_str()) &&
         set(easy, CURLOPT_RESOLVE, running.places.get()) &&
         set(easy, CURLOPT_HTTPHEADER, running.headers.get()) &&
         set(easy, CURLOPT_USERAGENT, "holdfast") && set_method(running, request.method) &&
         set(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket) &&
         set(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(&running)) &&
         set(easy, CURLOPT_WRITEFUNCTION, &take_body) &&
         set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&running)) &&
         set(easy, CURLOPT_PRIVATE, static_cast<void*>(&running)) && set_bounds(easy, request);
}

HttpReply reply_of(Running& running, CURLcode code) {
  HttpReply reply;
  long status = 0;
  curl_off_t again = 0;
  curl().easy_getinfo(running.easy, CURLINFO_RESPONSE_CODE, &status);
  curl().easy_getinfo(running.easy, CURLINFO_RETRY_AFTER, &again);
  reply.status = static_cast<unsigned>(std::clamp(status, 0L, 999L));
  constexpr auto kMost = std::chrono::duration_cast<std::chrono::seconds>(kLongestRetry).count();
  if (again > 0) reply.retry_after = std::chrono::seconds(std::min<curl_off_t>(again, kMost));
  if (code == CURLE_OK) {
    reply.end = HttpReply::End::answered;
    reply.body = std::move(running.response);
    return reply;
  }
  reply.why = curl().easy_strerror(code);
  if (code == CURLE_OPERATION_TIMEDOUT) reply.end = HttpReply::End::timed_out;
  if (running.too_large) reply.end = HttpReply::End::too_large;
  return reply;
}

}  // namespace

struct HttpClient::Curl {
  Curl(HttpClient& owner, const HttpLimits& limits) {
    static const CURLcode once = curl().global_init(CURL_GLOBAL_DEFAULT);
    multi = once == CURLE_OK ? curl().multi_init() : nullptr;
    if (multi == nullptr) throw std::runtime_error("libcurl cannot be initialised");
    curl().multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Curl::socket_wanted);
    curl().multi_setopt(multi, CURLMOPT_SOCKETDATA, &owner);
    curl().multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Curl::alarm_wanted);
    curl().multi_setopt(multi, CURLMOPT_TIMERDATA, &owner);
    curl().multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, limits.connections_per_host);
    curl().multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, limits.connections);
  }

  ~Curl() {
    // What libcurl does at its end is of no interest to anybody.
    curl().multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, nullptr);
    curl().multi_setopt(multi, CURLMOPT_TIMERFUNCTION, nullptr);
    for (auto& entry : running)
      release(*entry.second);
    curl().multi_cleanup(multi);
  }

  void release(Running& one) const noexcept {
    if (one.easy == nullptr) return;
    curl().multi_remove_handle(multi, one.easy);
    curl().easy_cleanup(one.easy);
    one.easy = nullptr;
  }

  static int socket_wanted(CURL*, curl_socket_t fd, int what, void* to, void* known) {
    static_cast<HttpClient*>(to)->on_socket(fd, what, known != nullptr);
    return 0;
  }

  static int alarm_wanted(CURLM*, long in_ms, void* to) {
    static_cast<HttpClient*>(to)->on_alarm(in_ms);
    return 0;
  }

  CURLM* multi = nullptr;
  std::map<HttpId, std::unique_ptr<Running>> running;
  bool closed = false;
};

HttpClient::HttpClient(EventLoop& loop, const HttpLimits& limits)
    : loop_(loop),
      most_requests_(limits.requests),
      poller_(loop, [this](std::uint64_t token, std::uint32_t what) { on_ready(token, what); }),
      curl_(std::make_unique<Curl>(*this, limits)) {}

HttpClient::~HttpClient() = default;

std::size_t HttpClient::in_flight() const noexcept {
  return curl_->running.size();
}

std::optional<HttpId> HttpClient::start(const HttpRequest& request, Done done) {
  if (curl_->closed || in_flight() >= most_requests_) return std::nullopt;
  auto running = std::make_unique<Running>();
  running->easy = curl().easy_init();
  if (running->easy == nullptr) return std::nullopt;
  running->done = std::move(done);
  running->most_bytes = request.most_bytes;
  if (!set_request(*running, request) ||
      curl().multi_add_handle(curl_->multi, running->easy) != CURLM_OK) {
    curl().easy_cleanup(running->easy);
    return std::nullopt;
  }
  const HttpId id{++last_id_};
  running->id = id;
  curl_->running.emplace(id, std::move(running));
  return id;
}

void HttpClient::cancel(HttpId id) noexcept {
  const auto found = curl_->running.find(id);
  if (found == curl_->running.end()) return;
  curl_->release(*found->second);
  curl_->running.erase(found);
}

void HttpClient::close() noexcept {
  curl_->closed = true;
  for (auto& entry : curl_->running)
    curl_->release(*entry.second);
  curl_->running.clear();
  loop_.timers().cancel(alarm_);
  poller_.close();
}

void HttpClient::on_socket(int fd, int what, bool known) {
  if (what == CURL_POLL_REMOVE) return poller_.unwatch(fd);
  std::uint32_t wanted = 0;
  if ((what & CURL_POLL_IN) != 0) wanted |= UpstreamPoller::kReadable;
  if ((what & CURL_POLL_OUT) != 0) wanted |= UpstreamPoller::kWritable;
  const auto token = static_cast<std::uint64_t>(fd);
  if (known) return poller_.rewatch(fd, token, wanted);
  // Anything that is not null marks the socket as known.
  if (poller_.watch(fd, token, wanted)) curl().multi_assign(curl_->multi, fd, this);
}

void HttpClient::on_alarm(long in_ms) {
  loop_.timers().cancel(alarm_);
  if (in_ms < 0 || curl_->closed) return;
  alarm_ = loop_.timers().arm(loop_.now() + std::chrono::milliseconds(in_ms), *this, 0);
}

void HttpClient::on_timer(std::uint64_t, TimePoint) noexcept {
  act(CURL_SOCKET_TIMEOUT, 0);
}

void HttpClient::on_ready(std::uint64_t token, std::uint32_t what) {
  int events = 0;
  if ((what & UpstreamPoller::kReadable) != 0) events |= CURL_CSELECT_IN;
  if ((what & UpstreamPoller::kWritable) != 0) events |= CURL_CSELECT_OUT;
  if ((what & UpstreamPoller::kFailed) != 0) events |= CURL_CSELECT_ERR;
  act(static_cast<int>(token), events);
}

void HttpClient::act(int fd, int what) {
  if (curl_->closed) return;
  int left = 0;
  curl().multi_socket_action(curl_->multi, fd, what, &left);
  finish_ended();
}

/// Whoever is told may start and cancel others.
void HttpClient::finish_ended() {
  std::vector<std::pair<HttpId, CURLcode>> ended;
  int queued = 0;
  while (const CURLMsg* message = curl().multi_info_read(curl_->multi, &queued)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* running = nullptr;
    curl().easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &running);
    ended.emplace_back(reinterpret_cast<Running*>(running)->id, message->data.result);
  }
  for (const auto& [id, code] : ended) {
    const auto found = curl_->running.find(id);
    if (found == curl_->running.end()) continue;
    const auto running = std::move(found->second);
    curl_->running.erase(found);
    const HttpReply reply = reply_of(*running, code);
    curl_->release(*running);
    running->done(reply, loop_.now());
    if (curl_->closed) return;
  }
}

}  // namespace holdfast

#include "net/doh_session.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <new>
#include <nghttp2/nghttp2.h>
#include <utility>

#include "dns/header.h"
#include "dns/message_view.h"
#include "dns/ttl.h"
#include "net/sparse_memory.h"

namespace holdfast {
namespace {

constexpr std::size_t kMostBody = 65'535;          // of a DNS message
constexpr std::uint32_t kMostHeaders = 16 * 1024;  // bytes of a response's
constexpr std::size_t kMostRequests = 200;         // at once
constexpr std::string_view kMediaType = "application/dns-message";

nghttp2_nv header(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

/// 0 if it is none; what does not fit is the largest (RFC 9111 1.2.2).
std::uint32_t number_in(std::string_view text) noexcept {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc::result_out_of_range ? std::numeric_limits<std::uint32_t>::max()
                                                 : value;
}

/// "application/dns-message", in any case, and whatever parameters.
bool is_dns_message(std::string_view type) noexcept {
  const auto name = type.substr(0, type.find_first_of("; \t"));
  return std::ranges::equal(name, kMediaType, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

/// What lay in an HTTP cache for a while has that much less to live (RFC 8484 5.1).
void lower_ttls(std::span<std::uint8_t> message, std::uint32_t age) {
  if (age == 0) return;
  std::vector<std::uint16_t> offsets;
  const auto view = dns::MessageView::parse(message);
  if (!view.ok()) return;
  view.for_each([&offsets](const dns::Record& record) {
    if (record.type != dns::RrType::opt)
      offsets.push_back(static_cast<std::uint16_t>(record.ttl_at));
    return true;
  });
  dns::age_ttls(message, offsets, age);
}

}  // namespace

struct DohSession::Request {
  std::uint16_t id = 0;
  bool wanted = true;  // somebody waits for it
  std::vector<std::uint8_t> query;
  std::size_t sent = 0;  // of query
  std::string length;    // of query, as text
  std::uint32_t status = 0;
  std::uint32_t age = 0;
  bool is_message = false;  // by its media type
  bool too_large = false;
  bool whole = false;  // the server said that this is the end
  std::uint32_t error = 0;
  std::vector<std::uint8_t> body;
};

/// nghttp2's calls, with their many parameters, to members.
struct DohSession::Hooks {
  static Request* find(void* self, std::int32_t stream) {
    auto& requests = static_cast<DohSession*>(self)->requests_;
    const auto found = requests.find(stream);
    return found == requests.end() ? nullptr : found->second.get();
  }

  static void set(nghttp2_session_callbacks* hooks) {
    nghttp2_session_callbacks_set_on_header_callback(
        hooks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                  std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                  std::uint8_t, void* self) {
          if (Request* request = find(self, frame->hd.stream_id)) {
            static_cast<DohSession*>(self)->on_header(
                *request, {reinterpret_cast<const char*>(name), name_size},
                {reinterpret_cast<const char*>(value), value_size});
          }
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        hooks, [](nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
                  std::size_t size, void* self) {
          if (Request* request = find(self, stream)) {
            static_cast<DohSession*>(self)->on_data(stream, *request, {data, size});
          }
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        hooks, [](nghttp2_session*, std::int32_t stream, std::uint32_t error, void* self) {
          static_cast<DohSession*>(self)->end(stream, error);
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        hooks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          if (frame->hd.type == NGHTTP2_GOAWAY) static_cast<DohSession*>(self)->going_away_ = true;
          const bool carries = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
          if (carries && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
            if (Request* request = find(self, frame->hd.stream_id)) request->whole = true;
          }
          return 0;
        });
  }
};

DohSession::DohSession(std::string authority, std::string path)
    : authority_(std::move(authority)),
      path_(std::move(path)),
      session_(nullptr, nghttp2_session_del) {
  nghttp2_session_callbacks* hooks = nullptr;
  nghttp2_session* session = nullptr;
  if (nghttp2_session_callbacks_new(&hooks) != 0) throw std::bad_alloc();
  Hooks::set(hooks);
  nghttp2_option* options = nullptr;
  if (nghttp2_option_new(&options) != 0) {
    nghttp2_session_callbacks_del(hooks);
    throw std::bad_alloc();
  }
  nghttp2_option_set_peer_max_concurrent_streams(options, kMostRequests);  // until it says
  nghttp2_mem memory{nullptr, sparse_malloc, sparse_free, sparse_calloc, sparse_realloc};
  const int made = nghttp2_session_client_new3(&session, hooks, this, options, &memory);
  nghttp2_option_del(options);
  nghttp2_session_callbacks_del(hooks);
  if (made != 0) throw std::bad_alloc();
  session_.reset(session);
  constexpr std::array<nghttp2_settings_entry, 2> kSettings{{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMostHeaders},
  }};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, kSettings.data(), kSettings.size());
}

DohSession::~DohSession() = default;

bool DohSession::has_room() const noexcept {
  const std::size_t servers =
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return requests_.size() < std::min(kMostRequests, servers);
}

bool DohSession::post(dns::Bytes query) {
  if (going_away_ || !has_room()) return false;
  auto request = std::make_unique<Request>();
  request->id = dns::load_u16(query.data());
  request->query.assign(query.begin(), query.end());
  request->query[0] = request->query[1] = 0;  // RFC 8484 4.1: caches see equal questions as equal
  request->length = std::to_string(query.size());
  const std::array headers{header(":method", "POST"),
                           header(":scheme", "https"),
                           header(":authority", authority_),
                           header(":path", path_),
                           header("accept", kMediaType),
                           header("content-type", kMediaType),
                           header("content-length", request->length)};
  nghttp2_data_provider body{};
  body.source.ptr = request.get();
  body.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* buffer, std::size_t room,
                          std::uint32_t* flags, nghttp2_data_source* source, void*) -> ssize_t {
    auto& from = *static_cast<Request*>(source->ptr);
    const std::size_t size = std::min(room, from.query.size() - from.sent);
    std::copy_n(from.query.data() + from.sent, size, buffer);
    from.sent += size;
    if (from.sent == from.query.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  };
  const std::int32_t stream = nghttp2_submit_request(session_.get(), nullptr, headers.data(),
                                                     headers.size(), &body, nullptr);
  if (stream < 0) {  // the numbers of streams have run out, or memory
    going_away_ = true;
    return false;
  }
  requests_.emplace(stream, std::move(request));
  return true;
}

void DohSession::cancel(std::uint16_t id) {
  for (auto& [stream, request] : requests_) {
    if (!request->wanted || request->id != id) continue;
    request->wanted = false;
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
    return;
  }
}

void DohSession::on_header(Request& request, std::string_view name, std::string_view value) {
  if (name == ":status") request.status = number_in(value);
  if (name == "age") request.age = number_in(value);
  if (name == "content-type") request.is_message = is_dns_message(value);
}

void DohSession::on_data(std::int32_t stream, Request& request, dns::Bytes data) {
  if (request.too_large) return;
  if (request.body.size() + data.size() > kMostBody) {
    request.too_large = true;
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
    end(stream, NGHTTP2_NO_ERROR);  // told now: the server may have nothing more to say
    return;
  }
  request.body.insert(request.body.end(), data.begin(), data.end());
}

void DohSession::end(std::int32_t stream, std::uint32_t error) {
  auto node = requests_.extract(stream);
  if (node.empty() || !node.mapped()->wanted) return;
  node.mapped()->error = error;
  ended_.push_back(std::move(node.mapped()));
}

bool DohSession::receive(dns::Bytes bytes, FunctionRef<void(const DohEnd&)> on_end) {
  const auto taken = nghttp2_session_mem_recv(session_.get(), bytes.data(), bytes.size());
  // Not from inside nghttp2's calls: who is told may post another query.
  for (const auto& request : std::exchange(ended_, {})) {
    const Outcome outcome = judge(*request);
    if (outcome == Outcome::positive) {
      on_end({request->id, request->body, outcome});
    } else {
      on_end({request->id, {}, outcome});
    }
  }
  if (taken < 0) {
    broken_ = true;
    fault_ = std::string("the server does not speak HTTP/2: ") +
             nghttp2_strerror(static_cast<int>(taken));
    return false;
  }
  return nghttp2_session_want_read(session_.get()) != 0 ||
         nghttp2_session_want_write(session_.get()) != 0;
}

/// positive: its body is a message, which is made ready here.
Outcome DohSession::judge(Request& request) {
  if (request.too_large) {
    return blame(Outcome::http_content, "the answer is larger than a DNS message can be");
  }
  // A stream can be reset without an error, too, at any time (RFC 9113 8.1).
  if (request.error != NGHTTP2_NO_ERROR || !request.whole) {
    return blame(Outcome::closed, "the server breaks requests off");
  }
  if (request.status != 200) {
    return blame(Outcome::http_status, "HTTP status " + std::to_string(request.status));
  }
  if (!request.is_message) {
    return blame(Outcome::http_content, "the answer's type is not application/dns-message");
  }
  if (request.body.size() < dns::kHeaderBytes) {
    return blame(Outcome::malformed, "the answer is no DNS message");
  }
  dns::store_u16(request.body.data(), request.id);
  lower_ttls(request.body, request.age);
  fault_.clear();
  return Outcome::positive;
}

Outcome DohSession::blame(Outcome outcome, std::string why) {
  fault_ = std::move(why);
  return outcome;
}

void DohSession::take_output(std::vector<std::uint8_t>& out) {
  const std::uint8_t* data = nullptr;
  for (;;) {
    const auto size = nghttp2_session_mem_send(session_.get(), &data);
    if (size <= 0) break;
    out.insert(out.end(), data, data + size);
  }
  if (nghttp2_session_want_read(session_.get()) != 0) return;
  going_away_ = over_ = true;
  // An end of ours answers an error of the server's.
  if (requests_.empty()) return;
  broken_ = true;
  fault_ = "the server breaks the rules of HTTP/2";
}

}  // namespace holdfast

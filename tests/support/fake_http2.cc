#include "tests/support/fake_http2.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace holdfast::test {
namespace {

nghttp2_nv header(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

struct FakeHttp2::Hooks {
  static void set(nghttp2_session_callbacks* hooks) {
    nghttp2_session_callbacks_set_on_header_callback(
        hooks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                  std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                  std::uint8_t, void* self) {
          static_cast<FakeHttp2*>(self)->requests_[frame->hd.stream_id].headers.emplace(
              std::string(name, name + name_size), std::string(value, value + value_size));
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        hooks, [](nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
                  std::size_t size, void* self) {
          auto& body = static_cast<FakeHttp2*>(self)->requests_[stream].body;
          body.insert(body.end(), data, data + size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        hooks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          static_cast<FakeHttp2*>(self)->on_frame(*frame);
          return 0;
        });
  }
};

FakeHttp2::FakeHttp2(std::function<void(const FakeRequest&)> on_request)
    : on_request_(std::move(on_request)) {
  nghttp2_session_callbacks* hooks = nullptr;
  nghttp2_session* session = nullptr;
  nghttp2_session_callbacks_new(&hooks);
  Hooks::set(hooks);
  nghttp2_session_server_new(&session, hooks, this);
  nghttp2_session_callbacks_del(hooks);
  session_.reset(session);
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0);
}

void FakeHttp2::on_frame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_RST_STREAM) ++resets;
  const bool whole = (frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS) &&
                     (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (!whole) return;
  FakeRequest request = std::move(requests_[frame.hd.stream_id]);
  request.stream = frame.hd.stream_id;
  whole_.push_back(std::move(request));
}

bool FakeHttp2::receive(const Message& bytes) {
  const auto taken = nghttp2_session_mem_recv(session_.get(), bytes.data(), bytes.size());
  for (const FakeRequest& request : std::exchange(whole_, {}))
    on_request_(request);
  return taken >= 0;
}

void FakeHttp2::respond(std::int32_t stream, FakeResponse response) {
  const std::string status = std::to_string(response.status);
  std::vector<nghttp2_nv> headers{header(":status", status)};
  if (!response.type.empty()) headers.push_back(header("content-type", response.type));
  if (!response.age.empty()) headers.push_back(header("age", response.age));
  Body& body = bodies_[stream];
  body = {std::move(response.body), 0};
  nghttp2_data_provider provider{};
  provider.source.ptr = &body;
  provider.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* buffer,
                              std::size_t room, std::uint32_t* flags, nghttp2_data_source* source,
                              void*) -> ssize_t {
    auto& from = *static_cast<Body*>(source->ptr);
    const std::size_t size = std::min(room, from.bytes.size() - from.sent);
    std::copy_n(from.bytes.begin() + static_cast<std::ptrdiff_t>(from.sent), size, buffer);
    from.sent += size;
    if (from.sent == from.bytes.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  };
  nghttp2_submit_response(session_.get(), stream, headers.data(), headers.size(), &provider);
}

void FakeHttp2::reset(std::int32_t stream, std::uint32_t error) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, error);
}

void FakeHttp2::go_away(std::int32_t last) {
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
}

void FakeHttp2::limit_streams(std::uint32_t most) {
  const nghttp2_settings_entry limit{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, most};
  nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, &limit, 1);
}

Message FakeHttp2::take_output() {
  Message out;
  const std::uint8_t* data = nullptr;
  for (;;) {
    const auto size = nghttp2_session_mem_send(session_.get(), &data);
    if (size <= 0) return out;
    out.insert(out.end(), data, data + size);
  }
}

}  // namespace holdfast::test

#include "tests/support/fake_upstream.h"

#include <array>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "dns/header.h"
#include "dns/tcp_framer.h"
#include "dns/wire_reader.h"
#include "dns/wire_writer.h"
#include "net/socket_address.h"
#include "tests/support/segments.h"

namespace holdfast::test {
namespace {

constexpr std::size_t kBuffer = 65536;

IpAddress loopback() {
  IpAddress address;
  address.bytes = {127, 0, 0, 1};
  return address;
}

FakeQuery read_query(dns::Bytes message) {
  FakeQuery query;
  query.message.assign(message.begin(), message.end());
  const auto header = dns::Header::read(message);
  dns::WireReader reader(message, dns::kHeaderBytes);
  const auto question = header ? dns::Question::read(reader) : std::nullopt;
  if (!question) throw std::runtime_error("the query has no question");
  query.id = header->id;
  query.question = *question;
  return query;
}

Message build(const FakeQuery& query, std::uint16_t flags, std::uint16_t answers) {
  Message message(kBuffer);
  dns::WireWriter writer(message);
  dns::Header header;
  header.id = query.id;
  header.flags = static_cast<std::uint16_t>(dns::flag::qr | dns::flag::rd | dns::flag::ra | flags);
  header.qdcount = 1;
  header.ancount = answers;
  header.write(writer);
  query.question.write(writer);
  message.resize(dns::kHeaderBytes + query.question.size());
  return message;
}

Message framed(const Message& message) {
  Message frame{static_cast<std::uint8_t>(message.size() >> 8U),
                static_cast<std::uint8_t>(message.size())};
  frame.insert(frame.end(), message.begin(), message.end());
  return frame;
}

}  // namespace

Message reply_to(const FakeQuery& query, dns::Rcode rcode) {
  return build(query, static_cast<std::uint16_t>(rcode), 0);
}

Message answer_to(const FakeQuery& query, std::uint32_t ttl, std::uint32_t address) {
  Message message = build(query, 0, 1);
  std::array<std::uint8_t, 16> record{};
  dns::WireWriter writer(record);
  writer.u16(0xc00c);  // the question's name
  writer.u16(1);       // A
  writer.u16(1);       // IN
  writer.u32(ttl);
  writer.u16(4);
  writer.u32(address);
  message.insert(message.end(), record.begin(), record.end());
  return message;
}

Message truncated_reply_to(const FakeQuery& query) {
  return build(query, dns::flag::tc, 0);
}

FakeReply always_answer(const FakeQuery& query) {
  return {.messages = {answer_to(query)}};
}

FakeUpstream::FakeUpstream(EventLoop& loop, FakeHandler handler, Listens listens)
    : loop_(loop), handler_(std::move(handler)), udp_(loop.context()), acceptor_(loop.context()) {
  bind(listens);
  if (udp_.is_open()) asio::co_spawn(loop.context(), udp_loop(), asio::detached);
  if (acceptor_.is_open()) asio::co_spawn(loop.context(), accept_loop(), asio::detached);
}

FakeUpstream::FakeUpstream(EventLoop& loop, FakeTlsContext& tls, FakeHandler handler)
    : FakeUpstream(loop, std::move(handler), Listens::tcp) {
  tls_ = &tls;
}

FakeUpstream::~FakeUpstream() {
  asio::error_code ignored;
  udp_.close(ignored);
  acceptor_.close(ignored);
  close_connections();
  loop_.drain();
}

/// The port is free for UDP first, and then hopefully for TCP.
void FakeUpstream::bind(Listens listens) {
  const auto address = asio::ip::address_v4::loopback();
  for (int tries = 0; tries < 50; ++tries) {
    std::uint16_t port = 0;
    asio::error_code error;
    if (listens != Listens::tcp) {
      udp_ = asio::ip::udp::socket(loop_.context(), {address, 0});
      udp_.set_option(asio::socket_base::receive_buffer_size(1 << 22), error);  // bursts of a test
      port = udp_.local_endpoint().port();
    }
    if (listens != Listens::udp) {
      acceptor_ = asio::ip::tcp::acceptor(loop_.context());
      acceptor_.open(asio::ip::tcp::v4());
      acceptor_.bind({address, port}, error);
      if (error) continue;
      acceptor_.listen();
      port = acceptor_.local_endpoint().port();
    }
    endpoint_ = {loopback(), port};
    return;
  }
  throw std::runtime_error("no port is free for both UDP and TCP");
}

asio::awaitable<void> FakeUpstream::udp_loop() {
  Message buffer(kBuffer);
  for (;;) {
    asio::ip::udp::endpoint from;
    auto [error, n] = co_await udp_.async_receive_from(asio::buffer(buffer), from, use_result);
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
    if (error) continue;  // what an earlier reply met with
    FakeQuery query = read_query(dns::Bytes(buffer).first(n));
    query.from = {loopback(), from.port()};
    on_query(std::move(query));
  }
}

asio::awaitable<void> FakeUpstream::accept_loop() {
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(use_result);
    if (error) co_return;
    const std::uint64_t number = ++accepted_;
    auto tls = tls_ == nullptr ? nullptr : std::make_unique<FakeTls>(*tls_);
    auto shared =
        std::make_shared<Connection>(Connection{std::move(socket), std::move(tls), nullptr});
    if (tls_ != nullptr && tls_->policy().protocol == "h2") {
      shared->http = std::make_unique<FakeHttp2>(
          [this, number](const FakeRequest& request) { on_request(request, number); });
    }
    connections_[number] = shared;
    asio::co_spawn(loop_.context(), connection_loop(shared, number), asio::detached);
  }
}

asio::awaitable<void> FakeUpstream::connection_loop(TcpSocket connection, std::uint64_t number) {
  asio::ip::tcp::socket& socket = connection->socket;
  Message buffer(kBuffer);
  Message plain;
  dns::TcpFramer framer;
  for (;;) {
    auto [error, n] = co_await socket.async_read_some(asio::buffer(buffer), use_result);
    if (error) break;
    if (delay_ > Duration::zero()) {
      asio::steady_timer wait(socket.get_executor(), delay_);
      (void)co_await wait.async_wait(use_result);
      if (!socket.is_open()) break;
    }
    const auto take = [this, number, &socket](dns::Bytes message) {
      FakeQuery query = read_query(message);
      asio::error_code ignored;
      query.from = {loopback(), socket.remote_endpoint(ignored).port()};
      query.tcp = true;
      query.connection = number;
      on_query(std::move(query));
      return socket.is_open();
    };
    if (!take_plain(*connection, dns::Bytes(buffer).first(n), plain)) break;
    if (connection->http) {
      if (plain.empty()) continue;  // the handshake goes on
      if (!connection->http->receive(plain)) break;
      write(*connection, connection->http->take_output());
    } else if (!framer.feed(plain, take)) {
      break;
    }
  }
  connections_.erase(number);
}

/// False: TLS is over.
bool FakeUpstream::take_plain(Connection& connection, dns::Bytes bytes, Message& plain) {
  plain.clear();
  if (!connection.tls) {
    plain.assign(bytes.begin(), bytes.end());
    return true;
  }
  const bool sound = connection.tls->receive({bytes.begin(), bytes.end()}, plain);
  asio::error_code ignored;
  asio::write(connection.socket, asio::buffer(connection.tls->take_output()), ignored);
  return sound;
}

void FakeUpstream::write(Connection& connection, const Message& bytes) {
  asio::error_code ignored;
  if (!connection.tls) {
    asio::write(connection.socket, asio::buffer(bytes), ignored);
    return;
  }
  connection.tls->send(bytes);
  asio::write(connection.socket, asio::buffer(connection.tls->take_output()), ignored);
}

void FakeUpstream::on_request(const FakeRequest& request, std::uint64_t connection) {
  FakeQuery query = read_query(request.body);
  query.tcp = true;
  query.connection = connection;
  query.stream = request.stream;
  on_query(std::move(query));
}

void FakeUpstream::respond(Connection& connection, const FakeQuery& query, const FakeReply& reply) {
  FakeHttp2& http = *connection.http;
  if (reply.http) http.respond(query.stream, *reply.http);
  for (const Message& message : reply.messages)
    http.respond(query.stream, {.age = "", .body = message});
  if (reply.reset) http.reset(query.stream);
  if (reply.go_away) http.go_away(query.stream);
  write(connection, http.take_output());
  if (!reply.raw.empty()) write(connection, reply.raw);
}

void FakeUpstream::on_query(FakeQuery query) {
  queries_.push_back(query);
  send(query, handler_(query));
}

void FakeUpstream::send(const FakeQuery& query, const FakeReply& reply) {
  asio::error_code ignored;
  if (!query.tcp) {
    const asio::ip::udp::endpoint to(asio::ip::address_v4::loopback(), query.from.port);
    for (const Message& message : reply.messages) {
      udp_.send_to(asio::buffer(message), to, 0, ignored);
    }
    return;
  }
  const auto connection = connections_.find(query.connection);
  if (connection == connections_.end()) return;
  Connection& to = *connection->second;
  if (to.http) {
    respond(to, query, reply);
    if (reply.close) to.socket.close(ignored);
    return;
  }
  for (const Message& message : reply.messages) {
    write(to, framed(message));
  }
  if (!reply.raw.empty()) write(to, reply.raw);
  if (reply.close) to.socket.close(ignored);
}

void FakeUpstream::close_connections() {
  asio::error_code ignored;
  for (const auto& [number, connection] : connections_)
    connection->socket.close(ignored);
}

unsigned FakeUpstream::segments() {
  unsigned all = 0;
  for (const auto& [number, connection] : connections_)
    all += segments_in(connection->socket.native_handle());
  return all;
}

bool run_until(EventLoop& loop, FunctionRef<bool()> holds, Duration limit) {
  const TimePoint end = loop.now() + limit;
  while (!holds()) {
    const TimePoint now = loop.now();
    if (now >= end) return false;
    loop.turn(end - now);
  }
  return true;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace holdfast::test

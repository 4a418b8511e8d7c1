// FakeUpstream: a DNS server on loopback, UDP and TCP on one free port, on the test's own event
// loop. A handler says what comes back for each query; a query it gives nothing for is dropped, or
// kept and answered later by the test. Nothing sleeps: run_until() turns the loop until something
// holds.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/endpoint.h"
#include "base/function_ref.h"
#include "dns/question.h"
#include "dns/types.h"
#include "net/event_loop.h"
#include "tests/support/fake_http2.h"
#include "tests/support/fake_tls.h"

namespace holdfast::test {

/// A query as it arrived.
struct FakeQuery {
  Message message;
  std::uint16_t id = 0;
  dns::Question question;
  Endpoint from;
  bool tcp = false;
  std::uint64_t connection = 0;  // of TCP
  std::int32_t stream = 0;       // of HTTP/2
};

/// What goes back, in this order.
struct FakeReply {
  std::vector<Message> messages{};     // each a datagram, or framed on a connection
  Message raw{};                       // TCP and HTTP/2: bytes without a frame
  bool close = false;                  // TCP: then the connection ends
  std::optional<FakeResponse> http{};  // HTTP/2: in place of messages
  bool reset = false;                  // HTTP/2: the stream ends without an answer
  bool go_away = false;                // HTTP/2: the last stream the connection takes
};

using FakeHandler = std::function<FakeReply(const FakeQuery&)>;

/// Header (QR, RD, RA and rcode) and the query's question, in its case.
[[nodiscard]] Message reply_to(const FakeQuery& query, dns::Rcode rcode = dns::Rcode::noerror);
/// The same with an A record for the question's name.
[[nodiscard]] Message answer_to(const FakeQuery& query, std::uint32_t ttl = 300,
                                std::uint32_t address = 0xc0000207);
/// The same with TC and no record.
[[nodiscard]] Message truncated_reply_to(const FakeQuery& query);

/// Answers everything.
[[nodiscard]] FakeReply always_answer(const FakeQuery& query);

class FakeUpstream {
 public:
  enum class Listens { udp_and_tcp, udp, tcp };

  explicit FakeUpstream(EventLoop& loop, FakeHandler handler = always_answer,
                        Listens listens = Listens::udp_and_tcp);
  /// Speaks TLS on every connection, and in it HTTP/2 if that is the protocol. `tls` outlives this.
  FakeUpstream(EventLoop& loop, FakeTlsContext& tls, FakeHandler handler = always_answer);
  /// Closes everything; the loop is drained.
  ~FakeUpstream();

  [[nodiscard]] Endpoint endpoint() const noexcept { return endpoint_; }

  void handle(FakeHandler handler) { handler_ = std::move(handler); }

  /// Answers a query that was kept.
  void send(const FakeQuery& query, const FakeReply& reply);

  /// From now on what comes over TCP is dealt with so much later, as if it came from far away.
  void move_away(Duration delay) { delay_ = delay; }

  /// Ends every connection, as a server does that restarts.
  void close_connections();

  /// Everything that arrived, in order.
  [[nodiscard]] const std::vector<FakeQuery>& queries() const noexcept { return queries_; }

  /// Connections accepted so far, and open now.
  [[nodiscard]] std::size_t accepted() const noexcept { return accepted_; }

  [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }

  /// Segments with data that have arrived on connections which are open.
  [[nodiscard]] unsigned segments();

 private:
  struct Connection {
    asio::ip::tcp::socket socket;
    std::unique_ptr<FakeTls> tls;     // null: none
    std::unique_ptr<FakeHttp2> http;  // likewise
  };

  using TcpSocket = std::shared_ptr<Connection>;

  void bind(Listens listens);
  asio::awaitable<void> udp_loop();
  asio::awaitable<void> accept_loop();
  asio::awaitable<void> connection_loop(TcpSocket socket, std::uint64_t number);
  void on_request(const FakeRequest& request, std::uint64_t connection);
  static void respond(Connection& connection, const FakeQuery& query, const FakeReply& reply);
  [[nodiscard]] bool take_plain(Connection& connection, dns::Bytes bytes, Message& plain);
  static void write(Connection& connection, const Message& bytes);
  void on_query(FakeQuery query);

  EventLoop& loop_;
  FakeHandler handler_;
  asio::ip::udp::socket udp_;
  asio::ip::tcp::acceptor acceptor_;
  Endpoint endpoint_;
  std::map<std::uint64_t, TcpSocket> connections_;
  std::vector<FakeQuery> queries_;
  std::uint64_t accepted_ = 0;
  Duration delay_{};
  FakeTlsContext* tls_ = nullptr;
};

/// Turns the loop until `holds`; false after `limit`.
[[nodiscard]] bool run_until(EventLoop& loop, FunctionRef<bool()> holds, Duration limit = 10s);

/// Descriptors this process has open.
[[nodiscard]] std::size_t open_descriptors();

}  // namespace holdfast::test

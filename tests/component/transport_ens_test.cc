// Upstreams of class ens through a TransportSet: a web server of our own plays the endpoint and
// answers from the recorded chain.
#include <atomic>
#include <thread>

#include <httplib.h>

#include "rpc/chain.h"
#include "tests/support/ens_chain.h"
#include "tests/support/ens_lab.h"
#include "transport_rig.h"

namespace holdfast::test {
namespace {

using nlohmann::json;

/// One endpoint, on a thread of its own.
class FakeEndpoint {
 public:
  FakeEndpoint() {
    (void)recorded();  // takes longer than a client waits
    server_.Post("/", [this](const httplib::Request& request, httplib::Response& response) {
      response.set_content(reply(json::parse(request.body)).dump(), "application/json");
    });
    server_.set_keep_alive_timeout(1);  // s; it waits as long for idle clients when it stops
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running())
      std::this_thread::yield();
  }

  ~FakeEndpoint() {
    server_.stop();
    thread_.join();
  }

  [[nodiscard]] rpc::EndpointSpec spec(const std::string& provider) const {
    rpc::EndpointSpec out;
    out.provider = provider;
    out.host = "127.0.0.1";
    out.port = static_cast<std::uint16_t>(port_);
    out.url = "http://127.0.0.1:" + std::to_string(port_);
    out.addresses = {parse_ip("127.0.0.1").value()};
    return out;
  }

  std::atomic<int> calls{0};
  std::atomic<bool> lies{false};
  std::atomic<bool> holds{false};  // its replies, until it no longer does

 private:
  static const ens_lab::RecordedChain& recorded() {
    static const ens_lab::RecordedChain chain;
    return chain;
  }

  json reply(const json& request) {
    json out{{"jsonrpc", "2.0"}, {"id", request["id"]}};
    const std::string method = request["method"];
    if (method == "eth_chainId") out["result"] = "0x1";
    if (method == "eth_getBlockByNumber") {
      const std::string hash = "0x" + std::string(64, 'a');
      out["result"] = {
          {"number", "0xc3"}, {"hash", hash}, {"parentHash", hash}, {"timestamp", "0x0"}};
    }
    if (method != "eth_call") return out;
    ++calls;
    while (holds)
      std::this_thread::yield();
    ens::ChainCall call;
    call.to = ens::parse_address(request["params"][0]["to"].get<std::string>()).value();
    call.data = ens::from_hex(request["params"][0]["data"].get<std::string>()).value();
    const ens::CallResult said = recorded().call(call);
    if (said.status == ens::CallResult::Status::returned) {
      out["result"] = lies ? "0x" + std::string(64, '7') : ens::to_hex(said.data);
    } else {
      out["error"] = {
          {"code", 3}, {"message", "execution reverted"}, {"data", ens::to_hex(said.data)}};
    }
    return out;
  }

  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

class TransportEns : public TransportRig {
 protected:
  Upstream upstream(rpc::Mode mode = rpc::Mode::first, unsigned quorum = 1) {
    auto chain = std::make_shared<rpc::Chain>();
    chain->mode = mode;
    chain->quorum = quorum;
    chain->max_head_age = 0s;
    chain->bridge.gateways.enabled = false;
    chain->bridge.zones = {{dns::Name::parse("eth").value(), {}, {}}};
    for (std::size_t i = 0; i < endpoints.size(); ++i)
      chain->endpoints.push_back(endpoints[i].spec("rpc-" + std::to_string(i)));
    Upstream out = upstream_at({}, 1, TransportKind::rpc);
    out.endpoints.clear();
    out.upstream_class = UpstreamClass::ens;
    out.chain = std::move(chain);
    return out;
  }

  void hold_all(bool holds) {
    for (FakeEndpoint& endpoint : endpoints)
      endpoint.holds = holds;
  }

  /// The addresses of dns.eth are two.
  void expect_answer(std::uint64_t token) {
    const Ended ended = await(token);
    const auto view = dns::MessageView::parse(ended.message);
    ASSERT_TRUE(view.ok());
    EXPECT_EQ(view.rcode(), dns::Rcode::noerror);
    EXPECT_EQ(view.header().ancount, 2);
  }

  std::array<FakeEndpoint, 3> endpoints;
};

TEST_F(TransportEns, AnswersFromTheChain) {
  ASSERT_TRUE(ask(upstream(), 1, "dns.eth"));
  expect_answer(1);
  const int calls = endpoints[0].calls + endpoints[1].calls + endpoints[2].calls;
  ASSERT_TRUE(ask(upstream(), 2, "dns.eth"));
  expect_answer(2);
  EXPECT_EQ(endpoints[0].calls + endpoints[1].calls + endpoints[2].calls, calls + 1) << "warm";
}

TEST_F(TransportEns, ALiarIsOutvoted) {
  endpoints[1].lies = true;
  for (std::uint64_t token = 1; token <= 20; ++token) {
    ASSERT_TRUE(ask(upstream(rpc::Mode::quorum, 2), token, "dns.eth"));
    expect_answer(token);
  }
  EXPECT_NE(transport.fault_of(UpstreamId{1}).find("rpc-1"), std::string::npos);
}

TEST_F(TransportEns, ManyAtOnce) {
  for (std::uint64_t token = 1; token <= 20; ++token)
    ASSERT_TRUE(ask(upstream(), token, "dns.eth"));
  for (std::uint64_t token = 1; token <= 20; ++token)
    expect_answer(token);
}

TEST_F(TransportEns, CancelledExchangesSayNothing) {
  const auto first = ask(upstream(), 1, "dns.eth");
  ASSERT_TRUE(first);
  transport.cancel(*first);
  ASSERT_TRUE(ask(upstream(), 2, "dns.eth"));
  expect_answer(2);
  hold_all(true);
  const int calls = endpoints[0].calls + endpoints[1].calls + endpoints[2].calls;
  const auto third = ask(upstream(), 3, "dns.eth");
  ASSERT_TRUE(run_until(
      loop, [&] { return endpoints[0].calls + endpoints[1].calls + endpoints[2].calls > calls; }));
  transport.cancel(*third);
  transport.cancel(*third);
  hold_all(false);
  ASSERT_TRUE(ask(upstream(), 4, "dns.eth"));
  expect_answer(4);
  EXPECT_FALSE(sink.ends.contains(1) || sink.ends.contains(3));
}

TEST_F(TransportEns, AnUpstreamThatIsTakenOutEndsWhatItBegan) {
  ASSERT_TRUE(ask(upstream(), 1, "dns.eth"));
  transport.retire(UpstreamId{1});
  expect_answer(1);
  ASSERT_TRUE(ask(upstream(), 2, "dns.eth"));
  transport.reset(UpstreamId{1});
  expect_answer(2);
}

TEST_F(TransportEns, ClosedInTheMidst) {
  ASSERT_TRUE(ask(upstream(), 1, "dns.eth"));
  loop.turn(5ms);  // the rest is the rig's destructor
}

TEST_F(TransportEns, NobodyThereIsServfail) {
  Upstream nobody = upstream();
  auto chain = std::make_shared<rpc::Chain>(*nobody.chain);
  chain->endpoints.resize(1);
  chain->endpoints[0].url = "http://127.0.0.1:1";
  nobody.chain = chain;
  ASSERT_TRUE(ask(nobody, 1, "dns.eth"));
  const auto ended = await(1);
  const auto view = dns::MessageView::parse(ended.message);
  EXPECT_EQ(view.rcode(), dns::Rcode::servfail);
  ASSERT_TRUE(view.edns());
  EXPECT_EQ(view.edns()->ede, dns::EdeCode::not_ready);
}

}  // namespace
}  // namespace holdfast::test

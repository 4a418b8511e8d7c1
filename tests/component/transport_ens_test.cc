// Upstreams of class ens through a TransportSet: a web server of our own plays the endpoint and
// answers from the recorded chain.
#include <atomic>
#include <mutex>
#include <thread>

#include <httplib.h>

#include "rpc/chain.h"
#include "tests/support/ens_batch.h"
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
  std::atomic<unsigned> height{0xc3};  // the number of its newest block
  std::atomic<bool> holds{false};      // its replies, until it no longer does

  /// From now on the universal resolver sends whoever asks to this URL before it answers.
  void ask_first(std::string url) {
    const std::scoped_lock lock(mutex_);
    gateway_ = std::move(url);
  }

 private:
  [[nodiscard]] std::string gateway() {
    const std::scoped_lock lock(mutex_);
    return gateway_;
  }

  static const ens_lab::RecordedChain& recorded() {
    static const ens_lab::RecordedChain chain;
    return chain;
  }

  json reply(const json& request) {
    json out{{"jsonrpc", "2.0"}, {"id", request["id"]}};
    const std::string method = request["method"];
    if (method == "eth_chainId") out["result"] = "0x1";
    if (method == "eth_syncing") out["result"] = false;
    if (method == "eth_getBlockByNumber") out["result"] = block(request["params"][0]);
    if (method != "eth_call") return out;
    ++calls;
    while (holds)
      std::this_thread::yield();
    ens::ChainCall call;
    call.to = ens::parse_address(request["params"][0]["to"].get<std::string>()).value();
    call.data = ens::from_hex(request["params"][0]["data"].get<std::string>()).value();
    if (const std::string url = gateway(); !url.empty()) send_to_gateway(call, url);
    const ens::CallResult said = call.data.empty() ? lookup_ : recorded().call(call);
    if (said.status == ens::CallResult::Status::returned) {
      out["result"] = lies ? "0x" + std::string(64, '7') : ens::to_hex(said.data);
    } else {
      out["error"] = {
          {"code", 3}, {"message", "execution reverted"}, {"data", ens::to_hex(said.data)}};
    }
    return out;
  }

  /// The newest one, or that of a number.
  [[nodiscard]] json block(const std::string& which) const {
    const auto number =
        which == "latest" ? height.load() : static_cast<unsigned>(std::stoul(which, nullptr, 16));
    if (number > height) return nullptr;
    const auto hash = [](unsigned n) {
      const std::uint8_t last = static_cast<std::uint8_t>(n ^ 0xc3U ^ 0xaaU);
      return "0x" + std::string(62, 'a') + ens::to_hex(ens::Bytes(&last, 1)).substr(2);
    };
    const std::uint8_t digits = static_cast<std::uint8_t>(number);
    return {{"number", ens::to_hex(ens::Bytes(&digits, 1))},
            {"hash", hash(number)},
            {"parentHash", hash(number - 1)},
            {"timestamp", "0x0"}};
  }

  /// Before it resolves; what it would have said it says when it is called back with 0x1234.
  void send_to_gateway(ens::ChainCall& call, const std::string& url) {
    const auto function = ens::selector_of(call.data);
    if (function == ens::function::resolve) {
      asked_ = call.data;
      lookup_.data = ens_lab::offchain_lookup_revert({call.to, {url}, {0x71}},
                                                     ens::Selector{0xf4d4d2f8}, call.data);
      call.data.clear();
    } else if (function == ens::Selector{0xf4d4d2f8}) {
      ens::AbiReader reader(ens::Bytes(call.data).subspan(ens::kSelectorBytes));
      const ens::Bytes said = reader.bytes();
      if (ens::Blob(said.begin(), said.end()) == ens::Blob{0x12, 0x34}) call.data = asked_;
    }
  }

  std::mutex mutex_;
  std::string gateway_;  // "" for none
  ens::CallResult lookup_{ens::CallResult::Status::reverted, {}, {}, {}};
  ens::Blob asked_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

/// What contracts send us to, on a thread of its own.
class FakeGateway {
 public:
  explicit FakeGateway(std::string body) : body_(std::move(body)) {
    const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
      last_ = request.method + " " + request.path + " " + request.body;
      ++asked;
      while (holds)
        std::this_thread::yield();
      response.set_content(body_, "application/json");
    };
    server_.Get("/.*", answer);
    server_.Post("/.*", answer);
    server_.set_keep_alive_timeout(1);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running())
      std::this_thread::yield();
  }

  ~FakeGateway() {
    server_.stop();
    thread_.join();
  }

  [[nodiscard]] rpc::Origin origin() const {
    return {false, "127.0.0.1", static_cast<std::uint16_t>(port_)};
  }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// Read when nothing is on its way.
  [[nodiscard]] const std::string& last() const { return last_; }

  std::atomic<int> asked{0};
  std::atomic<bool> holds{false};  // its responses, until it no longer does

 private:
  const std::string body_;
  std::string last_;
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

  [[nodiscard]] int all_calls() const {
    return endpoints[0].calls + endpoints[1].calls + endpoints[2].calls;
  }

  void hold_all(bool holds) {
    for (FakeEndpoint& endpoint : endpoints)
      endpoint.holds = holds;
  }

  /// Asks until the answer is as it should be. Endpoints are given up after a second and gateways
  /// after one and a half, which on a busy machine may be over before they had a turn.
  template <typename IsRight>
  void ask_until(const Upstream& upstream, IsRight is_right) {
    dns::MessageView view;
    Ended ended;
    for (int tries = 0; tries < 20; ++tries) {
      ASSERT_TRUE(ask(upstream, ++last_token, "dns.eth"));
      ended = await(last_token);
      view = dns::MessageView::parse(ended.message);
      if (view.ok() && is_right(view)) return;
    }
    FAIL() << "rcode " << static_cast<int>(view.rcode()) << ", EDE "
           << (view.edns() && view.edns()->ede ? static_cast<int>(*view.edns()->ede) : -1);
  }

  /// The addresses of dns.eth are two.
  void expect_answer(const Upstream& upstream) {
    ask_until(upstream, [](const dns::MessageView& view) {
      return view.rcode() == dns::Rcode::noerror && view.header().ancount == 2;
    });
  }

  void expect_servfail(const Upstream& upstream, dns::EdeCode ede) {
    ask_until(upstream, [ede](const dns::MessageView& view) {
      return view.rcode() == dns::Rcode::servfail && view.edns() && view.edns()->ede == ede;
    });
  }

  /// Asks until the gateway is asked.
  ExchangeStart ask_gateway(const Upstream& behind, const FakeGateway& gateway) {
    const int before = gateway.asked;
    const auto is_asked = [&] { return gateway.asked > before; };
    for (int tries = 0;; ++tries) {
      const ExchangeStart started = ask(behind, ++last_token, "dns.eth");
      EXPECT_TRUE(run_until(loop, [&] { return is_asked() || sink.ends.contains(last_token); }));
      if (is_asked() || tries == 20) return started;
    }
  }

  /// The first endpoint alone, whose contracts name this gateway.
  Upstream upstream_behind(const FakeGateway& gateway, const std::string& path, bool allowed) {
    endpoints[0].ask_first(gateway.url() + path);
    Upstream out = upstream();
    auto chain = std::make_shared<rpc::Chain>(*out.chain);
    chain->endpoints.resize(1);
    chain->bridge.gateways.enabled = true;
    if (allowed) chain->gateways.allowed = {gateway.origin()};
    out.chain = std::move(chain);
    return out;
  }

  std::uint64_t last_token = 0;
  std::array<FakeEndpoint, 3> endpoints;
};

TEST_F(TransportEns, AnswersFromTheChain) {
  expect_answer(upstream());
  // What shows whether reverts keep their data is asked besides, and slow ones are made up for.
  int least = 1000;
  for (int tries = 0; tries < 20 && least > 1; ++tries) {
    const int before = all_calls();
    expect_answer(upstream());
    least = std::min(least, all_calls() - before);
  }
  EXPECT_EQ(least, 1) << "warm";
}

TEST_F(TransportEns, ALiarIsOutvoted) {
  endpoints[1].lies = true;
  for (int i = 0; i < 20; ++i)
    expect_answer(upstream(rpc::Mode::quorum, 2));
  EXPECT_NE(transport.fault_of(UpstreamId{1}).find("rpc-1"), std::string::npos);
}

TEST_F(TransportEns, OneThatIsAlwaysAheadSharesTheBlockOfTheOther) {
  endpoints[0].height = 0xc9;
  Upstream two = upstream(rpc::Mode::quorum, 2);
  auto chain = std::make_shared<rpc::Chain>(*two.chain);
  chain->endpoints.resize(2);
  two.chain = std::move(chain);
  trail = std::make_shared<ChainTrail>();
  expect_answer(two);
  EXPECT_EQ(trail->block, 0xc3U);
}

TEST_F(TransportEns, CountsAndShowsWhatItSees) {
  expect_answer(upstream(rpc::Mode::quorum, 2));
  ASSERT_TRUE(run_until(loop, [&] {
    const ChainCounters& seen = *counters.find_chain(UpstreamId{1});
    return std::ranges::all_of(std::span(seen).first(3), [](const EndpointCounters& one) {
      return one.view().unready == rpc::Unready::no && one.view().keeps_revert_data.has_value();
    });
  }));
  const ChainCounters& counted = *counters.find_chain(UpstreamId{1});
  const std::array<const ChainCounters*, 1> threads{&counted};
  std::uint64_t calls = 0;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const EndpointTotals totals = totals_of(threads, i);
    calls += totals.ended[static_cast<std::size_t>(rpc::Purpose::call)][kEndAnswered];
    EXPECT_EQ(totals.view.head, 0xc3U);
    EXPECT_TRUE(totals.view.keeps_revert_data.has_value());
    EXPECT_GT(totals.view.score, 0);
    EXPECT_GT(totals.view.latency, 0ms);
  }
  EXPECT_GE(calls, 6U);
  EXPECT_LE(calls, static_cast<std::uint64_t>(endpoints[0].calls + endpoints[1].calls +
                                              endpoints[2].calls));
}

TEST_F(TransportEns, NotesWhatItDoesForWhoeverWantsToKnow) {
  trail = std::make_shared<ChainTrail>();
  ask_until(upstream(rpc::Mode::quorum, 2), [this](const dns::MessageView& view) {
    const bool told = view.rcode() == dns::Rcode::noerror && trail->calls.size() == 3;
    if (!told) trail = std::make_shared<ChainTrail>();
    return told;
  });
  EXPECT_EQ(trail->block, 0xc3U);
  EXPECT_EQ(trail->block_hash, "0x" + std::string(64, 'a'));
  EXPECT_EQ(trail->resolver.size(), 42U);
  EXPECT_EQ(trail->zone, "dns.eth");
  ASSERT_EQ(trail->calls.size(), 3U);
  EXPECT_EQ(trail->calls[0].function, "findResolver");
  EXPECT_EQ(trail->calls[1].function, "supportsInterface");
  EXPECT_EQ(trail->calls[2].function, "resolve");
  for (const ChainTrail::Call& call : trail->calls) {
    EXPECT_EQ(call.needed, 2U);
    EXPECT_EQ(std::ranges::count(call.voices, ChainTrail::Voice::Part::believed,
                                 &ChainTrail::Voice::part),
              2);
  }
}

TEST_F(TransportEns, AnEndpointIsFoundByItsHostsName) {
  Upstream by_name = upstream();
  auto chain = std::make_shared<rpc::Chain>(*by_name.chain);
  chain->endpoints.resize(1);
  rpc::EndpointSpec& spec = chain->endpoints[0];
  spec.url = "http://rpc.example:" + std::to_string(spec.port);
  spec.host = "rpc.example";
  spec.addresses.clear();
  by_name.chain = chain;
  expect_servfail(by_name, dns::EdeCode::not_ready);
  EXPECT_EQ(counters.find_chain(UpstreamId{1})->at(0).view().unready, rpc::Unready::no_address);
  // Nobody listens at the first.
  book.publish_host("rpc.example", {parse_ip("::1").value(), parse_ip("127.0.0.1").value()});
  expect_answer(by_name);
}

TEST_F(TransportEns, ManyAtOnce) {
  for (std::uint64_t token = 1; token <= 20; ++token)
    ASSERT_TRUE(ask(upstream(), token, "dns.eth"));
  for (std::uint64_t token = 1; token <= 20; ++token)
    EXPECT_FALSE(await(token).message.empty());
  expect_answer(upstream());
}

TEST_F(TransportEns, CancelledExchangesSayNothing) {
  const auto first = ask(upstream(), 1, "dns.eth");
  ASSERT_TRUE(first);
  transport.cancel(*first);
  last_token = 1;
  expect_answer(upstream());
  hold_all(true);
  const int calls = all_calls();
  const std::uint64_t token = ++last_token;
  const auto third = ask(upstream(), token, "dns.eth");
  ASSERT_TRUE(run_until(loop, [&] { return all_calls() > calls; }));
  const auto ended = sink.ends.count(token);  // it may have been given up already
  transport.cancel(*third);
  transport.cancel(*third);
  hold_all(false);
  expect_answer(upstream());
  EXPECT_FALSE(sink.ends.contains(1));
  EXPECT_EQ(sink.ends.count(token), ended);
}

TEST_F(TransportEns, AnUpstreamThatIsTakenOutEndsWhatItBegan) {
  ASSERT_TRUE(ask(upstream(), ++last_token, "dns.eth"));
  transport.retire(UpstreamId{1});
  EXPECT_FALSE(await(last_token).message.empty());
  ASSERT_TRUE(ask(upstream(), ++last_token, "dns.eth"));
  transport.reset(UpstreamId{1});
  EXPECT_FALSE(await(last_token).message.empty());
  expect_answer(upstream());
}

TEST_F(TransportEns, ClosedInTheMidst) {
  ASSERT_TRUE(ask(upstream(), 1, "dns.eth"));
  loop.turn(5ms);  // the rest is the rig's destructor
}

TEST_F(TransportEns, WhatAGatewaySaysGoesBackToTheContract) {
  FakeGateway gateway(R"({"data":"0x1234"})");
  const Upstream by_get = upstream_behind(gateway, "/{sender}/{data}.json", true);
  const std::string sender = ens::to_hex(by_get.chain->bridge.contracts.universal_resolver);
  expect_answer(by_get);
  EXPECT_EQ(gateway.last(), "GET /" + sender + "/0x71.json ");
  transport.retire(UpstreamId{1});
  expect_answer(upstream_behind(gateway, "/post", true));
  EXPECT_EQ(gateway.last(), R"(POST /post {"data":"0x71","sender":")" + sender + "\"}");
}

TEST_F(TransportEns, AGatewayInOnesOwnNetworkIsNotAskedUnlessAllowed) {
  FakeGateway gateway(R"({"data":"0x1234"})");
  expect_servfail(upstream_behind(gateway, "/{data}", false), dns::EdeCode::no_reachable_authority);
  EXPECT_EQ(gateway.asked, 0);
}

TEST_F(TransportEns, WhatAGatewaySaysIsBounded) {
  FakeGateway gateway("{\"data\":\"0x" + std::string(std::size_t{512} * 1024, '0') + "\"}");
  expect_servfail(upstream_behind(gateway, "/{data}", true), dns::EdeCode::no_reachable_authority);
  EXPECT_GE(gateway.asked, 1);
}

TEST_F(TransportEns, CancelledWhileAGatewayIsAsked) {
  FakeGateway gateway(R"({"data":"0x1234"})");
  const Upstream behind = upstream_behind(gateway, "/{data}", true);
  gateway.holds = true;
  const auto first = ask_gateway(behind, gateway);
  ASSERT_TRUE(first);
  const std::uint64_t token = last_token;
  const auto ended = sink.ends.count(token);  // it may have been given up already
  transport.cancel(*first);
  gateway.holds = false;
  expect_answer(behind);
  EXPECT_EQ(sink.ends.count(token), ended);
  gateway.holds = true;
  ASSERT_TRUE(ask_gateway(behind, gateway));
  transport.retire(UpstreamId{1});  // and the rig's destructor closes in the midst
  gateway.holds = false;
}

TEST_F(TransportEns, NobodyThereIsServfail) {
  Upstream nobody = upstream();
  auto chain = std::make_shared<rpc::Chain>(*nobody.chain);
  chain->endpoints.resize(1);
  chain->endpoints[0].url = "http://127.0.0.1:1";
  nobody.chain = chain;
  expect_servfail(nobody, dns::EdeCode::not_ready);
}

}  // namespace
}  // namespace holdfast::test

// ChainClient: the endpoints of one chain, for one thread: follows their newest blocks as long as
// somebody asks, makes eth_calls at them, and learns from what they say. Which of them to believe
// is rpc/inquiry.h's. An idle one sends nothing.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/random.h"
#include "base/slab.h"
#include "net/endpoint_book.h"
#include "net/http_client.h"
#include "rpc/pin.h"
#include "rpc/request.h"
#include "upstream/endpoint_counters.h"

namespace holdfast {

class ChainClient {
 public:
  using CallSaid = std::variant<rpc::CallEnd, rpc::Failure>;
  using CallDone = std::function<void(const CallSaid&, TimePoint)>;

  /// The references outlive this object.
  ChainClient(HttpClient& http, Random& random, const EndpointBook& book,
              std::shared_ptr<const rpc::Chain> chain, ChainCounters& counters);
  ~ChainClient();
  ChainClient(const ChainClient&) = delete;
  ChainClient& operator=(const ChainClient&) = delete;

  /// Called from the loop whenever an endpoint has told of itself, or failed to.
  void set_on_heads(std::function<void(TimePoint)> on_heads) { on_heads_ = std::move(on_heads); }

  [[nodiscard]] const rpc::Chain& chain() const noexcept { return *chain_; }

  /// The block that a question is to be asked at. Asks for newer ones if what is known may be old.
  /// nullopt: none is known; while following(), on_heads tells when to look again.
  [[nodiscard]] std::optional<ens::Block> block(TimePoint now);

  [[nodiscard]] bool following() const noexcept { return visits_ > 0; }

  /// Why there is no block, in words.
  [[nodiscard]] std::string why_no_block(TimePoint now) const;

  /// Whom to ask about the block, in this order.
  [[nodiscard]] std::vector<rpc::Voice> order(const ens::Block& block, TimePoint now);

  /// `done` is called once, from the loop, unless the call is cancelled. nullopt: nothing could be
  /// sent.
  [[nodiscard]] std::optional<SlabHandle> call(std::size_t endpoint, const ens::ChainCall& call,
                                               const ens::Block& block, CallDone done);
  void cancel(SlabHandle call) noexcept;

  /// It said something else than what is believed: a vote that it lost.
  void note_dissent(std::size_t endpoint);
  /// It has not answered when others would have.
  void note_overdue(std::size_t endpoint);

  /// After how long another one is asked, too.
  [[nodiscard]] Duration hedge_after(std::size_t endpoint) const noexcept;

  /// What is wrong with an endpoint, in words without its url; "" if nothing is.
  [[nodiscard]] std::string fault_of(std::size_t endpoint) const;

  /// The network changed: nothing is known of the endpoints.
  void forget() noexcept;

 private:
  struct Call {
    HttpId http{};
    std::size_t endpoint = 0;
    ens::ChainCall what;
    ens::Block block;
    rpc::BlockForm form = rpc::BlockForm::hash;
    CallDone done;
  };

  /// How a request that was posted ended.
  struct Heard {
    std::size_t endpoint = 0;
    rpc::Purpose purpose = rpc::Purpose::about;
    std::uint64_t id = 0;
    std::optional<rpc::Failure> failure;  // none: body is to be read
    std::string body;
    Duration took{};
    TimePoint now{};
  };

  using OnHeard = std::function<void(const Heard&)>;

  [[nodiscard]] std::optional<HttpId> post(std::size_t endpoint, rpc::Purpose purpose,
                                           std::string body, std::uint64_t id, OnHeard on_heard);
  template <typename Value>
  const Value* learn(const Heard& heard, const std::variant<Value, rpc::Failure>& read);
  void learn_failure(const Heard& heard, const rpc::Failure& failure,
                     std::optional<Duration> again = {});
  void show(std::size_t endpoint, TimePoint now);
  void show_all(TimePoint now);
  [[nodiscard]] bool send(SlabHandle handle, Call& call);
  void on_said(SlabHandle handle, const Heard& heard);
  [[nodiscard]] CallSaid read_call(Call& call, const Heard& heard);
  [[nodiscard]] bool try_by_number(SlabHandle handle, Call& call, const CallSaid& said);
  void locate();
  void follow(TimePoint now, bool urgent);
  void seek_common_block(TimePoint now);
  void visit(std::size_t endpoint, rpc::Purpose purpose, std::uint64_t id, std::string body,
             OnHeard on_heard);
  void ask_head(std::size_t endpoint);
  void ask_header(std::size_t endpoint, std::uint64_t number);
  void ask_identity(std::size_t endpoint);
  void ask_syncing(std::size_t endpoint);
  void ask_for_revert(std::size_t endpoint);

  HttpClient& http_;
  Random& random_;
  const EndpointBook& book_;
  std::shared_ptr<const rpc::Chain> chain_;
  std::function<void(TimePoint)> on_heads_;
  std::vector<rpc::EndpointState> states_;
  std::vector<std::vector<IpAddress>> places_;  // by endpoint: where it is
  std::optional<std::uint32_t> located_;        // the version of the book that they are of
  std::vector<unsigned> visiting_;              // by endpoint: questions about itself under way
  std::size_t visits_ = 0;                      // all of them
  ChainCounters& counters_;
  std::uint64_t height_ = 0;  // of the block that was chosen last
  Slab<Call> calls_;
  std::vector<HttpId> posted_;  // that are not of a call
  std::uint64_t last_id_ = 0;
};

}  // namespace holdfast

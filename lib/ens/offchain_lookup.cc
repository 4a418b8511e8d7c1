#include "ens/offchain_lookup.h"

#include <algorithm>

namespace holdfast::ens {
namespace {

constexpr std::size_t kMostUrls = 16;
constexpr std::size_t kLongestUrl = 2048;                       // as a template
constexpr std::size_t kLongestFilled = std::size_t{64} * 1024;  // with what it asks for
constexpr std::string_view kBatchUrl = "x-batch-gateway:true";

/// The members that an error and a batch's element share, in their order.
std::optional<GatewayQuestion> read_question(AbiReader& reader) {
  GatewayQuestion question;
  question.sender = reader.address();
  const AbiArray urls = reader.array();
  const Bytes data = reader.bytes();
  if (!reader.ok() || urls.size() > kMostUrls) return std::nullopt;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    const auto url = urls.bytes(i);
    if (!url || url->size() > kLongestUrl) return std::nullopt;
    question.urls.emplace_back(url->begin(), url->end());
  }
  question.data.assign(data.begin(), data.end());
  return question;
}

/// Gives up, longer than `kLongestFilled`, before the text grows without end.
std::string replace_all(std::string_view text, std::string_view what, std::string_view by) {
  std::string out;
  for (std::size_t at = 0; at < text.size() && out.size() <= kLongestFilled;) {
    const std::size_t found = std::min(text.find(what, at), text.size());
    out += text.substr(at, found - at);
    if (found < text.size()) out += by;
    at = found + what.size();
  }
  return out;
}

}  // namespace

bool GatewayQuestion::is_batch() const noexcept {
  return std::ranges::find(urls, kBatchUrl) != urls.end();
}

std::optional<OffchainLookup> read_offchain_lookup(Bytes revert_data) {
  if (selector_of(revert_data) != error::offchain_lookup) return std::nullopt;
  AbiReader reader(revert_data.subspan(kSelectorBytes));
  auto question = read_question(reader);
  if (!question) return std::nullopt;
  OffchainLookup lookup;
  lookup.question = *std::move(question);
  lookup.callback = reader.selector();
  const Bytes extra = reader.bytes();
  if (!reader.ok()) return std::nullopt;
  lookup.extra.assign(extra.begin(), extra.end());
  return lookup;
}

Blob callback_call(const OffchainLookup& lookup, Bytes response) {
  return AbiWriter().bytes(response).bytes(lookup.extra).finish(lookup.callback);
}

std::optional<std::vector<GatewayQuestion>> read_batch(Bytes call, std::size_t most) {
  if (selector_of(call) != function::batch_query) return std::nullopt;
  AbiReader reader(call.subspan(kSelectorBytes));
  const AbiArray elements = reader.array();
  if (!reader.ok() || elements.size() > most) return std::nullopt;
  std::vector<GatewayQuestion> questions;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    auto element = elements.tuple(i);
    auto question = element ? read_question(*element) : std::nullopt;
    if (!question) return std::nullopt;
    questions.push_back(*std::move(question));
  }
  return questions;
}

Blob batch_response(const std::vector<Blob>& responses) {
  return AbiWriter().flags(std::vector<bool>(responses.size())).array(responses).finish();
}

std::optional<GatewayRequest> gateway_request(const GatewayQuestion& question,
                                              std::string_view url_template) {
  const std::string sender = to_hex(question.sender);
  const std::string data = to_hex(question.data);
  GatewayRequest request;
  request.url = replace_all(replace_all(url_template, "{sender}", sender), "{data}", data);
  if (request.url.size() > kLongestFilled) return std::nullopt;
  if (url_template.find("{data}") == url_template.npos) {
    request.json = R"({"data":")" + data + R"(","sender":")" + sender + R"("})";
  }
  return request;
}

}  // namespace holdfast::ens

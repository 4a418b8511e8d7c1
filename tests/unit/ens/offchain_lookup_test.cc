#include "ens/offchain_lookup.h"

#include <gtest/gtest.h>

#include "tests/support/ens_batch.h"

namespace holdfast::ens {
namespace {

Blob blob(std::string_view text) {
  return {text.begin(), text.end()};
}

Address sender() {
  return parse_address("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045").value();
}

Blob revert_of(const std::vector<std::string>& urls) {
  return ens_lab::offchain_lookup_revert({sender(), urls, blob("call")}, Selector{0xf4d4d2f8},
                                         blob("extra"));
}

Blob batch_of(std::size_t count) {
  const GatewayQuestion question{sender(), {"https://a/{data}"}, blob("q")};
  return ens_lab::batch_call(std::vector<GatewayQuestion>(count, question));
}

TEST(OffchainLookup, is_read_whole) {
  const auto lookup = read_offchain_lookup(revert_of({"https://a/{data}", "https://b"}));
  ASSERT_TRUE(lookup);
  EXPECT_EQ(sender(), lookup->question.sender);
  EXPECT_EQ((std::vector<std::string>{"https://a/{data}", "https://b"}), lookup->question.urls);
  EXPECT_EQ(blob("call"), lookup->question.data);
  EXPECT_EQ(blob("extra"), lookup->extra);
  EXPECT_EQ(Selector{0xf4d4d2f8}, lookup->callback);
}

TEST(OffchainLookup, other_reverts_are_none) {
  Blob data = revert_of({});
  EXPECT_TRUE(read_offchain_lookup(data));
  EXPECT_FALSE(read_offchain_lookup(Bytes(data).first(data.size() - 33)));
  data[0] = 0;
  EXPECT_FALSE(read_offchain_lookup(data));
  EXPECT_FALSE(read_offchain_lookup({}));
}

TEST(OffchainLookup, urls_have_limits) {
  EXPECT_TRUE(read_offchain_lookup(revert_of(std::vector<std::string>(16, "u"))));
  EXPECT_FALSE(read_offchain_lookup(revert_of(std::vector<std::string>(17, "u"))));
  EXPECT_TRUE(read_offchain_lookup(revert_of({std::string(2048, 'u')})));
  EXPECT_FALSE(read_offchain_lookup(revert_of({std::string(2049, 'u')})));
}

TEST(OffchainLookup, the_callback_gives_response_and_extra_back) {
  const auto lookup = read_offchain_lookup(revert_of({})).value();
  const Blob call = callback_call(lookup, blob("said"));
  EXPECT_EQ(Selector{0xf4d4d2f8}, selector_of(call));
  AbiReader reader(Bytes(call).subspan(kSelectorBytes));
  const Bytes response = reader.bytes();
  const Bytes extra = reader.bytes();
  EXPECT_EQ(blob("said"), Blob(response.begin(), response.end()));
  EXPECT_EQ(blob("extra"), Blob(extra.begin(), extra.end()));
}

TEST(OffchainLookup, a_template_with_data_is_got_and_others_are_posted) {
  GatewayQuestion question{sender(), {}, blob("q")};
  const auto get = gateway_request(question, "https://a/{sender}/{data}.json?{data}").value();
  EXPECT_EQ("https://a/0xd8da6bf26964af9d7eed9e03e53415d37aa96045/0x71.json?0x71", get.url);
  EXPECT_EQ("", get.json);
  const auto post = gateway_request(question, "https://a/{sender}").value();
  EXPECT_EQ("https://a/0xd8da6bf26964af9d7eed9e03e53415d37aa96045", post.url);
  EXPECT_EQ(R"({"data":"0x71","sender":"0xd8da6bf26964af9d7eed9e03e53415d37aa96045"})", post.json);
}

TEST(OffchainLookup, a_url_does_not_grow_without_end) {
  std::string many = "https://a/";
  for (int i = 0; i < 300; ++i)
    many += "{data}";
  EXPECT_TRUE(gateway_request({sender(), {}, Blob(50)}, many));
  EXPECT_FALSE(gateway_request({sender(), {}, Blob(std::size_t{512} * 1024)}, many));
  EXPECT_FALSE(gateway_request({sender(), {}, Blob(std::size_t{64} * 1024)}, "https://a/{data}"));
  EXPECT_TRUE(gateway_request({sender(), {}, Blob(std::size_t{64} * 1024)}, "https://a/"));
}

TEST(OffchainLookup, batches_are_read_up_to_a_limit) {
  const auto questions = read_batch(batch_of(3), 8);
  ASSERT_TRUE(questions);
  ASSERT_EQ(3U, questions->size());
  EXPECT_EQ(blob("q"), questions->back().data);
  EXPECT_FALSE(questions->back().is_batch());
  EXPECT_TRUE(read_batch(batch_of(8), 8));
  EXPECT_FALSE(read_batch(batch_of(9), 8));
  EXPECT_FALSE(read_batch(blob("nonsense"), 8));
}

TEST(OffchainLookup, a_batchs_response_says_that_none_failed) {
  const Blob response = batch_response({blob("a"), blob("b")});
  AbiReader reader(response);
  const AbiArray failures = reader.array();
  const AbiArray responses = reader.array();
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(2U, failures.size());
  ASSERT_EQ(2U, responses.size());
  EXPECT_EQ('b', responses.bytes(1).value()[0]);
}

}  // namespace
}  // namespace holdfast::ens

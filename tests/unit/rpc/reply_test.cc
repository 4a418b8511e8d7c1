#include "rpc/reply.h"

#include <gtest/gtest.h>

namespace holdfast::rpc {
namespace {

using ens::Blob;

std::string error(const std::string& members) {
  return R"({"jsonrpc":"2.0","id":7,"error":{)" + members + "}}";
}

std::string result(const std::string& value) {
  return R"({"jsonrpc":"2.0","id":7,"result":)" + value + "}";
}

CallEnd call(const std::string& body) {
  const auto read = read_call_reply(body, 7);
  const auto* end = std::get_if<CallEnd>(&read);
  EXPECT_NE(end, nullptr) << body << " " << std::get<Failure>(read).why;
  return end == nullptr ? CallEnd{} : *end;
}

Fault fault(const std::string& body) {
  const auto read = read_call_reply(body, 7);
  const auto* failure = std::get_if<Failure>(&read);
  EXPECT_NE(failure, nullptr) << body;
  return failure == nullptr ? Fault::unreachable : failure->fault;
}

TEST(Reply, WhatACallReturns) {
  EXPECT_EQ(call(result(R"("0x0aFF")")).data, (Blob{0x0a, 0xff}));
  EXPECT_FALSE(call(result(R"("0x0a")")).reverted);
  EXPECT_TRUE(call(result(R"("0x")")).data.empty());
  // Some clients give both members, one of them null.
  EXPECT_EQ(call(R"({"id":7,"jsonrpc":"2.0","result":"0x01","error":null})").data, Blob{1});
}

TEST(Reply, RevertsInTheShapesOfTheClients) {
  const Blob data{0xab, 0xcd};
  for (const char* members : {
           R"("code":3,"message":"execution reverted: why","data":"0xabcd")",
           R"("code":-32000,"message":"Execution reverted","data":"0xabcd")",
           R"("code":-32015,"message":"VM execution error.","data":"Reverted 0xabcd")",
           R"("code":-32008,"message":"x","data":"0xabcd")",
           R"("code":3,"message":"x","data":{"data":"0xabcd"})",
           R"("code":3,"message":"x","data":{"message":"m","originalError":{"data":"0xabcd"}})",
           R"("code":3,"message":"x","data":["no","0xabcd"])",
       }) {
    const CallEnd end = call(error(members));
    EXPECT_TRUE(end.reverted && !end.bare) << members;
    EXPECT_EQ(end.data, data) << members;
  }
}

TEST(Reply, RevertsWithoutData) {
  for (const char* members : {
           R"("code":3,"message":"execution reverted")",
           R"("code":3,"message":"x","data":"0x")",
           R"("code":-32000,"message":"Execution Reverted","data":"revert")",
           R"("code":-32015,"message":"VM execution error")",
       }) {
    const CallEnd end = call(error(members));
    EXPECT_TRUE(end.reverted && end.bare && end.data.empty()) << members;
  }
}

TEST(Reply, AnEndpointsOwnErrorsAreNoAnswers) {
  EXPECT_EQ(fault(error(R"("code":-32005,"message":"limit exceeded","data":{"see":"0x12"})")),
            Fault::rate_limited);
  EXPECT_EQ(fault(error(R"("code":-32603,"message":"execution reverted","data":"0x12")")),
            Fault::refused);
  EXPECT_EQ(fault(error(R"("code":-32601,"message":"method not found")")), Fault::refused);
  EXPECT_EQ(fault(error(R"("code":-32602,"message":"invalid argument 1")")), Fault::bad_parameter);
  EXPECT_EQ(fault(error(R"("code":-32001,"message":"Resource not found")")), Fault::no_block);
  EXPECT_EQ(fault(error(R"("code":-32000,"message":"header not found")")), Fault::no_block);
  EXPECT_EQ(fault(error(R"("code":-32000,"message":"out of gas")")), Fault::refused);
  EXPECT_EQ(fault(error("")), Fault::refused);
}

TEST(Reply, WhatIsNoReplyToThis) {
  for (const std::string& body : {
           std::string(),
           std::string("<html><body>502 Bad Gateway</body></html>"),
           std::string("null"),
           std::string("7"),
           std::string("\"0x01\""),
           std::string(R"([{"jsonrpc":"2.0","id":7,"result":"0x01"}])"),
           std::string(R"({"jsonrpc":"2.0","id":8,"result":"0x01"})"),
           std::string(R"({"jsonrpc":"2.0","id":"7","result":"0x01"})"),
           std::string(R"({"jsonrpc":"2.0","id":-7,"result":"0x01"})"),
           std::string(R"({"jsonrpc":"2.0","result":"0x01"})"),
           std::string(R"({"jsonrpc":"1.0","id":7,"result":"0x01"})"),
           std::string(R"({"id":7,"result":"0x01"})"),
           std::string(R"({"jsonrpc":"2.0","id":7})"),
           std::string(R"({"jsonrpc":"2.0","id":7,"result":"0x01","error":{"code":3}})"),
           std::string(R"({"jsonrpc":"2.0","id":7,"result":"0x01"} {})"),
           std::string(R"({"jsonrpc":"2.0","id":7,"result":"0x01")"),
           result("null"),
           result("NaN"),
           result("1"),
           result("1e999"),
           result("[]"),
           result("{}"),
           result(R"("0x0")"),
           result(R"("0xzz")"),
           result(R"("01")"),
           error(R"("code":3,"message":"reverted","data":"0xabc")"),
       }) {
    EXPECT_EQ(fault(body), Fault::malformed) << body;
  }
}

TEST(Reply, NothingIsSaidTwice) {
  EXPECT_EQ(fault(R"({"jsonrpc":"2.0","id":7,"result":"0x01","result":"0x02"})"), Fault::malformed);
  EXPECT_EQ(fault(R"({"jsonrpc":"2.0","id":8,"id":7,"result":"0x01"})"), Fault::malformed);
  EXPECT_EQ(fault(error(R"("code":1,"code":3,"data":"0xabcd")")), Fault::malformed);
}

TEST(Reply, DepthIsBounded) {
  for (const std::size_t depth : {std::size_t{20}, std::size_t{100'000}}) {
    const std::string deep = std::string(depth, '[') + std::string(depth, ']');
    EXPECT_EQ(fault(result(deep)), Fault::malformed);
    EXPECT_EQ(fault(error("\"code\":3,\"data\":" + deep)), Fault::malformed);
  }
  EXPECT_EQ(fault(std::string(100'000, '[')), Fault::malformed);
}

TEST(Reply, Heads) {
  const std::string hash(64, 'a');
  const std::string parent(64, 'b');
  const auto body = [&](const std::string& more) {
    return result(R"({"number":"0xc3","timestamp":"0x69","hash":"0x)" + hash +
                  R"(","parentHash":"0x)" + parent + R"(","transactions":["0x01"],)" +
                  R"("withdrawals":[{"number":"0x05","hash":"0x"}])" + more + "}");
  };
  const auto read = read_head_reply(body(""), 7);
  const auto* head = std::get_if<Head>(&read);
  ASSERT_NE(head, nullptr);
  EXPECT_EQ(head->number, 0xc3U);
  EXPECT_EQ(head->time, 0x69U);
  EXPECT_EQ(head->hash[31], 0xaa);
  EXPECT_EQ(head->parent[0], 0xbb);
  EXPECT_TRUE(std::holds_alternative<Failure>(read_head_reply(body(R"(,"number":"0x01")"), 7)));
  EXPECT_TRUE(std::holds_alternative<Failure>(read_head_reply(result(R"({"number":"0x1"})"), 7)));
  EXPECT_TRUE(std::holds_alternative<Failure>(read_head_reply(result("null"), 7)));
  EXPECT_TRUE(std::holds_alternative<Failure>(read_head_reply(error(R"("code":1)"), 7)));
}

TEST(Reply, ChainIds) {
  EXPECT_EQ(std::get<std::uint64_t>(read_quantity_reply(result(R"("0x2105")"), 7)), 8453U);
  for (const char* value : {R"("0x")", R"("1")", R"("0x10000000000000000")", "1"})
    EXPECT_TRUE(std::holds_alternative<Failure>(read_quantity_reply(result(value), 7))) << value;
}

TEST(Reply, Syncing) {
  EXPECT_FALSE(std::get<bool>(read_syncing_reply(result("false"), 7)));
  EXPECT_TRUE(std::get<bool>(
      read_syncing_reply(result(R"({"startingBlock":"0x0","currentBlock":"0x9"})"), 7)));
  for (const char* value : {"true", "null", "0", R"("false")", "[false]"})
    EXPECT_TRUE(std::holds_alternative<Failure>(read_syncing_reply(result(value), 7))) << value;
  const auto refused =
      read_syncing_reply(error(R"("code":-32601,"message":"method not found")"), 7);
  EXPECT_EQ(std::get<Failure>(refused).fault, Fault::refused);
}

TEST(Reply, WordsForALogArePrintableAndShort) {
  const auto read =
      read_call_reply(error(R"("code":1,"message":"a\nb\u0007)" + std::string(5000, 'x') + '"'), 7);
  const std::string& why = std::get<Failure>(read).why;
  EXPECT_LT(why.size(), 200U);
  EXPECT_EQ(why.substr(0, 6), "1 a?b?");
}

}  // namespace
}  // namespace holdfast::rpc

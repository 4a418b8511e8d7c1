// Every vector of tests/ens-lab that no gateway takes part in, on the recorded chain.
#include <gtest/gtest.h>

#include "dns/message_view.h"
#include "ens/resolution.h"
#include "tests/support/ens_chain.h"
#include "tests/support/ens_lab.h"

namespace holdfast::ens {
namespace {

using nlohmann::json;

BridgeZone zone(std::string_view apex, BridgeZone::Kind kind) {
  return {dns::Name::parse(apex).value(), kind, std::nullopt};
}

/// As `policy` of vectors.json has it.
Bridge lab_bridge() {
  Bridge bridge;
  bridge.zones = {zone("eth", BridgeZone::Kind::native),
                  zone("example.com", BridgeZone::Kind::copied),
                  zone("xn--bcher-kva.example", BridgeZone::Kind::copied)};
  bridge.answers.gateway_a = {parse_ip("192.0.2.80").value()};
  bridge.answers.gateway_aaaa = {parse_ip("2001:db8::80").value()};
  return bridge;
}

dns::Question question_of(const json& vector) {
  const auto wire = from_hex("0x" + vector["qwire"].get<std::string>()).value();
  return {dns::Name::from_wire(wire).value(),
          dns::RrType{vector["qtypeNumber"].get<std::uint16_t>()}, dns::RrClass::in};
}

std::vector<std::string> records_of(const Answer& answer) {
  std::vector<std::string> lines;
  for (const auto& record : answer.records) {
    lines.push_back(record.owner.lowered().to_string() + " " + std::to_string(record.ttl) + " " +
                    dns::to_string(record.type) + " " + to_hex(record.rdata).substr(2));
  }
  return lines;
}

std::vector<std::string> records_of(const json& expected) {
  std::vector<std::string> lines;
  for (const auto& record : expected) {
    const auto owner = dns::Name::parse(record["name"].get<std::string>()).value();
    lines.push_back(owner.lowered().to_string() + " " +
                    std::to_string(record["ttl"].get<unsigned>()) + " " +
                    record["type"].get<std::string>() + " " + record["rdata"].get<std::string>());
  }
  return lines;
}

bool rcode_is_right(const json& expect, const std::string& rcode) {
  if (expect["rcode"] == "NOTMINE") return rcode == "REFUSED";
  if (expect["rcode"] == rcode) return true;
  const auto also = expect.value("rcode_also", json::array());
  return std::find(also.begin(), also.end(), rcode) != also.end();
}

bool needs_gateway(const json& vector) {
  return vector.value("ccip", false) || vector["id"].get<std::string>().starts_with("off");
}

TEST(ResolutionVectors, are_answered_as_written) {
  const Bridge bridge = lab_bridge();
  const ens_lab::RecordedChain chain;
  std::size_t count = 0;
  for (const json& vector : ens_lab::load("vectors.json", "vectors")) {
    if (needs_gateway(vector)) continue;
    CutMemory memory;
    Resolution resolution(bridge, memory, {195, {}}, question_of(vector), TimePoint{});
    ens_lab::run(resolution, chain, TimePoint{});
    ASSERT_NE(nullptr, resolution.answer()) << vector["id"];
    const Answer& answer = *resolution.answer();
    const json& expect = vector["expect"];
    EXPECT_TRUE(rcode_is_right(expect, dns::to_string(answer.rcode)))
        << vector["id"] << ": " << dns::to_string(answer.rcode) << " " << answer.ede_text;
    EXPECT_EQ(records_of(expect["answers"]), records_of(answer)) << vector["id"];
    if (expect.contains("ede")) {
      EXPECT_EQ(dns::EdeCode{expect["ede"].get<std::uint16_t>()}, answer.ede) << vector["id"];
    }
    const bool negative = answer.records.empty() && answer.rcode != dns::Rcode::servfail &&
                          answer.rcode != dns::Rcode::refused;
    EXPECT_EQ(negative, answer.soa.has_value()) << vector["id"];
    ++count;
  }
  EXPECT_EQ(75U, count);
}

TEST(ResolutionVectors, take_three_calls_cold_and_one_warm) {
  const Bridge bridge = lab_bridge();
  const ens_lab::RecordedChain chain;
  for (const json& vector : ens_lab::load("vectors.json", "vectors")) {
    const bool alias = !vector["expect"]["answers"].empty() && vector["qtype"] != "CNAME" &&
                       vector["expect"]["answers"][0]["type"] == "CNAME";
    const bool failing = vector["expect"]["rcode"] == "SERVFAIL";  // asked elsewhere, too
    if (needs_gateway(vector) || alias || failing) continue;
    CutMemory memory;
    for (const unsigned most : {3U, 1U}) {
      Resolution resolution(bridge, memory, {195, {}}, question_of(vector), TimePoint{});
      ens_lab::run(resolution, chain, TimePoint{});
      EXPECT_LE(resolution.calls(), most) << vector["id"];
    }
  }
}

TEST(ResolutionVectors, fit_into_messages_that_parse) {
  const Bridge bridge = lab_bridge();
  const ens_lab::RecordedChain chain;
  std::vector<std::uint8_t> buffer(65535);
  for (const json& vector : ens_lab::load("vectors.json", "vectors")) {
    if (needs_gateway(vector)) continue;
    CutMemory memory;
    const auto question = question_of(vector);
    Resolution resolution(bridge, memory, {195, {}}, question, TimePoint{});
    ens_lab::run(resolution, chain, TimePoint{});
    const auto message = write_answer(question, 7, *resolution.answer(), buffer);
    const auto view = dns::MessageView::parse(message);
    ASSERT_TRUE(view.ok()) << vector["id"];
    EXPECT_EQ(question, view.question());
    EXPECT_EQ(resolution.answer()->rcode, view.rcode());
    EXPECT_EQ(resolution.answer()->records.size(), view.header().ancount);
  }
}

}  // namespace
}  // namespace holdfast::ens

#include "rpc/request.h"

#include <array>
#include <charconv>

namespace holdfast::rpc {
namespace {

std::string request(std::uint64_t id, const char* method, const std::string& params) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method +
         R"(","params":[)" + params + "]}";
}

/// A quantity: no leading zeroes.
std::string quantity(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

std::string block_parameter(const ens::Block& block, BlockForm form) {
  switch (form) {
    case BlockForm::hash:
      return R"({"blockHash":")" + ens::to_hex(block.hash) + R"(","requireCanonical":true})";
    case BlockForm::number:
      return '"' + quantity(block.number) + '"';
    case BlockForm::latest:
      break;
  }
  return R"("latest")";
}

}  // namespace

std::string call_request(std::uint64_t id, const ens::Address& to, ens::Bytes data,
                         const ens::Block& block, BlockForm form) {
  return request(id, "eth_call",
                 R"({"to":")" + ens::to_hex(to) + R"(","data":")" + ens::to_hex(data) + "\"}," +
                     block_parameter(block, form));
}

std::string revert_request(std::uint64_t id) {
  // PUSH4 1; PUSH1 0; MSTORE; PUSH1 4; PUSH1 28; REVERT: reverts with the four bytes 00000001.
  return request(id, "eth_call", R"({"data":"0x63000000016000526004601cfd"},"latest")");
}

std::string head_request(std::uint64_t id, Finality finality) {
  return request(id, "eth_getBlockByNumber", '"' + std::string(to_string(finality)) + "\",false");
}

std::string header_request(std::uint64_t id, std::uint64_t number) {
  return request(id, "eth_getBlockByNumber", '"' + quantity(number) + "\",false");
}

std::string chain_id_request(std::uint64_t id) {
  return request(id, "eth_chainId", {});
}

std::string syncing_request(std::uint64_t id) {
  return request(id, "eth_syncing", {});
}

}  // namespace holdfast::rpc

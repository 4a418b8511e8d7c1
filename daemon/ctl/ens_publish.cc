#include "daemon/ctl/ens_publish.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>

#include <nlohmann/json.hpp>

#include "daemon/ctl/endpoint_caller.h"
#include "daemon/ctl/ens_setup.h"
#include "daemon/ctl/zone_file.h"
#include "ens/normalise.h"
#include "ens/registry_walk.h"

namespace holdfast::ctl {
namespace {

using Json = nlohmann::ordered_json;
using Error = std::string;

/// Of one transaction.
struct Gas {
  std::uint64_t amount = 0;
  std::string from = "formula";  // or who estimated it
  std::string why;               // there is no better one
};

struct Plan {
  ZoneFile zone;
  std::string name;
  ens::Node node{};
  std::optional<ens::Address> resolver;
  std::optional<ens::Address> from;
  std::vector<ens::PublishCall> calls;
  std::vector<Gas> gas;
};

class Planner {
 public:
  explicit Planner(const EnsPublish& wanted) : wanted_(wanted) {}

  /// What is wrong, or "".
  Exit run(std::string& error) {
    const Exit read = read_input(error);
    if (read != Exit::ok) return read;
    const Exit asked = find_chain(error);
    if (asked != Exit::ok) return asked;
    ask_registry();
    ens::PublishLimits limits;
    if (wanted_.max_gas != 0) limits.gas = wanted_.max_gas;
    if (wanted_.clear) plan_.calls.push_back(ens::clearance(plan_.node));
    for (auto& call : ens::plan_publication(plan_.node, plan_.zone.sets, limits)) {
      if (call.gas > limits.gas) {
        note("one set of records takes more gas than a transaction should: a chain may refuse it");
      }
      plan_.calls.push_back(std::move(call));
    }
    for (const ens::PublishCall& call : plan_.calls)
      plan_.gas.push_back(gas_of(call));
    return Exit::ok;
  }

  [[nodiscard]] const Plan& plan() const noexcept { return plan_; }

 private:
  void note(std::string text) { plan_.zone.notes.push_back(std::move(text)); }

  Exit read_input(Error& error) {
    const auto normalised = ens::normalise_name(wanted_.name);
    if (!normalised || normalised->empty()) {
      error = "no ENS name: " + (normalised ? std::string("empty") : normalised.error().message());
      return Exit::failed;
    }
    plan_.name = *normalised;
    plan_.node = ens::namehash(std::string_view(*normalised));
    if (!read_address(wanted_.resolver, plan_.resolver) ||
        !read_address(wanted_.from, plan_.from)) {
      error = "expected the address of an account or a contract: \"0x\" and 40 digits of hex";
      return Exit::usage;
    }
    std::optional<dns::Name> apex;
    if (!wanted_.zone.empty()) {
      const auto parsed = dns::Name::parse(wanted_.zone);
      if (!parsed) {
        error = "\"" + wanted_.zone + "\" is no name of a zone";
        return Exit::usage;
      }
      apex = *parsed;
    }
    auto read = read_zone_file(wanted_.file, apex ? &*apex : nullptr);
    if (const auto* wrong = std::get_if<Error>(&read)) {
      error = wanted_.file + ": " + *wrong;
      return Exit::failed;
    }
    plan_.zone = std::get<ZoneFile>(std::move(read));
    return Exit::ok;
  }

  static bool read_address(const std::string& text, std::optional<ens::Address>& out) {
    if (text.empty()) return true;
    out = ens::parse_address(text);
    return out.has_value();
  }

  /// The chain's endpoints, if there is a configuration.
  Exit find_chain(Error& error) {
    if (wanted_.offline) return Exit::ok;
    std::error_code ignored;
    if (!std::filesystem::exists(wanted_.config, ignored)) {
      note(wanted_.config + " is not there: no endpoint is asked");
      return Exit::ok;
    }
    const auto config = load_with_secrets(wanted_.config);
    if (const auto* wrong = std::get_if<Error>(&config)) {
      error = *wrong;
      return Exit::usage;
    }
    const auto chain = choose_chain(std::get<Config>(config), wanted_.upstream, &plan_.zone.apex);
    if (const auto* wrong = std::get_if<Error>(&chain)) {
      error = *wrong;
      return Exit::usage;
    }
    chain_ = *std::get<UpstreamConfig>(chain).chain;
    caller_ = std::make_unique<EndpointCaller>(chain_);
    return Exit::ok;
  }

  /// An address that a function of the registry gives for the name.
  void ask_registry(ens::Selector function, const char* what, std::optional<ens::Address>& out) {
    if (out || !caller_) return;
    const auto call = ens::AbiWriter().word(plan_.node).finish(function);
    const auto said = caller_->call(chain_.bridge.contracts.registry, call);
    if (const auto* wrong = std::get_if<Error>(&said)) {
      note("the " + std::string(what) + " is not known: " + *wrong);
      return;
    }
    const auto address = ens::read_resolver(std::get<ens::Blob>(said));
    if (address && *address != ens::Address{}) {
      out = address;
    } else {
      note(plan_.name + " has no " + what + " in the registry" +
           (function == ens::function::resolver ? ": set one that knows setDNSRecords()" : ""));
    }
  }

  void ask_registry() {
    ask_registry(ens::function::resolver, "resolver", plan_.resolver);
    ask_registry(ens::function::owner, "owner", plan_.from);
  }

  Gas gas_of(const ens::PublishCall& call) {
    Gas gas;
    gas.amount = call.gas;
    if (wanted_.clear && call.sets != 0) {
      gas.why = "an estimate would know nothing of what is cleared first";
      return gas;
    }
    if (!caller_ || !plan_.resolver || !plan_.from) return gas;
    const auto said = caller_->estimate(*plan_.from, *plan_.resolver, call.data);
    if (const auto* wrong = std::get_if<Error>(&said)) {
      gas.why = *wrong;
    } else {
      gas.amount = std::get<std::uint64_t>(said);
      gas.from = caller_->provider();
    }
    return gas;
  }

  const EnsPublish& wanted_;
  rpc::Chain chain_;
  std::unique_ptr<EndpointCaller> caller_;  // null: nobody is asked
  Plan plan_;
};

std::uint64_t total_gas(const Plan& plan) {
  std::uint64_t total = 0;
  for (const Gas& gas : plan.gas)
    total += gas.amount;
  return total;
}

std::string address_text(const std::optional<ens::Address>& address) {
  return address ? ens::checksummed(*address) : "";
}

void print_json(const Plan& plan, std::ostream& out) {
  Json transactions = Json::array();
  for (std::size_t i = 0; i < plan.calls.size(); ++i) {
    Json one{{"to", nullptr},
             {"data", ens::to_hex(plan.calls[i].data)},
             {"gas", plan.gas[i].amount},
             {"gas_from", plan.gas[i].from},
             {"sets", plan.calls[i].sets},
             {"records", plan.calls[i].records}};
    if (plan.resolver) one["to"] = address_text(plan.resolver);
    if (!plan.gas[i].why.empty()) one["gas_why"] = plan.gas[i].why;
    transactions.push_back(std::move(one));
  }
  Json reply{{"ok", true},
             {"zone", plan.zone.apex.to_string()},
             {"name", plan.name},
             {"node", ens::to_hex(plan.node)},
             {"from", nullptr},
             {"gas", total_gas(plan)},
             {"transactions", std::move(transactions)},
             {"notes", plan.zone.notes}};
  if (plan.from) reply["from"] = address_text(plan.from);
  out << reply.dump() << "\n";
}

void print_text(const Plan& plan, std::ostream& out) {
  out << "zone " << plan.zone.apex.to_string() << " at " << plan.name << ", node "
      << ens::to_hex(plan.node) << "\n";
  for (const std::string& note : plan.zone.notes)
    out << "note: " << note << "\n";
  out << plan.calls.size() << (plan.calls.size() == 1 ? " transaction" : " transactions")
      << ", gas " << total_gas(plan) << " in all; to be sent by "
      << (plan.from ? address_text(plan.from) : "the owner of the name") << ", in this order\n";
  for (std::size_t i = 0; i < plan.calls.size(); ++i) {
    const ens::PublishCall& call = plan.calls[i];
    out << "\ntransaction " << i + 1 << " of " << plan.calls.size() << ": ";
    if (call.sets == 0) {
      out << "clears what was published before\n";
    } else {
      out << call.records << " records in " << call.sets << " sets\n";
    }
    out << "to   " << (plan.resolver ? address_text(plan.resolver) : "the resolver of the name")
        << "\ngas  " << plan.gas[i].amount << " (";
    out << (plan.gas[i].from == "formula" ? "at most, by formula"
                                          : "estimated by " + plan.gas[i].from);
    if (!plan.gas[i].why.empty()) out << "; " << plan.gas[i].why;
    out << ")\ndata " << ens::to_hex(call.data) << "\n";
  }
}

}  // namespace

Exit print_plan(const EnsPublish& wanted, std::ostream& out, std::ostream& err) {
  Planner planner(wanted);
  Error error;
  const Exit status = planner.run(error);
  if (status != Exit::ok) {
    err << "holdfastctl: " << error << (error.ends_with('\n') ? "" : "\n");
    if (wanted.json) out << Json{{"ok", false}, {"error", error}}.dump() << "\n";
    return status;
  }
  if (wanted.json) {
    print_json(planner.plan(), out);
  } else {
    print_text(planner.plan(), out);
  }
  return Exit::ok;
}

}  // namespace holdfast::ctl

#include "daemon/ctl/ens_check.h"

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

#include "control/build_snapshot.h"
#include "control/record_text.h"
#include "daemon/ctl/ens_setup.h"
#include "daemon/ctl/questioner.h"
#include "daemon/ctl/zone_file.h"

namespace holdfast::ctl {
namespace {

using Json = nlohmann::ordered_json;
using dns::RrType;

// What most names have, and what most zones have; a zone cannot be listed on chain.
constexpr std::array kUsualTypes{RrType::a, RrType::aaaa, RrType::mx, RrType::txt, RrType::cname};
constexpr std::array kApexTypes{RrType::soa, RrType::ns, RrType{257}, RrType{65}};  // CAA, HTTPS

struct Line {
  std::string name, type, rdata;

  friend auto operator<=>(const Line&, const Line&) = default;
};

/// What one side says to one question.
struct Said {
  enum class Kind : std::uint8_t { records, not_there, nothing };  // nothing: why
  Kind kind = Kind::nothing;
  std::set<Line> lines;
  std::string why;
};

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return text;
}

bool is_name_type(const std::string& type) {
  constexpr std::array<std::string_view, 6> kTypes{"NS", "CNAME", "PTR", "MX", "SRV", "SOA"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

/// The records of the answer that belong to the zone; what is behind an alias out of it does not.
std::set<Line> lines_of(const std::vector<std::uint8_t>& message, const dns::Name& zone) {
  std::set<Line> lines;
  const auto header = dns::Header::read(message);
  const auto records = print_records(message);
  const std::size_t count = header ? std::min<std::size_t>(header->ancount, records.size()) : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const RecordText& record = records[i];
    const auto owner = dns::Name::parse(record.name);
    if (!owner || !owner->is_subdomain_of(zone) || record.type == "RRSIG") continue;
    lines.insert({record.name, record.type,
                  is_name_type(record.type) ? lowered(record.rdata) : record.rdata});
  }
  return lines;
}

/// Of the bridge itself, for people who look at an ENS name by DNS: nobody's zone has it.
bool is_made(const Line& line) {
  constexpr std::array<std::string_view, 3> kMarks{"\"a=0x", "\"contenthash=0x", "\"dnslink="};
  return line.type == "TXT" && std::ranges::any_of(kMarks, [&](std::string_view mark) {
           return line.rdata.starts_with(mark);
         });
}

class Comparison {
 public:
  Comparison(SnapshotPtr snapshot, dns::Name zone)
      : snapshot_(std::move(snapshot)), zone_(std::move(zone)), questioner_(snapshot_) {}

  /// "" or what is wrong with the configuration.
  std::string choose() {
    const Route* route = snapshot_->routes.find(zone_.wire());
    if (route != nullptr) take(*route);
    if (dns_.empty()) {
      const Route* root = snapshot_->routes.find(dns::Name().wire());
      if (root != nullptr) take(*root);
    }
    if (chain_ == nullptr) {
      return "no upstream of class \"ens\" in the route of " + zone_.to_string();
    }
    return dns_.empty() ? "no DNS upstream to compare with whose address is known" : "";
  }

  /// False where one side said nothing: why.
  bool compare(const dns::Name& name, RrType type) {
    const dns::Question question{name, type, dns::RrClass::in};
    const Said chain = ask({chain_}, question);
    const std::vector<const Upstream*> order = dns_;
    const Said dns = ask(order, question);
    for (const Said* said : {&chain, &dns}) {
      if (said->kind != Said::Kind::nothing) continue;
      why = name.to_string() + " " + dns::to_string(type) + ": " + said->why;
      return false;
    }
    ++asked;
    if (chain.kind == Said::Kind::not_there) {
      absent = true;
      return true;
    }
    judge(chain.lines, dns.lines);
    return true;
  }

  std::string why;
  bool absent = false;  // the zone is not on chain
  std::size_t asked = 0;
  std::set<Line> same, only_chain, only_dns;
  std::set<std::string> notes;

 private:
  void take(const Route& route) {
    for (const Tier& tier : route.tiers) {
      for (const UpstreamId id : tier) {
        const Upstream& upstream = snapshot_->upstream(id);
        if (upstream.chain) {
          if (chain_ == nullptr) chain_ = &upstream;
        } else if (questioner_.reaches(upstream)) {
          dns_.push_back(&upstream);
        }
      }
    }
  }

  /// The first that says whether there is something.
  Said ask(const std::vector<const Upstream*>& upstreams, const dns::Question& question) {
    Said said;
    for (const Upstream* upstream : upstreams) {
      const auto reply = questioner_.ask(*upstream, question);
      if (const auto* wrong = std::get_if<std::string>(&reply)) {
        said.why = *wrong;
        ask_last(upstream);
        continue;
      }
      const auto& message = std::get<std::vector<std::uint8_t>>(reply);
      const auto rcode = dns::MessageView::parse(message).rcode();
      const bool refused = rcode == dns::Rcode::refused && upstream->chain;
      if (rcode != dns::Rcode::noerror && rcode != dns::Rcode::nxdomain && !refused) {
        said.why = upstream->name + ": " + dns::to_string(rcode);
        continue;
      }
      said.kind = refused ? Said::Kind::not_there : Said::Kind::records;
      said.lines = lines_of(message, zone_);
      break;
    }
    return said;
  }

  /// Who is silent is not waited for with every question.
  void ask_last(const Upstream* silent) {
    std::ranges::stable_partition(dns_, [silent](const Upstream* one) { return one != silent; });
  }

  void judge(const std::set<Line>& chain, const std::set<Line>& dns) {
    for (const Line& line : chain) {
      if (dns.contains(line)) {
        same.insert(line);
      } else if (line.type == "SOA") {
        notes.insert("SOA on chain: " + line.rdata);
      } else if (is_made(line)) {
        notes.insert(line.name + " TXT " + line.rdata + ": made by the bridge");
      } else {
        only_chain.insert(line);
      }
    }
    for (const Line& line : dns) {
      if (chain.contains(line)) continue;
      if (line.type == "SOA") {
        notes.insert("SOA in the DNS: " + line.rdata);
      } else {
        only_dns.insert(line);
      }
    }
  }

  SnapshotPtr snapshot_;
  dns::Name zone_;
  Questioner questioner_;
  const Upstream* chain_ = nullptr;
  std::vector<const Upstream*> dns_;
};

using Questions = std::vector<std::pair<dns::Name, RrType>>;

/// What to compare; or a line that says what is wrong.
std::variant<Questions, std::string> questions_of(const EnsCheck& wanted, const dns::Name& zone) {
  Questions questions;
  const auto add_usual = [&](const dns::Name& name) {
    for (const RrType type : kUsualTypes)
      questions.emplace_back(name, type);
  };
  if (!wanted.file.empty()) {
    const auto read = read_zone_file(wanted.file, &zone);
    if (const auto* wrong = std::get_if<std::string>(&read)) return wanted.file + ": " + *wrong;
    for (const ens::PublishedSet& set : std::get<ZoneFile>(read).sets)
      questions.emplace_back(*dns::Name::from_wire(set.owner), set.type);
  } else {
    for (const RrType type : kApexTypes)
      questions.emplace_back(zone, type);
    add_usual(zone);
    if (const auto www = dns::Name::parse("www." + zone.to_string())) add_usual(*www);
  }
  for (const std::string& text : wanted.names) {
    const auto name = dns::Name::parse(text);
    if (!name || !name->is_subdomain_of(zone)) {
      return "\"" + text + "\" is no name in the zone " + zone.to_string();
    }
    add_usual(*name);
  }
  return questions;
}

Json json_of(const std::set<Line>& lines, const char* only) {
  Json list = Json::array();
  for (const Line& line : lines) {
    list.push_back(
        {{"name", line.name}, {"type", line.type}, {"rdata", line.rdata}, {"only", only}});
  }
  return list;
}

void print(const EnsCheck& wanted, const Comparison& found, bool same, std::ostream& out) {
  if (wanted.json) {
    Json differences = json_of(found.only_chain, "chain");
    for (const Json& line : json_of(found.only_dns, "dns"))
      differences.push_back(line);
    out << Json{{"ok", same},
                {"zone", wanted.zone},
                {"on_chain", !found.absent},
                {"questions", found.asked},
                {"same", found.same.size()},
                {"differences", std::move(differences)},
                {"notes", found.notes}}
               .dump()
        << "\n";
    return;
  }
  for (const std::string& note : found.notes)
    out << "note: " << note << "\n";
  if (found.absent) out << wanted.zone << " is not on chain\n";
  for (const Line& line : found.only_chain)
    out << "+ " << line.name << " " << line.type << " " << line.rdata << "  only on chain\n";
  for (const Line& line : found.only_dns)
    out << "- " << line.name << " " << line.type << " " << line.rdata << "  only in the DNS\n";
  out << found.same.size() << " records the same, " << found.only_chain.size() << " only on chain, "
      << found.only_dns.size() << " only in the DNS, of " << found.asked << " questions\n";
}

Exit complain(const EnsCheck& wanted, Exit status, const std::string& error, std::ostream& out,
              std::ostream& err) {
  err << "holdfastctl: " << error << (error.ends_with('\n') ? "" : "\n");
  if (wanted.json) out << Json{{"ok", false}, {"error", error}}.dump() << "\n";
  return status;
}

}  // namespace

Exit check_zone(const EnsCheck& wanted, std::ostream& out, std::ostream& err) {
  const auto zone = dns::Name::parse(wanted.zone);
  if (!zone || zone->is_root()) {
    return complain(wanted, Exit::usage, "\"" + wanted.zone + "\" is no zone", out, err);
  }
  const auto questions = questions_of(wanted, *zone);
  if (const auto* wrong = std::get_if<std::string>(&questions)) {
    return complain(wanted, Exit::usage, *wrong, out, err);
  }
  const auto config = load_with_secrets(wanted.config);
  if (const auto* wrong = std::get_if<std::string>(&config)) {
    return complain(wanted, Exit::usage, *wrong, out, err);
  }
  Comparison comparison(build_snapshot(std::get<Config>(config), nullptr), *zone);
  if (const std::string wrong = comparison.choose(); !wrong.empty()) {
    return complain(wanted, Exit::usage, wrong, out, err);
  }
  for (const auto& [name, type] : std::get<Questions>(questions)) {
    if (!comparison.compare(name, type)) {
      return complain(wanted, Exit::unreachable, comparison.why, out, err);
    }
    if (comparison.absent) break;
  }
  const bool same =
      !comparison.absent && comparison.only_chain.empty() && comparison.only_dns.empty();
  print(wanted, comparison, same, out);
  return same ? Exit::ok : Exit::failed;
}

}  // namespace holdfast::ctl

#include "daemon/ctl/zone_file.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <ldns/ldns.h>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <utility>

namespace holdfast::ctl {
namespace {

using dns::RrType;

constexpr std::size_t kMostBytes = std::size_t{16} << 20U;
constexpr std::uint32_t kNoTtl = 0x7ffffffe;  // in the place of a $TTL that has not come yet
constexpr std::uint32_t kLongestServed = 86'400;
/// In the place of an $ORIGIN that has not come yet.
constexpr const char* kNoOrigin = "no-origin-yet.invalid.";

struct RdfDeleter {
  void operator()(ldns_rdf* rdf) const noexcept { ldns_rdf_deep_free(rdf); }
};

struct RrDeleter {
  void operator()(ldns_rr* rr) const noexcept { ldns_rr_free(rr); }
};

struct FileCloser {
  void operator()(std::FILE* file) const noexcept { (void)std::fclose(file); }
};

using Rr = std::unique_ptr<ldns_rr, RrDeleter>;

struct Record {
  dns::Name owner;
  RrType type = RrType::none;
  std::uint32_t ttl = 0;
  ens::Blob rdata;
  int line = 0;
};

std::string at_line(int line, const std::string& what) {
  return "line " + std::to_string(line) + ": " + what;
}

bool is_dnssec(ldns_rr_type type) noexcept {
  constexpr std::array kTypes{LDNS_RR_TYPE_RRSIG,      LDNS_RR_TYPE_NSEC,   LDNS_RR_TYPE_NSEC3,
                              LDNS_RR_TYPE_NSEC3PARAM, LDNS_RR_TYPE_DNSKEY, LDNS_RR_TYPE_CDS,
                              LDNS_RR_TYPE_CDNSKEY};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

/// A text made ready for ldns, which takes what is never closed for closed, a relative $ORIGIN for
/// an absolute one, and no class before a TTL (RFC 1035 5.1 has both orders).
class Prepared {
 public:
  explicit Prepared(std::string_view raw) {
    while (!raw.empty() && error.empty()) {
      const auto end = std::min(raw.find('\n'), raw.size());
      take_line(std::string(raw.substr(0, end)));
      raw.remove_prefix(std::min(end + 1, raw.size()));
    }
    if (error.empty() && depth_ > 0) error = at_line(opened_, "a parenthesis that is not closed");
  }

  /// The first line from `line` on that says something.
  [[nodiscard]] int first_told(int line) const {
    while (static_cast<std::size_t>(line) < blank_.size() && blank_[static_cast<std::size_t>(line)])
      ++line;
    return line;
  }

  std::string text;   // as many lines as there were
  std::string error;  // "" or what is wrong

 private:
  void take_line(std::string line) {
    const int number = static_cast<int>(blank_.size());
    if (depth_ == 0) begin_record(line, number);
    bool quoted = false, told = depth_ > 0;
    for (std::size_t i = 0; i < line.size() && error.empty(); ++i) {
      const char c = line[i];
      if (c == ';' && !quoted) break;
      told = told || (c != ' ' && c != '\t' && c != '\r');
      if (c == '\\') ++i;
      if (c == '"') quoted = !quoted;
      if (!quoted) weigh(c, number);
    }
    if (quoted) error = at_line(number, "a quote that is not closed");
    blank_.push_back(!told);
    text += line + '\n';
  }

  void weigh(char c, int number) {
    if (c == '(' && depth_++ == 0) opened_ = number;
    if (c == ')' && depth_-- == 0) error = at_line(number, "a parenthesis that nothing opened");
  }

  void begin_record(std::string& line, int number) {
    static const std::regex kOrigin(R"(^\$ORIGIN[ \t]+(\S*[^.\s;])[ \t\r]*(;.*)?$)",
                                    std::regex::icase);
    static const std::regex kClassFirst(
        R"(^(\S*[ \t]+)(IN|CH|HS)([ \t]+)([0-9][0-9smhdw]*)([ \t]))", std::regex::icase);
    constexpr std::size_t kLongest = 10'000;  // of a line; regular expressions are recursive here
    if (line.size() > kLongest) {
      error = at_line(number, "longer than 10000 characters");
    } else if (std::regex_match(line, kOrigin)) {
      error = at_line(number, "a relative $ORIGIN; expected one that ends with a dot");
    } else {
      line = std::regex_replace(line, kClassFirst, "$1$4$3$2$5");
    }
  }

  std::vector<bool> blank_{true};  // by line; none is numbered 0
  int depth_ = 0;
  int opened_ = 0;
};

/// The records of a text, one by one.
class Reader {
 public:
  Reader(Prepared& text, const dns::Name* apex) : text_(text) {
    file_.reset(::fmemopen(text_.text.data(), text_.text.size(), "r"));
    origin_ = ldns_dname_new_frm_str(apex != nullptr ? apex->to_string().c_str() : kNoOrigin);
    none_.reset(ldns_dname_new_frm_str(kNoOrigin));
  }

  ~Reader() {
    RdfDeleter{}(origin_);
    RdfDeleter{}(previous_);
  }

  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// nullopt at the end, or if error() says something.
  std::optional<Record> next() {
    while (file_ && error_.empty() && std::feof(file_.get()) == 0) {
      ldns_rr* raw = nullptr;
      const int begin = text_.first_told(line_ + 1);
      const ldns_status status =
          ldns_rr_new_frm_fp_l(&raw, file_.get(), &ttl_, &origin_, &previous_, &line_);
      const Rr rr(raw);
      if (status == LDNS_STATUS_OK) {
        if (auto record = take(*rr, begin)) return record;
      } else if (!is_directive(status, begin)) {
        fail(begin, ldns_get_errorstr_by_id(status));
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] const std::string& error() const noexcept { return error_; }

  [[nodiscard]] std::size_t left_out() const noexcept { return left_out_; }

 private:
  bool is_directive(ldns_status status, int line) {
    if (status == LDNS_STATUS_SYNTAX_INCLUDE) fail(line, "$INCLUDE is not read");
    return status == LDNS_STATUS_SYNTAX_TTL || status == LDNS_STATUS_SYNTAX_ORIGIN ||
           status == LDNS_STATUS_SYNTAX_EMPTY || status == LDNS_STATUS_SYNTAX_INCLUDE;
  }

  void fail(int line, const std::string& what) {
    if (error_.empty()) error_ = at_line(line, what);
  }

  /// nullopt: left out, or wrong.
  std::optional<Record> take(const ldns_rr& rr, int line) {
    if (ldns_rr_get_class(&rr) != LDNS_RR_CLASS_IN) {
      fail(line, "a class other than IN");
      return std::nullopt;
    }
    if (is_dnssec(ldns_rr_get_type(&rr))) {
      ++left_out_;
      return std::nullopt;
    }
    if (knows_no_origin(rr)) {
      fail(line, "a relative name and no $ORIGIN before it; expected that, or --zone");
      return std::nullopt;
    }
    if (ldns_rr_ttl(&rr) == kNoTtl) {
      fail(line, "a record without a TTL and no $TTL before it");
      return std::nullopt;
    }
    return wire_of(rr, line);
  }

  [[nodiscard]] bool knows_no_origin(const ldns_rr& rr) const {
    const auto relative = [this](const ldns_rdf* name) {
      return ldns_dname_is_subdomain(name, none_.get()) ||
             ldns_dname_compare(name, none_.get()) == 0;
    };
    if (relative(ldns_rr_owner(&rr))) return true;
    for (std::size_t i = 0; i < ldns_rr_rd_count(&rr); ++i) {
      const ldns_rdf* rdf = ldns_rr_rdf(&rr, i);
      if (ldns_rdf_get_type(rdf) == LDNS_RDF_TYPE_DNAME && relative(rdf)) return true;
    }
    return false;
  }

  std::optional<Record> wire_of(const ldns_rr& rr, int line) {
    std::uint8_t* raw = nullptr;
    std::size_t size = 0;
    const ldns_status status = ldns_rr2wire(&raw, &rr, LDNS_SECTION_ANSWER, &size);
    const std::unique_ptr<std::uint8_t, void (*)(void*)> wire(raw, std::free);
    Record record;
    const auto owner = ldns_rr_owner(&rr);
    const auto name = dns::Name::from_wire({ldns_rdf_data(owner), ldns_rdf_size(owner)});
    const std::size_t head = ldns_rdf_size(owner) + 10;  // type, class, TTL, length
    if (status != LDNS_STATUS_OK || !name || size < head) {
      fail(line, "a record that has no wire format");
      return std::nullopt;
    }
    record.owner = name->lowered();
    record.type = RrType{static_cast<std::uint16_t>(ldns_rr_get_type(&rr))};
    record.ttl = ldns_rr_ttl(&rr);
    record.rdata.assign(raw + head, raw + size);
    record.line = line;
    return record;
  }

  Prepared& text_;
  std::unique_ptr<std::FILE, FileCloser> file_;
  ldns_rdf* origin_ = nullptr;    // ldns replaces it
  ldns_rdf* previous_ = nullptr;  // likewise
  std::unique_ptr<ldns_rdf, RdfDeleter> none_;
  std::uint32_t ttl_ = kNoTtl;
  int line_ = 0;
  std::size_t left_out_ = 0;
  std::string error_;
};

/// Puts records together to sets.
class Zone {
 public:
  /// "" or what is wrong.
  std::string add(const Record& record) {
    if (record.type == RrType::soa && soa_line_ != 0) {
      return at_line(record.line,
                     "a second SOA; the first is in line " + std::to_string(soa_line_));
    }
    if (record.type == RrType::soa) {
      soa_line_ = record.line;
      soa_owner_ = record.owner;
    }
    lines_.emplace_back(record.owner, record.line);
    return insert(record);
  }

  std::variant<ZoneFile, std::string> finish(const dns::Name* apex, std::size_t left_out) {
    if (file_.sets.empty()) return "no records in it";
    if (apex == nullptr && soa_line_ == 0) return "no SOA in it; expected that, or --zone";
    file_.apex = apex != nullptr ? apex->lowered() : soa_owner_;
    if (soa_line_ != 0 && soa_owner_ != file_.apex) {
      return at_line(soa_line_, "the SOA of " + soa_owner_.to_string() + " in the zone " +
                                    file_.apex.to_string());
    }
    for (const auto& [owner, line] : lines_) {
      if (!owner.is_subdomain_of(file_.apex)) {
        return at_line(line, owner.to_string() + " is not in the zone " + file_.apex.to_string());
      }
    }
    note(left_out);
    return std::move(file_);
  }

 private:
  std::string insert(const Record& record) {
    const auto wire = record.owner.wire();
    const ens::EncodedName owner(wire.begin(), wire.end());
    auto& here = owners_[owner];
    const bool alias = record.type == RrType::cname;
    const bool other = std::ranges::any_of(
        here, [&](std::size_t i) { return (file_.sets[i].type == RrType::cname) != alias; });
    if (other) {
      return at_line(record.line, record.owner.to_string() + " has a CNAME and other records");
    }
    const auto known = std::ranges::find_if(
        here, [&](std::size_t i) { return file_.sets[i].type == record.type; });
    if (known == here.end()) {
      here.push_back(file_.sets.size());
      file_.sets.push_back({owner, record.type, record.ttl, {record.rdata}});
      return {};
    }
    ens::PublishedSet& set = file_.sets[*known];
    if (std::ranges::find(set.rdatas, record.rdata) != set.rdatas.end()) return {};
    if (alias) return at_line(record.line, record.owner.to_string() + " has two CNAMEs");
    if (set.ttl != record.ttl) {
      file_.notes.push_back(at_line(
          record.line, record.owner.to_string() + ": TTLs of one set differ; the lowest counts"));
      set.ttl = std::min(set.ttl, record.ttl);
    }
    set.rdatas.push_back(record.rdata);
    return {};
  }

  void note(std::size_t left_out) {
    if (left_out != 0) {
      file_.notes.push_back(std::to_string(left_out) +
                            " records of DNSSEC are left out: a bridge cannot serve them");
    }
    for (const ens::PublishedSet& set : file_.sets) {
      const std::string owner = dns::Name::from_wire(set.owner)->to_string();
      const bool apex = owner == file_.apex.to_string();
      if (set.type == RrType::ns && !apex) {
        file_.notes.push_back(owner + ": a delegation is not followed; publish what is below it");
      }
      if (set.ttl > kLongestServed) {
        file_.notes.push_back(owner + ": a TTL above a day; a day is served");
      }
    }
  }

  ZoneFile file_;
  std::map<ens::EncodedName, std::vector<std::size_t>> owners_;  // its sets
  std::vector<std::pair<dns::Name, int>> lines_;
  dns::Name soa_owner_;
  int soa_line_ = 0;
};

}  // namespace

std::variant<ZoneFile, std::string> parse_zone(std::string_view text, const dns::Name* apex) {
  if (text.size() > kMostBytes) return "larger than 16 MiB";
  if (const auto nul = text.find('\0'); nul != text.npos) {
    const auto line = std::ranges::count(text.substr(0, nul), '\n') + 1;
    return at_line(static_cast<int>(line), "a NUL byte: not a zone file");
  }
  Prepared prepared(text);
  if (!prepared.error.empty()) return prepared.error;
  if (prepared.text.empty()) return "no records in it";
  Reader reader(prepared, apex);
  Zone zone;
  while (const auto record = reader.next()) {
    if (auto error = zone.add(*record); !error.empty()) return error;
  }
  if (!reader.error().empty()) return reader.error();
  return zone.finish(apex, reader.left_out());
}

std::variant<ZoneFile, std::string> read_zone_file(const std::string& path, const dns::Name* apex) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return "cannot be read";
  std::string text;
  text.resize(kMostBytes + 1);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return "cannot be read";
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_zone(text, apex);
}

}  // namespace holdfast::ctl

#include "daemon/ctl/journal.h"

#include <array>
#include <filesystem>
#include <grp.h>
#include <string_view>
#include <system_error>

#include <nlohmann/json.hpp>

#include "daemon/ctl/file_state.h"
#include "daemon/ctl/shared_part.h"
#include "host/resolv_conf.h"

namespace holdfast::ctl {
namespace {

using host::FileKind;
using host::FileState;
using nlohmann::json;

constexpr std::array<std::string_view, 4> kKinds{"absent", "file", "link", "other"};
constexpr std::array<std::string_view, 4> kStates{"taking", "taken", "giving", "paused"};

constexpr std::array<std::string_view, 3> kParts{"whole", "dns_key", "marked_lines"};

/// Which of `words` it is; json::exception if none.
template <std::size_t n>
std::size_t index_of(const std::array<std::string_view, n>& words, const json& word) {
  for (std::size_t i = 0; i < n; ++i) {
    if (words.at(i) == word.get<std::string>()) return i;
  }
  throw json::other_error::create(501, "unknown word " + word.dump(), nullptr);
}

/// JSON has text only: bytes beyond ASCII become the code points of the same number, and back.
std::string as_text(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xc0U | (byte >> 6U));
      text += static_cast<char>(0x80U | (byte & 0x3fU));
    }
  }
  return text;
}

std::string as_bytes(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80 || i + 1 == text.size()) {
      bytes += text[i];
    } else {
      const auto next = static_cast<unsigned char>(text[++i]);
      bytes += static_cast<char>(((lead & 0x03U) << 6U) | (next & 0x3fU));
    }
  }
  return bytes;
}

json print_state(const FileState& state) {
  return {{"kind", kKinds.at(static_cast<std::size_t>(state.kind))},
          {"text", as_text(state.text)},
          {"mode", state.mode},
          {"uid", state.uid},
          {"gid", state.gid}};
}

FileState state_of(const json& value) {
  FileState state;
  state.kind = static_cast<FileKind>(index_of(kKinds, value.at("kind")));
  state.text = as_bytes(value.at("text"));
  state.mode = value.at("mode");
  state.uid = value.at("uid");
  state.gid = value.at("gid");
  return state;
}

Journal journal_of(const json& value) {
  Journal journal;
  journal.state = static_cast<Journal::State>(index_of(kStates, value.at("state")));
  journal.container_address = value.at("container_address");
  // Those of earlier versions say nothing of these.
  journal.until_start = value.value("until_start", false);
  journal.verify = value.value("verify", journal.verify);
  journal.config = value.value("config", journal.config);
  journal.managers = value.at("managers");
  journal.commands = value.at("commands");
  journal.resolv_link = value.at("resolv_link");
  journal.resolv_nameserver = value.value("resolv_nameserver", std::string());
  for (const json& entry : value.at("entries")) {
    journal.entries.push_back(
        {entry.at("path"), state_of(entry.at("before")), state_of(entry.at("after")),
         static_cast<host::Part>(index_of(kParts, entry.value("part", json(kParts.front())))),
         entry.value("made_folders", std::vector<std::string>())});
  }
  return journal;
}

/// Whom programs ask by /etc/resolv.conf, wherever it leads.
std::vector<std::string> servers_in_use() {
  std::error_code error;
  const auto end = std::filesystem::canonical(host::kResolvConf, error);
  if (error) return {};
  return host::nameservers_of(read_state(end.string()).text);
}

}  // namespace

std::optional<Journal> read_journal(std::string& error, const std::string& path) {
  const FileState file = read_state(path);
  if (file.kind == FileKind::absent) return std::nullopt;
  try {
    if (file.kind == FileKind::file) return journal_of(json::parse(file.text));
    error = path + " is not a file that can be read";
  } catch (const json::exception& mistake) {
    error = path + " is not a journal of this version: " + mistake.what();
  }
  return std::nullopt;
}

std::string write_journal(const Journal& journal, const std::string& path) {
  json entries = json::array();
  for (const Journal::Entry& entry : journal.entries) {
    entries.push_back({{"path", entry.path},
                       {"before", print_state(entry.before)},
                       {"after", print_state(entry.after)},
                       {"part", kParts.at(static_cast<std::size_t>(entry.part))},
                       {"made_folders", entry.made_folders}});
  }
  const json value{{"state", kStates.at(static_cast<std::size_t>(journal.state))},
                   {"until_start", journal.until_start},
                   {"container_address", journal.container_address},
                   {"verify", journal.verify},
                   {"config", journal.config},
                   {"managers", journal.managers},
                   {"entries", std::move(entries)},
                   {"commands", journal.commands},
                   {"resolv_link", journal.resolv_link},
                   {"resolv_nameserver", journal.resolv_nameserver}};
  FileState file;
  file.kind = FileKind::file;
  file.mode = 0640;
  if (const group* daemon = ::getgrnam("holdfast")) file.gid = daemon->gr_gid;
  file.text = value.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
  return put_state(path, file);
}

std::string remove_journal(const std::string& path) {
  return put_state(path, {});
}

bool has_its_link(const Journal& journal) {
  if (journal.resolv_link.empty()) return true;
  const FileState now = read_state(host::kResolvConf);
  return now.kind == FileKind::link && now.text == journal.resolv_link;
}

std::vector<std::string> drift_from(const Journal& journal) {
  std::vector<std::string> drift;
  for (const Journal::Entry& entry : journal.entries) {
    const FileState now = read_state(entry.path);
    if (has_part(entry.part, now, entry.after)) continue;
    if (now.kind == FileKind::other) continue;  // not ours to read
    drift.push_back(entry.path + (now.kind == FileKind::absent ? " is gone" : " was rewritten"));
  }
  if (!has_its_link(journal)) {
    drift.push_back(std::string(host::kResolvConf) + " no longer leads to " + journal.resolv_link);
  } else if (!journal.resolv_nameserver.empty() &&
             servers_in_use() != std::vector{journal.resolv_nameserver}) {
    drift.push_back(std::string(host::kResolvConf) + " no longer names " +
                    journal.resolv_nameserver + " alone");
  }
  return drift;
}

}  // namespace holdfast::ctl

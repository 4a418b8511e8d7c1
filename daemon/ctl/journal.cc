#include "daemon/ctl/journal.h"

#include <array>
#include <grp.h>
#include <string_view>

#include <nlohmann/json.hpp>

#include "daemon/ctl/file_state.h"
#include "daemon/ctl/host_look.h"
#include "daemon/ctl/shared_part.h"
#include "host/resolv_conf.h"

namespace holdfast::ctl {
namespace {

using host::FileKind;
using host::FileState;
using nlohmann::json;

constexpr std::array<std::string_view, 4> kKinds{"absent", "file", "link", "other"};
constexpr std::array<std::string_view, 4> kStates{"taking", "taken", "giving", "paused"};

constexpr std::array<std::string_view, 4> kParts{"whole", "dns_key", "marked_lines", "first_lines"};

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
  journal.tries = value.value("tries", 0U);
  journal.tried_at = value.value("tried_at", std::int64_t{0});
  journal.verify = value.value("verify", journal.verify);
  journal.config = value.value("config", journal.config);
  journal.managers = value.at("managers");
  journal.commands = value.at("commands");
  journal.undo_commands = value.value("undo_commands", journal.undo_commands);
  journal.container_networks = value.value("container_networks", journal.container_networks);
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
                   {"tries", journal.tries},
                   {"tried_at", journal.tried_at},
                   {"container_address", journal.container_address},
                   {"verify", journal.verify},
                   {"config", journal.config},
                   {"managers", journal.managers},
                   {"entries", std::move(entries)},
                   {"commands", journal.commands},
                   {"undo_commands", journal.undo_commands},
                   {"container_networks", journal.container_networks},
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
  remove_leftover(path);
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
             host::nameservers_of(resolv_conf_in_use()) != std::vector{journal.resolv_nameserver}) {
    drift.push_back(std::string(host::kResolvConf) + " no longer names " +
                    journal.resolv_nameserver + " alone");
  }
  return drift;
}

}  // namespace holdfast::ctl

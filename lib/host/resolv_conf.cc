#include "host/resolv_conf.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace holdfast::host {
namespace {

constexpr std::string_view kBlank = " \t\r";
constexpr int kLeastTimeout = 5;  // seconds

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const auto begin = line.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(kBlank), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

bool is_kept(std::string_view option) {
  constexpr std::string_view kTimeout = "timeout:";
  if (option == "rotate" || option == "trust-ad") return false;
  if (!option.starts_with(kTimeout)) return true;
  option.remove_prefix(kTimeout.size());
  int seconds = 0;
  const auto [end, error] = std::from_chars(option.begin(), option.end(), seconds);
  return error == std::errc() && end == option.end() && seconds >= kLeastTimeout;
}

}  // namespace

bool is_ours(std::string_view text) noexcept {
  return text.starts_with(kOurs);
}

std::vector<std::string> nameservers_of(std::string_view text) {
  std::vector<std::string> servers;
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() > 1 && words[0] == "nameserver") servers.emplace_back(words[1]);
  }
  return servers;
}

std::vector<std::string> search_of(std::string_view text) {
  std::vector<std::string> search;
  for (const std::string_view line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.empty() || (words[0] != "search" && words[0] != "domain")) continue;
    search.assign(words.begin() + 1, words.end());
  }
  return search;
}

std::string our_resolv_conf(std::string_view former, std::string_view nameserver, bool trust_ad) {
  std::string text(kOurs);
  text +=
      "; `holdfastctl giveback` puts back what was here.\n"
      "# One server: with a second one musl asks both at once, and glibc leaves ours on SERVFAIL.\n"
      "nameserver ";
  text.append(nameserver).append("\n");
  std::string options;
  for (const auto line : lines_of(former)) {
    const auto words = words_of(line);
    if (words.size() < 2) continue;
    if (words[0] == "search" || words[0] == "domain" || words[0] == "sortlist") {
      text.append(line).append("\n");
    } else if (words[0] == "options") {
      for (std::size_t i = 1; i < words.size(); ++i) {
        if (is_kept(words[i])) options.append(" ").append(words[i]);
      }
    }
  }
  if (trust_ad) options += " trust-ad";
  if (!options.empty()) text += "options" + options + "\n";
  return text;
}

}  // namespace holdfast::host

#include "tests/support/ens_lab.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

namespace holdfast::ens_lab {

nlohmann::json load(const std::string& name, const std::string& member) {
  std::ifstream file(std::string(HOLDFAST_SOURCE_DIR) + "/tests/ens-lab/" + name);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) {
    std::fprintf(stderr, "tests/ens-lab/%s cannot be read\n", name.c_str());
    std::abort();
  }
  // A pair stays as it is; half of one alone is replaced.
  static const std::regex kSurrogates(
      R"((\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|\\ud[89a-f][0-9a-f]{2})");
  const std::string whole = text.str();
  std::string mended;
  std::size_t at = 0;
  for (std::sregex_iterator match(whole.begin(), whole.end(), kSurrogates), end; match != end;
       ++match) {
    const auto begin = static_cast<std::size_t>(match->position());
    mended.append(whole, at, begin - at);
    mended += (*match)[1].matched ? match->str() : kIllFormed;
    at = begin + static_cast<std::size_t>(match->length());
  }
  return nlohmann::json::parse(mended.append(whole, at)).at(member);
}

std::string restore_ill_formed(std::string name) {
  for (std::size_t at = 0; (at = name.find(kIllFormed, at)) != std::string::npos;)
    name.replace(at, 3, "\xed\xa0\x80");
  return name;
}

}  // namespace holdfast::ens_lab

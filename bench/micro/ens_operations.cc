// Names of ENS. A round is one label; `vectors` are the labels of all names in tests/ens-lab, those
// that are none included.
#include <array>
#include <string_view>

#include "ens/namehash.h"
#include "ens/normalise.h"
#include "operation.h"
#include "tests/support/ens_lab.h"

namespace holdfast::micro {
namespace {

constexpr std::array<std::string_view, 8> kAscii{
    "vitalik", "dns", "_dnslink", "www-7", "NAMEHASH", "eth", "xn-labels-have-two-hyphens",
    "a1b2c3d4"};

/// Latin composed and not, capitals, Greek, Han, Hangul, kana, Arabic and Thai with marks, full
/// width, emojis with and without FE0F.
constexpr std::array<std::string_view, 12> kMixed{
    "m\u00fcnchen",
    "mu\u0308nchen",
    "\u00d9\u00dc\u0100DQ\u015aP",
    "\u03b5\u03bb\u03bb\u03ac\u03b4\u03b1",
    "\u65e5\u672c\u8a9e",
    "\ud55c\uad6d\uc5b4",
    "\u3045\u3066\u3063\u3072\u30cd\u3065\u306b\u30fb\u3042",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\u0e05\u0e3f\u0e4c\u0e1b",
    "\uff28\uff4f\uff4c\uff44",
    "1\ufe0f\u20e3\U0001f984go",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"};

template <std::size_t N>
Rounds normalise_each(const std::array<std::string_view, N>& labels) {
  return [labels](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      keep(ens::normalise_label(labels[i % N]));
  };
}

std::vector<std::string> labels_of_vectors() {
  std::vector<std::string> labels;
  for (const char* kind : {"valid", "invalid"}) {
    for (const auto& vector : ens_lab::load("normalize-vectors.json", kind)) {
      const auto name = ens_lab::restore_ill_formed(vector["i"].get<std::string>());
      for (std::size_t at = 0; at <= name.size();) {
        const std::size_t end = std::min(name.find('.', at), name.size());
        labels.push_back(name.substr(at, end - at));
        at = end + 1;
      }
    }
  }
  return labels;
}

Rounds normalise_vectors() {
  return [labels = labels_of_vectors(), at = std::size_t{0}](std::size_t times) mutable {
    for (std::size_t i = 0; i < times; ++i) {
      keep(ens::normalise_label(labels[at]));
      at = at + 1 < labels.size() ? at + 1 : 0;
    }
  };
}

Rounds namehash_of_three_labels() {
  return [name = ens::encode_name("www.dns.eth").value()](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      keep(ens::namehash(ens::Bytes(name)));
  };
}

}  // namespace

void add_ens(Operations& to) {
  to.push_back({"ens_normalise_ascii", [] { return normalise_each(kAscii); }});
  to.push_back({"ens_normalise_mixed", [] { return normalise_each(kMixed); }});
  to.push_back({"ens_normalise_vectors", normalise_vectors});
  to.push_back({"ens_namehash", namehash_of_three_labels});
}

}  // namespace holdfast::micro

// Names of questions: the suffix that is an ENS name is one, normalised; the owner is lower case.
#include "check.h"
#include "ens/normalise.h"
#include "ens/wire_name.h"

using namespace holdfast::ens;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto name = holdfast::dns::Name::from_wire({bytes, size});
  if (!name) return 0;
  const WireName mapped = map_name(*name, LabelForm::unicode);
  FUZZ_CHECK(label_offsets(mapped.suffix).size() == mapped.suffix_labels + 1);
  FUZZ_CHECK(label_offsets(mapped.owner).size() == name->label_count() + 1);
  FUZZ_CHECK(mapped.whole == (mapped.suffix_labels == name->label_count()));
  const std::string text = decode_name(mapped.suffix);
  const auto normalised = normalise_name(text);
  FUZZ_CHECK(normalised && *normalised == text);
  FUZZ_CHECK(map_name(name->lowered(), LabelForm::unicode).owner == mapped.owner);
  const WireName imported = map_name(*name, LabelForm::ascii);
  FUZZ_CHECK(label_offsets(imported.suffix).size() == imported.suffix_labels + 1);
  return 0;
}

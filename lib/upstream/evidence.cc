#include "upstream/evidence.h"

namespace holdfast {

Evidence& EvidenceBook::of(UpstreamId id) {
  auto& sheet = sheets_[index(id)];
  if (!sheet) {
    sheet = std::make_unique<Evidence>();
    published_[index(id)].store(sheet.get(), std::memory_order_release);
  }
  return *sheet;
}

}  // namespace holdfast

#include "upstream/chain_trail.h"

namespace holdfast {

const char* to_string(ChainTrail::Voice::Part part) noexcept {
  using Part = ChainTrail::Voice::Part;
  switch (part) {
    case Part::unheard:
      return "unheard";
    case Part::failed:
      return "failed";
    case Part::said:
      return "said";
    case Part::believed:
      return "believed";
    case Part::outvoted:
      return "outvoted";
  }
  return "?";
}

}  // namespace holdfast

#include "resolver/absence.h"

namespace holdfast {

Absence judge_absence(const Doubt& doubt, const Opinions& opinions) noexcept {
  if (!opinions.all_have_spoken) return Absence::undecided;
  const bool class_agrees = opinions.class_says_gone || !opinions.class_may_speak;
  if (opinions.gone >= 2 && class_agrees) {
    return doubt.despite_agreement ? Absence::held_despite_agreement : Absence::believed;
  }
  return opinions.others_may_speak ? Absence::held_in_disagreement : Absence::held_alone;
}

std::string_view why_held(Absence why) noexcept {
  switch (why) {
    case Absence::held_alone:
      return "held: its only provider says it is gone";
    case Absence::held_in_disagreement:
      return "held: not every provider says it is gone";
    case Absence::held_despite_agreement:
      return "held: every provider says it is gone";
    default:
      return {};
  }
}

}  // namespace holdfast

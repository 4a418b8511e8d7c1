// The guard against sudden absence: when a name that had a record is said to have none, is that to
// be believed? A pure function of what the providers that were asked have said. Asking them is
// lookup.h's, how long an answer is held against them hold_book.h's.
#pragma once

#include <cstdint>
#include <string_view>

#include "upstream/upstream.h"

namespace holdfast {

/// What speaks against a negative answer: a positive one that is held.
struct Doubt {
  UpstreamClass held_class = UpstreamClass::external;  // that gave it
  bool despite_agreement = false;  // the operator does not believe agreement either
};

/// What was said by those who were asked about it.
struct Opinions {
  unsigned gone = 0;              // providers that say so
  bool class_says_gone = false;   // among them one of the class that gave the held answer
  bool class_may_speak = false;   // there is one of that class who may answer at all
  bool others_may_speak = false;  // a second provider may answer at all
  bool all_have_spoken = false;   // or had their time
};

enum class Absence : std::uint8_t {
  undecided,
  believed,
  held_alone,              // nobody else may answer: held for a while
  held_in_disagreement,    // somebody else may, and does not say so
  held_despite_agreement,  // all say so, and the operator has asked for it
};

/// Gone is what two providers say and none contradicts. Those of another class than the one that
/// gave the held answer neither declare it gone nor second it while that class is silent: they may
/// have another view of the name.
[[nodiscard]] Absence judge_absence(const Doubt& doubt, const Opinions& opinions) noexcept;

/// For the EDE of a held answer, the log and the operator; empty where nothing is held.
[[nodiscard]] std::string_view why_held(Absence why) noexcept;

}  // namespace holdfast

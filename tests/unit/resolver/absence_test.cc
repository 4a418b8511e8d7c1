// When a sudden absence is believed, and when what is held is held.
#include "resolver/absence.h"

#include <gtest/gtest.h>

namespace holdfast::test {
namespace {

struct Row {
  const char* story;
  unsigned gone;
  bool class_says_gone, class_may_speak, others_may_speak, all_have_spoken, despite_agreement;
  Absence absence;
};

class AbsenceTest : public testing::TestWithParam<Row> {};

TEST_P(AbsenceTest, is_judged) {
  const Row& row = GetParam();
  const Doubt doubt{UpstreamClass::cloud, row.despite_agreement};
  const Opinions opinions{row.gone, row.class_says_gone, row.class_may_speak, row.others_may_speak,
                          row.all_have_spoken};
  EXPECT_EQ(judge_absence(doubt, opinions), row.absence);
}

INSTANTIATE_TEST_SUITE_P(
    Absence, AbsenceTest,
    testing::Values(
        Row{"waits_for_all", 2, true, true, true, false, false, Absence::undecided},
        Row{"two_agree", 2, true, true, true, true, false, Absence::believed},
        Row{"one_is_not_enough", 1, true, true, true, true, false, Absence::held_in_disagreement},
        Row{"nobody_else", 1, true, true, false, true, false, Absence::held_alone},
        Row{"its_class_is_silent", 3, false, true, true, true, false,
            Absence::held_in_disagreement},
        Row{"its_class_is_no_more", 2, false, false, true, true, false, Absence::believed},
        Row{"the_operator_does_not", 2, true, true, true, true, true,
            Absence::held_despite_agreement}),
    [](const testing::TestParamInfo<Row>& row) { return std::string(row.param.story); });

TEST(Absence, says_why_only_where_something_is_held) {
  EXPECT_TRUE(why_held(Absence::believed).empty());
  EXPECT_TRUE(why_held(Absence::undecided).empty());
  for (const Absence held :
       {Absence::held_alone, Absence::held_in_disagreement, Absence::held_despite_agreement}) {
    EXPECT_TRUE(why_held(held).starts_with("held: "));
  }
}

}  // namespace
}  // namespace holdfast::test

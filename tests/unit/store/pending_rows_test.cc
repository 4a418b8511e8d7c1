#include "store/pending_rows.h"

#include "scratch.h"

namespace holdfast::test {
namespace {

std::string names(const PendingRows& pending) {
  std::string all;
  pending.visit(0, [&](const AnswerRow& row) {
    all += row.question.name.to_string() + " ";
    return true;
  });
  return all;
}

TEST(PendingRows, keeps_the_latest_of_each_in_order) {
  PendingRows pending(1 << 20);
  for (const char* name : {"a", "b", "c", "A"})
    EXPECT_TRUE(pending.add(Told(name).row()));
  EXPECT_EQ(names(pending), "b c A ");
  pending.clear();
  EXPECT_TRUE(pending.empty());
  EXPECT_EQ(pending.bytes(), 0U);
}

TEST(PendingRows, is_visited_in_parts) {
  PendingRows pending(1 << 20);
  for (const char* name : {"a", "b", "c"})
    pending.add(Told(name).row());
  EXPECT_EQ(pending.visit(0, [](const AnswerRow&) { return false; }), 1U);
  EXPECT_EQ(pending.visit(1, [](const AnswerRow&) { return true; }), 3U);
}

TEST(PendingRows, is_bounded_and_takes_no_rubbish) {
  PendingRows pending(2000);
  int taken = 0;
  for (int i = 0; i < 100; ++i)
    taken += pending.add(Told("name" + std::to_string(i)).row()) ? 1 : 0;
  EXPECT_GT(taken, 5);
  EXPECT_LT(taken, 20);
  EXPECT_LE(pending.bytes(), 2000U);
  EXPECT_FALSE(PendingRows(2000).add(std::vector<std::uint8_t>(20, 0xff)));
}

TEST(PendingRows, forgets_names) {
  PendingRows pending(1 << 20);
  for (const char* name : {"a.example", "b.example", "c.other"})
    pending.add(Told(name).row());
  Forgets forgets;
  forgets.add(dns::Name::parse("Example").value(), true);
  pending.forget(forgets);
  EXPECT_EQ(names(pending), "c.other ");
  EXPECT_TRUE(pending.add(Told("a.example").row()));
  EXPECT_EQ(names(pending), "c.other a.example ");
}

}  // namespace
}  // namespace holdfast::test

// A worker's sheets of evidence, as the control thread finds them.
#include "upstream/evidence.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(EvidenceBook, shows_a_sheet_once_the_worker_has_begun_it) {
  EvidenceBook book;
  constexpr UpstreamId id{kMaxUpstreams - 1};
  EXPECT_EQ(book.find(id), nullptr);
  Evidence& sheet = book.of(id);
  sheet.good.add(2);
  EXPECT_EQ(&book.of(id), &sheet);
  ASSERT_EQ(book.find(id), &sheet);
  EXPECT_EQ(book.find(id)->good.get(), 2U);
  EXPECT_EQ(book.find(UpstreamId{0}), nullptr);
}

TEST(Evidence, begins_with_nothing_heard_and_nothing_asked) {
  Evidence sheet;
  EXPECT_EQ(Evidence::load(sheet.last_answer), kNever);
  EXPECT_EQ(Evidence::load(sheet.oldest_unanswered), kForever);
  Evidence::store(sheet.last_answer, TimePoint(5s));
  EXPECT_EQ(Evidence::load(sheet.last_answer), TimePoint(5s));
}

}  // namespace
}  // namespace holdfast

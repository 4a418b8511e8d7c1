#include "base/slab.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(Slab, HandsOutHandlesThatNoticeReuse) {
  Slab<int> slab(10);
  const SlabHandle a = slab.emplace(1);
  ASSERT_NE(slab.find(a), nullptr);
  EXPECT_EQ(*slab.find(a), 1);
  slab.erase(a);
  EXPECT_EQ(slab.find(a), nullptr);
  const SlabHandle b = slab.emplace(2);
  EXPECT_EQ(b.slot, a.slot);
  EXPECT_NE(b.generation, a.generation);
  EXPECT_EQ(slab.find(a), nullptr);
  slab.erase(a);  // stale: ignored
  EXPECT_EQ(*slab.find(b), 2);
  EXPECT_EQ(slab.size(), 1U);
  EXPECT_EQ(slab.find(SlabHandle{}), nullptr);
}

TEST(Slab, IsBounded) {
  Slab<int> slab(2);
  const SlabHandle a = slab.emplace(1);
  (void)slab.emplace(2);
  EXPECT_TRUE(slab.full());
  EXPECT_EQ(slab.emplace(3), SlabHandle{});
  slab.erase(a);
  EXPECT_FALSE(slab.full());
  EXPECT_NE(slab.emplace(3), SlabHandle{});
}

TEST(Slab, GrowingNeverMovesObjects) {
  Slab<int> slab(1000);
  int* const first = slab.find(slab.emplace(0));
  for (int i = 1; i < 1000; ++i)
    (void)slab.emplace(i);
  EXPECT_EQ(slab.size(), 1000U);
  EXPECT_EQ(*first, 0);
}

TEST(Slab, DestroysEachObjectOnce) {
  const auto witness = std::make_shared<int>(0);
  {
    Slab<std::shared_ptr<int>> slab(200);
    std::vector<SlabHandle> handles;
    handles.reserve(200);
    for (int i = 0; i < 200; ++i)
      handles.push_back(slab.emplace(witness));
    for (std::size_t i = 0; i < 150; i += 3)
      slab.erase(handles[i]);
    EXPECT_EQ(witness.use_count(), 151);
  }
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(Slab, ForEachVisitsTheLivingAndMayErase) {
  Slab<int> slab(100);
  for (int i = 0; i < 100; ++i)
    (void)slab.emplace(i);
  slab.for_each([&](SlabHandle h, int& value) {
    if (value % 2 == 0) slab.erase(h);
  });
  EXPECT_EQ(slab.size(), 50U);
  slab.for_each([](SlabHandle, int& value) { EXPECT_EQ(value % 2, 1); });
}

TEST(SlabHandle, GoesThroughAToken) {
  const SlabHandle h{7, 0xfedcba98};
  EXPECT_EQ(SlabHandle::from_token(h.token()), h);
}

}  // namespace
}  // namespace holdfast

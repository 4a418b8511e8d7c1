#include "ens/abi.h"

#include <gtest/gtest.h>

namespace holdfast::ens {
namespace {

Blob blob(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Words of 32 bytes, each given by its low ones.
Blob words(std::initializer_list<std::uint64_t> values) {
  AbiWriter writer;
  for (const auto value : values)
    writer.number(value);
  return writer.finish();
}

TEST(AbiWriter, writes_static_members_in_place) {
  const Blob call = AbiWriter().number(1).finish(Selector{0xa8fa5682});
  EXPECT_EQ("0xa8fa5682" + std::string(63, '0') + "1", to_hex(call));
  const Blob flag = AbiWriter().selector(Selector{0x9061b923}).finish();
  EXPECT_EQ("0x9061b923" + std::string(56, '0'), to_hex(flag));
}

TEST(AbiWriter, writes_dynamic_members_behind_offsets) {
  const Blob tuple = AbiWriter().bytes(blob("abc")).number(7).bytes({}).finish();
  ASSERT_EQ(6 * kWordBytes, tuple.size());
  AbiReader reader(tuple);
  EXPECT_EQ("abc", text_of(reader.bytes()));
  EXPECT_EQ(7U, reader.number());
  EXPECT_EQ("", text_of(reader.bytes()));
  EXPECT_TRUE(reader.ok());
}

TEST(AbiWriter, offsets_of_array_elements_count_from_behind_the_count) {
  const std::vector<Blob> elements{blob("ab"), blob(std::string(33, 'x')), {}};
  const Blob tuple = AbiWriter().array(elements).finish();
  EXPECT_EQ(to_hex(words({0x20, 3, 0x60, 0xa0, 0x100})), to_hex(Bytes(tuple).first(160)));
  AbiReader reader(tuple);
  const AbiArray array = reader.array();
  ASSERT_TRUE(reader.ok());
  ASSERT_EQ(3U, array.size());
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(text_of(elements[i]), text_of(array.bytes(i).value()));
}

TEST(AbiWriter, writes_flags) {
  EXPECT_EQ(words({0x20, 2, 1, 0}), AbiWriter().flags({true, false}).finish());
}

TEST(AbiReader, takes_addresses_and_booleans_only_as_they_are_written) {
  const Address address = parse_address("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045").value();
  Blob tuple = AbiWriter().address(address).finish();
  EXPECT_EQ(address, AbiReader(tuple).address());
  tuple[11] = 1;
  AbiReader dirty(tuple);
  EXPECT_EQ(Address{}, dirty.address());
  EXPECT_FALSE(dirty.ok());
  const Blob word_of_two = words({2});
  AbiReader two(word_of_two);
  (void)two.boolean();
  EXPECT_FALSE(two.ok());
}

TEST(AbiReader, a_number_fits_32_bits) {
  const Blob fits = words({0xffffffff});
  AbiReader good(fits);
  EXPECT_EQ(0xffffffffU, good.number());
  EXPECT_TRUE(good.ok());
  const Blob exceeds = words({0x100000000});
  AbiReader bad(exceeds);
  EXPECT_EQ(0U, bad.number());
  EXPECT_FALSE(bad.ok());
}

TEST(AbiReader, nothing_is_read_beyond_the_data) {
  const Blob beyond_end = words({0x20, 1});              // one byte, and none is there
  const Blob absurd_length = words({0x20, 0xffffffff});  // four gigabytes
  const Blob beyond_offset = words({0x41, 0});
  const Blob at_the_end = words({0x40, 0});  // where no length is
  for (const Blob& data : {beyond_end, absurd_length, beyond_offset, at_the_end, Blob{}}) {
    AbiReader reader(data);
    EXPECT_TRUE(reader.bytes().empty());
    EXPECT_FALSE(reader.ok());
    AbiReader array(data);
    EXPECT_EQ(0U, array.array().size());
    EXPECT_FALSE(array.ok());
  }
}

TEST(AbiReader, an_offset_of_256_bits_is_no_small_one) {
  Blob data = words({0x20, 0});
  data[0] = 0xff;
  AbiReader reader(data);
  (void)reader.bytes();
  EXPECT_FALSE(reader.ok());
}

TEST(AbiReader, padding_may_be_missing) {
  Blob data = words({0x20, 3});
  data.insert(data.end(), {'a', 'b', 'c'});
  AbiReader reader(data);
  EXPECT_EQ("abc", text_of(reader.bytes()));
  EXPECT_TRUE(reader.ok());
}

TEST(AbiReader, elements_that_do_not_lie_in_the_data_are_none) {
  const Blob data = words({0x20, 2, 0x40, 0x1000, 0});
  AbiReader reader(data);
  const AbiArray array = reader.array();
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE(array.bytes(0).has_value());
  EXPECT_FALSE(array.bytes(1).has_value());
  EXPECT_FALSE(array.tuple(1).has_value());
}

TEST(AbiReader, stays_failed) {
  const Blob data = words({2, 5});
  AbiReader reader(data);
  (void)reader.boolean();
  EXPECT_EQ(0U, reader.number());
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace holdfast::ens

#include "mycel/data/idx.h"

#include <gtest/gtest.h>

#include "files.h"

namespace mycel::data {
namespace {

const Bytes kElements = {1, 2, 3, 4, 5, 6};

std::string error_of(const Bytes& bytes) {
  TemporaryFolder folder;
  write_file(folder / "file", bytes);
  return io_error([&] { read_idx(folder / "file"); });
}

TEST(Idx, ReadsPlainAndCompressedFilesAlike) {
  TemporaryFolder folder;
  write_file(folder / "plain", idx_bytes({2, 3}, kElements));
  write_gzip(folder / "small.gz", idx_bytes({2, 3}, kElements));
  for (const char* name : {"plain", "small.gz"}) {
    NDArray array = read_idx(folder / name);
    EXPECT_EQ(array.dtype(), DType::kUInt8);
    EXPECT_EQ(array.shape(), Shape({2, 3}));
    EXPECT_EQ(Bytes(array.data<uint8_t>(), array.data<uint8_t>() + 6), kElements);
  }
}

TEST(Idx, TurnsBigEndianElementsRound) {
  TemporaryFolder folder;
  write_file(folder / "f32", {0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0});
  EXPECT_EQ(*read_idx(folder / "f32").data<float>(), 1.5f);
  write_file(folder / "i16", {0, 0, 0x0B, 1, 0, 0, 0, 1, 0xff, 0xfe});
  EXPECT_EQ(*read_idx(folder / "i16").data<int16_t>(), -2);
}

TEST(Idx, ReadsAnEmptyArray) {
  TemporaryFolder folder;
  write_file(folder / "empty", idx_bytes({0, 28, 28}, {}));
  EXPECT_EQ(read_idx(folder / "empty").shape(), Shape({0, 28, 28}));
}

TEST(Idx, SaysWhatIsWrongWithAFile) {
  EXPECT_TRUE(contains(error_of({}), "is truncated: expects at least 4 bytes"));
  EXPECT_TRUE(contains(error_of({1, 0, 8, 1}), "begins with two zero bytes, got 01 00"));
  EXPECT_TRUE(
      contains(error_of({0, 0, 7, 1}), "expects an element type of 0x08 to 0x0E, got 0x07"));
  EXPECT_TRUE(contains(error_of({0, 0, 8, 9}), "expects at most 8 dimensions, got 9"));
  EXPECT_TRUE(contains(error_of(idx_bytes({2, 4}, kElements)),
                       "is truncated: expects at least 20 bytes of content, got 18"));
  EXPECT_TRUE(contains(error_of(idx_bytes({1, 4}, kElements)), "is too long: expects 16 bytes"));
}

TEST(Idx, DoesNotTrustTheExtents) {
  EXPECT_TRUE(
      contains(error_of(idx_bytes({0xffffffff, 0xffffffff}, kElements)), "expects at most"));
  EXPECT_TRUE(contains(error_of(idx_bytes({0xffffffff}, kElements)), "is truncated"));
}

TEST(Idx, NoticesDamagedCompression) {
  TemporaryFolder folder;
  write_gzip(folder / "whole", idx_bytes({2, 3}, kElements));
  std::ifstream in(folder / "whole", std::ios::binary);
  Bytes bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  Bytes cut(bytes.begin(), bytes.end() - 10), wrong_checksum = bytes;
  wrong_checksum[wrong_checksum.size() - 5] ^= 0xff;
  EXPECT_TRUE(contains(error_of(cut), "is damaged"));
  EXPECT_TRUE(contains(error_of(wrong_checksum), "is damaged"));
}

TEST(Idx, NamesTheFileThatIsMissing) {
  EXPECT_TRUE(contains(io_error([] { read_idx("/nowhere/file"); }),
                       "cannot open /nowhere/file: No such file or directory"));
  EXPECT_TRUE(contains(io_error([] { read_idx("/"); }), "/ is damaged"));
}

}  // namespace
}  // namespace mycel::data

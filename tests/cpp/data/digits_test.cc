#include "mycel/data/digits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "files.h"
#include "mycel/data/mnist.h"
#include "mycel/data/synthetic_digits.h"

namespace mycel::data {
namespace {

// Writes the four files, with two images in each pair; `ending` is "" or ".gz".
void write_mnist(const std::string& folder, const std::string& ending, Bytes labels = {3, 9}) {
  Bytes pixels(2 * 28 * 28, 0);
  pixels[28 * 28] = 255;
  pixels[28 * 28 + 1] = 51;
  auto write = ending.empty() ? write_file : write_gzip;
  for (const char* set : {"train", "t10k"}) {
    auto path = [&](const char* rest) {
      return fmt::format("{}/{}{}{}", folder, set, rest, ending);
    };
    write(path("-images-idx3-ubyte"), idx_bytes({2, 28, 28}, pixels));
    write(path("-labels-idx1-ubyte"), idx_bytes({static_cast<uint32_t>(labels.size())}, labels));
  }
}

TEST(Mnist, IsFoundInTheFolderAndInItsUsualPlaces) {
  for (const char* inside : {"", "/mnist", "/MNIST/raw"}) {
    TemporaryFolder folder;
    write_mnist(folder / "data" + inside, ".gz");
    EXPECT_EQ(find_mnist(folder / "data"), folder / "data" + inside);
  }
}

TEST(Mnist, AFolderThatIsNamedMustHaveTheFiles) {
  TemporaryFolder folder;
  EXPECT_TRUE(
      contains(io_error([&] { find_mnist(folder / "data"); }), "expects train-images-idx3-ubyte"));
  write_mnist(folder / "data", "");
  std::filesystem::remove(folder / "data/t10k-labels-idx1-ubyte");
  EXPECT_TRUE(contains(io_error([&] { load_digits(folder / "data"); }), "as given"));
}

TEST(Mnist, AnItemIsAnImageFromZeroToOneAndItsLabel) {
  TemporaryFolder folder;
  write_mnist(folder / "data", "");
  Mnist mnist(folder / "data", true);
  ASSERT_EQ(mnist.size(), 2);
  Batch last = item(mnist, -1);
  EXPECT_EQ(last[0].shape(), Shape({1, 28, 28}));
  EXPECT_EQ(last[0].data<float>()[0], 1.0f);
  EXPECT_EQ(last[0].data<float>()[1], 0.2f);
  EXPECT_EQ(last[0].data<float>()[2], 0.0f);
  EXPECT_EQ(*last[1].data<int64_t>(), 9);
}

TEST(Mnist, SaysWhatIsWrongWithTheFiles) {
  TemporaryFolder folder;
  write_mnist(folder / "counts", "", {1, 2, 3});
  EXPECT_TRUE(contains(io_error([&] { Mnist(folder / "counts", true); }),
                       "expects as many labels as images, got 3 and 2"));
  write_mnist(folder / "labels", "", {1, 10});
  EXPECT_TRUE(contains(io_error([&] { Mnist(folder / "labels", true); }),
                       "expects labels from 0 to 9, got 10 for item 1"));
  write_mnist(folder / "shape", "");
  write_file(folder / "shape/train-images-idx3-ubyte", idx_bytes({2, 2}, {1, 2, 3, 4}));
  EXPECT_TRUE(contains(io_error([&] { Mnist(folder / "shape", true); }),
                       "expects uint8 items of shape [28, 28], got uint8[2, 2]"));
}

TEST(SyntheticDigits, AreTheSameForTheSameSeed) {
  SyntheticDigits one(100, 7), same(1000, 7), other(100, 8);
  auto pixels = [](const Dataset& digits, int64_t i) {
    NDArray image = item(digits, i)[0];
    return std::vector<float>(image.data<float>(), image.data<float>() + image.size());
  };
  EXPECT_EQ(pixels(one, 42), pixels(same, 42));
  EXPECT_NE(pixels(one, 42), pixels(other, 42));
  EXPECT_NE(pixels(one, 42), pixels(one, 43));
}

TEST(SyntheticDigits, LieInZeroToOneAndShowEveryDigit) {
  SyntheticDigits digits(200, 1);
  std::set<int64_t> labels;
  for (int64_t i = 0; i < digits.size(); ++i) {
    Batch one = item(digits, i);
    const float* image = one[0].data<float>();
    auto [low, high] = std::minmax_element(image, image + one[0].size());
    EXPECT_GE(*low, 0.0f);
    EXPECT_LE(*high, 1.0f);
    EXPECT_GT(*high, 0.8f);
    labels.insert(*one[1].data<int64_t>());
  }
  EXPECT_EQ(labels.size(), 10u);
}

TEST(Digits, AnItemOutOfRangeIsAnError) {
  SyntheticDigits digits(10);
  EXPECT_THROW(item(digits, 10), Error);
  EXPECT_THROW(item(digits, -11), Error);
  EXPECT_THROW(SyntheticDigits(-1), Error);
}

}  // namespace
}  // namespace mycel::data

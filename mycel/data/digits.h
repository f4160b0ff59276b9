// Fields shared by all data sets of digits, and the choice between those.
#pragma once

#include <memory>
#include <string>

#include "mycel/data/dataset.h"

namespace mycel::data {

inline constexpr int kDigitSide = 28;

// An item: a float32 image [1, 28, 28] in [0, 1], 1 being ink, and an int64 label.
const std::vector<Field>& digit_fields();

struct Digits {
  std::shared_ptr<const Dataset> train;
  std::shared_ptr<const Dataset> test;
  std::string source;  // "MNIST in /data/mnist", "synthetic digits"
};
// Returns MNIST if find_mnist(dir) finds it, else synthetic digits, drawn by `seed`.
Digits load_digits(const std::string& dir = "", uint64_t seed = 0);

}  // namespace mycel::data

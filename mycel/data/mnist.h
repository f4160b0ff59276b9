// The handwritten digits of Y. LeCun, C. Cortes and C. Burges, from their four IDX files.
#pragma once

#include <optional>
#include <string>

#include "mycel/data/dataset.h"

namespace mycel::data {

// The folder that holds the four files (train-images-idx3-ubyte and so on, with .gz or without).
// `dir` and, without it, $MYCEL_DATA name where they must be: in the folder itself, in `mnist` or
// in `MNIST/raw`; an I/O error says where it looked. If neither is given, ../shared/data is tried;
// nothing if it does not have them.
std::optional<std::string> find_mnist(const std::string& dir = "");

// Fields as in digits.h.
class Mnist final : public Dataset {
 public:
  // `folder`: one that find_mnist gave. Raises an I/O error for damaged files.
  Mnist(const std::string& folder, bool train);

  int64_t size() const override { return labels_.size(); }
  const std::vector<Field>& fields() const override;
  void write(int64_t i, std::span<void* const> to) const override;

 private:
  NDArray images_;  // uint8[n, 28, 28]
  NDArray labels_;  // uint8[n]
};

}  // namespace mycel::data

// MNIST: the handwritten digits of Y. LeCun, C. Cortes and C. Burges, from their four IDX files.
#pragma once

#include <optional>
#include <string>

#include "mycel/data/dataset.h"

namespace mycel::data {

// Returns the folder that holds the four files (train-images-idx3-ubyte and so on, with or without
// .gz). They must be in `dir` or, without it, $MYCEL_DATA: in the folder itself, in `mnist` or in
// `MNIST/raw`; otherwise an I/O error says where it looked. If neither is given, tries
// ../shared/data, and returns nothing if they are not there.
std::optional<std::string> find_mnist(const std::string& dir = "");

// Fields as in digits.h.
class Mnist final : public Dataset {
 public:
  // `folder` comes from find_mnist. Raises an I/O error for damaged files.
  Mnist(const std::string& folder, bool train);

  int64_t size() const override { return labels_.size(); }
  const std::vector<Field>& fields() const override;
  void write(int64_t i, std::span<void* const> to) const override;

 private:
  NDArray images_;  // uint8[n, 28, 28]
  NDArray labels_;  // uint8[n]
};

}  // namespace mycel::data

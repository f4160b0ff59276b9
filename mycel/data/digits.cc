#include "mycel/data/digits.h"

#include "mycel/data/mnist.h"
#include "mycel/data/synthetic_digits.h"

namespace mycel::data {

const std::vector<Field>& digit_fields() {
  static const std::vector<Field> fields = {{DType::kFloat32, {1, kDigitSide, kDigitSide}},
                                            {DType::kInt64, {}}};
  return fields;
}

Digits load_digits(const std::string& dir, uint64_t seed) {
  if (std::optional<std::string> folder = find_mnist(dir)) {
    return {std::make_shared<Mnist>(*folder, true), std::make_shared<Mnist>(*folder, false),
            "MNIST in " + *folder};
  }
  return {std::make_shared<SyntheticDigits>(60000, 2 * seed),
          std::make_shared<SyntheticDigits>(10000, 2 * seed + 1), "synthetic digits"};
}

}  // namespace mycel::data

#include "mycel/data/mnist.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "mycel/base/settings.h"
#include "mycel/data/digits.h"
#include "mycel/data/idx.h"

namespace mycel::data {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kPixels = kDigitSide * kDigitSide;
constexpr const char* kSharedData = "../shared/data";
constexpr std::array kNames = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                               "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

std::optional<std::string> file_in(const fs::path& folder, const std::string& name) {
  for (const char* ending : {"", ".gz"}) {
    fs::path path = folder / (name + ending);
    std::error_code error;
    if (fs::is_regular_file(path, error)) return path.string();
  }
  return std::nullopt;
}

bool has_all(const fs::path& folder) {
  return std::all_of(kNames.begin(), kNames.end(),
                     [&](const char* name) { return file_in(folder, name).has_value(); });
}

std::optional<std::string> look_in(const fs::path& dir) {
  for (const fs::path& folder : {dir, dir / "mnist", dir / "MNIST" / "raw"}) {
    if (has_all(folder)) return folder.string();
  }
  return std::nullopt;
}

std::string require_in(const std::string& dir, const char* given_by) {
  if (std::optional<std::string> folder = look_in(dir)) return *folder;
  fail(Code::kIo,
       "[find_mnist] expects {}, {}, {} and {} (or each with .gz) in {} ({}), in its mnist or in "
       "its MNIST/raw, got none of these folders with all four; SyntheticDigits needs no files",
       kNames[0], kNames[1], kNames[2], kNames[3], dir, given_by);
}

NDArray read(const std::string& folder, const char* name, const Shape& item) {
  std::optional<std::string> path = file_in(folder, name);
  if (!path) fail(Code::kIo, "[Mnist] expects {} in {}, got no such file", name, folder);
  NDArray array = read_idx(*path);
  Shape expected = item;
  expected.insert(expected.begin(), array.rank() > 0 ? array.shape()[0] : 0);
  if (array.dtype() != DType::kUInt8 || !(array.shape() == expected)) {
    fail(Code::kIo, "[Mnist] expects uint8 items of shape {}, got {}{} in {}", to_string(item),
         mycel::name(array.dtype()), to_string(array.shape()), *path);
  }
  return array;
}

}  // namespace

std::optional<std::string> find_mnist(const std::string& dir) {
  if (!dir.empty()) return require_in(dir, "as given");
  if (!settings().data_dir.empty()) return require_in(settings().data_dir, "from $MYCEL_DATA");
  return look_in(kSharedData);
}

Mnist::Mnist(const std::string& folder, bool train)
    : images_(read(folder, kNames[train ? 0 : 2], {kDigitSide, kDigitSide})),
      labels_(read(folder, kNames[train ? 1 : 3], {})) {
  if (images_.shape()[0] != labels_.size()) {
    fail(Code::kIo, "[Mnist] expects as many labels as images, got {} and {} in {}", labels_.size(),
         images_.shape()[0], folder);
  }
  const auto* labels = labels_.data<uint8_t>();
  for (int64_t i = 0; i < labels_.size(); ++i) {
    if (labels[i] > 9) {
      fail(Code::kIo, "[Mnist] expects labels from 0 to 9, got {} for item {} in {}", labels[i], i,
           folder);
    }
  }
}

const std::vector<Field>& Mnist::fields() const { return digit_fields(); }

void Mnist::write(int64_t i, std::span<void* const> to) const {
  const uint8_t* from = images_.data<uint8_t>() + i * kPixels;
  auto* image = static_cast<float*>(to[0]);
  for (int64_t k = 0; k < kPixels; ++k) image[k] = static_cast<float>(from[k]) / 255.0f;
  *static_cast<int64_t*>(to[1]) = labels_.data<uint8_t>()[i];
}

}  // namespace mycel::data

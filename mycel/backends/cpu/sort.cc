#include "mycel/backends/cpu/sort.h"

#include <algorithm>
#include <bit>
#include <type_traits>

#include "mycel/backends/api/index_operand.h"
#include "mycel/backends/cpu/rows.h"
#include "mycel/base/parallel_for.h"

namespace mycel::backends::cpu {
namespace {

template <class T>
using BitsOf =
    std::conditional_t<sizeof(T) == 1, uint8_t,
                       std::conditional_t<sizeof(T) == 2, uint16_t,
                                          std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>>>;

// An unsigned key in the order of the values: equal values have equal keys, and NaN the largest.
template <class T>
BitsOf<T> key_of(T x) {
  using Bits = BitsOf<T>;
  auto bits = std::bit_cast<Bits>(x);
  constexpr Bits kSign = Bits(Bits(1) << (8 * sizeof(T) - 1));
  if constexpr (std::is_same_v<T, bool> || std::is_unsigned_v<T>) {
    return bits;
  } else if constexpr (std::is_integral_v<T>) {
    return Bits(bits ^ kSign);
  } else {
    auto wide = static_cast<ComputeType<T>>(x);
    if (wide != wide) return Bits(~Bits(0));
    if (wide == 0) return kSign;  // both zeros
    return bits & kSign ? Bits(~bits) : Bits(bits | kSign);
  }
}

// The keys of a row with their positions in it, and room for as many again.
template <class Bits>
struct Work {
  Bits *keys, *other_keys;
  int64_t *order, *other_order;

  Work(char* memory, int64_t length)
      : order(reinterpret_cast<int64_t*>(memory)), other_order(order + length) {
    keys = reinterpret_cast<Bits*>(other_order + length);
    other_keys = keys + length;
  }
  static size_t bytes(int64_t length) {
    size_t bytes = static_cast<size_t>(length) * 2 * (sizeof(int64_t) + sizeof(Bits));
    return (bytes + 63) / 64 * 64;
  }
};

template <class Bits>
void insertion_sort(Work<Bits>& work, int64_t length) {
  for (int64_t i = 1; i < length; ++i) {
    Bits key = work.keys[i];
    int64_t from = work.order[i], at = i;
    for (; at > 0 && work.keys[at - 1] > key; --at) {
      work.keys[at] = work.keys[at - 1];
      work.order[at] = work.order[at - 1];
    }
    work.keys[at] = key;
    work.order[at] = from;
  }
}

// Radix sort by digits of 8 bits, the lowest first, each pass stable; skips digits that are equal
// in all keys. Knuth, The Art of Computer Programming 3, 5.2.5.
template <class Bits>
void digit_sort(Work<Bits>& work, int64_t length) {
  constexpr int kDigits = sizeof(Bits);
  int64_t counts[kDigits][256] = {};
  for (int64_t i = 0; i < length; ++i) {
    for (int d = 0; d < kDigits; ++d) ++counts[d][work.keys[i] >> (8 * d) & 255];
  }
  for (int d = 0; d < kDigits; ++d) {
    if (counts[d][work.keys[0] >> (8 * d) & 255] == length) continue;
    int64_t start = 0;
    for (int64_t& count : counts[d]) start += std::exchange(count, start);
    for (int64_t i = 0; i < length; ++i) {
      int64_t to = counts[d][work.keys[i] >> (8 * d) & 255]++;
      work.other_keys[to] = work.keys[i];
      work.other_order[to] = work.order[i];
    }
    std::swap(work.keys, work.other_keys);
    std::swap(work.order, work.other_order);
  }
}

template <class Bits>
void sort_keys(Work<Bits>& work, int64_t length) {
  constexpr int64_t kShort = 64;  // below, counting digits costs more than moving keys
  if (length <= kShort) {
    insertion_sort(work, length);
  } else {
    digit_sort(work, length);
  }
}

class SortKernel final : public Kernel {
 public:
  explicit SortKernel(const Request& request)
      : dtype_(request.inputs[0].dtype),
        descending_(attribute<bool>(request, "descending")),
        rows_(without(request.inputs[0].shape, dim_attribute(request))) {
    size_t dim = dim_attribute(request);
    const Operand* operands[] = {&request.inputs[0], &request.outputs[0], &request.outputs[1]};
    for (size_t i = 0; i < 3; ++i) {
      const Operand& operand = *operands[i];
      length_ = operand.shape.empty() ? 1 : operand.shape[dim];
      steps_[i] = operand.shape.empty() ? 0 : operand.strides[dim];
      rows_.add(without(operand.strides, dim));
    }
    parts_ = std::clamp<int64_t>(rows_.count(), 1, max_threads());
    part_bytes_ = visit_dtype(dtype_, [this](auto tag) {
      return Work<BitsOf<typename decltype(tag)::type>>::bytes(length_);
    });
  }

  size_t scratch_bytes() const override { return part_bytes_ * static_cast<size_t>(parts_); }
  std::string describe() const override { return "sort: by digits"; }

  void run(void* const* buffers, void* scratch, const Stream&) const override {
    visit_dtype(dtype_, [&](auto tag) {
      run_as<typename decltype(tag)::type>(buffers, static_cast<char*>(scratch));
    });
  }

 private:
  template <class T>
  void run_as(void* const* buffers, char* scratch) const {
    constexpr int64_t kGrain = 1 << 13;  // elements worth a thread
    int64_t part_elements = std::max<int64_t>(rows_.count() * length_ / parts_, 1);
    parallel_for(parts_, (kGrain + part_elements - 1) / part_elements,
                 [&](int64_t begin, int64_t end) {
                   // A thread with several parts uses the scratch of the first.
                   char* memory = scratch + static_cast<size_t>(begin) * part_bytes_;
                   int64_t first = rows_.count() * begin / parts_;
                   int64_t last = rows_.count() * end / parts_;
                   for (int64_t row = first; row < last; ++row) sort_row<T>(buffers, row, memory);
                 });
  }

  template <class T>
  void sort_row(void* const* buffers, int64_t row, char* memory) const {
    using Bits = BitsOf<T>;
    int64_t offsets[3];
    rows_.offsets(row, offsets);
    const T* from = static_cast<const T*>(buffers[0]) + offsets[0];
    T* values = static_cast<T*>(buffers[1]) + offsets[1];
    int64_t* indices = static_cast<int64_t*>(buffers[2]) + offsets[2];
    Work<Bits> work(memory, length_);
    Bits flip = descending_ ? Bits(~Bits(0)) : Bits(0);
    for (int64_t i = 0; i < length_; ++i) {
      work.keys[i] = Bits(key_of(from[i * steps_[0]]) ^ flip);
      work.order[i] = i;
    }
    sort_keys(work, length_);
    for (int64_t i = 0; i < length_; ++i) {
      values[i * steps_[1]] = from[work.order[i] * steps_[0]];
      indices[i * steps_[2]] = work.order[i];
    }
  }

  DType dtype_;
  bool descending_;
  Rows rows_;  // of the input, the values and the indices
  int64_t length_ = 1, steps_[3] = {};
  int64_t parts_ = 1;
  size_t part_bytes_ = 0;
};

class SortImplementation final : public Implementation {
 public:
  std::string_view name() const override { return "digits"; }
  std::optional<std::string> declines(const ir::Call&) const override { return std::nullopt; }
  KernelPtr prepare(const Request& request) const override {
    return make_intrusive<SortKernel>(request);
  }
};

}  // namespace

const Implementation& radix_sort() {
  static const SortImplementation implementation;
  return implementation;
}

}  // namespace mycel::backends::cpu

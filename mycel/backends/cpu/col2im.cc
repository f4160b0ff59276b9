#include "mycel/backends/cpu/col2im.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "mycel/base/parallel_for.h"

namespace mycel::backends::cpu {
namespace {

// The fewest elements worth a thread.
constexpr int64_t kGrain = 1 << 14;

// The windows over one position of an axis, as offsets into the columns.
using Offsets = std::vector<int64_t>;

// Four floats: every machine has such registers.
typedef float Vector __attribute__((vector_size(16)));
constexpr int64_t kLanes = 4;

Vector load(const float* from) {
  Vector value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

// Sums as many adjacent channels as `parts` vectors hold.
template <size_t... parts>
void sum_vectors(const float* from, const Offsets& rows, const Offsets& columns, float* to,
                 std::index_sequence<parts...>) {
  Vector total[] = {(static_cast<void>(parts), Vector{})...};
  for (int64_t row : rows) {
    for (int64_t column : columns) {
      const float* at = from + row + column;
      ((total[parts] += load(at + parts * kLanes)), ...);
    }
  }
  (std::memcpy(to + parts * kLanes, &total[parts], sizeof(Vector)), ...);
}

template <size_t vectors>
void sum_channels(const float* from, const Offsets& rows, const Offsets& columns, float* to) {
  sum_vectors(from, rows, columns, to, std::make_index_sequence<vectors>());
}
using SumChannels = void (*)(const float*, const Offsets&, const Offsets&, float*);
constexpr SumChannels kSumChannels[] = {sum_channels<1>, sum_channels<2>, sum_channels<3>,
                                        sum_channels<4>, sum_channels<5>, sum_channels<6>,
                                        sum_channels<7>, sum_channels<8>};
constexpr int64_t kMaxVectors = 8;

void sum_one(const float* from, const Offsets& rows, const Offsets& columns, float* to) {
  float total = 0;
  for (int64_t row : rows) {
    for (int64_t column : columns) total += from[row + column];
  }
  *to = total;
}

void sum_all(const float* from, const Offsets& rows, const Offsets& columns, float* to,
             int64_t channels) {
  if (channels < kLanes) {
    for (int64_t c = 0; c < channels; ++c) sum_one(from + c, rows, columns, to + c);
    return;
  }
  for (int64_t c = 0; c < channels;) {
    int64_t vectors = std::clamp<int64_t>((channels - c) / kLanes, 1, kMaxVectors);
    int64_t at = std::min(c, channels - vectors * kLanes);  // the last vector may overlap
    kSumChannels[vectors - 1](from + at, rows, columns, to + at);
    c = at + vectors * kLanes;
  }
}

// For every position of an axis, the windows over it. `window_step`: from one window to the next;
// `kernel_step`: from one element of a window to the next.
std::vector<Offsets> windows_over(int64_t places, int64_t windows, int64_t kernel, int64_t stride,
                                  int64_t padding, int64_t dilation, int64_t window_step,
                                  int64_t kernel_step) {
  std::vector<Offsets> out(static_cast<size_t>(places));
  for (int64_t window = 0; window < windows; ++window) {
    for (int64_t k = 0; k < kernel; ++k) {
      int64_t place = window * stride + k * dilation - padding;
      if (place < 0 || place >= places) continue;
      out[static_cast<size_t>(place)].push_back(window * window_step + k * kernel_step);
    }
  }
  return out;
}

class Col2Im final : public Kernel {
 public:
  explicit Col2Im(const ConvSizes& s)
      : sizes_(s),
        rows_(windows_over(s.height, s.out_height, s.kernel_height, s.stride[0], s.padding[0],
                           s.dilation[0], s.out_width * s.window(), s.kernel_width * s.channels)),
        columns_(windows_over(s.width, s.out_width, s.kernel_width, s.stride[1], s.padding[1],
                              s.dilation[1], s.window(), s.channels)) {}

  void run(void* const* buffers, void*, const Stream&) const override {
    const auto* columns = static_cast<const float*>(buffers[0]);
    auto* image = static_cast<float*>(buffers[1]);
    int64_t grain = std::max<int64_t>(1, kGrain / (sizes_.width * sizes_.window()));
    parallel_for(sizes_.images * sizes_.height, grain, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) sum_row(columns, row, image);
    });
  }
  std::string describe() const override { return "col2im"; }

 private:
  void sum_row(const float* columns, int64_t row, float* image) const {
    int64_t number = row / sizes_.height;
    const float* from = columns + number * sizes_.out_height * sizes_.out_width * sizes_.window();
    float* to = image + row * sizes_.width * sizes_.channels;
    const Offsets& over_row = rows_[static_cast<size_t>(row % sizes_.height)];
    for (const Offsets& over_column : columns_) {
      sum_all(from, over_row, over_column, to, sizes_.channels);
      to += sizes_.channels;
    }
  }

  ConvSizes sizes_;
  std::vector<Offsets> rows_, columns_;
};

}  // namespace

KernelPtr make_col2im(const ConvSizes& sizes) { return make_intrusive<Col2Im>(sizes); }

}  // namespace mycel::backends::cpu

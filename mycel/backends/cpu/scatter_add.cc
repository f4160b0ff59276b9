// `scatter_add` on the CPU.
#include "mycel/backends/api/index_operand.h"
#include "mycel/backends/cpu/formula_kernel.h"
#include "mycel/backends/cpu/rows.h"
#include "mycel/backends/cpu/scatter.h"
#include "mycel/base/parallel_for.h"

namespace mycel::backends::cpu {
namespace {

// out[..., index[i], ...] += source[..., i, ...]. Rows along the dim are independent of each other.
class ScatterAddKernel final : public Kernel {
 public:
  explicit ScatterAddKernel(const Request& request)
      : copy_(copy_kernel(request.inputs[0], request.outputs[0])),
        dtype_(request.outputs[0].dtype),
        rows_(without(request.inputs[1].shape, dim_attribute(request))),
        positions_(request.inputs[1], request.outputs[0].shape[dim_attribute(request)], false,
                   request.op->name) {
    size_t dim = dim_attribute(request);
    const Operand* operands[] = {&request.inputs[1], &request.inputs[2], &request.outputs[0]};
    for (size_t i = 0; i < 3; ++i) {
      steps_[i] = operands[i]->strides[dim];
      rows_.add(without(operands[i]->strides, dim));
    }
    length_ = request.inputs[1].shape[dim];
  }

  size_t scratch_bytes() const override {
    return std::max(copy_->scratch_bytes(),
                    static_cast<size_t>(rows_.count() * length_) * sizeof(int64_t));
  }
  std::string describe() const override { return "scatter_add: by rows"; }

  void run(void* const* buffers, void* scratch, const Stream& stream) const override {
    void* copied[] = {buffers[0], buffers[3]};
    copy_->run(copied, scratch, stream);
    auto* targets = static_cast<int64_t*>(scratch);
    read_positions(buffers[1], targets);
    visit_dtype(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      constexpr int64_t kGrain = 1 << 14;  // updates worth a thread
      parallel_for(rows_.count(), kGrain / std::max<int64_t>(length_, 1) + 1,
                   [&](int64_t begin, int64_t end) {
                     for (int64_t row = begin; row < end; ++row) add_row<T>(buffers, targets, row);
                   });
    });
  }

 private:
  // Runs before any thread starts, because an index out of range raises.
  void read_positions(const void* index, int64_t* targets) const {
    int64_t offsets[3];
    for (int64_t row = 0; row < rows_.count(); ++row) {
      rows_.offsets(row, offsets);
      for (int64_t i = 0; i < length_; ++i) {
        *targets++ = positions_.read(index, offsets[0] + i * steps_[0]) * steps_[2];
      }
    }
  }

  template <class T>
  void add_row(void* const* buffers, const int64_t* targets, int64_t row) const {
    int64_t offsets[3];
    rows_.offsets(row, offsets);
    const T* source = static_cast<const T*>(buffers[2]) + offsets[1];
    T* out = static_cast<T*>(buffers[3]) + offsets[2];
    targets += row * length_;
    for (int64_t i = 0; i < length_; ++i) {
      out[targets[i]] = sum_of(out[targets[i]], source[i * steps_[1]]);
    }
  }

  KernelPtr copy_;
  DType dtype_;
  Rows rows_;  // of the index, the source and the result
  IndexOperand positions_;
  int64_t length_ = 0, steps_[3] = {};
};

class ScatterAddImplementation final : public Implementation {
 public:
  std::string_view name() const override { return "rows"; }
  std::optional<std::string> declines(const ir::Call&) const override { return std::nullopt; }
  KernelPtr prepare(const Request& request) const override {
    return make_intrusive<ScatterAddKernel>(request);
  }
};

}  // namespace

const Implementation& scatter_add() {
  static const ScatterAddImplementation implementation;
  return implementation;
}

}  // namespace mycel::backends::cpu

// `index_put` on the CPU.
#include "mycel/backends/api/index_operand.h"
#include "mycel/backends/cpu/formula_kernel.h"
#include "mycel/backends/cpu/rows.h"
#include "mycel/backends/cpu/scatter.h"
#include "mycel/base/parallel_for.h"

namespace mycel::backends::cpu {
namespace {

// The strides of an array broadcast to `rank` dims.
Strides broadcast_strides(const Operand& array, size_t rank) {
  Strides out(rank - array.shape.size(), 0);
  for (size_t d = 0; d < array.shape.size(); ++d) {
    out.push_back(array.shape[d] == 1 ? 0 : array.strides[d]);
  }
  return out;
}

// Writes the elements at each place that the index arrays give; threads split the elements.
class IndexPutKernel final : public Kernel {
 public:
  explicit IndexPutKernel(const Request& request)
      : IndexPutKernel(request, IndexPutDims(request)) {}

  size_t scratch_bytes() const override {
    return std::max(copy_->scratch_bytes(),
                    static_cast<size_t>(places_.count()) * 2 * sizeof(int64_t));
  }
  std::string describe() const override {
    return accumulate_ ? "index_put: accumulate" : "index_put";
  }

  void run(void* const* buffers, void* scratch, const Stream& stream) const override {
    void* out = buffers[2 + positions_.size()];
    void* copied[] = {buffers[0], out};
    if (buffers[0] != out) copy_->run(copied, scratch, stream);
    auto* places = static_cast<int64_t*>(scratch);
    read_places(buffers, places);
    visit_dtype(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      constexpr int64_t kGrain = 1 << 14;  // updates worth a thread
      parallel_for(elements_.count() * length_, kGrain / std::max<int64_t>(places_.count(), 1) + 1,
                   [&](int64_t begin, int64_t end) {
                     put<T>(static_cast<T*>(out), static_cast<const T*>(buffers[1]), places, begin,
                            end);
                   });
    });
  }

 private:
  IndexPutKernel(const Request& request, const IndexPutDims& dims)
      : copy_(copy_kernel(request.inputs[0], request.outputs[0])),
        dtype_(request.outputs[0].dtype),
        accumulate_(dims.accumulate),
        places_(array_shape(request, dims)),
        elements_(kept_shape(request, dims)) {
    const Operand &values = request.inputs[1], &out = request.outputs[0];
    for (size_t k = 0; k < dims.indexed.size(); ++k) {
      const Operand& array = request.inputs[2 + k];
      positions_.emplace_back(array, out.shape[dims.indexed[k]], true, request.op->name);
      target_steps_.push_back(out.strides[dims.indexed[k]]);
      places_.add(broadcast_strides(array, dims.rank));
    }
    Strides of_places, of_values, of_out;
    for (size_t k = 0; k < dims.rank; ++k) {
      of_places.push_back(values.strides[dims.array_in_values(k)]);
    }
    places_.add(of_places);
    for (size_t k = 0; k < dims.kept.size(); ++k) {
      of_values.push_back(values.strides[dims.kept_in_values(k)]);
      of_out.push_back(out.strides[dims.kept[k]]);
    }
    if (!dims.kept.empty()) {
      length_ = out.shape[dims.kept.back()];
      value_step_ = of_values.back();
      out_step_ = of_out.back();
      of_values.pop_back();
      of_out.pop_back();
    }
    elements_.add(of_values);
    elements_.add(of_out);
  }

  static Shape array_shape(const Request& request, const IndexPutDims& dims) {
    Shape shape;
    for (size_t k = 0; k < dims.rank; ++k) {
      shape.push_back(request.inputs[1].shape[dims.array_in_values(k)]);
    }
    return shape;
  }
  // The kept dims without the last, along which rows run.
  static Shape kept_shape(const Request& request, const IndexPutDims& dims) {
    Shape shape;
    for (size_t k = 0; k + 1 < dims.kept.size(); ++k) {
      shape.push_back(request.outputs[0].shape[dims.kept[k]]);
    }
    return shape;
  }

  // Writes pairs of offsets, into the result and into the values. Runs before any thread starts,
  // because an index out of range raises.
  void read_places(void* const* buffers, int64_t* places) const {
    InlineVector<int64_t, 8> offsets(positions_.size() + 1, 0);
    for (int64_t place = 0; place < places_.count(); ++place) {
      places_.offsets(place, offsets.data());
      int64_t target = 0;
      for (size_t k = 0; k < positions_.size(); ++k) {
        target += positions_[k].read(buffers[2 + k], offsets[k]) * target_steps_[k];
      }
      *places++ = target;
      *places++ = offsets.back();
    }
  }

  // Writes elements [begin, end) of every place, row by row.
  template <class T>
  void put(T* out, const T* values, const int64_t* places, int64_t begin, int64_t end) const {
    while (begin < end) {
      int64_t offsets[2], first = begin % length_;
      elements_.offsets(begin / length_, offsets);
      int64_t count = std::min(end - begin, length_ - first);
      for (int64_t place = 0; place < places_.count(); ++place) {
        T* to = out + places[2 * place] + offsets[1] + first * out_step_;
        const T* from = values + places[2 * place + 1] + offsets[0] + first * value_step_;
        for (int64_t i = 0; i < count; ++i) {
          T value = from[i * value_step_];
          to[i * out_step_] = accumulate_ ? sum_of(to[i * out_step_], value) : value;
        }
      }
      begin += count;
    }
  }

  KernelPtr copy_;
  DType dtype_;
  bool accumulate_;
  std::vector<IndexOperand> positions_;
  std::vector<int64_t> target_steps_;  // of the result, along the indexed dims
  Rows places_;                        // of the arrays, then of the values
  Rows elements_;                      // of the values and of the result
  int64_t length_ = 1, value_step_ = 0, out_step_ = 0;
};

class IndexPutImplementation final : public Implementation {
 public:
  std::string_view name() const override { return "places"; }
  std::optional<std::string> declines(const ir::Call&) const override { return std::nullopt; }
  KernelPtr prepare(const Request& request) const override {
    return make_intrusive<IndexPutKernel>(request);
  }
};

}  // namespace

const Implementation& index_put() {
  static const IndexPutImplementation implementation;
  return implementation;
}

}  // namespace mycel::backends::cpu

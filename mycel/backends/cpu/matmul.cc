#include "mycel/backends/cpu/matmul.h"

#include "mycel/backends/cpu/library_kernel.h"

namespace mycel::backends::cpu {
namespace {

constexpr size_t kMaxRank = 12;  // oneDNN's

// Prepends dims of 1 to the operand, up to `rank` dims.
onednn::Tensor with_rank(const Operand& operand, size_t rank) {
  onednn::Tensor tensor = library_tensor(operand);
  while (tensor.shape.size() < rank) {
    tensor.shape.insert(tensor.shape.begin(), 1);
    tensor.strides.insert(tensor.strides.begin(), 1);
  }
  return tensor;
}

onednn::Description describe(const Operand& a, const Operand& b, const Operand& out) {
  onednn::Description d;
  d.kind = onednn::Kind::kMatmul;
  d.source = with_rank(a, out.shape.size());
  d.weights = with_rank(b, out.shape.size());
  d.destination = library_tensor(out);
  return d;
}

// oneDNN requires one of a matrix's two axes to be contiguous.
bool has_unit_stride(const Operand& operand) {
  size_t rank = operand.shape.size();
  for (size_t i = rank - 2; i < rank; ++i) {
    if (operand.strides[i] == 1 || operand.shape[i] == 1) return true;
  }
  return false;
}

// Returns why the generated kernel is faster, if it is: it has no call to set up, and multiplies a
// matrix by a vector at the speed of memory. Measured; they break even at about 24 x 24 x 24.
std::optional<std::string> better_generated(const Shape& a, const Shape& b, const Shape& out) {
  constexpr int64_t kFew = 1 << 14;
  int64_t rows = a[a.size() - 2], inner = a.back(), columns = b.back();
  if (rows == 1 || inner == 1 || columns == 1) {
    return "is slower than the generated kernel for a vector";
  }
  if (num_elements(out) * inner <= kFew) {
    return "is slower than the generated kernel for so few elements";
  }
  return std::nullopt;
}

class LibraryMatmul final : public Implementation {
 public:
  std::string_view name() const override { return "onednn"; }

  std::optional<std::string> declines(const ir::Call& call) const override {
    if (auto reason = library_declines(call)) return reason;
    ir::Types results;
    call.def->infer(call, results);
    if (results[0].rank() > kMaxRank) {
      return fmt::format("takes at most {} dims, got {}", kMaxRank, results[0].rank());
    }
    Operand a = row_major_operand(call.type(0)), b = row_major_operand(call.type(1)),
            out = row_major_operand(results[0]);
    if (auto reason = better_generated(a.shape, b.shape, out.shape)) return reason;
    onednn::Answer answer = onednn::query(describe(a, b, out));
    if (answer.implementation.empty()) return answer.reason;
    return std::nullopt;
  }

  KernelPtr prepare(const Request& request) const override {
    auto fits = [](const Operand& x) { return takes_strides(x) && has_unit_stride(x); };
    return prepare(request, !fits(request.inputs[0]), !fits(request.inputs[1]));
  }

 private:
  static KernelPtr prepare(const Request& request, bool copy_a, bool copy_b) {
    Sequence sequence;
    Staged a = stage(sequence, request.inputs[0], 0, copy_a, row_major);
    Staged b = stage(sequence, request.inputs[1], 1, copy_b, row_major);
    onednn::Description d = describe(a.operand, b.operand, request.outputs[0]);
    // oneDNN supports some batches of matrices only in row-major layout.
    bool known = !onednn::query(d).implementation.empty();
    if (!known && !(copy_a && copy_b)) return prepare(request, true, true);
    KernelPtr kernel = library_kernel(d);
    if (!copy_a && !copy_b) return kernel;
    std::string description = kernel->describe();
    sequence.add(std::move(kernel), {a.place, b.place, Sequence::buffer(2)});
    return std::move(sequence).finish(std::move(description));
  }
};

}  // namespace

const Implementation& library_matmul() {
  static const LibraryMatmul instance;
  return instance;
}

}  // namespace mycel::backends::cpu

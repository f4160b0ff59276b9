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

// The factors of a product and its result, as the library multiplies them.
struct Product {
  Operand a, b, out;
};

// All dims but the last are rows: merges them from the innermost outwards, as long as the rows lie
// at a regular distance.
Operand with_merged_rows(const Operand& operand) {
  size_t last = operand.shape.size() - 1, d = last;
  int64_t rows = 1, stride = operand.strides[last - 1];
  for (; d > 0; --d) {
    if (operand.shape[d - 1] == 1) continue;
    if (rows == 1) stride = operand.strides[d - 1];
    if (operand.strides[d - 1] != stride * rows) break;
    rows *= operand.shape[d - 1];
  }
  Operand merged = operand;
  merged.shape.resize(d + 2);
  merged.strides.resize(d + 2);
  merged.shape[d] = rows, merged.strides[d] = stride;
  merged.shape[d + 1] = operand.shape[last], merged.strides[d + 1] = operand.strides[last];
  return merged;
}

// The operand as one matrix; none if its rows lie at no regular distance.
std::optional<Operand> as_rows(const Operand& operand) {
  Operand merged = with_merged_rows(operand);
  if (merged.shape.size() > 2) return std::nullopt;
  return merged;
}

// A matrix as a stack of matrices with as many rows as those of `stack`.
Operand split_like(const Operand& matrix, const Operand& stack) {
  Operand split = stack;
  split.strides.back() = matrix.strides[1];
  split.shape.back() = matrix.shape[1];
  int64_t stride = matrix.strides[0];
  for (size_t d = stack.shape.size() - 1; d-- > 0;) {
    split.strides[d] = stride;
    stride *= split.shape[d];
  }
  return split;
}

Operand transposed(Operand operand) {
  size_t rank = operand.shape.size();
  std::swap(operand.shape[rank - 2], operand.shape[rank - 1]);
  std::swap(operand.strides[rank - 2], operand.strides[rank - 1]);
  return operand;
}

// A stack times one matrix is one product of many rows. If these lie at no regular distance, it is
// a batch of products, unless the matrices are so small that copying them takes less time
// (measured).
std::optional<Product> product_of_stacks(const Operand& a, const Operand& b, const Operand& out) {
  constexpr int64_t kManyRows = 64;
  if (a.shape.size() == 2 || b.shape.size() > 2) return Product{a, b, out};
  Operand rows = with_merged_rows(a);
  std::optional<Operand> results = as_rows(out);
  if (!results) return std::nullopt;
  size_t rank = rows.shape.size();
  if (rank == 2) return Product{std::move(rows), b, *std::move(results)};
  if (rank > kMaxRank || rows.shape[rank - 2] < kManyRows) return std::nullopt;
  Operand split = split_like(*results, rows);
  return Product{std::move(rows), b, std::move(split)};
}

std::optional<Product> product_of_rows(const Operand& a, const Operand& b, const Operand& out) {
  std::optional<Operand> left = as_rows(a), right = as_rows(b);
  if (!left || !right) return std::nullopt;
  return Product{transposed(*left), *std::move(right), out};
}

onednn::Description describe(const Product& product) {
  onednn::Description d;
  d.kind = onednn::Kind::kMatmul;
  d.source = with_rank(product.a, product.out.shape.size());
  d.weights = with_rank(product.b, product.out.shape.size());
  d.destination = library_tensor(product.out);
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
  // None if the strides must be others.
  using AsProduct = std::optional<Product> (*)(const Operand& a, const Operand& b,
                                               const Operand& out);

  explicit LibraryMatmul(AsProduct as_product) : as_product_(as_product) {}
  std::string_view name() const override { return "onednn"; }

  std::optional<std::string> declines(const ir::Call& call) const override {
    if (auto reason = library_declines(call)) return reason;
    ir::Types results;
    call.def->infer(call, results);
    std::optional<Product> product =
        as_product_(row_major_operand(call.type(0)), row_major_operand(call.type(1)),
                    row_major_operand(results[0]));
    if (!product) fail_internal("row-major matrices lie at no regular distance");
    if (product->out.shape.size() > kMaxRank) {
      return fmt::format("takes at most {} dims, got {}", kMaxRank, product->out.shape.size());
    }
    if (auto reason = better_generated(product->a.shape, product->b.shape, product->out.shape)) {
      return reason;
    }
    onednn::Answer answer = onednn::query(describe(*product));
    if (answer.implementation.empty()) return answer.reason;
    return std::nullopt;
  }

  KernelPtr prepare(const Request& request) const override {
    return prepare(request, !takes_strides(request.inputs[0]), !takes_strides(request.inputs[1]));
  }

 private:
  KernelPtr prepare(const Request& request, bool copy_a, bool copy_b) const {
    Sequence sequence;
    Staged a = stage(sequence, request.inputs[0], 0, copy_a, row_major);
    Staged b = stage(sequence, request.inputs[1], 1, copy_b, row_major);
    std::optional<Product> product = as_product_(a.operand, b.operand, request.outputs[0]);
    bool copies = copy_a && copy_b;
    if (!product) {
      bool a_lies = as_rows(a.operand).has_value(), b_lies = as_rows(b.operand).has_value();
      if (copies || (a_lies && b_lies)) fail_internal("the rows of a product cannot be merged");
      return prepare(request, copy_a || !a_lies, copy_b || !b_lies);
    }
    if (!copies && !(has_unit_stride(product->a) && has_unit_stride(product->b))) {
      return prepare(request, copy_a || !has_unit_stride(product->a),
                     copy_b || !has_unit_stride(product->b));
    }
    onednn::Description d = describe(*product);
    // oneDNN supports some batches of matrices only in row-major layout.
    if (!copies && onednn::query(d).implementation.empty()) return prepare(request, true, true);
    KernelPtr kernel = library_kernel(d);
    if (!copy_a && !copy_b) return kernel;
    std::string description = kernel->describe();
    sequence.add(std::move(kernel), {a.place, b.place, Sequence::buffer(2)});
    return std::move(sequence).finish(std::move(description));
  }

  AsProduct as_product_;
};

}  // namespace

const Implementation& library_matmul() {
  static const LibraryMatmul instance(product_of_stacks);
  return instance;
}

const Implementation& library_outer_sum() {
  static const LibraryMatmul instance(product_of_rows);
  return instance;
}

}  // namespace mycel::backends::cpu

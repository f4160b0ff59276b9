#include "mycel/ops/loss.h"

#include "mycel/ops/gather.h"
#include "mycel/ops/index_rules.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/softmax.h"
#include "mycel/ops/where.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

const std::vector<std::string> kReductions = {"mean", "sum", "none"};

// The class dim of (N, C, ...) or (C).
int64_t class_dim(size_t rank) { return rank == 1 ? 0 : 1; }

Dims without_classes(const Dims& dims) {
  Dims out = dims;
  out.erase(out.begin() + class_dim(dims.size()));
  return out;
}

ir::Type loss_type(const ir::Call& call, Reduction reduction) {
  const ir::Type &x = call.type(0), &target = call.type(1);
  if (x.rank() == 0) {
    call.fail(Code::kValue, "expects input (N, C, ...) or (C), got {}", x);
  }
  bool probabilities = is_floating(target.dtype);
  Dims rows = without_classes(x.dims), expected = probabilities ? x.dims : rows;
  if (!(target.dims == expected)) {
    call.fail(Code::kValue, "expects a target of {} of shape {} for input {}, got {}",
              probabilities ? "probabilities (classes are integers)" : "classes", expected, x,
              target);
  }
  Dim classes = x.dim(static_cast<size_t>(class_dim(x.rank())));
  if (call.has(2) && !(call.type(2).dims == Dims{classes})) {
    call.fail(Code::kValue, "expects one weight for each of the {} classes, got {}", classes,
              call.type(2));
  }
  return ir::Type::tensor(x.dtype, reduction == Reduction::kNone ? rows : Dims{});
}

// The rows of a target: which ones count, with what weight, and an index for each.
struct Rows {
  Tensor index;   // 0 for an ignored row, out of range for an invalid target
  Tensor valid;   // bool
  Tensor weight;  // of the row's class, 0 if ignored
};

Rows rows_of(const Tensor& target, const Tensor& weight, int64_t ignore_index, DType dtype) {
  Rows rows;
  Tensor t = cast_to(target, DType::kInt64);
  rows.valid = t != ignore_index;
  rows.index = where(rows.valid, t, zeros_like(t));
  Tensor of_class = scalar_like(t, 1.0, dtype);
  if (weight.defined()) {
    of_class = gather(cast_to(weight, dtype), 0, reshape(rows.index, {-1}));
    of_class = reshape(of_class, t.dims());
  }
  rows.weight = where(rows.valid, of_class, scalar_like(t, 0.0, dtype));
  return rows;
}

Tensor reduced(const Tensor& losses, const Tensor& total_weight, Reduction reduction) {
  if (reduction == Reduction::kNone) return losses;
  Tensor total = sum(losses);
  return reduction == Reduction::kSum ? total : total / total_weight;
}

// weight * -x[row, class of row]
Tensor picked(const Tensor& x, const Rows& rows) {
  int64_t dim = class_dim(x.rank());
  Tensor value = squeeze(gather(x, dim, unsqueeze(rows.index, dim)), Ints{dim});
  return where(rows.valid, -(value * rows.weight), zeros_like(rows.weight));
}

Tensor nll_body(const Tensor& input, const Tensor& target, const Tensor& weight, const NllLoss& a) {
  DType compute = te::compute_dtype(input.dtype());
  Rows rows = rows_of(target, weight, a.ignore_index, compute);
  Tensor losses = picked(cast_to(input, compute), rows);
  return cast_to(reduced(losses, sum(rows.weight), a.reduction), input.dtype());
}

Tensor nll_gradient(const Vjp& v, const NllLoss& a) {
  const Tensor& input = v.input(0);
  DType compute = te::compute_dtype(input.dtype());
  Rows rows =
      rows_of(v.input(1), v.num_inputs() > 2 ? v.input(2) : Tensor(), a.ignore_index, compute);
  Tensor g = cast_to(v.cotangent(), compute);
  if (a.reduction == Reduction::kMean) g = g / sum(rows.weight);
  int64_t dim = class_dim(input.rank());
  // Not 0 times the weight: if every row is ignored, the mean's factor is infinite.
  Tensor each = where(rows.valid, -(g * rows.weight), zeros_like(rows.weight));
  return cast_to(place(each, rows.index, dim, input.dim(dim)), input.dtype());
}

// Defines a loss of rows of classes.
template <class A>
Definition<A> class_loss(std::string_view name, std::string doc, const char* input,
                         const char* target, ir::DTypeSet target_dtypes) {
  Definition<A> definition = define<A>(name, std::move(doc));
  definition.input("input", input, floating)
      .input("target", target, target_dtypes)
      .optional_input("weight", "(C): of each class", floating)
      .no_gradient()
      .fixes_dims()
      .attribute(&A::ignore_index, "ignore_index", "rows with this target do not count")
      .attribute(&A::reduction, "reduction", "mean (by weight), sum or none", kReductions)
      .infer([](const ir::Call& call, const A& a) { return loss_type(call, a.reduction); })
      .check([name](const Tensors& in, const A& a) {
        if (is_floating(in[1].dtype())) return;
        Dim classes = in[0].dim(class_dim(in[0].rank()));
        check_range(name, in[1], 0, classes.value(), a.ignore_index);
      })
      .only_functional();
  return definition;
}

void define_nll_loss() {
  class_loss<NllLoss>(
      "nll_loss",
      "The negative log likelihood: -weight[target] * input[target] of each row.\n\n"
      "The mean divides by the sum of the weights. Raises IndexError for a target that is no "
      "class.",
      "(N, C, ...) or (C): log-probabilities", "(N, ...) or (): classes", integer)
      .body(nll_body)
      .vjp(nll_gradient)
      .example(
          ">>> F.nll_loss(mc.tensor([[-1., -2.], [-3., -4.]]), mc.tensor([0, 1]))\n"
          "tensor(2.5000)")
      .samples({{{any(4, 5), ints({4}, 5), absent()}, {}},
                {{any(6, 5), ints({6}, 5), within({5}, 0.5, 2)}, {2, Reduction::kMean}},
                {{any(3, 4, 2), ints({3, 2}, 4), absent()}, {1, Reduction::kNone}},
                {{any(5), ints({}, 5), absent()}, {-100, Reduction::kSum}},
                {{any(4, 3), ints({4}, 3), absent()}, {-100, Reduction::kSum}}});
}

// -sum over the classes of weight * probability * x
Tensor expected_loss(const Tensor& x, const Tensor& probabilities, const Tensor& weight) {
  int64_t dim = class_dim(x.rank());
  Tensor terms = probabilities.defined() ? x * probabilities : x;
  if (weight.defined()) {
    Dims shape(x.rank(), 1);
    shape[static_cast<size_t>(dim)] = weight.dim(0);
    terms = terms * reshape(cast_to(weight, x.dtype()), shape);
  }
  return -sum(terms, {.dim = Ints{dim}});
}

Tensor cross_entropy_body(const Tensor& input, const Tensor& target, const Tensor& weight,
                          const CrossEntropy& a) {
  DType compute = te::compute_dtype(input.dtype());
  int64_t dim = class_dim(input.rank());
  Tensor x = log_softmax(cast_to(input, compute), {.dim = dim}), classes = size_along(x, {dim});
  double smooth = a.label_smoothing;
  Tensor losses, total_weight;
  if (is_floating(target.dtype())) {
    Tensor p = cast_to(target, compute);
    if (smooth > 0) p = p * (1 - smooth) + smooth / classes;
    losses = expected_loss(x, p, weight);
    total_weight = size_along(losses, reduced_axes({}, losses.rank(), "cross_entropy"));
  } else if (smooth == 0) {
    return cast_to(nll_loss(x, target, weight, {a.ignore_index, a.reduction}), input.dtype());
  } else {
    Rows rows = rows_of(target, weight, a.ignore_index, compute);
    Tensor even = where(rows.valid, expected_loss(x, {}, weight), zeros_like(rows.weight));
    losses = picked(x, rows) * (1 - smooth) + even * (smooth / classes);
    total_weight = sum(rows.weight);
  }
  return cast_to(reduced(losses, total_weight, a.reduction), input.dtype());
}

void define_cross_entropy() {
  class_loss<CrossEntropy>(
      "cross_entropy",
      "The cross entropy of softmax(input) and the target: -log softmax(input)[target].\n\n"
      "The target holds classes, or floating-point probabilities of the input's shape. Smoothing "
      "mixes the target with equal probabilities. The mean divides by the sum of the weights of "
      "the classes, or by the number of rows for probabilities. Raises IndexError for a target "
      "that is no class.",
      "(N, C, ...) or (C): logits", "(N, ...) or (): classes, or the input's shape: probabilities",
      any_dtype)
      .attribute(&CrossEntropy::label_smoothing, "label_smoothing", "in [0, 1]")
      .expects([](const ir::Call& call, const CrossEntropy& a) {
        if (a.label_smoothing >= 0 && a.label_smoothing <= 1) return;
        call.fail(Code::kValue, "expects label_smoothing in [0, 1], got {}", a.label_smoothing);
      })
      .body(cross_entropy_body)
      .example(">>> F.cross_entropy(mc.tensor([[0., 0.]]), mc.tensor([1]))\ntensor(0.6931)")
      .samples({{{any(4, 5), ints({4}, 5), absent()}, {}},
                {{any(3, 5), ints({3}, 5), within({5}, 0.5, 2)}, {2, Reduction::kMean, 0.1}},
                {{any(3, 4, 2), ints({3, 2}, 4), absent()}, {1, Reduction::kNone, 0.2}},
                {{any(3, 4), within({3, 4}, 0, 1), absent()}, {-100, Reduction::kSum, 0.1}},
                {{any(5), ints({}, 5), absent()}, {-100, Reduction::kSum, 0}}});
}

void define_mse_loss() {
  define_function<MseLoss>("mse_loss", "The squared error (input - target)^2.")
      .input("input", "any shape", floating)
      .input("target", "input's shape, or one of the two broadcasts to the other", floating)
      .promotes(2)
      .attribute(&MseLoss::reduction, "reduction", "mean, sum or none", kReductions)
      .body(mse_loss)
      .only_functional()
      .example(">>> F.mse_loss(mc.tensor([1., 2.]), mc.tensor([1., 4.]))\ntensor(2.)")
      .samples({{{any(3, 5), any(3, 5)}, {}},
                {{any(4), any(4)}, {Reduction::kSum}},
                {{any(2, 3), any(2, 3)}, {Reduction::kNone}}});
}

// Whether broadcasting with `other` extends the shape `dims`.
bool is_stretched(const Dims& dims, const Dims& other) {
  if (dims.size() < other.size()) return true;
  size_t shift = dims.size() - other.size();
  for (size_t d = 0; d < other.size(); ++d) {
    if (dims[shift + d] == Dim(1) && !(other[d] == Dim(1))) return true;
  }
  return false;
}

}  // namespace

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& target, const Tensor& weight,
                const NllLoss& options) {
  return call(options, log_probabilities, target, weight);
}
Tensor cross_entropy(const Tensor& logits, const Tensor& target, const Tensor& weight,
                     const CrossEntropy& options) {
  return call(options, logits, target, weight);
}

Tensor mse_loss(const Tensor& x, const Tensor& target, const MseLoss& options) {
  // Input [n, 1] and target [n] would give the loss of every pair; rejected before that is
  // computed.
  if (is_stretched(x.dims(), target.dims()) && is_stretched(target.dims(), x.dims())) {
    fail(Code::kValue,
         "[mse_loss] expects input and target of one shape, or one that broadcasts to the other's, "
         "got {} and {}",
         x.type(), target.type());
  }
  Tensor distance = x - target;
  Tensor squares = distance * distance;
  if (options.reduction == Reduction::kNone) return squares;
  return options.reduction == Reduction::kSum ? sum(squares) : mean(squares);
}

void define_loss() {
  define_nll_loss();
  define_cross_entropy();
  define_mse_loss();
}

}  // namespace mycel

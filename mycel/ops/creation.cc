#include "mycel/ops/creation.h"

#include "mycel/define/define.h"
#include "mycel/ops/linspace.h"
#include "mycel/ops/number_operand.h"
#include "mycel/ops/te_number.h"
#include "mycel/te/functions.h"
#include "mycel/tensor/context.h"

namespace mycel {
namespace {

void define_full() {
  define<Full>(
      "full",
      "A tensor of one value. Raises ValueError for a value that an integer dtype does not "
      "hold, as 300 of uint8, or 0.5 of any.")
      .extents(&Full::shape, "shape", "the result's shape")
      .attribute(&Full::value, "value", "every element")
      .attribute(&Full::dtype, "dtype", "the result's dtype")
      .expects([](const ir::Call& call, const Full& a) {
        check_extents(call, a.shape);
        check_holds("full", a.dtype, a.value);
      })
      .formula([](te::Formula& f, const ir::Call&, const Full& a) {
        // A double beyond int64 is a value of uint64.
        const double* number = std::get_if<double>(&a.value);
        te::Expr value = number ? te::constant(a.dtype, *number) : te_number(a.dtype, a.value);
        f.output(a.dtype, te::Formula::axes(a.shape), std::move(value));
      })
      .internal()
      .example(">>> mc.full((2,), 3.)\ntensor([3., 3.])")
      .samples({{{}, {{2, 3}, 1.5, DType::kFloat32}},
                {{}, {{}, int64_t{7}, DType::kInt64}},
                {{}, {{4, 0}, true, DType::kBool}},
                {{}, {{5}, int64_t{-3}, DType::kFloat16}}});
}

void define_constant() {
  define<Constant>("constant", "A tensor that is part of the program.")
      .attribute(&Constant::value, "value", "the array")
      .infer([](const ir::Call& call, const Constant& a) {
        if (!a.value.defined()) call.fail(Code::kValue, "expects a value, got none");
        return ir::Type::tensor(a.value.dtype(), to_dims(a.value.shape()));
      })
      .kernel_primitive()
      .internal()
      .example(">>> mc.tensor([1., 2.])\ntensor([1., 2.])")
      .samples({{{}, {NDArray::scalar(2.5F)}}});
}

// Checks that an integer dtype holds the first and the last number, and so those between.
void check_range_of(const Arange& a) {
  if (!is_integer(a.dtype) || !a.length.is_constant() || a.length.value() == 0) return;
  check_holds("arange", a.dtype, a.start);
  if (!holds(DType::kInt64, a.step)) {
    fail(Code::kValue, "[arange] expects a whole step for {}, got {}", name(a.dtype),
         number_text(a.step));
  }
  int64_t last = 0;
  bool beyond = __builtin_mul_overflow(a.length.value() - 1, ir::to_int(a.step), &last) ||
                __builtin_add_overflow(last, ir::to_int(a.start), &last);
  if (beyond) {
    fail(Code::kValue, "[arange] expects numbers that int64 holds, got {} steps of {} from {}",
         a.length.value(), number_text(a.step), number_text(a.start));
  }
  check_holds("arange", a.dtype, last);
}

void define_arange() {
  define<Arange>("arange", "start, start + step, start + 2 * step, ...")
      .attribute(&Arange::length, "length", "how many numbers")
      .attribute(&Arange::start, "start", "the first")
      .attribute(&Arange::step, "step", "the distance of two neighbours")
      .attribute(&Arange::dtype, "dtype", "the result's dtype")
      .expects([](const ir::Call& call, const Arange& a) {
        check_extents(call, {a.length});
        check_range_of(a);
      })
      .formula([](te::Formula& f, const ir::Call&, const Arange& a) {
        te::Axis axis = te::axis(a.length);
        DType dtype = is_floating(a.dtype) ? DType::kFloat64 : DType::kInt64;
        te::Expr i = te::cast(te::index(axis), dtype);
        f.output(a.dtype, {axis}, te_number(dtype, a.start) + i * te_number(dtype, a.step));
      })
      .internal()
      .example(">>> mc.arange(3)\ntensor([0, 1, 2])")
      .samples({{{}, {5, int64_t{0}, int64_t{1}, DType::kInt64}},
                {{}, {4, 0.5, -0.25, DType::kFloat32}},
                {{}, {0, int64_t{0}, int64_t{1}, DType::kUInt8}}});
}

void define_eye() {
  define<Eye>("eye", "The identity matrix: 1 on the main diagonal, 0 elsewhere.")
      .attribute(&Eye::shape, "shape", "rows and columns")
      .attribute(&Eye::dtype, "dtype", "the result's dtype")
      .expects([](const ir::Call& call, const Eye& a) {
        if (a.shape.size() != 2) call.fail(Code::kValue, "expects a shape of rows and columns");
        check_extents(call, a.shape);
      })
      .formula([](te::Formula& f, const ir::Call&, const Eye& a) {
        std::vector<te::Axis> axes = te::Formula::axes(a.shape);
        f.output(a.dtype, axes, te::is_equal(te::index(axes[0]), te::index(axes[1])));
      })
      .internal()
      .example(">>> mc.eye(2)\ntensor([[1., 0.],\n        [0., 1.]])")
      .samples({{{}, {{3, 3}, DType::kFloat32}},
                {{}, {{2, 4}, DType::kInt32}},
                {{}, {{3, 2}, DType::kBool}},
                {{}, {{0, 2}, DType::kFloat64}}});
}

void define_size_of() {
  define<SizeOf>("size_of", "The product of some extents as a number.")
      .attribute(&SizeOf::size, "size", "the extents")
      .attribute(&SizeOf::dtype, "dtype", "the result's dtype")
      .formula([](te::Formula& f, const ir::Call&, const SizeOf& a) {
        f.output(a.dtype, {}, te::extent(product(a.size)));
      })
      .internal()
      .example(">>> mc.zeros(2, 3).mean()\ntensor(0.)")
      .samples({{{}, {{2, 3}, DType::kFloat32}}, {{}, {{0}, DType::kInt64}}});
}

}  // namespace

Tensor full(const Dims& shape, const ir::Scalar& value, DType dtype) {
  return call(Full{shape, value, dtype});
}
Tensor zeros(const Dims& shape, DType dtype) { return full(shape, int64_t{0}, dtype); }
Tensor ones(const Dims& shape, DType dtype) { return full(shape, int64_t{1}, dtype); }
Tensor constant(const NDArray& value) { return call(Constant{value}); }
Tensor arange(Dim length, DType dtype) { return call(Arange{.length = length, .dtype = dtype}); }
Tensor eye(Dim rows, Dim columns, DType dtype) { return call(Eye{{rows, columns}, dtype}); }

Tensor full_like(const Tensor& x, const ir::Scalar& value) {
  DeviceScope scope(x.device());
  return full(x.dims(), value, x.dtype());
}
Tensor zeros_like(const Tensor& x) { return full_like(x, int64_t{0}); }
Tensor ones_like(const Tensor& x) { return full_like(x, int64_t{1}); }

Tensor scalar_like(const Tensor& x, const ir::Scalar& value, DType dtype) {
  DeviceScope scope(x.device());
  // The host can write the number without a kernel.
  if (!context().trace && context().device == Device{}) {
    check_holds("full", dtype, value);
    return scalar(value, dtype);
  }
  return full({}, value, dtype);
}

Tensor size_along(const Tensor& x, const Ints& axes) {
  Dims dims = x.dims(), along;
  for (int64_t axis : axes) along.push_back(dims[static_cast<size_t>(axis)]);
  DType dtype = te::compute_dtype(x.dtype());
  Dim size = product(along);
  if (size.is_constant()) return scalar_like(x, size.value(), dtype);
  DeviceScope scope(x.device());
  return call(SizeOf{along, dtype});
}

void define_creation() {
  define_full();
  define_constant();
  define_arange();
  define_linspace();
  define_eye();
  define_size_of();
}

}  // namespace mycel

#include "mycel/ops/slice.h"

#include <algorithm>

#include "mycel/define/define.h"
#include "mycel/ops/axes.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/te_number.h"
#include "mycel/te/functions.h"
#include "mycel/te/window.h"

namespace mycel {
namespace {

// Raises unless positions start, start + step, ... (`length` of them) lie in [0, extent).
void check_window(const ir::Call& call, size_t d, Dim extent, Dim start, int64_t step, Dim length) {
  if (step == 0) call.fail(Code::kValue, "expects steps other than 0, got 0 for dim {}", d);
  if (!extent.is_constant() || !start.is_constant() || !length.is_constant()) return;
  int64_t first = start.value(), size = extent.value();
  int64_t last = (start + (length - 1) * Dim(step)).value();
  if (length.value() == 0 || (first >= 0 && first < size && last >= 0 && last < size)) return;
  call.fail(Code::kIndex, "expects positions in [0, {}) of dim {}, got {} to {}", size, d, first,
            last);
}

// Raises unless there is one number per dim of the input.
void check_rank(const ir::Call& call, std::initializer_list<size_t> sizes) {
  for (size_t size : sizes) {
    if (size == call.type(0).rank()) continue;
    call.fail(Code::kValue, "expects {} positions, one per dim of {}, got {}", call.type(0).rank(),
              call.type(0), size);
  }
}

// Raises unless the attributes are positions of `lengths` elements in a tensor of extents `dims`.
template <class A>
void check_windows(const ir::Call& call, const Dims& dims, const A& a, const Dims& lengths) {
  check_rank(call, {lengths.size(), a.starts.size(), dims.size(), a.steps.size()});
  for (size_t d = 0; d < dims.size(); ++d) {
    check_window(call, d, dims[d], a.starts[d], a.steps[d], lengths[d]);
  }
}

Dims slice_dims(const ir::Call& call, const Slice& a) {
  const Dims& dims = call.type(0).dims;
  check_rank(call, {a.starts.size(), a.stops.size(), a.steps.size()});
  Dims out;
  for (size_t d = 0; d < dims.size(); ++d) {
    if (a.steps[d] == 0) check_window(call, d, dims[d], a.starts[d], 0, 0);
    out.push_back(slice_length(a.starts[d], a.stops[d], a.steps[d]));
    check_window(call, d, dims[d], a.starts[d], a.steps[d], out[d]);
  }
  return out;
}

// The slice of `lengths` elements at the positions of the attributes.
template <class A>
Slice slice_at(const A& a, const Dims& lengths) {
  Slice at{a.starts, {}, a.steps};
  for (size_t d = 0; d < lengths.size(); ++d) {
    at.stops.push_back(a.starts[d] + lengths[d] * Dim(a.steps[d]));
  }
  return at;
}

// Declares the positions of an operation that is not shown to users.
template <class A>
void has_positions(Definition<A>& definition) {
  definition.per_dim(ir::Unchanged::kZero, &A::starts, "starts", "the first position of each dim");
  if constexpr (std::is_same_v<A, Slice>) {
    definition.per_dim(ir::Unchanged::kExtent, &A::stops, "stops",
                       "the position before which each dim ends");
  }
  definition
      .per_dim(ir::Unchanged::kOne, &A::steps, "steps",
               "the distance of positions, which may be negative")
      .internal();
}

void define_slice_of() {
  define<Slice>("slice", "The elements at positions start, start + step, ... of each dim. A view.")
      .input("input", "any shape")
      .with(has_positions<Slice>)
      .infer([](const ir::Call& call, const Slice& a) {
        return ir::Type::tensor(call.type(0).dtype, slice_dims(call, a));
      })
      .view([](const Slice& a, const Dims& out, const NDArray& in, NDArray& view) {
        Shape shape = to_shape(out);
        Strides strides = in.strides();
        int64_t offset = in.offset();
        for (size_t d = 0; d < shape.size(); ++d) {
          if (shape[d] > 0) offset += a.starts[d].value() * strides[d];
          strides[d] *= a.steps[d];
        }
        view = in.view(shape, strides, offset);
        return true;
      })
      .put([](const Tensor& base, const Tensor& values, const Slice& a) {
        bool whole = values.dims() == base.dims() &&
                     std::all_of(a.steps.begin(), a.steps.end(), [](auto s) { return s == 1; });
        return whole ? values : slice_put(base, values, {a.starts, a.steps});
      })
      .formula([](te::Formula& f, const ir::Call& call, const Slice& a) {
        std::vector<te::Axis> axes = te::Formula::axes(slice_dims(call, a));
        std::vector<te::Expr> indices = te::indices(axes);
        for (size_t d = 0; d < indices.size(); ++d) {
          indices[d] = te::extent(a.starts[d]) + indices[d] * te_int(a.steps[d]);
        }
        f.output(call.type(0).dtype, axes, f.input(0).at(indices));
      })
      .vjp([](const Vjp& v, const Slice& a) {
        return unslice(v.cotangent(), {a.starts, a.steps, v.input().dims()});
      })
      .example(">>> mc.arange(6)[1:5:2]\ntensor([1, 3])")
      .samples({{{any(6, 5)}, {.starts = {1, 0}, .stops = {6, 5}, .steps = {2, 1}}},
                {{any(6, 5)}, {.starts = {0, 4}, .stops = {6, -1}, .steps = {1, -2}}},
                {{any(2, 3, 4)}, {.starts = {1, 0, 1}, .stops = {2, 3, 3}, .steps = {1, 1, 1}}},
                {{any(5)}, {.starts = {3}, .stops = {3}, .steps = {1}}},
                {{any()}}});
}

struct Window {
  std::vector<te::Expr> indices;  // into the slice
  te::Expr inside;                // whether the element at `axes` is one of the slice's
};

template <class A>
Window window_at(const std::vector<te::Axis>& axes, const A& a, const Dims& lengths) {
  Window window;
  te::Expr zero = te_int(0);
  for (size_t d = 0; d < axes.size(); ++d) {
    te::Expr start = te::extent(a.starts[d]), i = te::index(axes[d]), on_step;
    te::Expr distance = a.steps[d] > 0 ? i - start : start - i, position = distance;
    if (int64_t step = std::abs(a.steps[d]); step > 1) {
      position = te::floordiv(distance, te_int(step));
      on_step = te::is_equal(te::rem(distance, te_int(step)), zero);
    }
    te::Expr within = te::logical_and(position >= zero, position < te::extent(lengths[d]));
    window.inside = te::both(window.inside, te::both(on_step, within));
    window.indices.push_back(position);
  }
  if (!window.inside) window.inside = te::constant(DType::kBool, 1);
  return window;
}

void define_unslice() {
  define<Unslice>("unslice",
                  "Zeros of a shape with input at positions start, start + step, ... of each dim.")
      .input("input", "any shape")
      .with(has_positions<Unslice>)
      .extents(&Unslice::shape, "shape", "the result's shape")
      .expects([](const ir::Call& call, const Unslice& a) {
        check_windows(call, a.shape, a, call.type(0).dims);
      })
      .formula([](te::Formula& f, const ir::Call& call, const Unslice& a) {
        std::vector<te::Axis> axes = te::Formula::axes(a.shape);
        Window window = window_at(axes, a, call.type(0).dims);
        f.output(call.type(0).dtype, axes, f.input(0).at_if(window.inside, window.indices));
      })
      .vjp([](const Vjp& v, const Unslice& a) {
        return slice(v.cotangent(), slice_at(a, v.input().dims()));
      })
      .example(">>> x = mc.zeros(3)\n>>> x[1:2] = 5\n>>> x\ntensor([0., 5., 0.])")
      .samples({{{any(3, 5)}, {.starts = {1, 0}, .steps = {2, 1}, .shape = {6, 5}}},
                {{any(3, 2)}, {.starts = {2, 4}, .steps = {-1, -3}, .shape = {3, 6}}},
                {{any(0)}, {.starts = {2}, .steps = {1}, .shape = {4}}},
                {{any()}}});
}

void define_slice_put() {
  define<SlicePut>("slice_put",
                   "input with the elements at positions start, start + step, ... of each dim "
                   "replaced by values.")
      .input("input", "any shape")
      .input("values", "the shape of the slice")
      .with(has_positions<SlicePut>)
      .expects([](const ir::Call& call, const SlicePut& a) {
        const ir::Type &x = call.type(0), &values = call.type(1);
        if (x.dtype != values.dtype) {
          call.fail(Code::kType, "expects input and values of one dtype, got {} and {}", x, values);
        }
        check_windows(call, x.dims, a, values.dims);
      })
      .formula([](te::Formula& f, const ir::Call& call, const SlicePut& a) {
        std::vector<te::Axis> axes = te::Formula::axes(call.type(0).dims);
        Window window = window_at(axes, a, call.type(1).dims);
        f.output(call.type(0).dtype, axes,
                 te::select(window.inside, f.input(1).at_if(window.inside, window.indices),
                            f.input(0).at(axes)));
      })
      .vjp([](const Vjp& v,
              const SlicePut& a) { return slice_put(v.cotangent(), zeros_like(v.input(1)), a); },
           [](const Vjp& v, const SlicePut& a) {
             return slice(v.cotangent(), slice_at(a, v.input(1).dims()));
           })
      .example(">>> x = mc.zeros(4)\n>>> x[::2] = 1\n>>> x\ntensor([1., 0., 1., 0.])")
      .samples({{{any(6, 5), any(3, 5)}, {.starts = {1, 0}, .steps = {2, 1}}},
                {{any(4, 3), any(2, 3)}, {.starts = {3, 0}, .steps = {-2, 1}}},
                {{any(3), any(0)}, {.starts = {1}, .steps = {1}}},
                {{any(), any()}}});
}

void define_flip() {
  define_function<Flip>("flip", "A copy of the tensor with the order of some dims reversed.")
      .input("input", "any shape")
      .dims(&Flip::dims, "dims", "the dims to reverse")
      .body(flip, &Flip::dims)
      .method()
      .loose_ints()
      .example(">>> mc.flip(mc.tensor([1, 2, 3]), 0)\ntensor([3, 2, 1])")
      .samples({{{any(3, 5)}, {{0}}}, {{any(3, 5)}, {{0, -1}}}});
}

}  // namespace

Dim slice_length(Dim start, Dim stop, int64_t step) {
  Dim distance = step > 0 ? stop - start : start - stop;
  return max(0, ceildiv(distance, std::abs(step)));
}

Slice whole_slice(const Dims& dims) { return {Dims(dims.size(), 0), dims, Ints(dims.size(), 1)}; }

Tensor slice(const Tensor& x, const Slice& positions) { return call(positions, x); }
Tensor unslice(const Tensor& x, const Unslice& positions) { return call(positions, x); }
Tensor slice_put(const Tensor& x, const Tensor& values, const SlicePut& positions) {
  return call(positions, x, values);
}

Tensor slice_dim(const Tensor& x, int64_t dim, Dim start, Dim stop) {
  auto d = static_cast<size_t>(normalize_axis(dim, x.rank(), "slice"));
  Slice positions = whole_slice(x.dims());
  positions.starts[d] = start;
  positions.stops[d] = stop;
  return slice(x, positions);
}

Tensor flip(const Tensor& x, const Ints& dims) {
  Slice positions = whole_slice(x.dims());
  for (int64_t dim : dims) {
    for (int64_t axis : axes_along(dim, x.rank(), "flip")) {
      auto d = static_cast<size_t>(axis);
      positions.starts[d] = x.dim(axis) - 1;
      positions.stops[d] = -1;
      positions.steps[d] = -1;
    }
  }
  return Tensor(slice(x, positions).state());  // no view, as in PyTorch
}

void define_slice() {
  define_slice_of();
  define_unslice();
  define_slice_put();
  define_flip();
}

}  // namespace mycel

#include "mycel/ops/pad.h"

#include <algorithm>

#include "mycel/define/define.h"
#include "mycel/ops/concatenate.h"
#include "mycel/ops/number_operand.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/slice.h"
#include "mycel/ops/te_number.h"
#include "mycel/te/functions.h"
#include "mycel/te/window.h"

namespace mycel {
namespace {

Dims padded_dims(const ir::Call& call, const PadConstant& a) {
  Dims out = call.type(0).dims;
  if (a.before.size() != out.size() || a.after.size() != out.size()) {
    call.fail(Code::kValue, "expects two numbers for each dim of input {}, got {} and {}",
              call.type(0), a.before.size(), a.after.size());
  }
  for (size_t d = 0; d < out.size(); ++d) {
    out[d] = out[d] + Dim(a.before[d]) + Dim(a.after[d]);
    if (out[d].is_constant() && out[d].value() < 0) {
      call.fail(Code::kValue,
                "expects to cut no more than there is, got input {}, {} and {} for dim "
                "{}",
                call.type(0), a.before[d], a.after[d], d);
    }
  }
  return out;
}

void define_pad_constant() {
  define<PadConstant>("pad", "The tensor with a number around it; negative paddings cut.")
      .input("input", "any shape")
      .per_dim(ir::Unchanged::kZero, &PadConstant::before, "before",
               "how many elements come before, per dim")
      .per_dim(ir::Unchanged::kZero, &PadConstant::after, "after", "how many come after, per dim")
      .attribute(&PadConstant::value, "value", "what they are")
      .expects([](const ir::Call& call, const PadConstant& a) {
        check_holds("pad", call.type(0).dtype, a.value);
      })
      .formula([](te::Formula& f, const ir::Call& call, const PadConstant& a) {
        const ir::Type& x = call.type(0);
        std::vector<te::Axis> axes = te::Formula::axes(padded_dims(call, a));
        std::vector<te::Expr> at = te::indices(axes);
        te::Expr inside;
        for (size_t d = 0; d < at.size(); ++d) {
          if (a.before[d] == 0 && a.after[d] == 0) continue;
          at[d] = at[d] - te_int(a.before[d]);
          te::Expr here = te::logical_and(at[d] >= te_int(0), at[d] < te::extent(x.dim(d)));
          inside = te::both(inside, here);
        }
        te::Expr value =
            inside ? te::select(inside, f.input(0).at_if(inside, at), te_number(x.dtype, a.value))
                   : f.input(0).at(at);
        f.output(x.dtype, axes, value);
      })
      .vjp([](const Vjp& v, const PadConstant& a) {
        PadConstant back;
        for (int64_t n : a.before) back.before.push_back(-n);
        for (int64_t n : a.after) back.after.push_back(-n);
        return pad_constant(v.cotangent(), back);
      })
      .internal()
      .example(">>> F.pad(mc.tensor([1., 2.]), (1, 2))\ntensor([0., 1., 2., 0., 0.])")
      .samples({{{any(3, 5)}, {{1, 0}, {2, 0}, 0.0}},
                {{any(3, 5)}, {{-1, 2}, {0, -1}, 1.0}},
                {{any(2, 0)}, {{0, 1}, {0, 1}, int64_t{1}}},
                {{any()}, {}}});
}

// Returns the `count` elements that the mode repeats before (or after) a dim of extent n.
using Around = Tensor (*)(const Tensor& x, int64_t dim, Dim n, int64_t count, bool before);

Tensor reflected(const Tensor& x, int64_t dim, Dim n, int64_t count, bool before) {
  auto d = static_cast<size_t>(dim);
  Slice positions = whole_slice(x.dims());
  positions.starts[d] = before ? Dim(count) : n - Dim(2);
  positions.stops[d] = positions.starts[d] - Dim(count);
  positions.steps[d] = -1;
  return slice(x, positions);
}

Tensor replicated(const Tensor& x, int64_t dim, Dim n, int64_t count, bool before) {
  Tensor edge = before ? slice_dim(x, dim, 0, 1) : slice_dim(x, dim, n - 1, n);
  Dims dims = edge.dims();
  dims[static_cast<size_t>(dim)] = count;
  return expand(edge, dims);
}

Tensor wrapped(const Tensor& x, int64_t dim, Dim n, int64_t count, bool before) {
  return before ? slice_dim(x, dim, n - Dim(count), n) : slice_dim(x, dim, 0, count);
}

struct PadMode {
  std::string_view name;
  Around around;
  int64_t spare;  // elements that a dim needs besides those that are repeated
};
constexpr PadMode kModes[] = {
    {"reflect", reflected, 1}, {"replicate", replicated, 0}, {"circular", wrapped, 0}};

const PadMode& find_mode(const Pad& options) {
  for (const PadMode& mode : kModes) {
    if (mode.name != options.mode) continue;
    if (!options.value) return mode;
    fail(Code::kValue, "[pad] expects no value with mode=\"{}\", got one", mode.name);
  }
  fail(Code::kValue,
       "[pad] expects mode \"constant\", \"reflect\", \"replicate\" or \"circular\", got \"{}\"",
       options.mode);
}

// Pads one dim with repeated elements.
Tensor pad_dim(const Tensor& x, int64_t dim, int64_t before, int64_t after, const PadMode& mode) {
  Dim n = x.dim(dim);
  int64_t most = std::max(before, after);
  int64_t needed = mode.around == replicated ? 1 : most + mode.spare;
  if (n.is_constant() && n.value() < needed) {
    fail(Code::kValue, "[pad] expects a dim of at least {} elements for {} by mode=\"{}\", got {}",
         needed, most, mode.name, x.type());
  }
  Tensors parts{x};
  if (before > 0) parts.insert(parts.begin(), mode.around(x, dim, n, before, true));
  if (after > 0) parts.push_back(mode.around(x, dim, n, after, false));
  return concatenate(parts, dim);
}

// Negative paddings are applied already.
Tensor pad_by_mode(Tensor x, const PadConstant& all, const PadMode& mode) {
  for (size_t d = 0; d < x.rank(); ++d) {
    if (all.before[d] <= 0 && all.after[d] <= 0) continue;
    x = pad_dim(x, static_cast<int64_t>(d), all.before[d], all.after[d], mode);
  }
  return x;
}

}  // namespace

Tensor pad_constant(const Tensor& x, const PadConstant& options) { return call(options, x); }

Tensor pad(const Tensor& x, const Pad& options) {
  const PadMode* mode = options.mode == "constant" ? nullptr : &find_mode(options);
  size_t dims = options.pad.size() / 2;
  if (options.pad.size() % 2 != 0 || dims > x.rank()) {
    fail(Code::kValue, "[pad] expects two numbers for each of at most {} dims, got {}", x.rank(),
         options.pad);
  }
  PadConstant all{Ints(x.rank(), 0), Ints(x.rank(), 0), options.value.value_or(int64_t{0})};
  for (size_t k = 0; k < dims; ++k) {
    all.before[x.rank() - 1 - k] = options.pad[2 * k];
    all.after[x.rank() - 1 - k] = options.pad[2 * k + 1];
  }
  if (!mode) return pad_constant(x, all);
  PadConstant cut = all;
  for (int64_t& n : cut.before) n = std::min<int64_t>(n, 0);
  for (int64_t& n : cut.after) n = std::min<int64_t>(n, 0);
  return pad_by_mode(pad_constant(x, cut), all, *mode);
}

void define_pad() {
  define_pad_constant();
  define_function<Pad>(
      "pad",
      "The tensor with elements around its last dims; negative paddings cut.\n\n"
      "pad holds the numbers before and after the last dim, then those of the dim "
      "before it, and so on. The mode says what is put there: a number (constant), "
      "the elements beside the edge in reverse (reflect), the edge (replicate), or "
      "those of the other end (circular). Raises ValueError for a number that an integer dtype "
      "does not hold.")
      .input("input", "any shape")
      .pairs_from_last(&Pad::pad, "pad", "two numbers for each of the last dims, from the last one")
      .attribute(&Pad::mode, "mode", "constant, reflect, replicate or circular")
      .attribute(&Pad::value, "value", "the number of mode constant; 0 if None")
      .body(pad)
      .only_functional()
      .samples({{{any(3, 5)}, {{1, 2}, "constant", {}}},
                {{any(3, 5)}, {{1, 2, -1, 0}, "constant", 2.0}},
                {{any(3, 5)}, {{4, 2, -1, 1}, "reflect", {}}},
                {{any(3, 5)}, {{7, 0, 0, 1}, "replicate", {}}},
                {{any(3, 5)}, {{5, 2, 0, 1}, "circular", {}}}});
}

}  // namespace mycel

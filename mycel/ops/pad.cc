#include "mycel/ops/pad.h"

#include "mycel/ops/te_number.h"
#include "mycel/te/functions.h"
#include "mycel/tensor/define.h"

namespace mycel {
namespace {

Dims padded_dims(const ir::Call& call, const PadConstant& a) {
  Dims out = call.type(0).dims;
  if (a.before.size() != out.size() || a.after.size() != out.size()) {
    call.fail(Code::kValue, "expects two numbers for each dim of input {}, got {} and {}",
              ir::to_string(call.type(0)), a.before.size(), a.after.size());
  }
  for (size_t d = 0; d < out.size(); ++d) {
    out[d] = out[d] + Dim(a.before[d] + a.after[d]);
    if (out[d].is_constant() && out[d].value() < 0) {
      call.fail(Code::kValue,
                "expects to cut no more than there is, got input {}, {} and {} for dim "
                "{}",
                ir::to_string(call.type(0)), a.before[d], a.after[d], d);
    }
  }
  return out;
}

void define_pad_constant() {
  define<PadConstant>("pad", "The tensor with a number around it; negative paddings cut.")
      .input("input", "any shape")
      .attribute(&PadConstant::before, "before", "how many elements come before, per dim")
      .attribute(&PadConstant::after, "after", "how many come after, per dim")
      .attribute(&PadConstant::value, "value", "what they are")
      .infer([](const ir::Call& call, const PadConstant& a) {
        return ir::Type::tensor(call.type(0).dtype, padded_dims(call, a));
      })
      .axes([](const ir::Call& call, const PadConstant& a) {
        ir::AxisRule rule = same_dims_axes(call, {});
        for (size_t d = 0; d < rule.axes.size(); ++d) {
          if (a.before[d] != 0 || a.after[d] != 0) rule.axes[d].kind = ir::AxisKind::kWhole;
        }
        return rule;
      })
      .formula([](te::Formula& f, const ir::Call& call, const PadConstant& a) {
        const ir::Type& x = call.type(0);
        std::vector<te::Axis> axes = te::Formula::axes(padded_dims(call, a));
        std::vector<te::Expr> at = te::indices(axes);
        te::Expr inside;
        for (size_t d = 0; d < at.size(); ++d) {
          if (a.before[d] == 0 && a.after[d] == 0) continue;
          at[d] = at[d] - te::constant(DType::kInt64, a.before[d]);
          te::Expr here = te::logical_and(at[d] >= te::constant(DType::kInt64, 0),
                                          at[d] < te::extent(x.dim(d)));
          inside = inside ? te::logical_and(inside, here) : here;
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
                {{any(3, 5)}, {{-1, 2}, {0, -1}, 1.5}},
                {{any(2, 0)}, {{0, 1}, {0, 1}, int64_t{1}}},
                {{any()}, {}}});
}

}  // namespace

Tensor pad_constant(const Tensor& x, const PadConstant& options) { return call(options, x); }

Tensor pad(const Tensor& x, const Pad& options) {
  if (options.mode != "constant") {
    fail(Code::kNotImplemented, "[pad] expects mode=\"constant\", got \"{}\"", options.mode);
  }
  size_t dims = options.pad.size() / 2;
  if (options.pad.size() % 2 != 0 || dims > x.rank()) {
    fail(Code::kValue, "[pad] expects two numbers for each of at most {} dims, got {}", x.rank(),
         to_string(options.pad));
  }
  PadConstant all{Ints(x.rank(), 0), Ints(x.rank(), 0), options.value.value_or(int64_t{0})};
  for (size_t k = 0; k < dims; ++k) {
    all.before[x.rank() - 1 - k] = options.pad[2 * k];
    all.after[x.rank() - 1 - k] = options.pad[2 * k + 1];
  }
  return pad_constant(x, all);
}

void define_pad() {
  define_pad_constant();
  define_function<Pad>("pad",
                       "The tensor with a number around its last dims; negative paddings cut.\n\n"
                       "pad holds the numbers before and after the last dim, then those of the dim "
                       "before it, and so on.")
      .input("input", "any shape")
      .attribute(&Pad::pad, "pad", "two numbers for each of the last dims, from the last one")
      .attribute(&Pad::mode, "mode", "constant")
      .attribute(&Pad::value, "value", "what is put there; 0 if None")
      .body([](const Tensor& x, const Pad& a) { return pad(x, a); })
      .only_functional()
      .example(">>> F.pad(mc.tensor([1., 2.]), (1, 2))\ntensor([0., 1., 2., 0., 0.])")
      .samples({{{any(3, 5)}, {{1, 2}, "constant", {}}},
                {{any(3, 5)}, {{1, 2, -1, 0}, "constant", 2.0}}});
}

}  // namespace mycel

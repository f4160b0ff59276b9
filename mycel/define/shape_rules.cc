#include "mycel/define/shape_rules.h"

#include <optional>

namespace mycel {

te::Formula start_formula(const ir::Call& call) {
  std::vector<te::Input> inputs;
  for (size_t i = 0; i < call.num_operands; ++i) {
    inputs.push_back({call.type(i).dtype, call.type(i).dims});
  }
  return te::Formula(std::move(inputs));
}

void check_extents(const ir::Call& call, const Dims& dims) {
  for (Dim dim : dims) {
    if (dim.is_constant() && dim.value() < 0) {
      call.fail(Code::kValue, "expects extents of at least 0, got shape {}", to_string(dims));
    }
  }
}

void check_one_shape(const ir::Call& call, size_t a, size_t b) {
  if (call.type(a).dims == call.type(b).dims) return;
  const std::vector<ir::OperandSpec>& specs = call.def->operands;
  call.fail(Code::kValue, "expects {} and {} of one shape, got {} and {}", specs[a].name,
            specs[b].name, ir::to_string(call.type(a)), ir::to_string(call.type(b)));
}

Dims broadcast_dims(const Dims& a, const Dims& b, const ir::Call& call) {
  const Dims& longer = a.size() >= b.size() ? a : b;
  const Dims& shorter = a.size() >= b.size() ? b : a;
  Dims out = longer;
  size_t shift = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) {
    Dim &x = out[i + shift], y = shorter[i];
    if (x == y || y == Dim(1)) continue;
    if (x == Dim(1)) {
      x = y;
    } else {
      call.fail(Code::kValue,
                "expects shapes that broadcast: aligned at the right, each pair of dims is equal "
                "or one of them is 1; got {} and {}",
                to_string(a), to_string(b));
    }
  }
  return out;
}

Dims broadcast_dims(const ir::Call& call) {
  Dims out;
  for (size_t i = 0; i < call.num_operands; ++i) {
    if (!call.has(i)) continue;
    const Dims& dims = call.type(i).dims;
    out = i == 0 ? dims : out == dims ? out : broadcast_dims(out, dims, call);
  }
  return out;
}

ir::Type broadcast_type(const ir::Call& call) {
  // The operands that promote have one dtype, but for 0-d float32 ones beside 16-bit floats
  // (tensor/call_rules.h); a condition among the operands does not count.
  std::optional<DType> dtype;
  for (size_t i = 0; i < call.num_operands && i < call.def->operands.size(); ++i) {
    if (!call.def->operands[i].promotes || !call.has(i)) continue;
    const ir::Type& type = call.type(i);
    bool is_scalar = type.rank() == 0 && type.dtype == DType::kFloat32;
    if (!dtype || !(is_half_width(*dtype) && is_scalar)) dtype = type.dtype;
  }
  return ir::Type::tensor(dtype.value_or(call.type(0).dtype), broadcast_dims(call));
}

}  // namespace mycel

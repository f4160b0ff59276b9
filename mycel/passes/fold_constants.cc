// Evaluates operations on constants.
#include <algorithm>

#include "mycel/ops/creation.h"
#include "mycel/passes/passes.h"
#include "mycel/passes/rewrite.h"
#include "mycel/passes/splat.h"
#include "mycel/te/fn.h"
#include "mycel/te/interpreter.h"
#include "mycel/tensor/apply.h"

namespace mycel::passes {
namespace {

bool is_constant(const ir::Operation& op) { return &op.def() == OpOf<Constant>::def; }
bool is_full(const ir::Operation& op) { return &op.def() == OpOf<Full>::def; }

bool is_concrete(const ir::Type& type) {
  for (Dim dim : type.dims) {
    if (!dim.is_constant()) return false;
  }
  return type.is_tensor();
}

// Inserts an array as a value: a `full` if all elements are the same, else a `constant`.
ir::Value* insert_array(ir::Operation& before, const NDArray& array) {
  if (std::optional<ir::Scalar> splat = splat_of(array)) {
    return insert_full(before, to_dims(array.shape()), *splat, array.dtype());
  }
  const ir::OpDef& def = *OpOf<Constant>::def;
  Constant attributes{array};
  return insert_before(before, def, {}, ir::Attributes::borrow(def.attributes, &attributes))
      ->result();
}

bool is_exact(const te::Node& node) {
  return node.kind != te::Kind::kCall || te::info(node.fn).exact || !is_floating(node.dtype);
}

bool is_exact(const te::Computation& computation) {
  std::vector<const te::Node*> nodes = te::post_order(te::roots(computation));
  return std::all_of(nodes.begin(), nodes.end(), [](auto* node) { return is_exact(*node); });
}

class Folder {
 public:
  explicit Folder(const PassContext& context) : context_(context) {}

  void visit(ir::Operation& op) const {
    if (op.num_results() == 0 || is_full(op)) return;
    if (is_constant(op)) return normalize(op);
    // Creations (arange, eye) are cheaper to compute than to read.
    if (op.num_operands() == 0 || !has_formula(op)) return;
    bool splats = true, constants = true;
    for (const ir::Value* operand : op.operands()) {
      const ir::Operation* producer = operand ? operand->producer() : nullptr;
      bool full = producer && is_full(*producer);
      splats &= full || !operand;
      constants &= full || !operand || (producer && is_constant(*producer));
    }
    if (!constants) return;
    te::Computation formula = formula_of(op);
    if (!is_exact(formula)) return;
    if (splats && fold_splats(op, formula)) return;
    fold_arrays(op, formula);
  }

 private:
  void normalize(ir::Operation& op) const {
    const NDArray& value = op.attributes().as<Constant>().value;
    if (value.size() > context_.max_folded_elements || !is_host(value)) return;
    if (std::optional<ir::Scalar> splat = splat_of(value)) {
      ir::Value* full = insert_full(op, to_dims(value.shape()), *splat, value.dtype());
      replace(op, {&full, 1});
    }
  }

  static bool is_host(const NDArray& array) { return array.device().kind == DeviceKind::kCpu; }

  // Works for shapes of any size, symbolic ones too.
  static bool fold_splats(ir::Operation& op, const te::Computation& computation) {
    std::vector<NDArray> inputs;
    for (const ir::Value* operand : op.operands()) {
      std::optional<ir::Scalar> number = splat_of(operand);
      DType dtype = operand ? operand->type().dtype : DType::kBool;
      inputs.push_back(one_element(number.value_or(false), dtype));  // an absent one is not read
    }
    std::vector<ir::Scalar> values;
    for (const te::Output& output : computation.outputs) {
      std::optional<NDArray> result = evaluate_splat(output, inputs);
      std::optional<ir::Scalar> value = result ? splat_of(*result) : std::nullopt;
      if (!value) return false;
      values.push_back(*value);
    }
    std::vector<ir::Value*> results;
    for (size_t i = 0; i < values.size(); ++i) {
      const ir::Type& type = op.result(i)->type();
      results.push_back(insert_full(op, type.dims, values[i], type.dtype));
    }
    replace(op, results);
    return true;
  }

  void fold_arrays(ir::Operation& op, const te::Computation& formula) const {
    std::vector<NDArray> inputs, outputs;
    for (const ir::Value* operand : op.operands()) {
      if (operand && !is_small(*operand, 16 * context_.max_folded_elements)) return;
      inputs.push_back(operand ? array_of(*operand) : one_element(false, DType::kBool));
      if (!is_host(inputs.back())) return;
    }
    for (const ir::Value* result : op.results()) {
      if (!is_small(*result, context_.max_folded_elements)) return;
      outputs.push_back(NDArray::empty(result->type().dtype, to_shape(result->type().dims)));
    }
    try {
      te::interpret(formula, inputs, outputs);
    } catch (const Error& error) {
      if (error.code() != Code::kIndex) throw;
      return;  // an index out of range raises only if the program gets there
    }
    std::vector<ir::Value*> results;
    for (const NDArray& output : outputs) results.push_back(insert_array(op, output));
    replace(op, results);
  }

  static bool is_small(const ir::Value& value, int64_t limit) {
    return is_concrete(value.type()) && num_elements(to_shape(value.type().dims)) <= limit;
  }

  // A `full` becomes one element that every index reads.
  static NDArray array_of(const ir::Value& value) {
    if (std::optional<ir::Scalar> splat = splat_of(&value)) {
      Shape shape = to_shape(value.type().dims);
      return one_element(*splat, value.type().dtype).view(shape, Strides(shape.size(), 0), 0);
    }
    return value.producer()->attributes().as<Constant>().value;
  }

  const PassContext& context_;
};

}  // namespace

void fold_constants(ir::Function& function, const PassContext& context) {
  Folder folder(context);
  ir::walk(function.body(), [&](ir::Operation& op) { folder.visit(op); });
}

}  // namespace mycel::passes

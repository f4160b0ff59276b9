// OpRules: the rules of an operation that need tensors, one entry per OpDef, by id.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mycel/ir/op_def.h"
#include "mycel/te/axis_rule.h"
#include "mycel/te/formula.h"
#include "mycel/tensor/call_rules.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// The arguments of a VJP rule: the operation's inputs and outputs, and the cotangents of its
// outputs.
class Vjp {
 public:
  Vjp(const Tensors& inputs, const Tensors& outputs, const Tensors& cotangents,
      std::vector<bool> needed)
      : inputs_(inputs), outputs_(outputs), cotangents_(cotangents), needed_(std::move(needed)) {}
  size_t num_inputs() const { return inputs_.size(); }
  const Tensor& input(size_t i = 0) const { return inputs_[i]; }  // undefined if absent
  const Tensors& inputs() const { return inputs_; }
  const Tensor& output(size_t i = 0) const { return outputs_[i]; }
  // Undefined means zero (only possible with several outputs).
  const Tensor& cotangent(size_t i = 0) const { return cotangents_[i]; }
  bool needs(size_t i) const { return needed_[i]; }

 private:
  const Tensors& inputs_;
  const Tensors& outputs_;
  const Tensors& cotangents_;
  std::vector<bool> needed_;
};

// One input of a sample, filled by a seeded generator.
struct SampleInput {
  Shape shape = {};
  std::optional<DType> dtype;  // none: swept over the dtypes that the operand takes
  double low = -2;
  double high = 2;        // values in [low, high), within the range of a swept integer type
  bool distinct = false;  // no ties (sort, max)
  bool absent = false;
  ir::DTypeSet sweep = ir::DTypeSet::kAny;  // sweeps over fewer dtypes than the operand takes
};
struct Sample {
  std::vector<SampleInput> inputs;
  ir::Attributes attributes;
  int check_order = 2;  // gradients are checked against differences up to this order
};

// The Python binding of an operation. Its parameters are the operands, then the attributes, in the
// order of the definition; `order` overrides it by names.
struct PythonSpec {
  bool function = true;     // mc.name
  bool functional = false;  // mc.nn.functional.name
  bool method = false;      // Tensor.name
  std::vector<std::string> aliases;
  std::vector<std::string> order;
  std::vector<std::string> required;  // attributes that must be given although they have defaults
  std::string keyword_only_from;      // the first parameter that must be named, or ""
  bool varargs_ints = false;  // x.reshape(2, 3): the first list attribute takes loose arguments
};

struct OpRules {
  // The operation in terms of other operations. Required for composites and user functions,
  // optional for structured ones.
  std::function<Tensors(const Tensors&, const ir::Attributes&)> body;
  // Returns one gradient per input, undefined for none. A composite without a rule records its
  // body.
  std::function<Tensors(const Vjp&, const ir::Attributes&)> vjp;
  // Raises user errors that depend on values (an index out of range), naming the operation. Called
  // before the operation runs on concrete tensors.
  std::function<void(const Tensors&, const ir::Attributes&)> check;
  // The index-wise formula of a primitive; for a heavy one (convolution) its generated kernel.
  std::function<te::Computation(const ir::Call&)> formula;
  // How dims may be split, for an operation whose formula does not tell (define/axis_rule.h).
  std::function<te::AxisRule(const ir::Call&)> axes;
  // The inverse of a view operation: (base, values, attributes) gives the base with the elements
  // that the view shows replaced by values. Never called for a view in which several positions show
  // one element.
  std::function<Tensor(const Tensor&, const Tensor&, const ir::Attributes&)> put;
  std::vector<Sample> samples;
  bool infers = false;  // has its own type inference, not its body's
  PythonSpec python;
  CallRules call;
};

OpRules& rules(const ir::OpDef& op);

// Functions that only compose operations (flatten, mse_loss): they have a signature, docs and
// samples, but never appear in the IR. Their OpDefs form a list of their own; `rules(...)` serves
// them too.
const std::vector<ir::OpDef*>& user_functions();

}  // namespace mycel

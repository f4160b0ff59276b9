#include "mycel/ir/op_def.h"

#include <memory>
#include <unordered_map>

namespace mycel::ir {

void Call::fail_text(Code code, const std::string& text) const {
  throw Error(code, fmt::format("[{}] {}", def->name, text));
}

bool contains(DTypeSet set, DType dtype) {
  switch (set) {
    case DTypeSet::kAny:
      return true;
    case DTypeSet::kNumeric:
      return dtype != DType::kBool;
    case DTypeSet::kFloating:
      return is_floating(dtype);
    case DTypeSet::kInteger:
      return is_integer(dtype);
    case DTypeSet::kIntegral:
      return is_integer(dtype) || dtype == DType::kBool;
    case DTypeSet::kBool:
      return dtype == DType::kBool;
  }
  return false;
}

std::string_view describe(DTypeSet set) {
  switch (set) {
    case DTypeSet::kAny:
      return "any dtype";
    case DTypeSet::kNumeric:
      return "a numeric dtype";
    case DTypeSet::kFloating:
      return "a floating-point dtype";
    case DTypeSet::kInteger:
      return "an integer dtype";
    case DTypeSet::kIntegral:
      return "an integer or bool dtype";
    case DTypeSet::kBool:
      return "the dtype bool";
  }
  return "";
}

namespace {

// Addresses of definitions are stable: attribute structs find their operation by address.
struct Table {
  std::vector<std::unique_ptr<OpDef>> ops;
  std::unordered_map<std::string_view, OpId> by_name;
};
Table& table() {
  static Table* instance = new Table;
  return *instance;
}

}  // namespace

Registry& Registry::get() {
  static Registry instance;
  return instance;
}

OpDef& Registry::add(std::string_view name) {
  if (find(name)) fail_internal("the operation {} is defined twice", name);
  auto op = std::make_unique<OpDef>();
  op->id = static_cast<OpId>(table().ops.size());
  op->name = name;
  table().by_name.emplace(op->name, op->id);
  return *table().ops.emplace_back(std::move(op));
}

const OpDef* Registry::find(std::string_view name) const {
  auto found = table().by_name.find(name);
  return found == table().by_name.end() ? nullptr : &at(found->second);
}

const OpDef& Registry::at(OpId id) const { return *table().ops.at(static_cast<size_t>(id)); }
size_t Registry::size() const { return table().ops.size(); }

namespace {

void check_count(const Call& call) {
  const std::vector<OperandSpec>& specs = call.def->operands;
  size_t least = 0;
  for (const OperandSpec& spec : specs) least += !spec.optional && !spec.variadic;
  bool variadic = !specs.empty() && specs.back().variadic;
  size_t most = variadic ? SIZE_MAX : specs.size();
  if (call.num_operands >= least && call.num_operands <= most) return;
  std::string count = variadic        ? fmt::format("at least {}", least)
                      : least == most ? std::to_string(least)
                                      : fmt::format("{} to {}", least, most);
  call.fail(Code::kType, "expects {} operand{}, got {}", count, most == 1 ? "" : "s",
            call.num_operands);
}

void check_operand(const Call& call, const OperandSpec& spec, const Type& type) {
  if (type.is_tensor()) {
    if (contains(spec.dtypes, type.dtype)) return;
    call.fail(Code::kType, "expects {} for {}, got {}", describe(spec.dtypes), spec.name,
              to_string(type));
  }
  if (type.is_none() && spec.optional) return;
  call.fail(Code::kType, "expects a tensor for {}, got {}", spec.name, to_string(type));
}

}  // namespace

void infer_types(const Call& given, Types& out) {
  const std::vector<OperandSpec>& specs = given.def->operands;
  // Inference and error messages ignore layouts.
  Types types(given.operands, given.operands + given.num_operands);
  for (Type& type : types) type.layout = Layout::kAny;
  Call call = given;
  call.operands = types.data();
  check_count(call);
  for (size_t i = 0; i < call.num_operands; ++i) {
    check_operand(call, specs[std::min(i, specs.size() - 1)], call.type(i));
  }
  out.clear();
  if (!call.def->infer) fail_internal("{} has no type inference", call.def->name);
  call.def->infer(call, out);
}

}  // namespace mycel::ir

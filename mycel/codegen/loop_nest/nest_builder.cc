#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {
namespace {

template <class T>
size_t mix(size_t seed, T value) {
  return (seed ^ static_cast<size_t>(value)) * 0x9e3779b97f4a7c15u + (seed >> 29);
}

size_t hash(const Value& v) {
  size_t h = mix(static_cast<size_t>(v.kind), v.dtype);
  h = mix(mix(mix(h, v.fn), v.bits), v.result);
  h = mix(mix(h, v.argument), v.buffer);
  h = mix(mix(mix(h, v.loop), v.reduction), v.access);
  for (ValueId operand : v.operands) h = mix(h, operand);
  return h;
}

}  // namespace

int64_t stride_of(const Access& access, ValueId index) {
  for (const Access::Term& term : access.terms) {
    if (term.index == index) return term.stride;
  }
  return 0;
}

NestBuilder::NestBuilder() { loops.push_back({}); }

ValueId NestBuilder::value(const Value& value) {
  size_t key = hash(value);
  auto [first, last] = known_.equal_range(key);
  for (; first != last; ++first) {
    if (values[first->second] == value) return first->second;
  }
  ValueId added = values.push_back(value);
  known_.emplace(key, added);
  return added;
}

ValueId NestBuilder::constant(DType dtype, int64_t bits) {
  return value({.kind = Value::Kind::kConstant, .dtype = dtype, .bits = bits});
}

ArgumentId NestBuilder::argument(DType dtype, int64_t bits) {
  argument_types.push_back(dtype);
  return arguments.push_back(bits);
}

ValueId NestBuilder::call(te::Fn fn, DType dtype, Operands operands) {
  return value(
      {.kind = Value::Kind::kCall, .dtype = dtype, .fn = fn, .operands = std::move(operands)});
}

AccessId NestBuilder::access(const Access& access) {
  for (AccessId known : accesses.indices()) {
    if (accesses[known] == access) return known;
  }
  return accesses.push_back(access);
}

LoopId NestBuilder::loop(Loop::Kind kind, LoopId parent, int64_t extent) {
  BuilderLoop loop;
  loop.kind = kind;
  loop.parent = parent;
  loop.extent = extent;
  loop.index = value({.kind = Value::Kind::kIndex, .loop = loops.next_index()});
  LoopId added = loops.push_back(std::move(loop));
  loops[parent].items.push_back(added);
  return added;
}

ReductionId NestBuilder::reduction(const Reduction& reduction) {
  for (ReductionId known : reductions.indices()) {
    if (reductions[known] == reduction) return known;
  }
  ReductionId added = reductions.push_back(reduction);
  loops[reduction.last_loop].items.push_back(added);
  return added;
}

void NestBuilder::store(const BuilderStore& store, LoopId loop) {
  loops[loop].items.push_back(stores.push_back(store));
}

int NestBuilder::depth(LoopId loop) const {
  int depth = 0;
  for (; loop != kRootLoop; loop = loops[loop].parent) ++depth;
  return depth;
}

std::vector<ValueId> parts(const NestBuilder& draft, const Value& value) {
  std::vector<ValueId> out(value.operands.begin(), value.operands.end());
  if (value.kind == Value::Kind::kLoad) {
    for (const Access::Term& term : draft.accesses[value.access].terms) {
      out.push_back(term.index);
    }
  }
  return out;
}

}  // namespace mycel::codegen::schedule

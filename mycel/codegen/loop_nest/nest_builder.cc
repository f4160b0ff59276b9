#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {
namespace {

size_t mix(size_t seed, size_t value) {
  return (seed ^ value) * 0x9e3779b97f4a7c15u + (seed >> 29);
}

size_t hash(const Value& v) {
  size_t h = mix(static_cast<size_t>(v.kind), static_cast<size_t>(v.dtype));
  h = mix(h, static_cast<size_t>(v.fn));
  h = mix(h, static_cast<size_t>(v.bits));
  h = mix(h, static_cast<size_t>(v.number));
  h = mix(h, static_cast<size_t>(v.argument) * 3 + static_cast<size_t>(v.result));
  for (int operand : v.operands) h = mix(h, static_cast<size_t>(operand));
  return h;
}

}  // namespace

int64_t stride_of(const Access& access, int index_value) {
  for (const Access::Term& term : access.terms) {
    if (term.index == index_value) return term.stride;
  }
  return 0;
}

NestBuilder::NestBuilder() { loops.emplace_back(); }

int NestBuilder::value(const Value& value) {
  size_t key = hash(value);
  auto [first, last] = known_.equal_range(key);
  for (; first != last; ++first) {
    if (values[static_cast<size_t>(first->second)] == value) return first->second;
  }
  int number = static_cast<int>(values.size());
  values.push_back(value);
  known_.emplace(key, number);
  return number;
}

int NestBuilder::constant(DType dtype, int64_t bits) {
  return value({.kind = Value::Kind::kConstant, .dtype = dtype, .bits = bits});
}

int NestBuilder::argument(DType dtype, int64_t bits) {
  int number = static_cast<int>(arguments.size());
  arguments.push_back(bits);
  argument_types.push_back(dtype);
  return number;
}

int NestBuilder::call(te::Fn fn, DType dtype, Operands operands) {
  return value(
      {.kind = Value::Kind::kCall, .dtype = dtype, .fn = fn, .operands = std::move(operands)});
}

int NestBuilder::access(const Access& access) {
  for (size_t i = 0; i < accesses.size(); ++i) {
    if (accesses[i] == access) return static_cast<int>(i);
  }
  accesses.push_back(access);
  return static_cast<int>(accesses.size()) - 1;
}

int NestBuilder::loop(Loop::Kind kind, int parent, int64_t extent) {
  int number = static_cast<int>(loops.size());
  BuilderLoop loop;
  loop.kind = kind;
  loop.parent = parent;
  loop.extent = extent;
  loop.index = value({.kind = Value::Kind::kIndex, .number = number});
  loops.push_back(std::move(loop));
  loops[static_cast<size_t>(parent)].items.push_back({Item::Kind::kLoop, number});
  return number;
}

int NestBuilder::reduction(const Reduction& reduction) {
  for (size_t i = 0; i < reductions.size(); ++i) {
    if (reductions[i] == reduction) return static_cast<int>(i);
  }
  int number = static_cast<int>(reductions.size());
  reductions.push_back(reduction);
  loops[static_cast<size_t>(reduction.last_loop)].items.push_back(
      {Item::Kind::kAccumulate, number});
  return number;
}

void NestBuilder::store(const BuilderStore& store, int loop) {
  int number = static_cast<int>(stores.size());
  stores.push_back(store);
  loops[static_cast<size_t>(loop)].items.push_back({Item::Kind::kStore, number});
}

int NestBuilder::depth(int loop) const {
  int depth = 0;
  for (; loop > 0; loop = loops[static_cast<size_t>(loop)].parent) ++depth;
  return depth;
}

std::vector<int> parts(const NestBuilder& draft, const Value& value) {
  std::vector<int> out(value.operands.begin(), value.operands.end());
  if (value.kind == Value::Kind::kLoad) {
    for (const Access::Term& term : draft.accesses[static_cast<size_t>(value.number)].terms) {
      out.push_back(term.index);
    }
  }
  return out;
}

}  // namespace mycel::codegen::schedule

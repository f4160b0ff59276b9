#include "mycel/codegen/loop_nest/addresses.h"

#include <map>
#include <utility>

#include "mycel/codegen/analysis/sort_by.h"

namespace mycel::codegen::schedule {
namespace {

class Addresses {
 public:
  Addresses(const ScheduleInput& problem, const Dependence& dependence, NestBuilder& draft)
      : problem_(problem), dependence_(dependence), draft_(draft) {}

  ValueId of(const Access& access) {
    std::vector<Access::Term> terms = access.terms;
    sort_by(terms, [&](const Access::Term& term) {
      return dependence_.depth(dependence_.level(term.index));
    });
    ValueId value = base(access);
    for (const Access::Term& term : terms) {
      bool unit = term.stride == 1 && is_vector_index(term.index);
      ArgumentId stride = unit ? Value::kUnit : stride_argument(access, term.stride);
      value = offset(value, term.index, access.dtype, stride);
    }
    return value;
  }

 private:
  bool is_vector_index(ValueId index) const {
    const Value& value = draft_.values[index];
    return value.kind == Value::Kind::kIndex && draft_.loops[value.loop].vector;
  }

  ValueId base(const Access& access) {
    const Buffer& buffer = problem_.buffer(access.buffer);
    auto [slot, new_slot] = slots_.try_emplace(access.buffer, Value::kScratch);
    if (new_slot && !buffer.scratch) {
      slot->second = draft_.argument(DType::kInt64, access.buffer);
    }
    auto [start, new_start] = starts_.try_emplace({access.buffer, access.offset}, kNoArgument);
    if (new_start) {
      int64_t bytes =
          access.offset * byte_size(access.dtype) + (buffer.scratch ? buffer.offset : 0);
      start->second = draft_.argument(DType::kInt64, bytes);
    }
    ValueId value = draft_.value({.kind = Value::Kind::kBase,
                                  .dtype = access.dtype,
                                  .argument = start->second,
                                  .buffer = slot->second});
    if (!access.chunked) return value;
    ValueId chunk = draft_.value({.kind = Value::Kind::kChunk});
    return offset(value, chunk, access.dtype, stride_argument(access, buffer.strides[0]));
  }

  ArgumentId stride_argument(const Access& access, int64_t stride) {
    auto [found, fresh] = strides_.try_emplace({access.buffer, stride}, kNoArgument);
    if (fresh) found->second = draft_.argument(DType::kInt64, stride * byte_size(access.dtype));
    return found->second;
  }

  ValueId offset(ValueId from, ValueId index, DType dtype, ArgumentId stride) {
    return draft_.value({.kind = Value::Kind::kOffset,
                         .dtype = dtype,
                         .argument = stride,
                         .operands = {from, index}});
  }

  const ScheduleInput& problem_;
  const Dependence& dependence_;
  NestBuilder& draft_;
  std::map<int, ArgumentId> slots_;                                 // by buffer
  std::map<std::pair<int, int64_t>, ArgumentId> starts_, strides_;  // by buffer and elements
};

}  // namespace

AccessAddresses make_addresses(const ScheduleInput& problem, const Dependence& dependence,
                               NestBuilder& draft) {
  Addresses addresses(problem, dependence, draft);
  AccessAddresses out;
  for (const Access& access : draft.accesses) out.push_back(addresses.of(access));
  return out;
}

}  // namespace mycel::codegen::schedule

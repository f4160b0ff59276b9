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

  int of(const Access& access) {
    std::vector<Access::Term> terms = access.terms;
    sort_by(terms, [&](const Access::Term& term) {
      return dependence_.depth(dependence_.level(term.index));
    });
    int value = base(access);
    for (const Access::Term& term : terms) {
      bool unit = term.stride == 1 && is_vector_index(term.index);
      int stride = unit ? Value::kUnit : stride_argument(access, term.stride);
      value = offset(value, term.index, access.dtype, stride);
    }
    return value;
  }

 private:
  bool is_vector_index(int number) const {
    const Value& value = draft_.values[static_cast<size_t>(number)];
    return value.kind == Value::Kind::kIndex &&
           draft_.loops[static_cast<size_t>(value.number)].vector;
  }

  int base(const Access& access) {
    const Buffer& buffer = problem_.buffers[static_cast<size_t>(access.buffer)];
    auto [slot, new_slot] = slots_.try_emplace(access.buffer, Value::kScratch);
    if (new_slot && !buffer.scratch) {
      slot->second = draft_.argument(DType::kInt64, access.buffer);
    }
    auto [start, new_start] = starts_.try_emplace({access.buffer, access.offset}, 0);
    if (new_start) {
      int64_t bytes =
          access.offset * byte_size(access.dtype) + (buffer.scratch ? buffer.offset : 0);
      start->second = draft_.argument(DType::kInt64, bytes);
    }
    int value = draft_.value({.kind = Value::Kind::kBase,
                              .dtype = access.dtype,
                              .number = slot->second,
                              .argument = start->second});
    if (!access.chunked) return value;
    int chunk = draft_.value({.kind = Value::Kind::kChunk});
    return offset(value, chunk, access.dtype, stride_argument(access, buffer.strides[0]));
  }

  int stride_argument(const Access& access, int64_t stride) {
    auto [found, fresh] = strides_.try_emplace({access.buffer, stride}, 0);
    if (fresh) found->second = draft_.argument(DType::kInt64, stride * byte_size(access.dtype));
    return found->second;
  }

  int offset(int from, int index, DType dtype, int stride) {
    return draft_.value({.kind = Value::Kind::kOffset,
                         .dtype = dtype,
                         .argument = stride,
                         .operands = {from, index}});
  }

  const ScheduleInput& problem_;
  const Dependence& dependence_;
  NestBuilder& draft_;
  std::map<int, int> slots_;                                 // by buffer
  std::map<std::pair<int, int64_t>, int> starts_, strides_;  // by buffer and elements
};

}  // namespace

std::vector<int> make_addresses(const ScheduleInput& problem, const Dependence& dependence,
                                NestBuilder& draft) {
  Addresses addresses(problem, dependence, draft);
  std::vector<int> out;
  for (const Access& access : draft.accesses) out.push_back(addresses.of(access));
  return out;
}

}  // namespace mycel::codegen::schedule

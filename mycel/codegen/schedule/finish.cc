#include "mycel/codegen/schedule/finish.h"

#include <algorithm>
#include <map>

#include "mycel/base/error.h"
#include "mycel/codegen/schedule/sort_by.h"

namespace mycel::codegen::schedule {
namespace {

class Finish {
 public:
  Finish(const Problem& problem, Draft draft) : problem_(problem), draft_(std::move(draft)) {
    for (const Access& access : draft_.accesses) addresses_.push_back(address(access));
    placed_.assign(draft_.values.size(), -1);
    loop_of_.assign(draft_.loops.size(), -1);
    reduction_of_.assign(draft_.reductions.size(), -1);
  }

  Instance run() {
    place_loop(0, -1);
    Nest& nest = out_.nest;
    nest.arguments = draft_.argument_types;
    out_.arguments = draft_.arguments;
    for (const Value& value : nest.values) nest.checks |= value.kind == Value::Kind::kCheck;
    mark_splittable();
    nest.lanes = lanes();
    return std::move(out_);
  }

 private:
  const DraftLoop& draft_loop(int number) const {
    return draft_.loops[static_cast<size_t>(number)];
  }

  // --- addresses, as values of the draft ---

  int depth_of(int draft_loop_number) const {
    int depth = 0;
    for (int l = draft_loop_number; l > 0; l = draft_loop(l).parent) ++depth;
    return depth;
  }

  // The depth at which a value of the draft can be computed.
  int depth_of_value(int number) {
    auto [found, fresh] = depths_.try_emplace(number, 0);
    if (!fresh) return found->second;
    const Value& value = draft_.values[static_cast<size_t>(number)];
    int depth = 0;
    if (value.kind == Value::Kind::kIndex) {
      depth = depth_of(value.number);
    } else if (value.kind == Value::Kind::kReduced || value.kind == Value::Kind::kScanned) {
      const Reduction& r = draft_.reductions[static_cast<size_t>(value.number)];
      depth = depth_of(r.first_loop) - (r.scan ? 0 : 1);
    } else {
      for (int part : parts(draft_, value)) depth = std::max(depth, depth_of_value(part));
    }
    return depths_[number] = depth;
  }

  bool is_vector_index(const Value& value) const {
    return value.kind == Value::Kind::kIndex && draft_loop(value.number).vector;
  }

  int stride_argument(int buffer, int64_t stride, DType dtype) {
    auto [found, fresh] = strides_.try_emplace({buffer, stride}, 0);
    if (fresh) found->second = draft_.argument(DType::kInt64, stride * byte_size(dtype));
    return found->second;
  }

  int base(const Access& access) {
    const Buffer& buffer = problem_.buffers[static_cast<size_t>(access.buffer)];
    auto [slot, new_slot] = slots_.try_emplace(access.buffer, Value::kScratch);
    if (new_slot && !buffer.scratch) {
      slot->second = draft_.argument(DType::kInt64, access.buffer);
    }
    auto [offset, new_offset] = offsets_.try_emplace({access.buffer, access.offset}, 0);
    if (new_offset) {
      int64_t bytes =
          access.offset * byte_size(access.dtype) + (buffer.scratch ? buffer.offset : 0);
      offset->second = draft_.argument(DType::kInt64, bytes);
    }
    int value = draft_.value({.kind = Value::Kind::kBase,
                              .dtype = access.dtype,
                              .number = slot->second,
                              .argument = offset->second});
    if (!access.chunked) return value;
    int chunk = draft_.value({.kind = Value::Kind::kChunk});
    return offset_by(value, chunk, access, buffer.strides[0], false);
  }

  int offset_by(int from, int index, const Access& access, int64_t stride, bool unit) {
    int argument = unit ? Value::kUnit : stride_argument(access.buffer, stride, access.dtype);
    return draft_.value({.kind = Value::Kind::kOffset,
                         .dtype = access.dtype,
                         .argument = argument,
                         .operands = {from, index}});
  }

  // The terms that change least often are added first, so that most of the sum is hoisted.
  int address(const Access& access) {
    std::vector<Access::Term> terms = access.terms;
    sort_by(terms, [&](const Access::Term& term) { return depth_of_value(term.index); });
    int value = base(access);
    for (const Access::Term& term : terms) {
      bool unit =
          term.stride == 1 && is_vector_index(draft_.values[static_cast<size_t>(term.index)]);
      value = offset_by(value, term.index, access, term.stride, unit);
    }
    return value;
  }

  // --- places ---

  Loop& loop(int number) { return out_.nest.loops[static_cast<size_t>(number)]; }

  int place_loop(int draft_number, int parent) {
    int number = static_cast<int>(out_.nest.loops.size());
    loop_of_[static_cast<size_t>(draft_number)] = number;
    const DraftLoop& from = draft_loop(draft_number);
    Loop to;
    to.kind = from.kind;
    to.parent = parent;
    to.depth = parent < 0 ? 0 : loop(parent).depth + 1;
    if (to.depth > 63) fail_internal("formula: more than 63 nested loops");
    to.extent = parent < 0 ? -1 : draft_.argument(DType::kInt64, from.extent);
    to.vector = from.vector;
    to.unroll = from.unroll;
    to.blocked = from.blocked;
    out_.nest.loops.push_back(std::move(to));
    out_.extents.push_back(from.extent);
    for (const Item& item : from.items) place_item(item, number);
    return number;
  }

  void place_item(const Item& item, int in) {
    int number = item.number;
    if (item.kind == Item::Kind::kLoop) {
      number = place_loop(item.number, in);
    } else if (item.kind == Item::Kind::kAccumulate) {
      number = place_reduction(item.number);
    } else {
      const DraftStore& store = draft_.stores[static_cast<size_t>(item.number)];
      int value = place(store.value), access = store.access;
      int address = place(addresses_[static_cast<size_t>(access)]);
      number = static_cast<int>(out_.nest.stores.size());
      out_.nest.stores.push_back(
          {draft_.accesses[static_cast<size_t>(access)].dtype, address, value});
    }
    loop(in).items.push_back({item.kind, number});
  }

  int place_reduction(int draft_number) {
    Reduction reduction = draft_.reductions[static_cast<size_t>(draft_number)];
    for (int& body : reduction.bodies) body = place(body);
    reduction.first_loop = loop_of_[static_cast<size_t>(reduction.first_loop)];
    reduction.last_loop = loop_of_[static_cast<size_t>(reduction.last_loop)];
    int number = static_cast<int>(out_.nest.reductions.size());
    reduction_of_[static_cast<size_t>(draft_number)] = number;
    out_.nest.reductions.push_back(reduction);
    return number;
  }

  Operands operands_of(const Value& value) const {
    Operands operands;
    if (value.kind == Value::Kind::kLoad) {
      operands.push_back(addresses_[static_cast<size_t>(value.number)]);
    }
    for (int operand : value.operands) operands.push_back(operand);
    return operands;
  }

  // The number in the nest of a value of the draft, placed after all that it needs. Iterative:
  // formulas may be deep.
  int place(int wanted) {
    std::vector<int> stack{wanted};
    while (!stack.empty()) {
      int top = stack.back();
      if (placed(top) >= 0) {
        stack.pop_back();
        continue;
      }
      size_t before = stack.size();
      for (int operand : operands_of(draft_.values[static_cast<size_t>(top)])) {
        if (placed(operand) < 0) stack.push_back(operand);
      }
      if (stack.size() > before) continue;
      placed_[static_cast<size_t>(top)] = place_value(top);
      stack.pop_back();
    }
    return placed(wanted);
  }

  // Addresses were added to the draft after its values were counted.
  int placed(int value) {
    if (static_cast<size_t>(value) >= placed_.size()) placed_.resize(draft_.values.size(), -1);
    return placed_[static_cast<size_t>(value)];
  }

  int place_value(int number) {
    Value value = draft_.values[static_cast<size_t>(number)];
    value.operands = operands_of(value);
    for (int& operand : value.operands) operand = placed(operand);
    if (value.kind == Value::Kind::kLoad) value.number = 0;
    depend(value);
    int result = static_cast<int>(out_.nest.values.size());
    out_.nest.values.push_back(value);
    loop(value.level).items.push_back({Item::Kind::kValue, result});
    return result;
  }

  void depend_on(Value& value, int other) {
    const Value& o = out_.nest.values[static_cast<size_t>(other)];
    value.depths |= o.depths;
    if (loop(o.level).depth > loop(value.level).depth) value.level = o.level;
  }

  void depend(Value& value) {
    value.level = 0;
    value.depths = 0;
    for (int operand : value.operands) depend_on(value, operand);
    if (value.kind == Value::Kind::kIndex) {
      value.number = value.level = loop_of_[static_cast<size_t>(value.number)];
      value.depths = uint64_t{1} << loop(value.level).depth;
    } else if (value.kind == Value::Kind::kReduced || value.kind == Value::Kind::kScanned) {
      value.number = reduction_of_[static_cast<size_t>(value.number)];
      const Reduction& reduction = out_.nest.reductions[static_cast<size_t>(value.number)];
      for (int body : reduction.bodies) depend_on(value, body);
      int first = reduction.first_loop, depth = loop(first).depth;
      value.level = reduction.scan ? first : loop(first).parent;
      // All bits below the first loop; a scan depends on its loop.
      value.depths &= (uint64_t{1} << depth) - 1;
      if (reduction.scan) value.depths |= uint64_t{1} << depth;
    }
  }

  // --- facts about the whole ---

  // From the root down, parallel loops that contain one loop and nothing else that is done: each
  // part of their iterations can be a call.
  void mark_splittable() {
    if (draft_.chunks > 1) return mark_chunked();
    for (int at = only_loop(0); at > 0; at = only_loop(at)) {
      if (loop(at).kind != Loop::Kind::kParallel) return;
      loop(at).splittable = true;
    }
  }

  // The loop that is all that the loop does, or -1.
  int only_loop(int in) {
    int inner = -1;
    for (const Item& item : loop(in).items) {
      if (item.kind == Item::Kind::kValue) continue;
      if (item.kind != Item::Kind::kLoop || inner >= 0) return -1;
      inner = item.number;
    }
    return inner;
  }

  // Of a group in chunks, the outermost loop of the reductions.
  void mark_chunked() {
    for (Loop& l : out_.nest.loops) {
      if (l.kind == Loop::Kind::kReduce) {
        l.splittable = true;
        return;
      }
    }
  }

  // As many as fill a vector with the widest number that is computed, floats before integers.
  int lanes() const {
    const Nest& nest = out_.nest;
    int64_t floats = 0, integers = 1;
    bool any = false;
    for (const Value& value : nest.values) {
      int depth = vector_depth(nest, value.level);
      if (depth < 0) continue;
      any = true;
      bool address = value.kind == Value::Kind::kBase || value.kind == Value::Kind::kOffset;
      if (address || !(value.depths >> depth & 1)) continue;
      int64_t& widest = is_floating(value.dtype) ? floats : integers;
      if (value.kind != Value::Kind::kIndex) widest = std::max(widest, byte_size(value.dtype));
    }
    if (!any) return 1;
    // Masks of narrow elements are only cheap with 512-bit vectors.
    int64_t bits = problem_.machine.vector_bits;
    int64_t most = bits / (bits >= 512 ? 8 : 32);
    return static_cast<int>(std::min(most, bits / 8 / (floats ? floats : integers)));
  }

  const Problem& problem_;
  Draft draft_;
  Instance out_;
  std::vector<int> addresses_;  // by access
  std::map<int, int> depths_;   // by value
  std::map<std::pair<int, int64_t>, int> strides_, offsets_;
  std::map<int, int> slots_;
  std::vector<int> placed_, loop_of_, reduction_of_;
};

}  // namespace

std::vector<int> path(const Nest& nest, int loop) {
  std::vector<int> out;
  for (; loop >= 0; loop = nest.loops[static_cast<size_t>(loop)].parent) out.push_back(loop);
  std::reverse(out.begin(), out.end());
  return out;
}

int vector_depth(const Nest& nest, int loop) {
  for (; loop >= 0; loop = nest.loops[static_cast<size_t>(loop)].parent) {
    const Loop& l = nest.loops[static_cast<size_t>(loop)];
    if (l.vector) return l.depth;
  }
  return -1;
}

Instance finish(const Problem& problem, Draft draft) {
  return Finish(problem, std::move(draft)).run();
}

}  // namespace mycel::codegen::schedule

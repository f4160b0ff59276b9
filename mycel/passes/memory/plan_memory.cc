#include "mycel/passes/memory/plan_memory.h"

#include <algorithm>
#include <unordered_map>

#include "mycel/passes/memory/liveness.h"
#include "mycel/passes/memory/pack_arena.h"

namespace mycel::passes {
namespace {

using ir::Place;
using ir::Value;

class Planner {
 public:
  Planner(const ir::Function& function, const MemoryRequest& request)
      : body_(function.body()),
        request_(request),
        schedule_(body_),
        buffer_of_(function.num_values(), -1) {
    plan_.places.resize(function.num_values());
    plan_.scratch.resize(function.num_operations());
    plan_.donor.assign(body_.results().size(), -1);
  }

  ir::MemoryPlan run() {
    find_buffers();
    if (!request_.apart) {
      grant_donations();
      work_in_place();
    }
    for (const Value* result : body_.results()) {
      plan_.written_last.push_back(!request_.apart && buffer(*result).begin > last_raise_);
    }
    place();
    return std::move(plan_);
  }

 private:
  // Memory of one or more values, from the first write to the last read.
  struct Buffer {
    Place::Kind kind = Place::Kind::kArena;
    size_t index = 0;  // of the argument or result
    int64_t bytes = 0;
    int begin = 0, end = 0;
    bool closed = false;  // an output that may take an argument's buffer: shared with nothing else
  };

  // --- buffers -----------------------------------------------------------------------------------

  void find_buffers() {
    for (const Value* argument : body_.arguments()) {
      add(*argument, {Place::Kind::kInput, argument->index(), 0, -1, -1, false});
    }
    for (size_t i = 0; i < schedule_.size(); ++i) {
      const ir::Operation& op = schedule_.at(i);
      int at = static_cast<int>(i);
      if (request_.raises[op.id()]) last_raise_ = at;
      Place::Kind kind = op.is("constant") ? Place::Kind::kConstant : Place::Kind::kArena;
      for (const Value* result : op.results()) add(*result, {kind, 0, 0, at, at, false});
    }
    // From the last to the first, so that a value that is returned twice becomes the first result.
    for (size_t i = body_.results().size(); i-- > 0;) {
      const Value* value = body_.results()[i];
      if (is_view(*value) || buffer(*value).kind == Place::Kind::kInput ||
          buffer(*value).kind == Place::Kind::kConstant) {
        continue;
      }
      buffer(*value).kind = Place::Kind::kOutput;
      buffer(*value).index = i;
    }
  }

  bool is_view(const Value& value) const { return request_.view_of[value.id()] >= 0; }

  // A view comes after its owner, so that uses of the view extend the owner's lifetime.
  void add(const Value& value, Buffer fresh) {
    int& number = buffer_of_[value.id()];
    if (is_view(value)) {
      number = buffer_of_[static_cast<size_t>(request_.view_of[value.id()])];
    } else {
      fresh.bytes = request_.bytes[value.id()];
      number = static_cast<int>(buffers_.size());
      buffers_.push_back(fresh);
      joined_.push_back(-1);
    }
    Buffer& b = buffers_[static_cast<size_t>(number)];
    for (const ir::Use& use : value.uses()) b.end = std::max(b.end, schedule_.position(use));
  }

  // The number of the buffer that now holds the value.
  int number(const Value& value) const {
    auto number = static_cast<size_t>(buffer_of_[value.id()]);
    while (joined_[number] >= 0) {
      // Halves the path for later searches.
      int& next = joined_[number];
      if (joined_[static_cast<size_t>(next)] >= 0) next = joined_[static_cast<size_t>(next)];
      number = static_cast<size_t>(next);
    }
    return static_cast<int>(number);
  }
  Buffer& buffer(const Value& value) { return buffers_[static_cast<size_t>(number(value))]; }

  // --- sharing -----------------------------------------------------------------------------------

  // Whether the operation may write `result` over `buffer` while it reads it: it must be allowed to
  // overwrite every operand in that buffer.
  bool may_overwrite(const ir::Operation& op, int buffer, uint32_t result) const {
    for (uint32_t i = 0; i < op.num_operands(); ++i) {
      const Value* operand = op.operand(i);
      if (!operand || number(*operand) != buffer) continue;
      auto found = allowed_.find(op.id());
      bool allowed = found != allowed_.end() &&
                     std::any_of(found->second.begin(), found->second.end(), [&](const auto& pair) {
                       return pair.operand == i && pair.result == result;
                     });
      if (!allowed) return false;
    }
    // A region may read values that are not operands; that of a fusion is isolated.
    return op.num_regions() == 0 || op.is("fusion");
  }

  void grant_donations() {
    for (const MemoryRequest::InPlace& pair : request_.in_place) {
      allowed_[pair.operation].push_back(pair);
    }
    std::vector<char> given(body_.arguments().size());
    for (const MemoryRequest::Donation& wish : request_.donations) {
      const Value& argument = *body_.argument(wish.argument);
      const Value& value = *body_.results()[wish.result];
      Buffer &from = buffer(argument), &to = buffer(value);
      bool fresh = to.kind == Place::Kind::kOutput && to.index == wish.result &&
                   to.bytes == from.bytes && to.bytes > 0;
      if (!fresh || given[wish.argument] || to.closed || to.begin <= last_raise_) continue;
      bool read_before = from.end < to.begin;
      bool in_place = from.end == to.begin && value.producer() && !is_view(value) &&
                      may_overwrite(*value.producer(), number(argument), value.index());
      if (!read_before && !in_place) continue;
      plan_.donor[wish.result] = static_cast<int>(wish.argument);
      given[wish.argument] = true;
      to.closed = true;
    }
  }

  // Gives a result the memory of an operand that dies there.
  void work_in_place() {
    for (size_t i = 0; i < schedule_.size(); ++i) {
      const ir::Operation& op = schedule_.at(i);
      auto found = allowed_.find(op.id());
      if (found == allowed_.end()) continue;
      for (const MemoryRequest::InPlace& pair : found->second) {
        const Value* operand = op.operand(pair.operand);
        const Value& result = *op.result(pair.result);
        if (operand && may_share(*operand, result, op, static_cast<int>(i), pair.result)) {
          share(*operand, result);
        }
      }
    }
  }

  bool may_share(const Value& operand, const Value& result, const ir::Operation& op, int at,
                 uint32_t result_number) {
    const Buffer &from = buffer(operand), &to = buffer(result);
    bool dies = from.kind == Place::Kind::kArena && from.end == at && from.begin < at;
    // A result without uses ends here too, and may already have taken the operand's memory.
    for (const Value* other : op.results()) dies = dies && number(*other) != number(operand);
    bool fresh = to.begin == at && !to.closed &&
                 (to.kind == Place::Kind::kArena || to.kind == Place::Kind::kOutput);
    return dies && fresh && from.bytes == to.bytes && from.bytes > 0 &&
           may_overwrite(op, number(operand), result_number);
  }

  // Moves the operand's values to the result's buffer.
  void share(const Value& operand, const Value& result) {
    int from = number(operand), to = number(result);
    buffers_[static_cast<size_t>(to)].begin = buffers_[static_cast<size_t>(from)].begin;
    buffers_[static_cast<size_t>(from)].bytes = 0;
    joined_[static_cast<size_t>(from)] = to;
  }

  // --- places ------------------------------------------------------------------------------------

  void place() {
    std::vector<Lifetime> lifetimes;
    std::vector<int64_t*> offsets;
    std::vector<int64_t> offset_of(buffers_.size());
    for (size_t i = 0; i < buffers_.size(); ++i) {
      const Buffer& b = buffers_[i];
      if (b.kind != Place::Kind::kArena || b.bytes == 0) continue;
      lifetimes.push_back(lifetime(b.bytes, b.begin, b.end));
      offsets.push_back(&offset_of[i]);
    }
    size_t first_scratch = lifetimes.size();
    for (size_t i = 0; i < schedule_.size(); ++i) {
      int64_t bytes = request_.scratch[schedule_.at(i).id()];
      if (bytes <= 0) continue;
      int at = static_cast<int>(i);
      Place& place = plan_.scratch[schedule_.at(i).id()];
      place = {Place::Kind::kArena, 0, 0, bytes};
      lifetimes.push_back(lifetime(bytes, at, at));
      offsets.push_back(&place.offset);
    }
    Packing packing = pack(lifetimes);
    for (size_t i = 0; i < offsets.size(); ++i) *offsets[i] = packing.offsets[i];
    plan_.arena_bytes = packing.bytes;
    for (const Value* argument : body_.arguments()) place_value(*argument, offset_of);
    for (size_t i = 0; i < schedule_.size(); ++i) {
      for (const Value* result : schedule_.at(i).results()) place_value(*result, offset_of);
    }
    count_peak(lifetimes, first_scratch);
  }

  // With `apart`, every buffer is alive all the time.
  Lifetime lifetime(int64_t bytes, int begin, int end) const {
    if (request_.apart) return {bytes, 0, static_cast<int>(schedule_.size())};
    return {bytes, begin, end};
  }

  void place_value(const Value& value, const std::vector<int64_t>& offset_of) {
    Place& place = plan_.places[value.id()];
    if (is_view(value)) {
      place = {Place::Kind::kAlias, static_cast<size_t>(request_.view_of[value.id()]), 0, 0};
      return;
    }
    const Buffer& b = buffer(value);
    int64_t bytes = request_.bytes[value.id()];
    bool nothing = b.kind == Place::Kind::kArena && bytes == 0;
    if (nothing) return;
    place = {b.kind, b.index,
             b.kind == Place::Kind::kArena ? offset_of[static_cast<size_t>(number(value))] : 0,
             bytes};
  }

  void count_peak(std::span<const Lifetime> lifetimes, size_t first_scratch) {
    int at = peak_of(lifetimes).position;
    int64_t arguments = 0, results = 0, scratch = 0;
    for (const Buffer& b : buffers_) {
      if (b.kind == Place::Kind::kInput) arguments += b.bytes;
      if (b.kind == Place::Kind::kOutput && !b.closed) results += b.bytes;
    }
    for (const Lifetime& l : lifetimes.subspan(first_scratch)) {
      if (l.begin == at) scratch += l.bytes;
    }
    plan_.peak = {{"arguments", arguments},
                  {"results", results},
                  {"activations", plan_.arena_bytes - scratch},
                  {"scratch", scratch}};
  }

  const ir::Region& body_;
  const MemoryRequest& request_;
  Schedule schedule_;
  std::vector<int> buffer_of_;  // by value id
  std::vector<Buffer> buffers_;
  int last_raise_ = -1;              // the position of the last operation that may raise
  mutable std::vector<int> joined_;  // by buffer: the one that it was merged into, or -1
  std::unordered_map<uint32_t, std::vector<MemoryRequest::InPlace>> allowed_;  // by operation
  ir::MemoryPlan plan_;
};

}  // namespace

ir::MemoryPlan plan_memory(const ir::Function& function, const MemoryRequest& request) {
  return Planner(function, request).run();
}

}  // namespace mycel::passes

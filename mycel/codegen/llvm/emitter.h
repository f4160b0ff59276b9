// Emits a nest as an LLVM function.
#pragma once

#include <functional>

#include "mycel/codegen/llvm/lane_builder.h"
#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen {

// Emits values in the order and at the places of the nest. An unrolled loop has one body, with
// several copies of every value that depends on it; a vectorized loop has vectors of these, and a
// second body, masked, for the iterations that do not fill a vector.
class Emitter {
 public:
  Emitter(llvm::Module& module, const schedule::Nest& nest, const TargetCpu& cpu)
      : c_(module, cpu), nest_(nest) {}

  // Adds `void name(const NestCall*)` to the module.
  void emit(const std::string& name);

 private:
  using Value = llvm::Value;
  using ArgumentId = schedule::ArgumentId;
  using LoopId = schedule::LoopId;
  using ReductionId = schedule::ReductionId;
  using StoreId = schedule::StoreId;
  using ValueId = schedule::ValueId;

  // A loop whose body is being emitted.
  struct Open {
    LoopId loop = schedule::kRootLoop;
    Value* index = nullptr;  // of the first copy's first lane
    Value* mask = nullptr;   // active lanes; null: all
    int copies = 1;
  };
  // The addresses of the lanes of one copy of an access.
  struct Address {
    Value* pointer = nullptr;  // of the first lane
    Value* lanes = nullptr;    // byte offsets of the lanes from there; null: see `contiguous`
    // true: the lanes are consecutive in memory. If false and `lanes` is null, all lanes access one
    // element.
    bool contiguous = false;
  };
  // The accumulators of a reduction, by copy; `indices` for arg-reductions only.
  struct Accumulator {
    std::vector<Value*> values, indices;
  };

  // emitter.cc: the function, its arguments, values
  void emit_items(const std::vector<schedule::Item>& items);
  void emit_item(ValueId id);
  Value* make_value(const schedule::Value& value);
  Value* index_of(const schedule::Value& value);
  Value* first_lane(const schedule::Value& index);  // of the copy that is being emitted
  Value* constant(const schedule::Value& value);
  Value* argument(ArgumentId id, DType dtype);
  Value* call_field(size_t field);
  bool is_product(ValueId value) const;  // of float32 or float64

  // Copies: select the copy of a value while the copies of its user are emitted.
  size_t slot(uint64_t depths) const;
  void for_each_copy(uint64_t depths, const std::function<void()>& body);
  Value* operand(ValueId value) { return values_[value][slot(nest_.values[value].depths)]; }
  Value* widened(ValueId value) { return c_.widen(operand(value), lanes_); }
  bool varies(const schedule::Value& value) const;  // between lanes

  // emit_memory.cc
  Address base_address(const schedule::Value& value);
  Address offset_address(const schedule::Value& value);
  Value* load(const schedule::Value& value);
  Value* load_single(llvm::Type* type, const Address& address, Value* predicate);
  Value* load_lanes(llvm::Type* type, const Address& address, Value* predicate);
  Value* check(const schedule::Value& value);
  void report(Value* bad, Value* index, Value* extent);
  void emit_item(StoreId id);
  Value* advance(Value* pointer, Value* bytes) {
    return c_.CreateGEP(c_.getInt8Ty(), pointer, bytes);
  }
  // The active lanes for which the predicate (null: none) holds; null: all.
  Value* lane_mask(Value* predicate);
  Value* pointers(const Address& address);
  Value* all_lanes();
  llvm::Align align_of(llvm::Type* element) const;

  // emit_loop.cc
  void emit_item(LoopId id);
  void emit_variants(LoopId id, Value* begin, Value* end);
  Value* emit_counted(Value* begin, Value* limit, int64_t step, const std::vector<Value**>& carried,
                      const std::function<void(Value*)>& body);
  Value* emit_copies(LoopId id, Value* begin, Value* end, int copies);
  void emit_body(const Open& open);
  Value* bound(LoopId id, Value* whole, size_t field);
  int lanes_of(LoopId id) const { return loop(id).vector ? nest_.lanes : 1; }
  void emit_tail(LoopId id, Value* begin, Value* end);
  void emit_blocked(LoopId id, Value* begin, Value* end);
  Value* add_exactly(Value* total, Value* part, Value*& lost);
  // Reductions that the loop carries, and their accumulators.
  std::vector<ReductionId> carried_reductions(LoopId id) const;
  std::vector<Value**> accumulators(const std::vector<ReductionId>& reductions);

  // emit_reduction.cc
  void open_reduction(ReductionId id);
  void emit_item(ReductionId id);  // accumulates its bodies
  void close_reduction(ReductionId id);
  Value* neutral(const schedule::Reduction& reduction);
  Value* combine(const schedule::Reduction& reduction, Value* a, Value* b);
  Value* combine_sum(const schedule::Reduction& reduction, Value* accumulator);
  void combine_arg(const schedule::Reduction& reduction, Value*& best, Value*& best_index,
                   Value* value, Value* index, bool tie_by_index);
  void across_lanes(const schedule::Reduction& reduction, Value*& value, Value*& index);
  // The depths of the loops that an accumulator has copies for: those around it, and its own.
  uint64_t outer_depths(const schedule::Reduction& reduction) const;
  uint64_t own_depths(const schedule::Reduction& reduction) const;
  size_t own_copies(const schedule::Reduction& reduction) const;
  size_t accumulator_slot(const schedule::Reduction& reduction) const;
  bool is_across(const schedule::Reduction& reduction) const;  // one of its loops is vectorized
  bool is_vector(const schedule::Reduction& reduction) const;
  bool sums_floats(ReductionId id) const;
  DType dtype_of(const schedule::Reduction& reduction) const {
    return nest_.values[reduction.bodies[0]].dtype;
  }

  static size_t idx(int number) { return static_cast<size_t>(number); }
  const schedule::Loop& loop(LoopId id) const { return nest_.loops[id]; }

  LaneBuilder c_;
  const schedule::Nest& nest_;
  Value* call_ = nullptr;
  llvm::BasicBlock* entry_ = nullptr;
  IndexedVector<ArgumentId, Value*> arguments_;         // loaded at the function's entry, or null
  IndexedVector<ValueId, std::vector<Value*>> values_;  // by copy
  IndexedVector<ValueId, std::vector<Address>> addresses_;
  IndexedVector<ReductionId, Accumulator> accumulators_;
  std::vector<Open> open_;  // by depth
  std::vector<int> copy_;   // by depth: the copy that is being emitted
  int lanes_ = 1;           // of the value that is being emitted
  Value* zeros_ = nullptr;  // memory to read if a load's predicate is false
};

}  // namespace mycel::codegen

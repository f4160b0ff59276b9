#include "mycel/te/lane_program.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace mycel::te {
namespace {

class Compiler {
 public:
  Compiler(const Stage& stage, const std::vector<ArrayInfo>& arrays)
      : stage_(stage), arrays_(arrays) {
    add_axes(stage.free, Level::kFree);
    add_axes(stage.reduced, Level::kReduced);
  }

  LaneProgram run() {
    for (const Node* node : post_order(stage_.bodies)) values_.emplace(node, compile(*node));
    bool maps = stage_.kind == Stage::Kind::kMap;
    program_.result_level = maps ? Level::kFree : Level::kBoth;
    for (const Expr& body : stage_.bodies) {
      program_.results.push_back(at_level(values_.at(body.get()), program_.result_level));
    }
    return std::move(program_);
  }

 private:
  struct Value {
    Register reg = -1;
    Level level = Level::kUniform;
    DType dtype = DType::kInt64;
  };
  struct AxisPlace {
    Level level;
    int64_t inner, extent;
  };

  void add_axes(const std::vector<Axis>& axes, Level level) {
    int64_t inner = 1;
    for (size_t i = axes.size(); i-- > 0;) {
      int64_t extent = axes[i].extent.value();
      axes_.emplace(axes[i].id, AxisPlace{level, inner, extent});
      inner *= std::max<int64_t>(extent, 1);
    }
  }

  Register add_register(DType dtype) {
    program_.registers.push_back(program_.frame_bytes);
    program_.frame_bytes += static_cast<size_t>(kMaxLanes * byte_size(dtype));
    return static_cast<Register>(program_.registers.size()) - 1;
  }

  void emit(Level level, Instruction instruction) {
    program_.code[static_cast<size_t>(level)].push_back(std::move(instruction));
  }

  // Returns the value's register, or that of a copy with the lanes of a deeper level.
  Register at_level(const Value& value, Level level) {
    if (value.level == level) return value.reg;
    auto [known, fresh] = copies_.try_emplace({value.reg, level}, -1);
    if (fresh) {
      known->second = add_register(value.dtype);
      emit(value.level,
           Broadcast{&lane_moves(value.dtype), known->second, value.reg, value.level, level});
    }
    return known->second;
  }

  Value compile(const Node& node) {
    switch (node.kind) {
      case Kind::kConstant:
      case Kind::kExtent: {
        Register out = add_register(node.dtype);
        program_.constants.push_back({out, &node});
        return {out, Level::kUniform, node.dtype};
      }
      case Kind::kAxis:
        return compile_axis(node);
      case Kind::kLoad:
        return compile_load(node);
      case Kind::kCall:
        return compile_call(node);
      default:
        fail_internal("[te] a stage holds a reduction");
    }
  }

  Value compile_axis(const Node& node) {
    auto place = axes_.find(node.axes[0].id);
    if (place == axes_.end()) fail_internal("[te] an axis without a loop");
    const auto& [level, inner, extent] = place->second;
    Register out = add_register(DType::kInt64);
    emit(level, FillIndices{out, level, inner, extent});
    return {out, level, DType::kInt64};
  }

  Value compile_call(const Node& node) {
    Value value{-1, Level::kUniform, node.dtype};
    for (const Expr& operand : node.operands) {
      const Value& from = values_.at(operand.get());
      value.level = value.level | from.level;
    }
    std::vector<Register> operands;
    for (const Expr& operand : node.operands) {
      operands.push_back(at_level(values_.at(operand.get()), value.level));
    }
    value.reg = add_register(node.dtype);
    LaneFunction function = lane_function(node.fn, node.operands.back()->dtype, node.dtype);
    emit(value.level, CallLanes{function, value.reg, std::move(operands)});
    return value;
  }

  Value compile_load(const Node& node) {
    const ArrayInfo& array = arrays_.at(static_cast<size_t>(node.input));
    size_t rank = node.operands.size() - node.predicated;
    if (rank != array.shape.size() || node.dtype != array.dtype) {
      fail_internal("[te] {} is loaded as {} with {} indices", to_string(array.shape),
                    name(node.dtype), rank);
    }
    int load = static_cast<int>(program_.loads.size());
    LoadInfo& info = program_.loads.emplace_back(LoadInfo{node.input, false, {}});
    Value value{-1, Level::kUniform, node.dtype};
    for (size_t d = 0; d < node.operands.size(); ++d) {
      const Value& operand = values_.at(node.operands[d].get());
      value.level = value.level | operand.level;
      if (d == rank) continue;
      info.indirect |= node.operands[d]->from_data;
      info.indices.push_back({operand.reg, operand.level, array.shape[d], array.strides[d], d});
    }
    value.reg = add_register(node.dtype);
    Gather gather{&lane_moves(node.dtype),
                  value.reg,
                  -1,
                  add_register(DType::kInt64),
                  {},
                  {},
                  value.level,
                  node.input,
                  load};
    if (node.predicated) {
      gather.predicate = at_level(values_.at(node.operands[rank].get()), value.level);
    }
    for (size_t l = 0; l < kLevels; ++l) add_offsets(static_cast<Level>(l), gather);
    emit(value.level, std::move(gather));
    return value;
  }

  // Adds the part of a load's address that depends on one level.
  void add_offsets(Level level, Gather& gather) {
    const std::vector<LoadIndex>& indices =
        program_.loads[static_cast<size_t>(gather.load)].indices;
    bool any = std::any_of(indices.begin(), indices.end(),
                           [level](const LoadIndex& index) { return index.level == level; });
    if (!any) return;
    bool checked = gather.predicate >= 0;
    AddOffsets part{add_register(DType::kInt64), checked ? add_register(DType::kBool) : -1, level,
                    gather.load};
    emit(level, part);
    gather.offsets.push_back(at_level({part.offset, level, DType::kInt64}, gather.level));
    if (checked) {
      gather.oks.push_back(at_level({part.ok, level, DType::kBool}, gather.level));
    }
  }

  const Stage& stage_;
  const std::vector<ArrayInfo>& arrays_;
  std::unordered_map<int64_t, AxisPlace> axes_;
  std::unordered_map<const Node*, Value> values_;
  std::map<std::pair<Register, Level>, Register> copies_;
  LaneProgram program_;
};

}  // namespace

LaneProgram compile_lanes(const Stage& stage, const std::vector<ArrayInfo>& arrays) {
  return Compiler(stage, arrays).run();
}

}  // namespace mycel::te

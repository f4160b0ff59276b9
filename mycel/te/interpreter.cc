#include "mycel/te/interpreter.h"

#include <algorithm>

#include "mycel/te/lane_machine.h"

namespace mycel::te {
namespace {

int64_t count(const std::vector<Axis>& axes) {
  Shape shape;
  for (const Axis& axis : axes) shape.push_back(axis.extent.value());
  return num_elements(shape);
}

// Stores values at a block of consecutive indices of an array.
class Placement {
 public:
  // The indices run over the array's dims from `first_dim` on.
  Placement(const ArrayInfo& array, size_t first_dim)
      : shape_(array.shape.begin() + first_dim, array.shape.end()),
        strides_(array.strides.begin() + first_dim, array.strides.end()),
        dense_(is_row_major(shape_, strides_)),
        moves_(lane_moves(array.dtype)),
        bytes_(byte_size(array.dtype)) {}

  void store(char* base, int64_t first, int64_t count, const void* values) const {
    if (dense_) {
      std::copy_n(static_cast<const char*>(values), count * bytes_, base + first * bytes_);
      return;
    }
    int64_t offsets[kMaxLanes];
    for (int64_t i = 0; i < count; ++i) offsets[i] = offset(first + i);
    moves_.scatter(base, values, offsets, count);
  }
  int64_t bytes() const { return bytes_; }

 private:
  int64_t offset(int64_t index) const {
    int64_t out = 0;
    for (size_t d = shape_.size(); d-- > 0; index /= shape_[d]) {
      out += index % shape_[d] * strides_[d];
    }
    return out;
  }

  Shape shape_;
  Strides strides_;
  bool dense_;
  const LaneMoves& moves_;
  int64_t bytes_;
};

// A compiled stage.
class Nest {
 public:
  Nest(Stage stage, const std::vector<ArrayInfo>& arrays)
      : stage_(std::move(stage)),
        program_(compile_lanes(stage_, arrays)),
        free_(count(stage_.free)),
        reduced_(count(stage_.reduced)) {
    for (int target : stage_.targets) {
      placements_.emplace_back(arrays[static_cast<size_t>(target)],
                               stage_.kind == Stage::Kind::kScan ? 1 : 0);
    }
    if (stage_.kind != Stage::Kind::kMap) {
      reducer_ = lane_reducer(stage_.reducer, stage_.bodies[0]->dtype);
    }
  }

  void run(char* const* bases) const {
    if (free_ == 0) return;
    LaneMachine machine(program_, bases);
    if (reduced_ > 0) machine.run(Level::kUniform);
    for (int64_t first = 0; first < free_; first += kMaxLanes) {
      machine.move(Level::kFree, first, std::min(kMaxLanes, free_ - first));
      if (reduced_ > 0) machine.run(Level::kFree);
      if (stage_.kind == Stage::Kind::kMap) {
        store_all(machine, bases, first);
      } else {
        reduce(machine, bases, first);
      }
    }
  }

 private:
  void store_all(const LaneMachine& machine, char* const* bases, int64_t first) const {
    for (size_t i = 0; i < placements_.size(); ++i) {
      placements_[i].store(bases[stage_.targets[i]], first, machine.lanes(Level::kFree),
                           machine.data(program_.results[i]));
    }
  }

  void reduce(LaneMachine& machine, char* const* bases, int64_t first) const {
    alignas(64) char value[kMaxLanes * sizeof(int64_t)];
    alignas(64) char running[kMaxLanes * sizeof(int64_t)];
    int64_t index[kMaxLanes];
    bool is_arg = stage_.bodies.size() == 2, is_scan = stage_.kind == Stage::Kind::kScan;
    Accumulators acc{value, is_arg ? index : nullptr};
    int64_t block = machine.lanes(Level::kFree), chunk = kMaxLanes / block;
    reducer_.start(acc, block);
    for (int64_t k = 0; k < reduced_; k += chunk) {
      int64_t steps = std::min(chunk, reduced_ - k);
      machine.move(Level::kReduced, k, steps);
      machine.run(Level::kReduced);
      machine.run(Level::kBoth);
      const auto* indices =
          is_arg ? static_cast<const int64_t*>(machine.data(program_.results[1])) : nullptr;
      reducer_.fold(acc, machine.data(program_.results[0]), indices, block, steps, k == 0,
                    is_scan ? running : nullptr);
      if (is_scan) store_prefixes(bases, first, block, k, steps, running);
    }
    if (is_scan) return;
    // The reduction of one element is that element: 0 + -0 would differ from -0.
    const void* result = reduced_ == 1 ? machine.data(program_.results[0]) : value;
    placements_[0].store(bases[stage_.targets[0]], first, block, result);
    if (is_arg) placements_[1].store(bases[stage_.targets[1]], first, block, index);
  }

  // The result array of a scan is indexed by (k, free axes).
  void store_prefixes(char* const* bases, int64_t first, int64_t block, int64_t k, int64_t steps,
                      const char* running) const {
    const Placement& table = placements_[0];
    for (int64_t s = 0; s < steps; ++s) {
      table.store(bases[stage_.targets[0]] + (k + s) * free_ * table.bytes(), first, block,
                  running + s * block * table.bytes());
    }
  }

  Stage stage_;
  LaneProgram program_;
  int64_t free_, reduced_;
  LaneReducer reducer_ = {};
  std::vector<Placement> placements_;  // of the targets
};

}  // namespace

struct Interpreter::Prepared {
  std::vector<ArrayInfo> temporaries;
  size_t num_given = 0;  // inputs and outputs
  std::vector<Nest> nests;
};

Interpreter::Interpreter(const Computation& computation, std::vector<ArrayInfo> inputs,
                         std::vector<ArrayInfo> outputs) {
  auto prepared = std::make_unique<Prepared>();
  Stages stages = split_into_stages(computation);
  std::vector<ArrayInfo> arrays = std::move(inputs);
  std::move(outputs.begin(), outputs.end(), std::back_inserter(arrays));
  prepared->num_given = arrays.size();
  for (const Input& temporary : stages.temporaries) {
    Shape shape = to_shape(temporary.dims);
    prepared->temporaries.push_back({temporary.dtype, shape, row_major(shape)});
    arrays.push_back(prepared->temporaries.back());
  }
  for (Stage& stage : stages.stages) prepared->nests.emplace_back(std::move(stage), arrays);
  prepared_ = std::move(prepared);
}

Interpreter::~Interpreter() = default;

void Interpreter::run(void* const* addresses) const {
  std::vector<char*> bases;
  for (size_t i = 0; i < prepared_->num_given; ++i) {
    bases.push_back(static_cast<char*>(addresses[i]));
  }
  std::vector<NDArray> temporaries;
  for (const ArrayInfo& info : prepared_->temporaries) {
    temporaries.push_back(NDArray::empty(info.dtype, info.shape));
    bases.push_back(static_cast<char*>(temporaries.back().raw()));
  }
  for (const Nest& nest : prepared_->nests) nest.run(bases.data());
}

void interpret(const Computation& computation, std::span<const NDArray> inputs,
               std::span<const NDArray> outputs) {
  std::vector<ArrayInfo> in, out;
  std::vector<void*> addresses;
  for (const NDArray& array : inputs) {
    in.push_back({array.dtype(), array.shape(), array.strides()});
    addresses.push_back(array.defined() ? array.raw() : nullptr);
  }
  for (const NDArray& array : outputs) {
    out.push_back({array.dtype(), array.shape(), array.strides()});
    addresses.push_back(array.raw());
  }
  Interpreter(computation, std::move(in), std::move(out)).run(addresses.data());
}

}  // namespace mycel::te

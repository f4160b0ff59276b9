#include "mycel/backends/cpu/onednn/program.h"

#include "mycel/base/error.h"

namespace mycel::backends::onednn {
namespace {

using dnnl::memory;

constexpr size_t kAlignment = 64;

struct ArgumentNames {
  int source, weights, destination;
};

ArgumentNames argument_names(Kind kind) {
  switch (kind) {
    case Kind::kConvolutionInputGradient:
      return {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST};
    case Kind::kConvolutionWeightGradient:
      return {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST};
    default:
      return {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
  }
}

}  // namespace

Program::Program(const Description& description) {
  std::string reason;
  std::optional<Choice> choice = choose(description, &reason);
  if (!choice) fail_internal("the kernel library {}", reason);
  implementation_ = choice->desc.impl_info_str();
  Given own = given(description);
  ArgumentNames names = argument_names(description.kind);

  struct Operand {
    int name;
    const memory::desc &given, &wanted;
    void* Buffers::* pointer;
    bool result;
  };
  bool forward = names.destination == DNNL_ARG_DST;
  std::vector<Operand> operands = {
      {names.source, own.source, choice->source, &Buffers::source,
       names.source == DNNL_ARG_DIFF_SRC},
      {names.weights, own.weights, choice->weights, &Buffers::weights,
       names.weights == DNNL_ARG_DIFF_WEIGHTS},
      {names.destination, own.destination, choice->destination, &Buffers::destination, forward}};
  if (description.has_bias) {
    operands.push_back({DNNL_ARG_BIAS, own.bias, choice->bias, &Buffers::bias, false});
  }

  Step main;
  const Operand* result = nullptr;
  size_t computed = 0;
  for (const Operand& operand : operands) {
    size_t slot;
    if (!operand.result) {
      slot = input(operand.given, operand.wanted, operand.pointer);
    } else {
      result = &operand;
      slot = computed = operand.given == operand.wanted ? add_slot(operand.given, operand.pointer)
                                                        : add_scratch(operand.wanted);
    }
    main.arguments.push_back({operand.name, slot});
  }
  add_scratchpad(choice->desc.scratchpad_desc(), main);
  main.primitive = dnnl::primitive(choice->desc.get());
  steps_.push_back(std::move(main));
  if (result->given != result->wanted) {
    add_reorder(computed, add_slot(result->given, result->pointer));
  }
}

size_t Program::add_slot(const memory::desc& desc, void* Buffers::* pointer) {
  slots_.push_back({desc, pointer, 0});
  return slots_.size() - 1;
}

size_t Program::add_scratch(const memory::desc& desc) {
  slots_.push_back({desc, nullptr, scratch_bytes_});
  scratch_bytes_ += (desc.get_size() + kAlignment - 1) / kAlignment * kAlignment;
  return slots_.size() - 1;
}

void Program::add_scratchpad(const memory::desc& desc, Step& step) {
  if (desc.get_size() > 0) step.arguments.push_back({DNNL_ARG_SCRATCHPAD, add_scratch(desc)});
}

void Program::add_reorder(size_t from, size_t to) {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::reorder::primitive_desc desc(engine(), slots_[from].desc, engine(), slots_[to].desc, attr);
  Step step{dnnl::reorder(desc), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}};
  add_scratchpad(desc.scratchpad_desc(), step);
  steps_.push_back(std::move(step));
}

size_t Program::input(const memory::desc& given, const memory::desc& wanted,
                      void* Buffers::* pointer) {
  size_t slot = add_slot(given, pointer);
  if (given == wanted) return slot;
  size_t copy = add_scratch(wanted);
  add_reorder(slot, copy);
  return copy;
}

Program::Frame::Frame(const Program& program) : stream_(engine()) {
  for (const Slot& slot : program.slots_) {
    operands_.push_back({memory(slot.desc, engine(), DNNL_MEMORY_NONE), nullptr});
  }
  for (const Step& step : program.steps_) {
    std::vector<dnnl_exec_arg_t>& list = arguments_.emplace_back();
    for (const Argument& argument : step.arguments) {
      list.push_back({argument.name, operands_[argument.slot].memory.get()});
    }
  }
}

void Program::Frame::run(const Program& program, const Buffers& buffers, void* scratch) {
  for (size_t i = 0; i < operands_.size(); ++i) {
    const Slot& slot = program.slots_[i];
    void* address =
        slot.pointer ? buffers.*slot.pointer : static_cast<char*>(scratch) + slot.offset;
    // Setting an address clears the padding of a blocked format, which takes time.
    if (address == operands_[i].address) continue;
    operands_[i].memory.set_data_handle(address);
    operands_[i].address = address;
  }
  for (size_t i = 0; i < program.steps_.size(); ++i) {
    dnnl_status_t status =
        dnnl_primitive_execute(program.steps_[i].primitive.get(), stream_.get(),
                               static_cast<int>(arguments_[i].size()), arguments_[i].data());
    if (status != dnnl_success) {
      fail_internal("the kernel library's {} failed with status {}", program.implementation_,
                    static_cast<int>(status));
    }
  }
}

}  // namespace mycel::backends::onednn

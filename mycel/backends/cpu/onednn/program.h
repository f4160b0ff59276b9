// The steps of one oneDNN call: reorders of the operands, the primitive, a reorder of the result.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <vector>

#include "mycel/backends/cpu/onednn/choice.h"

namespace mycel::backends::onednn {

class Program {
 public:
  explicit Program(const Description& description);

  size_t scratch_bytes() const { return scratch_bytes_; }
  const std::string& implementation() const { return implementation_; }

  // The oneDNN objects that hold addresses; one set per call in flight.
  class Frame {
   public:
    explicit Frame(const Program& program);
    void run(const Program& program, const Buffers& buffers, void* scratch);

   private:
    struct Operand {
      dnnl::memory memory;
      void* address = nullptr;
    };
    std::vector<Operand> operands_;
    std::vector<std::vector<dnnl_exec_arg_t>> arguments_;  // per step
    dnnl::stream stream_;
  };

 private:
  friend class Frame;
  // Memory that steps work on: the caller's (`pointer` into Buffers) or at an offset in scratch.
  struct Slot {
    dnnl::memory::desc desc;
    void* Buffers::* pointer = nullptr;
    size_t offset = 0;
  };
  struct Argument {
    int name;  // DNNL_ARG_...
    size_t slot;
  };
  struct Step {
    dnnl::primitive primitive;
    std::vector<Argument> arguments;
  };

  size_t add_slot(const dnnl::memory::desc& desc, void* Buffers::* pointer);
  size_t add_scratch(const dnnl::memory::desc& desc);
  void add_reorder(size_t from, size_t to);
  void add_scratchpad(const dnnl::memory::desc& desc, Step& step);
  size_t input(const dnnl::memory::desc& given, const dnnl::memory::desc& wanted,
               void* Buffers::* pointer);

  std::vector<Slot> slots_;
  std::vector<Step> steps_;
  size_t scratch_bytes_ = 0;
  std::string implementation_;
};

}  // namespace mycel::backends::onednn

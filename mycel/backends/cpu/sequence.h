// A kernel made of several kernels that run in sequence.
#pragma once

#include <string>
#include <vector>

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

class Sequence {
 public:
  // An operand of a step: an operand of the sequence, by number, or a part of scratch.
  struct Place {
    size_t buffer;
    size_t offset;  // in bytes
  };
  static Place buffer(size_t number, size_t offset = 0) { return {number, offset}; }
  // Reserves bytes that live while the sequence runs.
  Place scratch(size_t bytes);

  void add(KernelPtr kernel, std::vector<Place> operands);
  // `description`: the result of describe().
  KernelPtr finish(std::string description) &&;

 private:
  friend class SequenceKernel;
  static constexpr size_t kScratch = ~size_t{0};
  struct Step {
    KernelPtr kernel;
    std::vector<Place> operands;
  };
  std::vector<Step> steps_;
  size_t bytes_ = 0;
};

}  // namespace mycel::backends::cpu

// Interpreter of formulas: simple, the oracle for every other backend.
#pragma once

#include <memory>
#include <span>

#include "mycel/core/ndarray.h"
#include "mycel/te/computation.h"
#include "mycel/te/lane_program.h"

namespace mycel::te {

// A computation prepared for given shapes and strides. Extents must be numbers.
//
// Arithmetic and sums are in the node's dtype, sums in index order. Elementary functions (`real` in
// scalar.h) and `pow` are evaluated in float64 and rounded once. A load out of range raises
// IndexError if its index was itself loaded, else an internal error, naming the operand, the dim
// and the index.
class Interpreter {
 public:
  Interpreter(const Computation& computation, std::vector<ArrayInfo> inputs,
              std::vector<ArrayInfo> outputs);
  ~Interpreter();

  // `addresses`: of element [0, ...] of every input, then of every output. Thread-safe.
  void run(void* const* addresses) const;

 private:
  struct Prepared;
  std::unique_ptr<const Prepared> prepared_;
};

// Computes every output into `outputs` (allocated, any strides, host-addressable).
void interpret(const Computation& computation, std::span<const NDArray> inputs,
               std::span<const NDArray> outputs);

}  // namespace mycel::te

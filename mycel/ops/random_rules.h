// Rules of the operations that draw random numbers from a state.
#pragma once

#include "mycel/define/define.h"
#include "mycel/ops/random.h"

namespace mycel {

// Declares the state as an operand and, after the results declared so far, the next state.
template <class A>
void draws_from_state(Definition<A>& definition) {
  definition.fixes_dims()
      .input("state", "(seed, offset), uint64")
      .output("state", "the state that the next numbers are drawn from", false);
}

// The same, and the attributes of the member `piece`.
template <class A>
void draws_a_piece(Definition<A>& definition) {
  definition.with(draws_from_state<A>)
      .attribute(&A::piece, &DrawnPiece::whole, "whole",
                 "the shape of which the result is a piece; by default the result's")
      .attribute(&A::piece, &DrawnPiece::begin, "begin",
                 "where the piece begins in each dim of the whole; by default at 0");
}

inline SampleInput sample_state() { return {{2}, DType::kUInt64, 0, 1000}; }

// Raises ValueError unless the operand `state` is a state.
void check_state(const ir::Call& call, size_t state);
// Raises ValueError unless the piece, of the given shape, lies in its whole.
void check_piece(const ir::Call& call, const Dims& shape, const DrawnPiece& piece);

// The row-major place in the whole of the element at `axes` of the piece.
te::Expr place_in_whole(const std::vector<te::Axis>& axes, const DrawnPiece& piece);

}  // namespace mycel

// Generators of random numbers: tensors that hold a state (seed, offset), uint64.
#pragma once

#include <functional>
#include <utility>

#include "mycel/tensor/tensor.h"

namespace mycel {

// The state (seed, 0).
Tensor random_state(uint64_t seed);

// The state that random functions and dropout draw from and write, one per device. manual_seed
// restarts them all.
const Tensor& default_generator();
void manual_seed(uint64_t seed);

// Calls draw(state) -> (value, next state) with a generator, or the default one of the context's
// device if it is undefined, and writes the next state to it. In eager mode no other thread writes
// it at the same time; a compiled call takes its own lock.
Tensor draw_from(const Tensor& generator,
                 const std::function<std::pair<Tensor, Tensor>(const Tensor&)>& draw);

}  // namespace mycel

// Random numbers from an explicit state: (seed, offset), uint64.
//
// Element i of a result is a function of the seed and of offset + i alone, so results do not depend
// on backend, threads or splitting. Every operation also returns the next state.
//
// An operation may draw a piece of a whole: i then counts in the whole, and the next state is that
// of the whole. So a split program draws the numbers of the unsplit one. A permutation has no
// pieces: each of its elements depends on all keys that are sorted.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "mycel/tensor/tensor.h"

namespace mycel {

// The whole of which a result is a piece.
struct DrawnPiece {
  Dims whole = {};  // its shape; empty: that of the result
  Dims begin = {};  // where the result begins in each dim of it; empty: at 0
};

struct RandomBits {
  Dims shape = {};
  DType dtype = DType::kUInt32;
  DrawnPiece piece = {};
};
// In [0, 1).
struct RandomUniform {
  Dims shape = {};
  DType dtype = kDefaultFloat;
  DrawnPiece piece = {};
};
// Mean 0, variance 1.
struct RandomNormal {
  Dims shape = {};
  DType dtype = kDefaultFloat;
  DrawnPiece piece = {};
};

// These return the value and the next state.
std::pair<Tensor, Tensor> random_bits(const Tensor& state, const RandomBits& options);
std::pair<Tensor, Tensor> random_uniform(const Tensor& state, const RandomUniform& options);
std::pair<Tensor, Tensor> random_normal(const Tensor& state, const RandomNormal& options);
// The numbers 0 to n - 1 in random order.
std::pair<Tensor, Tensor> random_permutation(const Tensor& state, Dim n);

// The state (seed, 0).
Tensor random_state(uint64_t seed);

// The state that the functions below and dropout draw from and write, one per device. manual_seed
// restarts them all.
const Tensor& default_generator();
void manual_seed(uint64_t seed);

// Calls draw(state) -> (value, next state) with a generator, or the default one of the context's
// device if it is undefined, and writes the next state to it. No other thread writes it at the same
// time.
Tensor draw_from(const Tensor& generator,
                 const std::function<std::pair<Tensor, Tensor>(const Tensor&)>& draw);

// Draw from a generator, or from the default one if it is undefined.
Tensor rand(const Dims& shape, DType dtype = kDefaultFloat, const Tensor& generator = {});
Tensor randn(const Dims& shape, DType dtype = kDefaultFloat, const Tensor& generator = {});
Tensor uniform(const Dims& shape, double low, double high, DType dtype = kDefaultFloat,
               const Tensor& generator = {});
Tensor normal(const Dims& shape, double mean, double deviation, DType dtype = kDefaultFloat,
              const Tensor& generator = {});
Tensor randint(int64_t low, int64_t high, const Dims& shape, DType dtype = kDefaultInt,
               const Tensor& generator = {});
Tensor randperm(Dim n, const Tensor& generator = {});

void define_random();
void define_random_functions();

}  // namespace mycel

// Random numbers from an explicit state: (seed, offset), uint64.
//
// Element i of a result is a function of the seed and of offset + i alone, so results do not depend
// on backend, threads or splitting. Every operation also returns the next state.
//
// An operation may draw a piece of a whole: i then counts in the whole, and the next state is that
// of the whole. So a split program draws the numbers of the unsplit one. A permutation has no
// pieces: each of its elements depends on all keys that are sorted.
#pragma once

#include <utility>

#include "mycel/tensor/generator.h"

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

// oneDNN behind three functions: query, make, execute. No type of oneDNN appears here.
#pragma once

#include <memory>
#include <string>

#include "mycel/core/dtype.h"
#include "mycel/core/shape.h"

namespace mycel::backends::onednn {

// The layouts in which oneDNN may compute on an operand.
enum class Format {
  kGiven,         // compute on the given strides
  kChannelsLast,  // 4-d: compute channels-last; a copy in scratch if the strides differ
  kFree,          // compute in any format; a copy in scratch if it differs from the strides
};

// An operand. Strides are in elements, positive, without overlap; any for an axis of extent 1.
struct Tensor {
  DType dtype = DType::kFloat32;
  Shape shape;
  Strides strides;
  Format format = Format::kGiven;
};

enum class Kind {
  kMatmul,                    // source [..., m, k] @ weights [..., k, n]; batch dims of 1 repeat
  kConvolution,               // source [n, ci, h, w], weights [co, ci, kh, kw] or with groups first
  kConvolutionInputGradient,  // computes source; destination is the forward result's gradient
  kConvolutionWeightGradient,  // computes weights; destination is the forward result's gradient
};

// A call of oneDNN, in terms of the forward direction.
struct Description {
  Kind kind = Kind::kMatmul;
  Tensor source;
  Tensor weights;
  bool has_bias = false;
  Tensor bias;  // [co]; kConvolution only
  Tensor destination;
  // Per spatial axis; a dilation of 1 is none. Padding at the end follows from the shapes.
  Ints stride;
  Ints dilation;
  Ints padding;
};

// Whether oneDNN has a fast implementation.
struct Answer {
  std::string implementation;  // its name, "brgconv:avx512_core"; empty: none
  std::string reason;          // why not
};
Answer query(const Description& description);

// A prepared call, for any buffers.
class Primitive {
 public:
  virtual ~Primitive() = default;
  virtual size_t scratch_bytes() const = 0;
  virtual const std::string& implementation() const = 0;
};
// query() must have named an implementation.
std::unique_ptr<Primitive> make(const Description& description);

// The addresses of the operands of one call; null if absent.
struct Buffers {
  void* source;
  void* weights;
  void* bias;
  void* destination;
};
// `scratch`: scratch_bytes() bytes, aligned to 64. Thread-safe; allocates nothing after the first
// calls, as long as at most four run at a time.
void execute(const Primitive& primitive, const Buffers& buffers, void* scratch);

}  // namespace mycel::backends::onednn

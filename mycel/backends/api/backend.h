// What a device must offer: memory, copies, compiled formulas, and kernels for named operations.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mycel/core/ndarray.h"
#include "mycel/ir/target.h"
#include "mycel/te/computation.h"
#include "mycel/te/in_place.h"

namespace mycel::backends {

// The concrete type and layout of one operand; strides in elements.
struct Operand {
  DType dtype = DType::kFloat32;
  Shape shape;
  Strides strides;
  bool absent = false;  // an optional operand that is not there; its buffer is null
};

// A queue of work on a device. The CPU's is the calling thread.
struct Stream {
  Device device;
  void* handle = nullptr;
};

// Work prepared for given operands: running it does no shape work and allocates nothing.
class Kernel : public RefCounted {
 public:
  // `buffers`: the address of element [0, ..., 0] of every input, then of every output (on the
  // device). `scratch`: scratch_bytes() bytes, aligned to 64. Thread-safe.
  virtual void run(void* const* buffers, void* scratch, const Stream& stream) const = 0;
  virtual size_t scratch_bytes() const { return 0; }
  // The pairs of which the output may be written over the input, if both lie alike and start at one
  // address. A kernel that does not say so writes to memory that it does not read.
  virtual std::span<const te::InPlace> in_place() const { return {}; }
  // What ran, for explain() and the profiler: "generated: exp add", "onednn: brgconv:avx512_core".
  virtual std::string describe() const = 0;
};
using KernelPtr = IntrusivePtr<const Kernel>;

// An operation with concrete operands, to be prepared.
struct Request {
  const ir::OpDef* op = nullptr;
  ir::Attributes attributes;
  std::vector<Operand> inputs;
  std::vector<Operand> outputs;
};

// One way to run one operation; a backend keeps an ordered list of them per operation.
class Implementation {
 public:
  virtual ~Implementation() = default;
  virtual std::string_view name() const = 0;
  // Why it cannot run the request; nothing if it can. Strides are those the compiler chose.
  virtual std::optional<std::string> declines(const ir::Call& call) const = 0;
  virtual KernelPtr prepare(const Request& request) const = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual Device device() const = 0;
  virtual Allocator& allocator() = 0;
  virtual const ir::Target& target() const = 0;

  // Between the host and the device, and within it; strides as given, same shape and dtype.
  virtual NDArray to_device(const NDArray& host) = 0;
  virtual NDArray to_host(const NDArray& array) = 0;

  // A kernel for formulas. Inputs and outputs as in the computation, with concrete extents; other
  // extents of the same class reuse the compiled code.
  virtual KernelPtr compile(const te::Computation& computation, std::span<const Operand> inputs,
                            std::span<const Operand> outputs) = 0;
  // The kernels for a named operation, in the order in which they are tried.
  virtual std::span<const Implementation* const> implementations(const ir::OpDef& op) const = 0;

  // The calling thread's, which needs no wait, unless the device has queues of its own.
  virtual Stream stream() { return {device(), nullptr}; }
  virtual void synchronize(const Stream&) {}
};

// Backends by device, set up by the compiler; raises ValueError for a device without one.
void register_backend(std::unique_ptr<Backend> backend);
Backend& backend_of(Device device);

}  // namespace mycel::backends

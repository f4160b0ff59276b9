// The context of a thread: engine, open trace, gradient mode, device and source location.
#pragma once

#include <functional>

#include "mycel/tensor/engine.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

enum class Mode : uint8_t { kEager, kGraph };

// One per thread.
struct Context {
  Engine* engine = nullptr;
  Trace* trace = nullptr;  // the innermost open trace, or nullptr
  bool grad_enabled = true;
  Mode mode = Mode::kEager;
  Device device;  // of new tensors
  // Returns the user's current line. Set by the Python front end; called only while tracing and on
  // errors.
  ir::Location (*location)() = nullptr;
  // Overrides the user's current line: the location of the operation whose gradient or copy is
  // being made.
  const ir::Location* forced_location = nullptr;

  ir::Location current_location() const {
    if (forced_location) return *forced_location;
    return location ? location() : ir::Location();
  }
};

Context& context();

// Set the default for this thread and for threads that first use Mycel later; other running threads
// keep theirs. The compiler installs itself here once.
void set_default_engine(Engine* engine);
void set_location_provider(ir::Location (*provider)());

// Sets grad_enabled for a scope: `GradMode no_grad(false);`
class GradMode {
 public:
  explicit GradMode(bool enabled) : previous_(context().grad_enabled) {
    context().grad_enabled = enabled;
  }
  ~GradMode() { context().grad_enabled = previous_; }
  GradMode(const GradMode&) = delete;

 private:
  bool previous_;
};

// Sets the device of new tensors for a scope.
class DeviceScope {
 public:
  explicit DeviceScope(Device device) : previous_(context().device) { context().device = device; }
  ~DeviceScope() { context().device = previous_; }
  DeviceScope(const DeviceScope&) = delete;

 private:
  Device previous_;
};

// Gives the operations made in this scope the location of another.
class LocationScope {
 public:
  explicit LocationScope(const ir::Location& location) : previous_(context().forced_location) {
    if (location.known()) context().forced_location = &location;
  }
  ~LocationScope() { context().forced_location = previous_; }
  LocationScope(const LocationScope&) = delete;

 private:
  const ir::Location* previous_;
};

}  // namespace mycel

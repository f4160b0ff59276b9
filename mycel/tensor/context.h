// What the current thread works with. Nothing else in Mycel is global and mutable.
#pragma once

#include <functional>

#include "mycel/tensor/engine.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

enum class Mode : uint8_t { kEager, kGraph };

// Per thread.
struct Context {
  Engine* engine = nullptr;
  Trace* trace = nullptr;  // the innermost trace that is open, or none
  bool grad_enabled = true;
  Mode mode = Mode::kEager;
  Device device;  // where new tensors are made
  // The user's current line; set by the Python front end, asked when tracing and on errors only.
  ir::Location (*location)() = nullptr;
  // Instead of the user's current line: that of the operation whose gradient or copy is being made.
  const ir::Location* forced_location = nullptr;

  ir::Location current_location() const {
    if (forced_location) return *forced_location;
    return location ? location() : ir::Location();
  }
};

Context& context();

// New threads start from this engine and location; the compiler installs itself here once.
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

// New tensors are made on this device for a scope.
class DeviceScope {
 public:
  explicit DeviceScope(Device device) : previous_(context().device) { context().device = device; }
  ~DeviceScope() { context().device = previous_; }
  DeviceScope(const DeviceScope&) = delete;

 private:
  Device previous_;
};

// Operations made in this scope get the location of another.
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

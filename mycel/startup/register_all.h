// Initialises the framework: operations, backends, the eager engine.
#pragma once

namespace mycel {

// Idempotent and thread-safe; every entry point for users calls it.
void initialize();

}  // namespace mycel

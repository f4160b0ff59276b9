// Brings the framework up: operations, backends, the eager engine.
#pragma once

namespace mycel {

// Idempotent and thread-safe; every entry point that users call does it.
void initialize();

}  // namespace mycel

#include "mycel/tensor/context.h"

#include <atomic>

namespace mycel {
namespace {

std::atomic<Engine*> default_engine{nullptr};
std::atomic<ir::Location (*)()> location_provider{nullptr};

Context new_thread_context() {
  Context fresh;
  fresh.engine = default_engine.load();
  fresh.location = location_provider.load();
  return fresh;
}

}  // namespace

Context& context() {
  thread_local Context instance = new_thread_context();
  return instance;
}

void set_default_engine(Engine* engine) {
  default_engine = engine;
  context().engine = engine;
}

void set_location_provider(ir::Location (*provider)()) {
  location_provider = provider;
  context().location = provider;
}

}  // namespace mycel

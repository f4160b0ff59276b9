#include "mycel/tensor/interpreter_lock.h"

namespace mycel {
namespace {

InterpreterLock interpreter;

}  // namespace

void set_interpreter_lock(InterpreterLock lock) { interpreter = lock; }

void check_interrupt() {
  if (interpreter.check_interrupt) interpreter.check_interrupt();
}

ReleaseInterpreterLock::ReleaseInterpreterLock() {
  if (interpreter.release) held_ = interpreter.release();
}

ReleaseInterpreterLock::~ReleaseInterpreterLock() {
  if (held_) interpreter.acquire(held_);
}

}  // namespace mycel

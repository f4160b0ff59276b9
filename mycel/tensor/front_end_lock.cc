#include "mycel/tensor/front_end_lock.h"

namespace mycel {
namespace {

FrontEndLock front_end;

}  // namespace

void set_front_end_lock(FrontEndLock lock) { front_end = lock; }

void check_interrupt() {
  if (front_end.check_interrupt) front_end.check_interrupt();
}

WithoutFrontEndLock::WithoutFrontEndLock() {
  if (front_end.release) held_ = front_end.release();
}

WithoutFrontEndLock::~WithoutFrontEndLock() {
  if (held_) front_end.acquire(held_);
}

}  // namespace mycel

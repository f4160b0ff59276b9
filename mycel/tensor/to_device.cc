#include "mycel/tensor/to_device.h"

#include "mycel/tensor/context.h"

namespace mycel {

Tensor to_device(const Tensor& tensor, Device device, std::string_view what) {
  if (tensor.device() == device) return tensor;
  if (tensor.is_traced()) {
    fail(Code::kCompile,
         "[{}] expects the device of the compiled function, {}, got {}: a function runs on one "
         "device; move tensors outside it",
         what, to_string(tensor.device()), to_string(device));
  }
  if (tensor.requires_grad() && context().grad_enabled) {
    fail(Code::kRuntime,
         "[{}] expects a tensor without gradient to copy from {} to {}, got one that requires it; "
         "use detach()",
         what, to_string(tensor.device()), to_string(device));
  }
  return Tensor(context().engine->to_device(tensor.array(what), device));
}

}  // namespace mycel

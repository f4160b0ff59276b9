// Tensor: the handle that users hold on a value and its gradient.
#pragma once

#include <string>
#include <vector>

#include "mycel/base/intrusive_ptr.h"
#include "mycel/core/ndarray.h"
#include "mycel/ir/attribute.h"
#include "mycel/ir/location.h"
#include "mycel/ir/type.h"

namespace mycel {

namespace ir {
class Value;
}
class Trace;
class Node;
class TensorImpl;
void intrusive_retain(const Trace* trace);
void intrusive_release(const Trace* trace);
void intrusive_retain(const Node* node);
void intrusive_release(const Node* node);
void intrusive_retain(const TensorImpl* object);
void intrusive_release(const TensorImpl* object);

// A value: a concrete array, or a value of the function being traced. An array's elements are
// overwritten only while no other holder shares its buffer, so each holder sees it as immutable.
struct Payload {
  NDArray array;
  ir::Value* traced = nullptr;
  IntrusivePtr<Trace> trace;

  bool is_traced() const { return traced != nullptr; }
  ir::Type type() const;
};

// Where the gradient of a value goes: output `index` of `node`. No node: no gradient.
struct Edge {
  IntrusivePtr<Node> node;
  uint32_t index = 0;
};

// The value and edge of a tensor object at one moment.
struct State {
  Payload payload;
  Edge edge;
};

// A handle to a TensorImpl; copies name the same object, as Python's names do. `assign` and
// in-place operations give the object a new value: all handles to the object see it, and so do its
// views and its base (tensor/view.h).
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(NDArray array);
  explicit Tensor(State state);
  explicit Tensor(IntrusivePtr<TensorImpl> object) : object_(std::move(object)) {}

  bool defined() const { return static_cast<bool>(object_); }
  TensorImpl* object() const { return object_.get(); }
  bool same_object(const Tensor& other) const { return object_ == other.object_; }

  ir::Type type() const;
  DType dtype() const;
  Dims dims() const;
  Shape shape() const;  // raises CompileError if a dimension is symbolic
  Dim dim(int64_t axis) const;
  size_t rank() const;
  Device device() const;
  bool is_traced() const;

  // The concrete array. Raises CompileError for a traced tensor, naming `what` the user called.
  const NDArray& array(std::string_view what = "numpy") const;
  // The only element; raises ValueError if there is not exactly one.
  template <class T>
  T item() const;

  // The current value. Under a trace, an outer tensor becomes an input of the traced function (and
  // one assigned in the trace gives its new value).
  State state() const;
  // Assigns a value of the same type to the object; in a trace, as state of the traced function.
  // Inside no_grad the object keeps its edge. Raises RuntimeError for a leaf that requires a
  // gradient if gradients are recorded, and for a view in which elements overlap (expand).
  void assign(const Tensor& value) const;

  // Gradients, as in PyTorch.
  bool requires_grad() const;
  const Tensor& set_requires_grad(bool value) const;  // raises for integers and for non-leaves
  bool is_leaf() const;
  Tensor grad() const;  // undefined if there is none
  void set_grad(const Tensor& grad) const;
  Tensor detach() const;    // a view of all elements, without a gradient
  void drop_edge() const;   // stops gradients at this object
  Tensor snapshot() const;  // a new tensor of the current value, without a gradient
  // Defined in autodiff/backward.cc, which knows the operations.
  void backward(const Tensor& gradient = {}, bool retain_graph = false,
                bool create_graph = false) const;

 private:
  IntrusivePtr<TensorImpl> object_;
};

using Tensors = InlineVector<Tensor, 4>;

// Concrete tensors from C++ data, row-major.
template <class T>
Tensor tensor(const std::vector<T>& values, const Shape& shape);
Tensor scalar(ir::Scalar value, DType dtype);

}  // namespace mycel

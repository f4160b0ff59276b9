// What a Tensor handle points to.
#pragma once

#include <string>

#include "mycel/tensor/node.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// Lets a view refer to the object that it was made from without keeping it alive.
struct Anchor final : RefCounted {
  TensorObject* object = nullptr;  // nullptr once it is gone
  IntrusivePtr<Anchor> source;     // of an object that is gone: what it was a view of

 protected:
  void destroy() const override { destroy_chain(this); }
};

class TensorObject final : public RefCounted {
 public:
  State state;
  IntrusivePtr<LeafNode> leaf;  // set while it is a leaf that requires a gradient
  Tensor grad;
  std::string name;  // of a parameter, for messages
  // The front end's own object for this one, if it has one; that object holds a reference.
  void* wrapper = nullptr;

  // A view remembers, weakly, what it was made from. A write through a view marks the source as
  // stale: PyTorch would have changed it, Mycel does not, so the next read of it raises.
  IntrusivePtr<Anchor> source;
  // The nearest living object that this one is a view of, or nullptr.
  TensorObject* living_source() const;
  ir::Location stale_write;
  bool stale = false;

  IntrusivePtr<Anchor> anchor();  // one per object, made when first asked for
  ~TensorObject() override;
  static void* operator new(size_t size);
  static void operator delete(void* pointer);

 private:
  IntrusivePtr<Anchor> anchor_;
};

// Marks the living objects that this one is a view of as stale: it was written at `where`.
void mark_sources(const TensorObject& view, const ir::Location& where);

}  // namespace mycel

// What a Tensor handle points to.
#pragma once

#include <memory>
#include <string>

#include "mycel/tensor/tape.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// Makes an object a view: it shows elements of its base and is written through to it. The view
// holds its base; the base knows its views weakly, as a list that they leave when they go.
struct ViewLink {
  Tensor base;
  TensorImpl* root = nullptr;      // the last base, which is no view: it holds the elements
  const ir::OpDef* op = nullptr;   // makes the view of its base; none: all of the base (detach)
  ir::Attributes attributes;       // of `op`
  bool recorded = true;            // the gradient mode in which the view was made
  bool own_edge = false;           // detached, or a leaf: no gradient passes from it to its base
  uint64_t version = kNever;       // the root's, when the view's value was derived
  TensorImpl* previous = nullptr;  // among the views of its base
  TensorImpl* next = nullptr;

  static constexpr uint64_t kNever = ~uint64_t{0};
  static void* operator new(size_t size);
  static void operator delete(void* pointer);
};

class TensorImpl final : public RefCounted {
 public:
  // Of a view: as it was last derived. Its array may have been dropped since; dtype and shape stay.
  State state;
  IntrusivePtr<LeafNode> leaf;  // once it has required a gradient as a leaf: see leaf_of
  Tensor grad;
  std::string name;  // of a parameter, for messages
  // The front end's own object for this one, if it has one; that object holds a reference.
  void* wrapper = nullptr;

  std::unique_ptr<ViewLink> view;  // of a view
  TensorImpl* views = nullptr;     // the first of the views that have this object as their base
  uint64_t version = 0;            // of a root: rises with every write
  bool stands_in = false;  // for a tensor that got another value: see `rebase`, `Trace::replace`

  ~TensorImpl() override;
  static void* operator new(size_t size);
  static void operator delete(void* pointer);
};

inline TensorImpl& root_of(TensorImpl& object) { return object.view ? *object.view->root : object; }
inline const TensorImpl& root_of(const TensorImpl& object) {
  return object.view ? *object.view->root : object;
}

}  // namespace mycel

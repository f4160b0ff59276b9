// TensorImpl: the object that Tensor handles point to.
#pragma once

#include <memory>
#include <string>

#include "mycel/tensor/tape.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// Makes an object a view: it shows elements of its base, and writes go through to the base. The
// view keeps its base alive; the base lists its views weakly, and a view leaves the list on
// destruction.
struct ViewLink {
  Tensor base;
  TensorImpl* root = nullptr;      // the last base, not a view: it holds the elements
  const ir::OpDef* op = nullptr;   // derives the view from its base; null: all of it (detach)
  ir::Attributes attributes;       // of `op`
  bool recorded = true;            // the gradient mode in which the view was made
  bool own_edge = false;           // detached, or a leaf: no gradient passes from it to its base
  uint64_t version = kNever;       // the root's, when the view's value was last derived
  TensorImpl* previous = nullptr;  // in the list of its base's views
  TensorImpl* next = nullptr;

  static constexpr uint64_t kNever = ~uint64_t{0};
  static void* operator new(size_t size);
  static void operator delete(void* pointer);
};

class TensorImpl final : public RefCounted {
 public:
  // For a view, as last derived. Its array may have been dropped since; dtype and shape stay.
  State state;
  IntrusivePtr<LeafNode> leaf;  // set once it has required a gradient as a leaf: see leaf_of
  Tensor grad;
  std::string name;  // of a parameter, for messages
  // The front end's object for this one, if any; that object holds a reference to this one.
  void* wrapper = nullptr;

  std::unique_ptr<ViewLink> view;  // set for a view
  TensorImpl* views = nullptr;     // head of the list of views of this object
  uint64_t version = 0;            // of a root: incremented by every write
  bool stands_in = false;  // for a tensor whose value was replaced: see `rebase`, `Trace::replace`

  TensorImpl();  // user-provided: otherwise new TensorImpl() would first fill it with zeros
  ~TensorImpl() override;
  static void* operator new(size_t size);
  static void operator delete(void* pointer);
};

inline TensorImpl::TensorImpl() = default;

inline TensorImpl& root_of(TensorImpl& object) { return object.view ? *object.view->root : object; }
inline const TensorImpl& root_of(const TensorImpl& object) {
  return object.view ? *object.view->root : object;
}

}  // namespace mycel

// Finds arguments of a compiled function that share a base with each other or a captured tensor.
#pragma once

#include <unordered_set>
#include <vector>

#include "mycel/tensor/view.h"

namespace mycel::compiler {

// The chain of views that leads from a base to a view; it can be replayed on another base.
class ViewChain {
 public:
  ViewChain() = default;
  // `base` is the view itself or one of its bases.
  ViewChain(const TensorImpl& base, const TensorImpl& view);

  bool empty() const { return steps_.empty(); }
  // Appends a step: `link` belongs to a view of the chain's present end.
  void add(const ViewLink& link);
  // Whether this chain leads from `base` to `view`.
  bool leads(const TensorImpl& base, const TensorImpl& view) const;
  // Replays the chain on another base and returns the view.
  Tensor follow(const Tensor& base) const;
  // Connects `value` as this view of `base`, either with an edge of its own or to be derived from
  // `base` at the next read. The chain must not be empty.
  void connect_end(const Tensor& value, const Tensor& base, bool own_edge) const;

 private:
  std::vector<ViewStep> steps_;
};

// Arguments enter a trace as values, even if they are views. If several share a base, or one shares
// its base with a captured tensor, and the trace writes it, the base enters instead and the
// arguments become views of it. A base that is a captured tensor enters as a captured tensor.
class BaseSharing {
 public:
  static constexpr size_t kNone = ~size_t{0};

  struct Base {
    const TensorImpl* root = nullptr;  // while it is traced
    Tensor outer;                      // if it is a captured tensor
    size_t place = kNone;              // otherwise its place among the entering tensors
    size_t argument = 0;               // the first that is a view of it
    ir::Type type;
    bool requires_grad = false;
  };
  // A view of a base that does not share its gradient (detached). It is an argument, or a base
  // between an argument and the root. It becomes an extra input if it has its own edge or a `.grad`
  // and is not a captured tensor.
  struct Detached {
    const TensorImpl* object;  // while it is traced
    size_t argument;           // the first that is a view of it
    size_t base;
    ViewChain chain;
    Tensor outer;  // if it is a captured tensor
    size_t place = kNone;
    bool has_gradient = false;
  };
  // An argument that is a view of a base and has the gradient of the base or of a detached view.
  struct Member {
    size_t argument;
    size_t base;
    size_t detached = kNone;
    ViewChain chain;       // from the tensor whose gradient it has
    Tensor outer;          // if it is a captured tensor
    size_t number = 0;     // equal for members that are one object
    size_t place = kNone;  // where it enters as well, for its `.grad`
  };

  bool empty() const { return bases_.empty(); }
  const std::vector<Base>& bases() const { return bases_; }
  const std::vector<Detached>& detached() const { return detached_; }
  const std::vector<Member>& members() const { return members_; }
  static TensorImpl& detached_in(const Tensors& arguments, const Detached& view);
  // Adds `root` as a base and the arguments that are views of it as members. After all bases are
  // added, place_all decides where each enters. `outers` are the captured tensors.
  void add(const Tensors& arguments, TensorImpl& root, bool outer,
           const std::unordered_set<const TensorImpl*>& outers);
  void place_all(const Tensors& arguments);
  // Whether the members are the same views of the same bases as when they were traced.
  bool holds(const Tensors& arguments) const;
  // Returns the tensors that enter: arguments that are not members, in order, then bases, then
  // detached views with a gradient, then members with a `.grad`.
  Tensors entering(const Tensors& arguments) const;
  // Whether the tensor that enters at this place is a view of a base that enters, too.
  bool is_view_of_base(size_t place) const { return place >= first_view_; }

 private:
  struct Entry {
    size_t argument;
    enum class Kind : uint8_t { kItself, kBase, kDetached } kind;
  };
  void add_member(TensorImpl& argument, size_t number, TensorImpl& root);
  void place_members(const Tensors& arguments);
  bool has_as_traced(const Tensors& arguments, const Detached& view) const;
  bool has_as_traced(const Tensors& arguments, const Member& member) const;
  TensorImpl& root_in(const Tensors& arguments, const Base& base) const;

  std::vector<Base> bases_;
  std::vector<Detached> detached_;
  std::vector<Member> members_;
  std::vector<Entry> entries_;  // by place
  size_t first_view_ = kNone;
  std::unordered_set<const TensorImpl*> outers_;
};

}  // namespace mycel::compiler

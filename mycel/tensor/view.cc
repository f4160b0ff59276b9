#include "mycel/tensor/view.h"

#include <optional>

#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/edges_here.h"
#include "mycel/tensor/leaf.h"
#include "mycel/tensor/trace.h"
#include "mycel/tensor/view_geometry.h"

namespace mycel {
namespace {

Tensor handle(TensorObject& object) { return Tensor(IntrusivePtr<TensorObject>(&object)); }

// Whether the elements of a root may lie otherwise than row-major.
bool has_strides(const TensorObject& root) {
  const Payload& payload = root.state.payload;
  return payload.is_traced() && payload.trace->strides(root);
}

// Whether every gradient mode from `from` up to `ancestor` is `recorded`.
bool same_mode_up_to(TensorObject* from, const TensorObject* ancestor, bool recorded) {
  for (; from != ancestor; from = from->view->base.object()) {
    if (from->view->recorded != recorded) return false;
  }
  return true;
}

bool same_elements(const NDArray& a, const NDArray& b) {
  return a.shape() == b.shape() && a.strides() == b.strides() && a.offset() == b.offset();
}

// A base of `base` that shows the elements as the new view does, or nullptr: `shows(base)` says
// which does. A view without a gradient of its own gets none past a base that has one.
template <class Shows>
TensorObject* equal_ancestor(TensorObject& base, const ViewStep& step, const Shows& shows) {
  constexpr int kFarthest = 16;
  TensorObject* at = &base;
  for (int i = 0; i < kFarthest && at->view && (step.own_edge || !at->view->own_edge); ++i) {
    at = at->view->base.object();
    bool may_be = step.own_edge || same_mode_up_to(&base, at, step.recorded);
    if (may_be && shows(*at)) return at;
  }
  return nullptr;
}

// Nothing if the new view is a copy.
std::optional<Geometry> new_geometry(const Tensor& view, TensorObject& base, const ViewStep& step) {
  Geometry geometry = geometry_of(base);
  if (!step.op) return geometry;
  return through_view(*step.op, step.attributes, view.dims(), geometry);
}

// Where the state of a view is kept, and the version that it was derived from: the open trace has
// its own of an object from outside.
struct Derived {
  State& state;
  uint64_t& version;
};
Derived derived(TensorObject& view) {
  if (!is_outer(view)) return {view.state, view.view->version};
  TraceSlot& slot = context().trace->slot(handle(view));
  return {slot.current, slot.derived};
}

State step_of(const ViewLink& link, State base) {
  if (!link.op) return base;
  GradMode mode(link.recorded && !link.own_edge);
  Tensor value = apply(*link.op, Operands(Tensor(std::move(base))), link.attributes)[0];
  return value.object()->state;
}

// From a base that is up to date; without the edges that stand for others on this thread alone.
void derive(TensorObject& view, uint64_t version) {
  const ViewLink& link = *view.view;
  const TensorObject& base = *link.base.object();
  State next = step_of(link, is_outer(base) ? context().trace->read(link.base) : base.state);
  Derived here = derived(view);
  if (link.own_edge) next.edge = here.state.edge;
  here.state = std::move(next);
  here.version = version;
}

// Operations on a traced tensor belong to its own trace, also while another one is open.
class OwnTrace {
 public:
  explicit OwnTrace(const TensorObject& object) {
    const Payload& payload = object.state.payload;
    if (payload.is_traced() && payload.trace.get() != context().trace) {
      scope_.emplace(*payload.trace);
    }
  }

 private:
  std::optional<TraceScope> scope_;
};

bool is_over(const TensorObject& object) {
  const Payload& payload = object.state.payload;
  return payload.is_traced() && payload.trace->finished();
}

// Calls f(view) for all views of the object, and the views of these.
template <class F>
void for_each_view(TensorObject& object, const F& f) {
  TensorObject* at = object.views;
  while (at) {
    f(*at);
    if (at->views) {
      at = at->views;
      continue;
    }
    while (at != &object && !at->view->next) at = at->view->base.object();
    at = at == &object ? nullptr : at->view->next;
  }
}

void enter_list(TensorObject& view) {
  ViewLink& link = *view.view;
  TensorObject& base = *link.base.object();
  link.previous = nullptr;
  link.next = base.views;
  if (base.views) base.views->view->previous = &view;
  base.views = &view;
}

void leave_list(TensorObject& view) {
  ViewLink& link = *view.view;
  if (link.next) link.next->view->previous = link.previous;
  if (link.previous) {
    link.previous->view->next = link.next;
  } else {
    link.base.object()->views = link.next;
  }
}

}  // namespace

void connect(const Tensor& view, const Tensor& base, ViewStep step, uint64_t version) {
  TensorObject& object = *view.object();
  TensorObject* of = base.object();
  if ((of->view || has_strides(*of)) && has_geometry(*of) && is_static(view.dims())) {
    // In a row-major root's buffer two arrays tell by themselves whether they show the same
    // elements.
    const NDArray &array = object.state.payload.array, &whole = root_of(*of).state.payload.array;
    bool in_root = array.defined() && array.buffer() == whole.buffer() && whole.is_row_major();
    std::optional<Geometry> geometry;
    if (!in_root) {
      geometry = new_geometry(view, *of, step);
      if (!geometry) return;
    }
    auto shows = [&](const TensorObject& at) {
      const NDArray& there = at.state.payload.array;
      if (in_root && there.buffer() == array.buffer()) return same_elements(there, array);
      if (!geometry) geometry = new_geometry(view, *of, step);
      return same_elements(geometry_of(at), *geometry);
    };
    if (TensorObject* ancestor = equal_ancestor(*of, step, shows)) {
      of = ancestor;
      step.op = nullptr;
      step.attributes = {};
    }
  }
  object.view = std::make_unique<ViewLink>();
  ViewLink& link = *object.view;
  link.base = handle(*of);
  link.root = &root_of(*of);
  link.op = step.op;
  link.attributes = step.attributes.own();
  link.recorded = step.recorded;
  link.own_edge = step.own_edge;
  link.version = version;
  enter_list(object);
}

Tensor disconnect(TensorObject& view) {
  leave_list(view);
  Tensor base = std::move(view.view->base);
  view.view = nullptr;
  return base;
}

TensorObject& gradient_root_of(TensorObject& object) {
  TensorObject* at = &object;
  while (at->view && !at->view->own_edge) at = at->view->base.object();
  return *at;
}

uint64_t version_here(const TensorObject& object) {
  const TensorObject& root = root_of(object);
  if (!is_outer(root)) return root.version;
  const TraceSlot* slot = context().trace->find_slot(root);
  return slot ? slot->version : 0;
}

void refresh(TensorObject& view) {
  bool outside = !context().trace && !view.state.payload.is_traced();
  if (outside && view.view->version == view.view->root->version) return;
  if (is_over(view)) return;  // its use raises
  OwnTrace own(view);
  uint64_t now = version_here(view);
  InlineVector<TensorObject*, 8> old;
  for (TensorObject* at = &view; at->view && derived(*at).version != now;
       at = at->view->base.object()) {
    old.push_back(at);
  }
  for (; !old.empty(); old.pop_back()) derive(*old.back(), now);
}

State view_state(TensorObject& view) {
  refresh(view);
  if (!has_edges_here()) return view.state;
  TensorObject& owner = gradient_root_of(view);
  if (is_outer(owner)) return view.state;  // derived from the trace's own value and edge
  const Edge* edge = find_edge_here(owner);
  if (!edge || &owner == &view) return {view.state.payload, edge ? *edge : view.state.edge};
  // Another edge stands for that of the base on this thread.
  InlineVector<const ViewLink*, 8> steps;
  for (TensorObject* at = &view; at != &owner; at = at->view->base.object()) {
    steps.push_back(at->view.get());
  }
  State state{owner.state.payload, *edge};
  for (; !steps.empty(); steps.pop_back()) state = step_of(*steps.back(), std::move(state));
  return state;
}

void drop_cached_views(TensorObject& object) {
  for_each_view(object, [](TensorObject& view) {
    if (view.state.payload.is_traced()) return;
    view.state.payload.array.drop_buffer();
    view.view->version = ViewLink::kNever;
  });
}

Tensor rebase(TensorObject& object, State state, bool keep) {
  Tensor old;
  if (object.views || keep) {  // another object takes its place among them
    old = Tensor(object.state);
    TensorObject& stays = *old.object();
    stays.version = object.version;
    stays.stands_in = true;
    std::swap(stays.views, object.views);
    for (TensorObject* view = stays.views; view; view = view->view->next) view->view->base = old;
    if (object.view) {
      const ViewLink& link = *object.view;
      stays.view = std::make_unique<ViewLink>();
      *stays.view = {link.base,     link.root,     link.op,     link.attributes,
                     link.recorded, link.own_edge, link.version};
      enter_list(stays);
    } else {
      for_each_view(stays, [&](TensorObject& view) { view.view->root = &stays; });
    }
  }
  if (object.view) disconnect(object);
  ++object.version;
  object.state = std::move(state);
  return old;
}

void replace_value(const Tensor& tensor, const Tensor& value) {
  wait_to_assign(*tensor.object(), *value.object());
  const Tensor& target = *current(tensor);
  TensorObject& object = *target.object();
  if (is_same_view(object, *current(value)->object())) return;  // p.data += 1 sets it again
  if (leaf_of(*tensor.object()) && !is_floating(value.dtype())) {
    fail(Code::kType,
         "[data] expects a floating-point tensor for one that requires a gradient, got {}",
         ir::to_string(value.type()));
  }
  bool same_type = tensor.type() == value.type();
  if (is_outer(*tensor.object()) && !same_type) {
    fail(Code::kValue,
         "[data] expects a value of type {} for a tensor from outside the compiled function, got "
         "{}; change its type before the call",
         ir::to_string(tensor.type()), ir::to_string(value.type()));
  }
  State state = value.state();
  state.edge = is_outer(object) ? context().trace->edge(target) : target.state().edge;
  if (context().trace) {
    context().trace->replace(tensor, std::move(state));
  } else {
    rebase(object, std::move(state));
    forget_edge_here(object);
  }
  if (!same_type) tensor.object()->grad = {};
}

bool is_same_view(const TensorObject& a, const TensorObject& b) {
  // A step without an operation shows all.
  auto skip_whole = [](const TensorObject* object) {
    while (object->view && !object->view->op) object = object->view->base.object();
    return object;
  };
  const TensorObject *x = skip_whole(&a), *y = skip_whole(&b);
  while (x != y) {
    if (!x->view || !y->view || x->view->op != y->view->op) return false;
    if (!(x->view->attributes == y->view->attributes)) return false;
    x = skip_whole(x->view->base.object());
    y = skip_whole(y->view->base.object());
  }
  return true;
}

bool has_gradient_of(const TensorObject& view, const TensorObject& other) {
  auto owner_of = [](const TensorObject* at) {
    while (at->view && !at->view->own_edge) at = at->view->base.object();
    return at;
  };
  const TensorObject* owner = owner_of(&other);
  const TensorObject* at = &view;
  while (at != owner && at->view && !at->view->own_edge && at->view->recorded) {
    at = at->view->base.object();
  }
  return at == owner;
}

}  // namespace mycel

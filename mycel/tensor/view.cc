#include "mycel/tensor/view.h"

#include <optional>

#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/leaf.h"
#include "mycel/tensor/thread_local_edges.h"
#include "mycel/tensor/trace.h"
#include "mycel/tensor/view_geometry.h"

namespace mycel {
namespace {

Tensor handle(TensorImpl& object) { return Tensor(IntrusivePtr<TensorImpl>(&object)); }

// Whether the trace knows strides of a root that are not row-major.
bool has_strides(const TensorImpl& root) {
  const Payload& payload = root.state.payload;
  return payload.is_traced() && payload.trace->strides(root);
}

// Whether every gradient mode from `from` up to `ancestor` is `recorded`.
bool same_mode_up_to(TensorImpl* from, const TensorImpl* ancestor, bool recorded) {
  for (; from != ancestor; from = from->view->base.object()) {
    if (from->view->recorded != recorded) return false;
  }
  return true;
}

bool same_elements(const NDArray& a, const NDArray& b) {
  return a.shape() == b.shape() && a.strides() == b.strides() && a.offset() == b.offset();
}

// A base of `base` with the elements of the new view, as `shows(base)` tells, or nullptr. The
// search passes a base with a gradient of its own only for a view that has one too.
template <class Shows>
TensorImpl* equal_ancestor(TensorImpl& base, const ViewStep& step, const Shows& shows) {
  constexpr int kFarthest = 16;
  TensorImpl* at = &base;
  for (int i = 0; i < kFarthest && at->view && (step.own_edge || !at->view->own_edge); ++i) {
    at = at->view->base.object();
    bool may_be = step.own_edge || same_mode_up_to(&base, at, step.recorded);
    if (may_be && shows(*at)) return at;
  }
  return nullptr;
}

// nullopt if the new view is a copy.
std::optional<Geometry> new_geometry(const Tensor& view, TensorImpl& base, const ViewStep& step) {
  Geometry geometry = geometry_of(base);
  if (!step.op) return geometry;
  return through_view(*step.op, step.attributes, view.dims(), geometry);
}

// The state of a view, and the version that it was derived from. The open trace keeps its own for
// an object from outside.
struct Derived {
  State& state;
  uint64_t& version;
};
Derived derived(TensorImpl& view) {
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

// Derives a view from a base that is up to date, without this thread's own edges.
void derive(TensorImpl& view, uint64_t version) {
  const ViewLink& link = *view.view;
  const TensorImpl& base = *link.base.object();
  State next = step_of(link, is_outer(base) ? context().trace->read(link.base) : base.state);
  Derived here = derived(view);
  if (link.own_edge) next.edge = here.state.edge;
  here.state = std::move(next);
  here.version = version;
}

// Opens the trace of a traced tensor for a scope: operations on it belong there, also while another
// trace is open.
class OwnTrace {
 public:
  explicit OwnTrace(const TensorImpl& object) {
    const Payload& payload = object.state.payload;
    if (payload.is_traced() && payload.trace.get() != context().trace) {
      scope_.emplace(*payload.trace);
    }
  }

 private:
  std::optional<TraceScope> scope_;
};

bool is_over(const TensorImpl& object) {
  const Payload& payload = object.state.payload;
  return payload.is_traced() && payload.trace->finished();
}

// Calls f(view) for all views of the object, and recursively for theirs.
template <class F>
void for_each_view(TensorImpl& object, const F& f) {
  TensorImpl* at = object.views;
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

void enter_list(TensorImpl& view) {
  ViewLink& link = *view.view;
  TensorImpl& base = *link.base.object();
  link.previous = nullptr;
  link.next = base.views;
  if (base.views) base.views->view->previous = &view;
  base.views = &view;
}

void leave_list(TensorImpl& view) {
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
  TensorImpl& object = *view.object();
  TensorImpl* of = base.object();
  if ((of->view || has_strides(*of)) && has_geometry(*of) && is_static(view.dims())) {
    // Two arrays in the buffer of a row-major root can be compared directly.
    const NDArray &array = object.state.payload.array, &whole = root_of(*of).state.payload.array;
    bool in_root = array.defined() && array.buffer() == whole.buffer() && whole.is_row_major();
    std::optional<Geometry> geometry;
    if (!in_root) {
      geometry = new_geometry(view, *of, step);
      if (!geometry) return;
    }
    auto shows = [&](const TensorImpl& at) {
      const NDArray& there = at.state.payload.array;
      if (in_root && there.buffer() == array.buffer()) return same_elements(there, array);
      if (!geometry) geometry = new_geometry(view, *of, step);
      return same_elements(geometry_of(at), *geometry);
    };
    if (TensorImpl* ancestor = equal_ancestor(*of, step, shows)) {
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

Tensor disconnect(TensorImpl& view) {
  leave_list(view);
  Tensor base = std::move(view.view->base);
  view.view = nullptr;
  return base;
}

TensorImpl& gradient_root_of(TensorImpl& object) {
  TensorImpl* at = &object;
  while (at->view && !at->view->own_edge) at = at->view->base.object();
  return *at;
}

uint64_t version_here(const TensorImpl& object) {
  const TensorImpl& root = root_of(object);
  if (!is_outer(root)) return root.version;
  const TraceSlot* slot = context().trace->find_slot(root);
  return slot ? slot->version : 0;
}

void refresh(TensorImpl& view) {
  bool outside = !context().trace && !view.state.payload.is_traced();
  if (outside && view.view->version == view.view->root->version) return;
  if (is_over(view)) return;  // its use raises
  OwnTrace own(view);
  uint64_t now = version_here(view);
  InlineVector<TensorImpl*, 8> old;
  for (TensorImpl* at = &view; at->view && derived(*at).version != now;
       at = at->view->base.object()) {
    old.push_back(at);
  }
  for (; !old.empty(); old.pop_back()) derive(*old.back(), now);
}

State view_state(TensorImpl& view) {
  refresh(view);
  if (!has_edges_here()) return view.state;
  TensorImpl& owner = gradient_root_of(view);
  if (is_outer(owner)) return view.state;  // derived from the trace's own value and edge
  const Edge* edge = find_edge_here(owner);
  if (!edge || &owner == &view) return {view.state.payload, edge ? *edge : view.state.edge};
  // This thread overrides the edge of the base.
  InlineVector<const ViewLink*, 8> steps;
  for (TensorImpl* at = &view; at != &owner; at = at->view->base.object()) {
    steps.push_back(at->view.get());
  }
  State state{owner.state.payload, *edge};
  for (; !steps.empty(); steps.pop_back()) state = step_of(*steps.back(), std::move(state));
  return state;
}

void drop_cached_views(TensorImpl& object) {
  for_each_view(object, [](TensorImpl& view) {
    if (view.state.payload.is_traced()) return;
    view.state.payload.array.drop_buffer();
    view.view->version = ViewLink::kNever;
  });
}

Tensor rebase(TensorImpl& object, State state, bool keep) {
  Tensor old;
  if (object.views || keep) {  // another object becomes their base
    old = Tensor(object.state);
    TensorImpl& stays = *old.object();
    stays.version = object.version;
    stays.stands_in = true;
    std::swap(stays.views, object.views);
    for (TensorImpl* view = stays.views; view; view = view->view->next) view->view->base = old;
    if (object.view) {
      const ViewLink& link = *object.view;
      stays.view = std::make_unique<ViewLink>();
      *stays.view = {link.base,     link.root,     link.op,     link.attributes,
                     link.recorded, link.own_edge, link.version};
      enter_list(stays);
    } else {
      for_each_view(stays, [&](TensorImpl& view) { view.view->root = &stays; });
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
  TensorImpl& object = *target.object();
  if (is_same_view(object, *current(value)->object())) return;  // p.data += 1 assigns it again
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

bool is_same_view(const TensorImpl& a, const TensorImpl& b) {
  // A step without an operation shows all of the base.
  auto skip_whole = [](const TensorImpl* object) {
    while (object->view && !object->view->op) object = object->view->base.object();
    return object;
  };
  const TensorImpl *x = skip_whole(&a), *y = skip_whole(&b);
  while (x != y) {
    if (!x->view || !y->view || x->view->op != y->view->op) return false;
    if (!(x->view->attributes == y->view->attributes)) return false;
    x = skip_whole(x->view->base.object());
    y = skip_whole(y->view->base.object());
  }
  return true;
}

bool has_gradient_of(const TensorImpl& view, const TensorImpl& other) {
  auto owner_of = [](const TensorImpl* at) {
    while (at->view && !at->view->own_edge) at = at->view->base.object();
    return at;
  };
  const TensorImpl* owner = owner_of(&other);
  const TensorImpl* at = &view;
  while (at != owner && at->view && !at->view->own_edge && at->view->recorded) {
    at = at->view->base.object();
  }
  return at == owner;
}

}  // namespace mycel

#include "mycel/tensor/row_major_views.h"

#include <algorithm>

#include "mycel/ir/function.h"
#include "mycel/tensor/tensor_impl.h"

namespace mycel {

void RowMajorViews::note(const Tensor& view) {
  TensorImpl& root = root_of(*view.object());
  const ir::Value* value = root.state.payload.traced;
  RowMajorViews* innermost = Innermost<RowMajorViews>::get();
  if (!innermost || !value || value->producer()) return;
  Tensor kept{IntrusivePtr<TensorImpl>(&root)};  // keeps the address from being reused
  if (!innermost->has(kept)) innermost->roots_.push_back(std::move(kept));
}

bool RowMajorViews::has(const Tensor& root) const {
  return std::any_of(roots_.begin(), roots_.end(),
                     [&](const Tensor& known) { return known.same_object(root); });
}

}  // namespace mycel

#include "mycel/codegen/partition/groups.h"

#include <algorithm>

#include "mycel/codegen/analysis/analysis.h"
#include "mycel/codegen/analysis/sort_by.h"

namespace mycel::codegen::schedule {
namespace {

using te::Node;

// Whether both formulas contain a common reduction that depends on no axes but `axes`.
bool share_reduction(const Target& a, const Target& b, const AxisIds& axes) {
  std::vector<te::Expr> roots{a.value, b.value};
  Analysis analysis(roots);
  std::vector<const Node*> first = te::post_order({&a.value, 1});
  std::vector<const Node*> second = te::post_order({&b.value, 1});
  return std::any_of(first.begin(), first.end(), [&](const Node* node) {
    return node->kind == te::Kind::kReduce && is_subset(analysis.free(node), axes) &&
           std::find(second.begin(), second.end(), node) != second.end();
  });
}

}  // namespace

std::vector<Group> make_groups(std::vector<Target> targets) {
  sort_by(targets, [](const Target& target) { return -std::ssize(target.axes); });
  std::vector<Group> groups;
  for (Target& target : targets) {
    AxisIds axes = ids(target.axes);
    auto fits = [&](const Group& group) {
      AxisIds outer = ids(group.targets[0].axes);
      return axes == outer ||
             (is_subset(axes, outer) && share_reduction(group.targets[0], target, axes));
    };
    auto group = std::find_if(groups.begin(), groups.end(), fits);
    if (group == groups.end()) group = groups.insert(groups.end(), Group{});
    group->targets.push_back(std::move(target));
  }
  return groups;
}

}  // namespace mycel::codegen::schedule

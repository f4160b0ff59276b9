#include "mycel/te/stages.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "mycel/te/formula.h"
#include "mycel/te/free_axes.h"
#include "mycel/te/node_table.h"

namespace mycel::te {
namespace {

Computation unified(Computation computation) {
  unify(computation);
  return computation;
}

class Splitter {
 public:
  explicit Splitter(const Computation& computation)
      : computation_(unified(computation)),
        analysis_(roots(computation_)),
        first_output_(static_cast<int>(computation.inputs.size())),
        next_array_(first_output_ + static_cast<int>(computation.outputs.size())) {}

  Stages run() {
    Rewriter rewriter(table_, [this](const Node& node, const std::vector<Expr>& operands) -> Expr {
      if (node.kind == Kind::kReduce) return load_reduction(node, operands);
      return node.kind == Kind::kScan ? load_scan(node, operands) : Expr();
    });
    std::vector<Stage> maps;
    for (size_t i = 0; i < computation_.outputs.size(); ++i) {
      outer_ = computation_.outputs[i].axes;
      Stage& map = map_over(outer_, maps);
      map.bodies.push_back(rewriter.run(computation_.outputs[i].value));
      map.targets.push_back(first_output_ + static_cast<int>(i));
    }
    std::move(maps.begin(), maps.end(), std::back_inserter(result_.stages));
    return std::move(result_);
  }

 private:
  // The temporaries of a finished stage, and their axes.
  struct Made {
    int first_array = 0;
    std::vector<Axis> axes;
  };
  using Key = std::tuple<Stage::Kind, Reducer, std::vector<int64_t>, std::vector<const Node*>>;

  static Stage& map_over(const std::vector<Axis>& axes, std::vector<Stage>& maps) {
    for (Stage& map : maps) {
      if (map.free == axes) return map;
    }
    Stage& map = maps.emplace_back();
    map.free = axes;
    return map;
  }

  // Both results of an arg-reduction come from one stage.
  Expr load_reduction(const Node& node, const std::vector<Expr>& operands) {
    const Made& made = stage(Stage::Kind::kReduce, node, operands, analysis_.free(&node));
    return load(made.first_array + node.result, node.dtype, indices(made.axes));
  }

  // Loads from the table of all prefixes.
  Expr load_scan(const Node& node, const std::vector<Expr>& operands) {
    const Made& made =
        stage(Stage::Kind::kScan, node, {operands[0]}, analysis_.free(node.operands[0].get()));
    std::vector<Expr> at = indices(made.axes);
    at[0] = operands[1];
    return load(made.first_array, node.dtype, std::move(at));
  }

  const Made& stage(Stage::Kind kind, const Node& node, std::vector<Expr> bodies,
                    const AxisSet& free) {
    Key key{kind, node.reducer, {}, {}};
    for (const Axis& axis : node.axes) std::get<2>(key).push_back(axis.id);
    for (const Expr& body : bodies) std::get<3>(key).push_back(body.get());
    auto [made, fresh] = made_.try_emplace(std::move(key));
    if (!fresh) return made->second;

    Stage stage{kind,      node.reducer,      ordered(analysis_.list(free)),
                node.axes, std::move(bodies), {}};
    std::erase(stage.free, node.axes[0]);  // a scan's body depends on it
    made->second = {next_array_, stage.free};
    if (kind == Stage::Kind::kScan)
      made->second.axes.insert(made->second.axes.begin(), node.axes[0]);
    for (const Expr& body : stage.bodies) {
      stage.targets.push_back(add_temporary(body->dtype, made->second.axes));
    }
    result_.stages.push_back(std::move(stage));
    return made->second;
  }

  // Sorts axes as in the output, so that neighbours in the output are neighbours in the temporary;
  // appends the others.
  std::vector<Axis> ordered(const std::vector<Axis>& axes) const {
    auto holds = [](const std::vector<Axis>& list, const Axis& axis) {
      return std::find(list.begin(), list.end(), axis) != list.end();
    };
    std::vector<Axis> out;
    for (const Axis& axis : outer_) {
      if (holds(axes, axis)) out.push_back(axis);
    }
    for (const Axis& axis : axes) {
      if (!holds(outer_, axis)) out.push_back(axis);
    }
    return out;
  }

  int add_temporary(DType dtype, const std::vector<Axis>& axes) {
    Dims dims;
    for (const Axis& axis : axes) dims.push_back(axis.extent);
    result_.temporaries.push_back({dtype, dims});
    return next_array_++;
  }

  Computation computation_;
  AxisAnalysis analysis_;
  NodeTable table_;
  std::vector<Axis> outer_;  // the axes of the current output
  int first_output_, next_array_;
  std::map<Key, Made> made_;
  Stages result_;
};

}  // namespace

Stages split_into_stages(const Computation& computation) { return Splitter(computation).run(); }

}  // namespace mycel::te

// Defines an operation in one statement, which fills its static facts (ir::OpDef) and its rules
// (OpRules). Everything else that the framework knows about it is derived from these.
//
//   struct Softplus {};
//   define<Softplus>("softplus", "log(1 + exp(x)), element by element.")
//       .input("x", "any shape", floating)
//       .elementwise([](te::Expr x) { return te::log1p(te::exp(x)); })
//       .vjp([](const Vjp& g, Softplus) { return g.cotangent() * sigmoid(g.input()); })
//       .samples({{any(2, 3)}});
#pragma once

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "mycel/define/attribute_traits.h"
#include "mycel/define/samples.h"
#include "mycel/define/shape_rules.h"
#include "mycel/ir/format.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/trace.h"

namespace mycel {

inline constexpr ir::DTypeSet any_dtype = ir::DTypeSet::kAny;
inline constexpr ir::DTypeSet numeric = ir::DTypeSet::kNumeric;
inline constexpr ir::DTypeSet floating = ir::DTypeSet::kFloating;
inline constexpr ir::DTypeSet integer = ir::DTypeSet::kInteger;
inline constexpr ir::DTypeSet integral = ir::DTypeSet::kIntegral;
inline constexpr ir::DTypeSet boolean = ir::DTypeSet::kBool;

inline Tensors to_tensors(Tensor t) { return {std::move(t)}; }
inline Tensors to_tensors(Tensors t) { return t; }
// Calls an operation of two results.
template <class A, class... T>
std::pair<Tensor, Tensor> call_for_two(const A& attributes, const T&... inputs) {
  Tensors both = call_n(attributes, inputs...);
  return {both[0], both[1]};
}

inline ir::Types to_types(ir::Type t) { return {std::move(t)}; }
inline ir::Types to_types(ir::Types t) { return t; }

// Calls a body with all operands as one list, or one by one, absent ones undefined; then with
// `options`.
template <class F, class... Options, class... T>
Tensors run_body(const F& body, const Tensors& in, const std::tuple<Options...>& options,
                 const T&... operands) {
  static_assert(sizeof...(T) <= 8,
                "a body takes (Tensor..., options...) or (const Tensors&, options...)");
  auto run = [&](const auto&... inputs) {
    return std::apply([&](const auto&... o) { return to_tensors(body(inputs..., o...)); }, options);
  };
  if constexpr (std::is_invocable_v<F, const Tensors&, Options...>) {
    return run(in);
  } else if constexpr (std::is_invocable_v<F, const T&..., Options...>) {
    return run(operands...);
  } else {
    size_t next = sizeof...(T);
    return run_body(body, in, options, operands..., next < in.size() ? in[next] : Tensor());
  }
}

// The formula of an element of the operands' elements, with the attributes if it takes them.
template <class F, class A, class... T>
te::Expr element_of(const F& f, const std::vector<te::Expr>& x, const A& a, const T&... elements) {
  static_assert(sizeof...(T) <= 3, "a formula takes (te::Expr...) or (te::Expr..., const A&)");
  if constexpr (std::is_invocable_v<F, const T&..., const A&>) {
    return f(elements..., a);
  } else if constexpr (std::is_invocable_v<F, const T&...>) {
    return f(elements...);
  } else {
    return element_of(f, x, a, elements..., x[sizeof...(T)]);
  }
}

// The part of the builder that does not depend on the attributes' type.
class DefinitionBase {
 public:
  DefinitionBase(std::string_view name, std::string doc, bool user_function);
  ir::OpDef& op() { return op_; }
  OpRules& op_rules() { return rules(op_); }

 protected:
  std::span<ir::OperandSpec> last_operands(size_t count) {
    return std::span(op_.operands).last(count);
  }
  void add_operand(std::string name, std::string doc, ir::DTypeSet dtypes, bool optional = false,
                   bool variadic = false);
  void set_role(ir::AttributeRole role);
  using Element = std::function<te::Expr(const std::vector<te::Expr>&, const ir::Call&)>;
  void set_elementwise(Element value);

  ir::OpDef& op_;
  bool has_default_output_ = true;
};

template <class A>
class Definition : public DefinitionBase {
 public:
  Definition(std::string_view name, std::string doc, bool user_function = false)
      : DefinitionBase(name, std::move(doc), user_function) {
    op_.attributes.template set_struct<A>();
    OpOf<A>::def = &op_;
  }

  // --- operands, attributes, results -------------------------------------------------------------
  Definition& input(std::string name, std::string doc, ir::DTypeSet dtypes = any_dtype) {
    add_operand(std::move(name), std::move(doc), dtypes);
    return *this;
  }
  Definition& optional_input(std::string name, std::string doc, ir::DTypeSet dtypes = any_dtype) {
    add_operand(std::move(name), std::move(doc), dtypes, true);
    return *this;
  }
  // Several that are described alike.
  Definition& optional_inputs(std::initializer_list<const char*> names, const std::string& doc,
                              ir::DTypeSet dtypes = any_dtype) {
    for (const char* name : names) add_operand(name, doc, dtypes, true);
    return *this;
  }
  Definition& variadic_input(std::string name, std::string doc, ir::DTypeSet dtypes = any_dtype) {
    add_operand(std::move(name), std::move(doc), dtypes, false, true);
    return *this;
  }
  // Promotes the last inputs to a common dtype with the others that promote.
  Definition& promotes(size_t count = 1) {
    for (ir::OperandSpec& spec : last_operands(count)) spec.promotes = true;
    return *this;
  }
  // Gives the last inputs no gradient.
  Definition& no_gradient(size_t count = 1) {
    for (ir::OperandSpec& spec : last_operands(count)) spec.differentiable = false;
    return *this;
  }
  // A member of A, or of a base of A.
  template <class M, class Base>
  Definition& attribute(M Base::* member, std::string name, std::string doc,
                        std::vector<std::string> choices = {}) {
    op_.attributes.fields.push_back(
        attribute_field<A, M>(member, std::move(name), std::move(doc), std::move(choices)));
    return *this;
  }
  // A member of a struct that several operations have as a member.
  template <class M, class Part, class Base>
  Definition& attribute(Part Base::* part, M Part::* member, std::string name, std::string doc) {
    auto at = [part, member](auto* a) -> auto& { return a->*part.*member; };
    op_.attributes.fields.push_back(attribute_field_at<A>(at, std::move(name), std::move(doc), {}));
    return *this;
  }
  // Attributes with a role (ir/attribute_role.h); dims reach the rules counted from the front.
  template <class... Field>
  Definition& dim(Field&&... field) {
    return attribute(std::forward<Field>(field)...).role(ir::AttributeRole::kDim);
  }
  template <class... Field>
  Definition& dims(Field&&... field) {
    return attribute(std::forward<Field>(field)...).role(ir::AttributeRole::kDims);
  }
  template <class... Field>
  Definition& dim_order(Field&&... field) {
    return attribute(std::forward<Field>(field)...).role(ir::AttributeRole::kDimOrder);
  }
  template <class... Field>
  Definition& new_dim(Field&&... field) {
    return attribute(std::forward<Field>(field)...).role(ir::AttributeRole::kNewDim);
  }
  template <class... Field>
  Definition& last_dims(Field&&... field) {
    return attribute(std::forward<Field>(field)...).role(ir::AttributeRole::kLastDims);
  }
  template <class... Field>
  Definition& extents(Field&&... field) {
    return attribute(std::forward<Field>(field)...).role(ir::AttributeRole::kExtents);
  }
  template <class... Field>
  Definition& broadcast_extents(Field&&... field) {
    return attribute(std::forward<Field>(field)...).role(ir::AttributeRole::kBroadcast);
  }
  template <class... Field>
  Definition& new_extent(Field&&... field) {
    return attribute(std::forward<Field>(field)...).role(ir::AttributeRole::kNewExtent);
  }
  template <class... Field>
  Definition& pairs_from_last(Field&&... field) {
    return attribute(std::forward<Field>(field)...).role(ir::AttributeRole::kPairsFromLast);
  }
  template <class... Field>
  Definition& per_spatial_dim(Field&&... field) {
    return attribute(std::forward<Field>(field)...).role(ir::AttributeRole::kPerSpatialDim);
  }
  template <class... Field>
  Definition& groups(Field&&... field) {
    return attribute(std::forward<Field>(field)...).role(ir::AttributeRole::kGroups);
  }
  template <class... Field>
  Definition& per_dim(ir::Unchanged unchanged, Field&&... field) {
    attribute(std::forward<Field>(field)...).role(ir::AttributeRole::kPerDim);
    op_.attributes.fields.back().unchanged = unchanged;
    return *this;
  }
  // The dims of the operands have fixed places, counted from the front (N, C, H, W).
  Definition& fixes_dims() {
    op_.fixes_dims = true;
    return *this;
  }
  // Adds a result. Without a call the operation has one, "output".
  Definition& output(std::string name, std::string doc = "", bool differentiable = true) {
    if (has_default_output_) op_.results.clear();
    has_default_output_ = false;
    op_.results.push_back({std::move(name), std::move(doc), differentiable});
    return *this;
  }

  // Adds what several operations declare: declares(definition).
  template <class F>
  Definition& with(F declares) {
    declares(*this);
    return *this;
  }

  // --- rules -------------------------------------------------------------------------------------
  // Raises errors for operands or attributes that do not fit, before the types of the results are
  // inferred: (const ir::Call&, const A&). Call it after infer or elementwise.
  template <class F>
  Definition& expects(F f) {
    op_.infer = [f, inner = op_.infer](const ir::Call& call, ir::Types& out) {
      f(call, call.as<A>());
      inner(call, out);
    };
    op_rules().infers = true;
    return *this;
  }
  // Types of the results, where those of the formula or the body take long to derive:
  // (const ir::Call&, const A&) -> ir::Type or ir::Types.
  template <class F>
  Definition& infer(F f) {
    op_.infer = [f](const ir::Call& call, ir::Types& out) {
      out = to_types(f(call, call.as<A>()));
    };
    op_rules().infers = true;
    return *this;
  }
  template <class F>
  Definition& axes(F f) {
    op_rules().axes = [f](const ir::Call& call) { return f(call, call.as<A>()); };
    return *this;
  }
  template <class F>
  Definition& cost(F f) {
    op_.cost = [f](const ir::Call& call) { return f(call, call.as<A>()); };
    return *this;
  }
  // A primitive: (te::Formula&, const ir::Call&, const A&), which calls formula.output(...).
  template <class F>
  Definition& formula(F f) {
    op_.kind = ir::OpKind::kPrimitive;
    op_rules().formula = [f](const ir::Call& call) {
      te::Formula formula = start_formula(call);
      f(formula, call, call.as<A>());
      return formula.take();
    };
    return *this;
  }
  // An elementwise primitive: te::Expr(te::Expr...) or te::Expr(te::Expr..., const A&), with
  // broadcasting. Sets inference (the common dtype, unless infer(...) comes after it) and the
  // layout rule. Elements of half-width floats arrive as float32, absent operands as null.
  template <class F>
  Definition& elementwise(F f) {
    set_elementwise([f](const std::vector<te::Expr>& x, const ir::Call& call) {
      return element_of(f, x, call.as<A>());
    });
    return *this;
  }
  // Like elementwise, with integers and bools converted to the default float, the result's dtype.
  template <class F>
  Definition& elementwise_float(F f) {
    set_elementwise([f](std::vector<te::Expr> x, const ir::Call& call) {
      for (te::Expr& element : x) {
        if (!is_floating(element->dtype)) element = te::cast(element, kDefaultFloat);
      }
      return element_of(f, x, call.as<A>());
    });
    op_.infer = [inner = op_.infer](const ir::Call& call, ir::Types& out) {
      inner(call, out);
      if (!is_floating(out[0].dtype)) out[0].dtype = kDefaultFloat;
    };
    return *this;
  }
  // Sets a result dtype that is not the operands' (comparisons). Call it after elementwise.
  Definition& result_dtype(DType dtype) {
    op_.infer = [inner = op_.infer, dtype](const ir::Call& call, ir::Types& out) {
      inner(call, out);
      for (ir::Type& type : out) type.dtype = dtype;
    };
    return *this;
  }
  // A primitive without a formula: backends/ has a reference and a CPU kernel for it.
  Definition& kernel_primitive() {
    op_.kind = ir::OpKind::kKernel;
    return *this;
  }
  // A composite: (Tensor..., const A&) or (const Tensors&, const A&) -> Tensor or Tensors.
  template <class F>
  Definition& body(F f) {
    return body_with(f, [](const A& a) { return std::tuple<const A&>(a); });
  }
  // The same for a function that takes these members of A, in place of A.
  template <class F, class... M>
  Definition& body(F f, M A::*... members) {
    return body_with(f, [=](const A& a) { return std::tuple<const M&...>(a.*members...); });
  }
  // (const Vjp&, const A&) -> Tensor (of the first operand) or Tensors (one per operand).
  template <class F>
  Definition& vjp(F f) {
    op_rules().vjp = [f](const Vjp& g, const ir::Attributes& attributes) {
      return to_tensors(f(g, attributes.as<A>()));
    };
    return *this;
  }
  // One such rule per operand, each called where its gradient is needed; nullptr for none.
  template <class F, class G, class... More>
  Definition& vjp(F first, G second, More... more) {
    op_rules().vjp = [=](const Vjp& v, const ir::Attributes& attributes) {
      Tensors out(v.num_inputs());
      size_t next = 0;
      auto add = [&]<class Rule>(const Rule& rule) {
        size_t i = next++;
        if constexpr (!std::is_null_pointer_v<Rule>) {
          if (i < out.size() && v.needs(i)) out[i] = rule(v, attributes.as<A>());
        }
      };
      add(first), add(second), (add(more), ...);
      return out;
    };
    return *this;
  }
  // Checks the values of concrete operands: (const Tensors&, const A&).
  template <class F>
  Definition& check(F f) {
    op_rules().check = [f](const Tensors& in, const ir::Attributes& attributes) {
      f(in, attributes.as<A>());
    };
    return *this;
  }
  // A view: shows operand 0 under another shape and strides. (const A&, const Dims& out, const
  // NDArray& in, NDArray& view) -> bool; false if a copy is needed. The formula defines the copy.
  template <class F>
  Definition& view(F f) {
    op_.is_view = true;
    op_.view = [f](const ir::Attributes& attributes, const Dims& out, const NDArray& in,
                   NDArray& view) { return f(attributes.as<A>(), out, in, view); };
    return *this;
  }
  // The inverse of a view: (const Tensor& base, const Tensor& values, const A&) -> Tensor, the base
  // with the elements that the view shows replaced by values.
  template <class F>
  Definition& put(F f) {
    op_rules().put = [f](const Tensor& base, const Tensor& values,
                         const ir::Attributes& attributes) {
      return f(base, values, attributes.as<A>());
    };
    return *this;
  }
  Definition& layout(ir::LayoutRule rule) {
    op_.layout = rule;
    return *this;
  }

  // --- documentation, samples, Python ------------------------------------------------------------
  Definition& example(std::string code) {
    op_.example = std::move(code);
    return *this;
  }
  Definition& see(std::string source) {
    op_.see = std::move(source);
    return *this;
  }
  Definition& version(int version) {
    op_.version = version;
    return *this;
  }
  Definition& samples(std::initializer_list<SampleOf<A>> samples) {
    for (const SampleOf<A>& sample : samples) {
      op_rules().samples.push_back(
          {sample.inputs,
           ir::Attributes::make(op_.attributes, std::make_shared<A>(sample.attributes)),
           sample.check_order});
    }
    return *this;
  }
  // Where Python exposes it; the default is the function mc.name alone.
  Definition& method() {
    return python([](PythonSpec& p) { p.method = true; });
  }
  Definition& functional() {
    return python([](PythonSpec& p) { p.functional = true; });
  }
  Definition& only_functional() {
    return python([](PythonSpec& p) { p.function = false, p.functional = true; });
  }
  Definition& internal() {
    return python([](PythonSpec& p) { p.function = false; });
  }
  Definition& alias(std::string name) {
    return python([&](PythonSpec& p) { p.aliases.push_back(std::move(name)); });
  }
  Definition& order(std::vector<std::string> names) {
    return python([&](PythonSpec& p) { p.order = std::move(names); });
  }
  // Attributes that Python callers must give.
  Definition& required(std::vector<std::string> names) {
    return python([&](PythonSpec& p) { p.required = std::move(names); });
  }
  // The parameters from `name` on are keyword-only.
  Definition& keyword_only_from(std::string name) {
    return python([&](PythonSpec& p) { p.keyword_only_from = std::move(name); });
  }
  Definition& loose_ints() {
    return python([](PythonSpec& p) { p.varargs_ints = true; });
  }

 private:
  template <class F, class OptionsOf>
  Definition& body_with(F f, OptionsOf options_of) {
    if (op_.kind != ir::OpKind::kStructured) op_.kind = ir::OpKind::kComposite;
    op_rules().body = [=](const Tensors& in, const ir::Attributes& attributes) -> Tensors {
      return run_body(f, in, options_of(attributes.as<A>()));
    };
    return *this;
  }
  template <class F>
  Definition& python(F f) {
    f(op_rules().python);
    return *this;
  }
  // Of the last attribute.
  Definition& role(ir::AttributeRole role) {
    set_role(role);
    return *this;
  }
};

// Defines an operation of the IR.
template <class A>
Definition<A> define(std::string_view name, std::string doc) {
  return Definition<A>(name, std::move(doc));
}
// Defines a function that only composes operations and never appears in the IR. It has the example
// and the source of the operation of its name, if there is one and it states no others.
template <class A>
Definition<A> define_function(std::string_view name, std::string doc) {
  return Definition<A>(name, std::move(doc), true);
}

}  // namespace mycel

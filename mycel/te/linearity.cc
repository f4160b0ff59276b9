#include "mycel/te/linearity.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace mycel::te {
namespace {

constexpr size_t kMostProducts = 64;

uint64_t inputs_of(const Polynomial& x) {
  uint64_t all = x.nonlinear;
  for (uint64_t product : x.products) all |= product;
  return all;
}

// A function of them that is not linear.
Polynomial opaque(uint64_t inputs) { return {.products = {0}, .nonlinear = inputs}; }

Polynomial limited(Polynomial x) {
  std::sort(x.products.begin(), x.products.end());
  x.products.erase(std::unique(x.products.begin(), x.products.end()), x.products.end());
  return x.products.size() <= kMostProducts ? x : opaque(inputs_of(x));
}

Polynomial sum(Polynomial a, const Polynomial& b) {
  a.products.insert(a.products.end(), b.products.begin(), b.products.end());
  a.nonlinear |= b.nonlinear;
  return limited(std::move(a));
}

Polynomial product(const Polynomial& a, const Polynomial& b) {
  Polynomial out{.products = {}, .nonlinear = a.nonlinear | b.nonlinear};
  for (uint64_t x : a.products) {
    for (uint64_t y : b.products) {
      out.nonlinear |= x & y;  // a square
      out.products.push_back(x | y);
    }
  }
  return limited(std::move(out));
}

class Reader {
 public:
  Polynomial read(const Expr& value) {
    for (const Node* node : post_order({&value, 1})) of_[node] = polynomial_of(*node);
    return of_[value.get()];
  }

 private:
  const Polynomial& operand(const Node& node, size_t i) const {
    return of_.at(node.operands[i].get());
  }

  uint64_t inputs_from(const Node& node, size_t first) const {
    uint64_t all = 0;
    for (size_t i = first; i < node.operands.size(); ++i) all |= inputs_of(operand(node, i));
    return all;
  }

  Polynomial polynomial_of(const Node& node) const {
    switch (node.kind) {
      case Kind::kConstant: {
        bool zero = std::visit([](auto x) { return x == 0; }, node.constant);
        return zero ? Polynomial{} : opaque(0);
      }
      case Kind::kLoad: {
        Polynomial out = input_polynomial(static_cast<size_t>(node.input));
        out.nonlinear = inputs_from(node, 0);
        return out;
      }
      case Kind::kCall:
        return call(node);
      case Kind::kReduce:
      case Kind::kScan: {
        if (node.reducer != Reducer::kSum) return opaque(inputs_from(node, 0));
        Polynomial out = operand(node, 0);
        out.nonlinear |= inputs_from(node, 1);
        return out;
      }
      default:
        return opaque(0);
    }
  }

  Polynomial call(const Node& node) const {
    switch (node.fn) {
      case Fn::kNeg:
        return operand(node, 0);
      case Fn::kCast:
        if (!is_floating(node.dtype) || !is_floating(node.operands[0]->dtype)) break;
        return operand(node, 0);
      case Fn::kAdd:
      case Fn::kSub:
        return sum(operand(node, 0), operand(node, 1));
      case Fn::kMul:
        return product(operand(node, 0), operand(node, 1));
      case Fn::kDiv:
        return product(operand(node, 0), opaque(inputs_of(operand(node, 1))));
      case Fn::kSelect: {
        Polynomial out = sum(operand(node, 1), operand(node, 2));
        out.nonlinear |= inputs_of(operand(node, 0));
        return out;
      }
      default:
        break;
    }
    return opaque(inputs_from(node, 0));
  }

  std::unordered_map<const Node*, Polynomial> of_;
};

}  // namespace

bool Polynomial::is_linear_in(uint64_t inputs) const {
  if ((nonlinear & inputs) != 0) return false;
  return std::all_of(products.begin(), products.end(),
                     [&](uint64_t product) { return std::popcount(product & inputs) == 1; });
}

Polynomial polynomial(const Expr& value) { return Reader().read(value); }

Polynomial input_polynomial(size_t input) {
  return {.products = {input < 64 ? uint64_t{1} << input : 0}};
}

Polynomial compose(const Polynomial& outer, const std::vector<Polynomial>& inner) {
  Polynomial out;
  for (uint64_t factors : outer.products) {
    Polynomial term = opaque(0);
    for (size_t i = 0; i < std::min<size_t>(inner.size(), 64); ++i) {
      if (factors >> i & 1) term = product(term, inner[i]);
    }
    out = sum(std::move(out), term);
  }
  for (size_t i = 0; i < inner.size(); ++i) {
    if (i >= 64 || (outer.nonlinear >> i & 1)) out.nonlinear |= inputs_of(inner[i]);
  }
  return out;
}

}  // namespace mycel::te

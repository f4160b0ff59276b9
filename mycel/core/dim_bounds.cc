// Bounds of a symbolic size from the bounds of its parts, and its value under bindings.
#include <algorithm>
#include <set>
#include <string>

#include "mycel/base/error.h"
#include "mycel/core/dim.h"
#include "mycel/core/dim_expression.h"

namespace mycel {
namespace {

using Bound = std::optional<int64_t>;

// Returns nothing if the exact bound is out of range.
Bound add(Bound a, Bound b) {
  if (!a || !b) return std::nullopt;
  int64_t result = *a + *b;  // both within 2^62
  return result > -Dim::kMax && result < Dim::kMax ? Bound(result) : std::nullopt;
}

Bound multiply(Bound a, int64_t factor) {
  int64_t result;
  if (!a || __builtin_mul_overflow(*a, factor, &result)) return std::nullopt;
  return result > -Dim::kMax && result < Dim::kMax ? Bound(result) : std::nullopt;
}

Bound divide(Bound a, int64_t divisor) {
  return a ? Bound(dim_detail::floor_divide(*a, divisor)) : std::nullopt;
}

DimBounds extremum_bounds(const DimAtom& atom, bool is_max) {
  DimBounds result = bounds(atom.operands[0]);
  // For max: the low bound is the largest known one; the high bound is known only if all are.
  auto one_of = [is_max](Bound& to, Bound other) {
    if (other && (!to || (is_max ? *other > *to : *other < *to))) to = other;
  };
  auto all_of = [is_max](Bound& to, Bound other) {
    if (!other) to.reset();
    if (to) to = is_max ? std::max(*to, *other) : std::min(*to, *other);
  };
  for (size_t i = 1; i < atom.operands.size(); ++i) {
    DimBounds other = bounds(atom.operands[i]);
    one_of(is_max ? result.low : result.high, is_max ? other.low : other.high);
    all_of(is_max ? result.high : result.low, is_max ? other.high : other.low);
  }
  return result;
}

DimBounds atom_bounds(const DimAtom& atom) {
  switch (atom.kind) {
    case DimAtom::Kind::kSymbol:
      return {0, std::nullopt};
    case DimAtom::Kind::kMax:
      return extremum_bounds(atom, true);
    case DimAtom::Kind::kMin:
      return extremum_bounds(atom, false);
    case DimAtom::Kind::kFloorDiv: {
      DimBounds inner = bounds(atom.operands[0]);
      if (atom.operands[1].is_constant()) {
        int64_t divisor = atom.operands[1].value();
        return {divide(inner.low, divisor), divide(inner.high, divisor)};
      }
      // Divisors are assumed to be at least 1.
      bool non_negative = inner.low && *inner.low >= 0;
      return {non_negative ? Bound(0) : std::nullopt, non_negative ? inner.high : std::nullopt};
    }
    case DimAtom::Kind::kMod: {
      Bound high = atom.operands[1].is_constant() ? Bound(atom.operands[1].value() - 1)
                                                  : add(bounds(atom.operands[1]).high, -1);
      return {0, high};
    }
  }
  fail_internal("unknown kind of size");
}

DimBounds term_bounds(const DimTerm& term) {
  DimBounds result = atom_bounds(*term.atoms[0]);
  if (term.atoms.size() > 1) {
    bool non_negative = true;
    for (const DimAtom* atom : term.atoms) {
      Bound low = atom_bounds(*atom).low;
      non_negative &= low && *low >= 0;
    }
    result = {non_negative ? Bound(0) : std::nullopt, std::nullopt};
  }
  Bound low = multiply(result.low, term.coefficient);
  Bound high = multiply(result.high, term.coefficient);
  return term.coefficient > 0 ? DimBounds{low, high} : DimBounds{high, low};
}

}  // namespace

DimBounds bounds(Dim dim) {
  DimSum sum = DimInterner::sum(dim);
  DimBounds result{sum.constant, sum.constant};
  for (const DimTerm& term : sum.terms) {
    DimBounds part = term_bounds(term);
    result = {add(result.low, part.low), add(result.high, part.high)};
  }
  return result;
}

namespace {

// Recursion goes as deep as the expression, whose depth is bounded.
void add_symbols(Dim dim, std::set<std::string>& symbols) {
  if (dim.is_constant()) return;
  for (const DimTerm& term : DimInterner::sum(dim).terms) {
    for (const DimAtom* atom : term.atoms) {
      if (atom->kind == DimAtom::Kind::kSymbol) symbols.insert(atom->text);
      for (Dim operand : atom->operands) add_symbols(operand, symbols);
    }
  }
}

Dim substitute_atom(const DimAtom& atom, Dim itself, std::span<const DimBinding> bindings) {
  if (atom.kind == DimAtom::Kind::kSymbol) {
    for (const DimBinding& binding : bindings) {
      if (binding.symbol == itself) return binding.value;
    }
    return itself;
  }
  Dim first = atom.operands[0].substitute(bindings);
  for (size_t i = 1; i < atom.operands.size(); ++i) {
    Dim next = atom.operands[i].substitute(bindings);
    switch (atom.kind) {
      case DimAtom::Kind::kFloorDiv:
        first = floordiv(first, next);
        break;
      case DimAtom::Kind::kMod:
        first = mod(first, next);
        break;
      case DimAtom::Kind::kMax:
        first = max(first, next);
        break;
      default:
        first = min(first, next);
    }
  }
  return first;
}

}  // namespace

bool share_symbol(Dim a, Dim b) {
  std::set<std::string> of_a, of_b;
  add_symbols(a, of_a);
  add_symbols(b, of_b);
  return std::any_of(of_a.begin(), of_a.end(),
                     [&](const std::string& symbol) { return of_b.contains(symbol); });
}

Dim Dim::substitute(std::span<const DimBinding> bindings) const {
  if (is_constant()) return *this;
  DimSum sum = DimInterner::sum(*this);
  Dim result = sum.constant;
  for (const DimTerm& term : sum.terms) {
    Dim product = term.coefficient;
    for (const DimAtom* atom : term.atoms) {
      product = product * substitute_atom(*atom, DimInterner::dim({0, {{1, {atom}}}}), bindings);
    }
    result = result + product;
  }
  return result;
}

}  // namespace mycel

// Arithmetic on symbolic sizes. Brings results to normal form, so that equal sizes compare equal
// wherever the rules can tell.
#include <algorithm>
#include <numeric>

#include "mycel/base/error.h"
#include "mycel/core/dim.h"
#include "mycel/core/dim_expression.h"

namespace mycel {

using dim_detail::checked_multiply;
using dim_detail::floor_divide;
using dim_detail::opaque;

namespace dim_detail {
namespace {

Dim combine(Dim a, Dim b, int64_t sign) {
  DimSum left = DimInterner::sum(a), right = DimInterner::sum(b);
  std::vector<DimTerm> terms = std::move(left.terms);
  for (DimTerm& term : right.terms) {
    term.coefficient *= sign;
    terms.push_back(std::move(term));
  }
  int64_t constant = checked_add(left.constant, sign * right.constant);
  return DimInterner::dim(normalize(constant, std::move(terms)));
}

}  // namespace

Dim add(Dim a, Dim b) { return combine(a, b, 1); }
Dim subtract(Dim a, Dim b) { return combine(a, b, -1); }

Dim multiply(Dim a, Dim b) {
  DimSum left = DimInterner::sum(a), right = DimInterner::sum(b);
  left.terms.push_back({left.constant, {}});
  right.terms.push_back({right.constant, {}});
  int64_t constant = 0;
  std::vector<DimTerm> terms;
  for (const DimTerm& x : left.terms) {
    for (const DimTerm& y : right.terms) {
      DimTerm term{checked_multiply(x.coefficient, y.coefficient), x.atoms};
      term.atoms.insert(term.atoms.end(), y.atoms.begin(), y.atoms.end());
      if (term.atoms.empty()) {
        constant = term.coefficient;
      } else if (term.coefficient != 0) {
        terms.push_back(std::move(term));
      }
    }
  }
  return DimInterner::dim(normalize(constant, std::move(terms)));
}

}  // namespace dim_detail

namespace {

void check_divisor(Dim b) {
  if (b == Dim(0)) fail(Code::kValue, "a size is divided by zero");
}

// a = divisor * quotient + rest with 0 <= every coefficient of the rest < divisor.
struct Division {
  Dim quotient, rest;
};
Division divide_coefficients(Dim a, int64_t divisor) {
  DimSum sum = DimInterner::sum(a), quotient, rest;
  auto split = [&](int64_t value, int64_t& q, int64_t& r) {
    q = floor_divide(value, divisor);
    r = value - q * divisor;
  };
  split(sum.constant, quotient.constant, rest.constant);
  for (const DimTerm& term : sum.terms) {
    DimTerm q{0, term.atoms}, r{0, term.atoms};
    split(term.coefficient, q.coefficient, r.coefficient);
    if (q.coefficient != 0) quotient.terms.push_back(q);
    if (r.coefficient != 0) rest.terms.push_back(r);
  }
  return {DimInterner::dim(quotient), DimInterner::dim(rest)};
}

int64_t common_factor(const DimSum& sum, int64_t start) {
  int64_t factor = start;
  for (const DimTerm& term : sum.terms) factor = std::gcd(factor, term.coefficient);
  return factor;
}

// Returns the atom if the Dim is a single atom of that kind, else nullptr.
const DimAtom* single_atom(Dim dim, DimAtom::Kind kind) {
  DimSum sum = DimInterner::sum(dim);
  if (sum.constant != 0 || sum.terms.size() != 1) return nullptr;
  const DimTerm& term = sum.terms[0];
  bool single = term.coefficient == 1 && term.atoms.size() == 1 && term.atoms[0]->kind == kind;
  return single ? term.atoms[0] : nullptr;
}

// Returns x / y if it is exact: y's coefficient divides x's, and y's atoms are among x's.
std::optional<DimTerm> divide_term(const DimTerm& x, const DimTerm& y) {
  if (x.coefficient % y.coefficient != 0) return std::nullopt;
  DimTerm quotient{x.coefficient / y.coefficient, x.atoms};
  for (const DimAtom* atom : y.atoms) {
    auto found = std::find(quotient.atoms.begin(), quotient.atoms.end(), atom);
    if (found == quotient.atoms.end()) return std::nullopt;
    quotient.atoms.erase(found);
  }
  return quotient;
}

// Polynomial long division by the leading term; returns nothing if there is a remainder.
std::optional<Dim> divide_exactly(Dim a, Dim b) {
  DimTerm lead = DimInterner::sum(b).terms[0];
  Dim quotient = 0;
  for (int step = 0; step < 64 && !(a == Dim(0)); ++step) {
    DimSum rest = DimInterner::sum(a);
    if (rest.is_constant()) return std::nullopt;
    std::optional<DimTerm> next = divide_term(rest.terms[0], lead);
    if (!next) return std::nullopt;
    Dim part = next->atoms.empty() ? Dim(next->coefficient) : DimInterner::dim({0, {*next}});
    quotient = quotient + part;
    a = a - part * b;
  }
  return a == Dim(0) ? std::optional<Dim>(quotient) : std::nullopt;
}

Dim floordiv_by_number(Dim a, int64_t b) {
  if (b < 0) return floordiv(Dim(0) - a, Dim(-b));
  auto [quotient, rest] = divide_coefficients(a, b);
  if (rest.is_constant()) return quotient;  // floordiv(rest, b) = 0
  DimSum sum = DimInterner::sum(rest);
  if (int64_t factor = common_factor(sum, b); factor > 1) {
    for (DimTerm& term : sum.terms) term.coefficient /= factor;
    sum.constant = floor_divide(sum.constant, factor);
    return quotient + floordiv(DimInterner::dim(sum), Dim(b / factor));
  }
  if (const DimAtom* inner = single_atom(rest, DimAtom::Kind::kFloorDiv)) {
    if (inner->operands[1].is_constant()) {
      Dim divisor = checked_multiply(inner->operands[1].value(), b);
      return quotient + floordiv(inner->operands[0], divisor);
    }
  }
  DimBounds known = bounds(rest);
  if (known.low && known.high && *known.low >= 0 && *known.high < b) return quotient;
  return quotient + opaque(DimAtom::Kind::kFloorDiv, {rest, Dim(b)});
}

Dim mod_by_number(Dim a, int64_t b) {
  if (b < 0) return Dim(0) - mod(Dim(0) - a, Dim(-b));
  Dim rest = divide_coefficients(a, b).rest;
  if (rest.is_constant()) return rest;
  DimSum sum = DimInterner::sum(rest);
  if (int64_t factor = common_factor(sum, b); factor > 1) {
    int64_t constant = sum.constant % factor;
    for (DimTerm& term : sum.terms) term.coefficient /= factor;
    sum.constant /= factor;
    return Dim(factor) * mod(DimInterner::dim(sum), Dim(b / factor)) + Dim(constant);
  }
  DimBounds known = bounds(rest);
  if (known.low && known.high && *known.low >= 0 && *known.high < b) return rest;
  return opaque(DimAtom::Kind::kMod, {rest, Dim(b)});
}

}  // namespace

Dim floordiv(Dim a, Dim b) {
  check_divisor(b);
  if (a.is_constant() && b.is_constant()) return Dim(floor_divide(a.value(), b.value()));
  if (b.is_constant()) return floordiv_by_number(a, b.value());
  if (std::optional<Dim> exact = divide_exactly(a, b)) return *exact;
  return opaque(DimAtom::Kind::kFloorDiv, {a, b});
}

Dim ceildiv(Dim a, Dim b) {
  check_divisor(b);
  return b == Dim(1) ? a : floordiv(a + b - Dim(1), b);
}

Dim mod(Dim a, Dim b) {
  check_divisor(b);
  if (a.is_constant() && b.is_constant()) {
    return Dim(a.value() - floor_divide(a.value(), b.value()) * b.value());
  }
  if (b.is_constant()) return mod_by_number(a, b.value());
  if (divide_exactly(a, b)) return 0;
  return opaque(DimAtom::Kind::kMod, {a, b});
}

namespace {

// For max, drops operands that another operand is never below; for min, never above. Keeps at least
// one operand.
void drop_dominated(std::vector<Dim>& operands, bool is_max) {
  for (size_t i = 0; i < operands.size();) {
    bool dominated = false;
    for (size_t j = 0; j < operands.size() && !dominated; ++j) {
      if (i == j) continue;
      DimBounds known = bounds(is_max ? operands[j] - operands[i] : operands[i] - operands[j]);
      dominated = known.low && *known.low >= 0;
    }
    if (dominated) {
      operands.erase(operands.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

Dim extremum(Dim a, Dim b, DimAtom::Kind kind) {
  std::vector<Dim> operands;
  for (Dim side : {a, b}) {
    if (const DimAtom* inner = single_atom(side, kind)) {
      operands.insert(operands.end(), inner->operands.begin(), inner->operands.end());
    } else {
      operands.push_back(side);
    }
  }
  drop_dominated(operands, kind == DimAtom::Kind::kMax);
  if (operands.size() == 1) return operands[0];
  std::sort(operands.begin(), operands.end(),
            [](Dim x, Dim y) { return x.to_string() < y.to_string(); });
  return opaque(kind, std::move(operands));
}

}  // namespace

Dim max(Dim a, Dim b) {
  if (a.is_constant() && b.is_constant()) return std::max(a.value(), b.value());
  return extremum(a, b, DimAtom::Kind::kMax);
}

Dim min(Dim a, Dim b) {
  if (a.is_constant() && b.is_constant()) return std::min(a.value(), b.value());
  return extremum(a, b, DimAtom::Kind::kMin);
}

}  // namespace mycel

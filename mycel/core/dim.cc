#include "mycel/core/dim.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>

#include "mycel/base/error.h"
#include "mycel/core/dim_expression.h"

namespace mycel {
namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kMaxTerms = 256;
constexpr size_t kMaxText = 4096;

struct Interned {
  DimSum sum;
  std::string text;
};

// Keyed by text, which is one-to-one with the normal form. Deques keep addresses stable.
struct Tables {
  std::mutex mutex;
  std::deque<DimAtom> atoms;
  std::unordered_map<std::string_view, const DimAtom*> atom_of;
  std::deque<Interned> sums;
  std::unordered_map<std::string_view, int64_t> sum_of;
};
Tables& tables() {
  static Tables* instance = new Tables;
  return *instance;
}

int depth_of(const std::vector<Dim>& operands) {
  int depth = 0;
  for (Dim operand : operands) {
    for (const DimTerm& term : DimInterner::sum(operand).terms) {
      for (const DimAtom* atom : term.atoms) depth = std::max(depth, atom->depth);
    }
  }
  return depth + 1;
}

std::string monomial(const std::vector<const DimAtom*>& atoms) {
  std::string text;
  for (const DimAtom* atom : atoms) text += (text.empty() ? "" : "*") + atom->text;
  return text;
}

}  // namespace

const DimAtom* DimInterner::atom(DimAtom::Kind kind, std::vector<Dim> operands, std::string text) {
  int depth = depth_of(operands);
  if (depth > kMaxDepth) fail(Code::kValue, "a symbolic size is nested too deeply");
  Tables& t = tables();
  std::lock_guard lock(t.mutex);
  if (auto found = t.atom_of.find(text); found != t.atom_of.end()) return found->second;
  const DimAtom& atom = t.atoms.emplace_back(kind, std::move(operands), std::move(text), depth);
  t.atom_of.emplace(atom.text, &atom);
  return &atom;
}

Dim DimInterner::dim(const DimSum& sum) {
  if (sum.is_constant()) return Dim(sum.constant);
  std::string text = dim_detail::to_string(sum);
  if (text.size() > kMaxText) fail(Code::kValue, "a symbolic size grew too large");
  Tables& t = tables();
  std::lock_guard lock(t.mutex);
  auto found = t.sum_of.find(text);
  if (found == t.sum_of.end()) {
    const Interned& interned = t.sums.emplace_back(sum, std::move(text));
    found = t.sum_of.emplace(interned.text, static_cast<int64_t>(t.sums.size() - 1)).first;
  }
  return Dim(Dim::Raw{}, Dim::kSymbolic - found->second);
}

namespace {

const Interned& interned(int64_t index) {
  Tables& t = tables();
  std::lock_guard lock(t.mutex);
  return t.sums.at(static_cast<size_t>(index));
}

}  // namespace

DimSum DimInterner::sum(Dim dim) {
  if (dim.is_constant()) return {dim.word(), {}};
  return interned(Dim::kSymbolic - dim.word()).sum;
}

const std::string& DimInterner::text(Dim dim) { return interned(Dim::kSymbolic - dim.word()).text; }

Dim Dim::symbol(std::string_view name) {
  auto letter = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  auto part = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  if (name.empty() || !letter(name[0]) || !std::all_of(name.begin(), name.end(), part)) {
    fail(Code::kValue, "expects a symbol of letters, digits and underscores, got \"{}\"", name);
  }
  const DimAtom* atom = DimInterner::atom(DimAtom::Kind::kSymbol, {}, std::string(name));
  return DimInterner::dim({0, {{1, {atom}}}});
}

void Dim::too_large() { fail(Code::kValue, "a size is too large: expects less than 2^62"); }
void Dim::not_a_number() const { fail_internal("the value of the symbolic size {}", to_string()); }

std::string Dim::to_string() const {
  return is_constant() ? std::to_string(word_) : DimInterner::text(*this);
}

Dim product(const Dims& dims) {
  Dim result = 1;
  for (Dim dim : dims) result = result * dim;
  return result;
}

std::string to_string(const Dims& dims) {
  std::string text = "[";
  for (size_t i = 0; i < dims.size(); ++i) text += (i ? ", " : "") + dims[i].to_string();
  return text + "]";
}

namespace dim_detail {

int64_t checked_add(int64_t a, int64_t b) { return Dim(a + b).word(); }

int64_t checked_multiply(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_mul_overflow(a, b, &result)) result = INT64_MAX;
  return Dim(result).word();
}

int64_t floor_divide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return quotient - ((a % b != 0) && ((a < 0) != (b < 0)));
}

std::string to_string(const DimSum& sum) {
  std::string text;
  auto append = [&](int64_t coefficient, const std::string& product) {
    uint64_t size = coefficient < 0 ? -static_cast<uint64_t>(coefficient) : coefficient;
    text += text.empty() ? (coefficient < 0 ? "-" : "") : (coefficient < 0 ? " - " : " + ");
    if (size != 1 || product.empty()) text += std::to_string(size);
    if (size != 1 && !product.empty()) text += "*";
    text += product;
  };
  for (const DimTerm& term : sum.terms) append(term.coefficient, monomial(term.atoms));
  if (sum.constant != 0 || text.empty()) append(sum.constant, "");
  return text;
}

DimSum normalize(int64_t constant, std::vector<DimTerm> terms) {
  struct Longer {
    bool operator()(const DimTerm& a, const DimTerm& b) const {
      if (a.atoms.size() != b.atoms.size()) return a.atoms.size() > b.atoms.size();
      return monomial(a.atoms) < monomial(b.atoms);
    }
  };
  auto by_text = [](const DimAtom* a, const DimAtom* b) { return a->text < b->text; };
  std::map<DimTerm, int64_t, Longer> merged;
  for (DimTerm& term : terms) {
    std::sort(term.atoms.begin(), term.atoms.end(), by_text);
    int64_t& coefficient = merged[term];
    coefficient = checked_add(coefficient, term.coefficient);
  }
  DimSum sum{constant, {}};
  for (auto& [term, coefficient] : merged) {
    if (coefficient != 0) sum.terms.push_back({coefficient, term.atoms});
  }
  if (sum.terms.size() > kMaxTerms) fail(Code::kValue, "a symbolic size grew too large");
  return sum;
}

Dim opaque(DimAtom::Kind kind, std::vector<Dim> operands) {
  constexpr std::string_view kNames[] = {"", "floordiv", "mod", "max", "min"};
  std::string text(kNames[static_cast<int>(kind)]);
  text += "(";
  for (size_t i = 0; i < operands.size(); ++i) text += (i ? ", " : "") + operands[i].to_string();
  const DimAtom* atom = DimInterner::atom(kind, std::move(operands), text + ")");
  return DimInterner::dim({0, {{1, {atom}}}});
}

}  // namespace dim_detail
}  // namespace mycel

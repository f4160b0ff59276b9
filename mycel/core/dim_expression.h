// The normal form of symbolic Dims; private to dim*.cc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mycel/core/dim.h"

namespace mycel {

// An indivisible factor: a symbol or a function of Dims.
struct DimAtom {
  enum class Kind : uint8_t { kSymbol, kFloorDiv, kMod, kMax, kMin };
  Kind kind = Kind::kSymbol;
  std::vector<Dim> operands;  // of a function: two; of max and min two or more, sorted by text
  std::string text;           // a symbol's name, or "floordiv(n + 2, 2)"
  int depth = 1;
};

// coefficient * product of atoms; the atoms are sorted by text and may repeat.
struct DimTerm {
  int64_t coefficient = 1;
  std::vector<const DimAtom*> atoms;
};

// constant + sum of terms. In normal form, terms have distinct products of atoms and no zero
// coefficient, and are sorted by degree (highest first), then by text: equal sums have equal texts.
struct DimSum {
  int64_t constant = 0;
  std::vector<DimTerm> terms;

  bool is_constant() const { return terms.empty(); }
};

// Interned objects are never freed; all functions are thread-safe.
struct DimInterner {
  static const DimAtom* atom(DimAtom::Kind kind, std::vector<Dim> operands, std::string text);
  // Takes a sum in normal form; returns a number for a constant one.
  static Dim dim(const DimSum& sum);
  static DimSum sum(Dim dim);
  static const std::string& text(Dim dim);  // `dim` must be symbolic
};

namespace dim_detail {

// Sorts and merges terms; raises ValueError for too many.
DimSum normalize(int64_t constant, std::vector<DimTerm> terms);
std::string to_string(const DimSum& sum);
int64_t checked_add(int64_t a, int64_t b);
int64_t checked_multiply(int64_t a, int64_t b);
int64_t floor_divide(int64_t a, int64_t b);
// Applies the function to operands in normal form, without simplifying.
Dim opaque(DimAtom::Kind kind, std::vector<Dim> operands);

}  // namespace dim_detail
}  // namespace mycel

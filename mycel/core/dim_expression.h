// The normal form behind a symbolic Dim; only dim*.cc see it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mycel/core/dim.h"

namespace mycel {

// What cannot be split further: a symbol, or a function of Dims.
struct DimAtom {
  enum class Kind : uint8_t { kSymbol, kFloorDiv, kMod, kMax, kMin };
  Kind kind = Kind::kSymbol;
  std::vector<Dim> operands;  // two; of max and min two or more, ordered by their text
  std::string text;           // the name of a symbol; else "floordiv(n + 2, 2)"
  int depth = 1;
};

// coefficient * product of atoms; the atoms are ordered by their text and may repeat.
struct DimTerm {
  int64_t coefficient = 1;
  std::vector<const DimAtom*> atoms;
};

// constant + sum of terms. Normal: terms have distinct products of atoms, no zero coefficient, and
// are ordered by degree (highest first), then by text. So equal sums have equal texts.
struct DimSum {
  int64_t constant = 0;
  std::vector<DimTerm> terms;

  bool is_constant() const { return terms.empty(); }
};

// Interned objects live for ever; all functions are thread-safe.
struct DimInterner {
  static const DimAtom* atom(DimAtom::Kind kind, std::vector<Dim> operands, std::string text);
  // A normal sum; a constant one gives a number.
  static Dim dim(const DimSum& sum);
  static DimSum sum(Dim dim);
  static const std::string& text(Dim dim);  // of a symbolic one
};

namespace dim_detail {

// Sorts and merges terms; raises ValueError for too many.
DimSum normalize(int64_t constant, std::vector<DimTerm> terms);
std::string to_string(const DimSum& sum);
int64_t checked_add(int64_t a, int64_t b);
int64_t checked_multiply(int64_t a, int64_t b);
int64_t floor_divide(int64_t a, int64_t b);
// The function of normal operands, without looking for a simpler form.
Dim opaque(DimAtom::Kind kind, std::vector<Dim> operands);

}  // namespace dim_detail
}  // namespace mycel

// Definitions of activation functions: of one operand, in mycel.nn.functional.
#pragma once

#include "mycel/ops/elementwise.h"

namespace mycel {

template <class A>
Definition<A> declared_activation(Definition<A> definition, ir::DTypeSet dtypes) {
  definition.input("input", "any shape", dtypes)
      .only_functional()
      .samples({
          {{within({3, 5}, -4, 4)}},
          {{any()}},
          {{within({1, 33}, -4, 4)}},
          {{any(2, 0)}},
      });
  return definition;
}

template <class A>
Definition<A> activation(std::string_view name, std::string doc, ir::DTypeSet dtypes = floating) {
  return declared_activation<A>(define<A>(name, std::move(doc)), dtypes);
}

// One that only composes operations.
template <class A>
Definition<A> activation_function(std::string_view name, std::string doc,
                                  ir::DTypeSet dtypes = floating) {
  return declared_activation<A>(define_function<A>(name, std::move(doc)), dtypes);
}

}  // namespace mycel

// A Tree as save() and load() of a plugin see it.
//
//   Tree state;
//   const ansatz_tree writer = state_writer(state);
//   model.save(instance, host, &writer);
#pragma once

#include <ansatz/abi.h>

#include "core/tree.hpp"

namespace ansatz::host {

// Valid as long as `tree`.  Arrays of an unknown type, too many dimensions or no possible size are
// BAD_ARGUMENT.
[[nodiscard]] ansatz_tree state_writer(Tree& tree);
[[nodiscard]] ansatz_tree state_reader(const Tree& tree);

}  // namespace ansatz::host

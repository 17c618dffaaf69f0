#include "run/state_table.hpp"

#include <exception>
#include <utility>

#include "core/abi_sizes.hpp"
#include "run/c_values.hpp"

namespace ansatz::host {

ansatz_tree state_writer(Tree& tree) {
  ansatz_tree table{sizeof(ansatz_tree), 0, &tree, nullptr, nullptr};
  table.put = [](void* context, const char* name, const ansatz_array* array, void** data) -> std::int32_t {
    try {
      if (array->type < ANSATZ_F64 || array->type > ANSATZ_TEXT || array->rank > ANSATZ_MAX_RANK) {
        return ANSATZ_BAD_ARGUMENT;
      }
      ArrayInfo made = info_from_c(*array);
      if (is_beyond_memory(made)) return ANSATZ_BAD_ARGUMENT;
      for (std::uint64_t i = 0; array->dims != nullptr && i < array->rank; ++i)
        made.dims.emplace_back(array->dims[i]);
      *data = static_cast<Tree*>(context)->put(name, Array{std::move(made)}).data.data();
      return ANSATZ_DONE;
    } catch (const std::exception&) {
      return ANSATZ_INTERNAL;
    }
  };
  table.get = [](void*, const char*, ansatz_array*, const void**) -> std::int32_t {
    return ANSATZ_BAD_STATE;
  };
  return table;
}

ansatz_tree state_reader(const Tree& tree) {
  // put() refuses, so nothing is written through the pointer.
  ansatz_tree table{sizeof(ansatz_tree), 0, const_cast<Tree*>(&tree), nullptr, nullptr};
  table.put = [](void*, const char*, const ansatz_array*, void**) -> std::int32_t {
    return ANSATZ_BAD_STATE;
  };
  table.get = [](void* context, const char* name, ansatz_array* array, const void** data) -> std::int32_t {
    const Array* found = static_cast<const Tree*>(context)->find_array(name);
    if (found == nullptr) return ANSATZ_BAD_STATE;
    fill_in(array, {sizeof(ansatz_array), static_cast<std::int32_t>(found->type), found->text_width,
                    found->shape.size(), found->shape.data(), nullptr});
    *data = found->data.data();
    return ANSATZ_DONE;
  };
  return table;
}

}  // namespace ansatz::host

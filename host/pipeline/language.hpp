// The words of the language, for its checks and its schema.
#pragma once

#include <array>

namespace ansatz::host {

inline constexpr std::array top_keys{"ansatz", "name", "seed", "plugins", "data", "steps", "expect"};
inline constexpr std::array data_keys{"file", "format", "header"};
inline constexpr std::array data_formats{"hdf5", "csv", "tsv", "npy", "npz", "idx", "text"};
inline constexpr std::array step_keys{"do", "model", "in", "with"};
inline constexpr std::array claim_keys{"that", "at_least", "at_most", "equals", "within", "because"};

}  // namespace ansatz::host

// The words of the language, for its checks and its schema.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace ansatz::host {

inline constexpr std::array top_keys{"ansatz", "name",   "seed",  "plugins", "data",
                                     "steps",  "expect", "sweep", "report"};
inline constexpr std::array data_keys{"file", "format", "header"};
inline constexpr std::array data_formats{"hdf5", "csv", "tsv", "npy", "npz", "idx", "text"};
inline constexpr std::array step_keys{"do", "model", "in", "with"};
inline constexpr std::array claim_keys{"that", "at_least", "at_most", "equals", "within", "because"};

inline constexpr std::array sweep_keys{"grid", "zip", "random", "list", "seeds", "skip"};

// Kinds of pictures under `report:`, and the keys that each takes.
[[nodiscard]] std::vector<std::string> plot_names();
[[nodiscard]] std::vector<std::string> plot_keys(const std::string& plot, bool needed_only);

}  // namespace ansatz::host

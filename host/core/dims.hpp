// The little language of port dimensions: "n,d|n" is rank 2 or rank 1, "" a scalar, a number a fixed size,
// "..." any further dimensions.  A letter has one size in all ports of a verb.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ansatz::host {

using DimNames = std::vector<std::string>;

// Where a letter got its size from, for messages that name both ports.
struct DimSize {
  std::uint64_t size = 0;
  std::string port;
};
using DimSizes = std::map<std::string, DimSize>;

[[nodiscard]] std::vector<DimNames> dim_alternatives(const std::string& dims);

// Match an array's shape against a port's dims, given the sizes known so far.  On success new letters are
// added to `sizes` and the alternative is returned; otherwise `why` tells, with both ports and both sizes
// where sizes disagree.
[[nodiscard]] std::optional<DimNames> match_dims(const std::string& port, const std::string& dims,
                                                 const std::vector<std::uint64_t>& shape, DimSizes& sizes,
                                                 std::string& why);

// "3 x 4", or "scalar".
[[nodiscard]] std::string shape_text(const std::vector<std::uint64_t>& shape);

}  // namespace ansatz::host

// Suggestions for a name that does not exist.
#pragma once

#include <string>
#include <vector>

namespace ansatz::host {

// The candidate with the fewest edits from `name` if it is close enough to be a slip, else "".
[[nodiscard]] std::string nearest_name(const std::string& name, const std::vector<std::string>& candidates);

// "there are: a, b, c ... (17 in all); did you mean 'b'?", for the end of a message.
[[nodiscard]] std::string names_there_are(const std::string& name,
                                          const std::vector<std::string>& candidates);

}  // namespace ansatz::host

// Suggestions for a name that does not exist.
#pragma once

#include <string>
#include <vector>

namespace ansatz::host {

// The candidate that was probably meant, or "": the first of those with the fewest edits, case and '_' for
// '-' not counted, if they are few for a word of that length.
[[nodiscard]] std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

// "there are 'a', 'b' ... (17 in all); did you mean 'b'?", for the end of a message.
[[nodiscard]] std::string names_there_are(const std::string& word,
                                          const std::vector<std::string>& candidates);

}  // namespace ansatz::host

// Results of two runs side by side, in words.
#pragma once

#include <string>

#include "core/catalogue.hpp"
#include "run/verb_call.hpp"
#include "validate/trial.hpp"

namespace ansatz::host::validate {

// "" or the first difference of outputs, learned state, metrics and log: "output 'y' differs at [3]: 1.5 and 2".
// `tolerance`, relative to the largest element, is for verbs that declare it; 0 asks for equal bytes, and a log of equal words.
[[nodiscard]] std::string difference(const VerbResult& a, const VerbResult& b, double tolerance = 0);
[[nodiscard]] std::string difference(const Tree& a, const Tree& b, const std::string& what,
                                     double tolerance = 0);

// "" or the first number of an output that is not finite, where the port does not declare `missing`.
[[nodiscard]] std::string not_finite(const VerbResult& result, const VerbInfo& verb);

// "BAD_ARGUMENT: the text".
[[nodiscard]] std::string words(const VerbResult& result);
[[nodiscard]] std::string status_name(std::int32_t status);

// The text has the word by itself, not as a part of a longer one.
[[nodiscard]] bool has_word(const std::string& text, const std::string& word);
// An error that helps: no INTERNAL, and its text names a port, a parameter or the verb.
[[nodiscard]] bool is_named_error(const VerbResult& result, const ModelInfo& model, const VerbInfo& verb);
// DONE with finite outputs, or a named error; else why not.
[[nodiscard]] std::string not_an_answer(const VerbResult& result, const ModelInfo& model,
                                        const VerbInfo& verb);

// Through a pipe between processes.
[[nodiscard]] std::string encode(const VerbResult& result);
[[nodiscard]] VerbResult decode(const std::string& bytes);

}  // namespace ansatz::host::validate

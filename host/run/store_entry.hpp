// An entry of the store: the sealed result <key>.h5 and, beside it, <key>.json with what the key was made of,
// so that `plan` can say what changed.  The JSON file is advice only: its loss costs an explanation, never a
// result; its time of change is when the entry was last used.  All locks are in the file `locks` of the store.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "archive/lock_file.hpp"
#include "run/plan.hpp"

namespace ansatz::host {

// Whoever computes a key, judges its file or removes it holds its lock; nothing: somebody does.  `folder` is there.
[[nodiscard]] std::optional<PlaceLock> lock_key(const std::filesystem::path& folder, const std::string& key);

// Write the JSON file of a result that was sealed just now.  Throws nothing.
void keep_made_of(const Pipeline& pipeline, const Plan& plan, const PlannedStep& planned);
// Note that the entry served again.  Throws nothing.
void mark_used(const Pipeline& pipeline, const Plan& plan, const PlannedStep& planned);

// Say for each step why it runs, goes on or need not run, from what is in the store.
void explain_plan(const Pipeline& pipeline, Plan& plan, const std::filesystem::path& store);

// Path of the first array or attribute in which two step files differ; "" if they are equal byte for byte.
[[nodiscard]] std::string first_difference(const std::filesystem::path& one,
                                           const std::filesystem::path& other);

}  // namespace ansatz::host

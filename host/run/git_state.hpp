// The git state of a pipeline's folder: which version of a project a run belongs to.
#pragma once

#include <filesystem>
#include <string>

#include "core/tree.hpp"

namespace ansatz::host {

// @commit, @dirty, and `diff`: what is not committed, at most 64 KiB, with secrets taken out.  Empty if the
// folder is in no repository, or there is no git; a git that takes longer than two seconds counts as none.
[[nodiscard]] Tree git_state(const std::filesystem::path& folder);

// `text` with the values of what is called a password, secret, credential, API or private key, or access
// token replaced: "password: hunter2" becomes "password: [redacted]".
[[nodiscard]] std::string without_secrets(const std::string& text);

}  // namespace ansatz::host

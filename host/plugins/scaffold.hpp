// `ansatz plugin new`: a plugin to start from, copied from the template that the package installs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ansatz::host {

// Where the template stands beside this executable: ../share/ansatz/template.
[[nodiscard]] std::filesystem::path template_folder();

// "" if a plugin may be called so, else the rule that it breaks: it becomes an id, a file's name, a target of
// CMake, and words of pipelines.
[[nodiscard]] std::string wrong_plugin_name(const std::string& name);

// Make folder `parent`/`name` with the files of `from`, the template's id replaced by `name` in names and
// texts. Returns the files.  Throws Error (usage) for a bad name or if the folder exists, IoError if it
// cannot be written; then nothing is left behind.
std::vector<std::filesystem::path> make_plugin(const std::filesystem::path& from,
                                               const std::filesystem::path& parent, const std::string& name);

}  // namespace ansatz::host

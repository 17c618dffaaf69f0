#include "plugins/scaffold.hpp"

#include <ansatz/abi.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <string_view>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view stand_in = "my-model";  // the template's own id

std::string renamed(std::string text, const std::string& name) {
  for (std::size_t at = 0; (at = text.find(stand_in, at)) != std::string::npos; at += name.size()) {
    text.replace(at, stand_in.size(), name);
  }
  return text;
}

std::string read_text(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
  if (!file) throw IoError{"cannot read " + path.string(), errno};
  return text;
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  file << text;
  file.close();
  if (!file) throw IoError{"cannot write " + path.string(), errno};
}

// The template's files, in the order of their names.
std::vector<fs::path> files_of(const fs::path& from) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry{from, error}; !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    if (entry->is_regular_file()) files.push_back(entry->path());
  }
  if (error || files.empty()) {
    throw IoError{
        fmt::format("the template of new plugins is not at {}; install the package again (cmake --install)",
                    from.string())};
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

fs::path template_folder() {
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  return (executable.parent_path() / "../share/ansatz/template").lexically_normal();
}

std::string wrong_plugin_name(const std::string& name) {
  constexpr std::size_t longest = sizeof(ansatz_header::id) - 1;
  using namespace std::string_view_literals;
  constexpr std::array targets{"all"sv, "ansatz"sv, "clean"sv, "help"sv, "install"sv, "package"sv, "test"sv};
  constexpr std::array values{"false"sv, "null"sv, "true"sv};
  constexpr std::array used{"measure"sv, "prepare"sv};
  const auto is_among = [&](const auto& list) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  const bool letters = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (name.empty() || !letters || name.front() < 'a' || name.back() == '-') {
    return "a name starts with a lower case letter and goes on with lower case letters, digits and inner "
           "'-', as in kernel-ridge";
  }
  if (name.size() > longest) return fmt::format("a name has at most {} characters", longest);
  if (is_among(targets)) return "the name is another target of CMake's";
  if (is_among(values)) return "a pipeline reads the name as a value, not as a text";
  if (is_among(used)) return "the new plugin's own pipelines use the plugin of this name";
  return {};
}

std::vector<fs::path> make_plugin(const fs::path& from, const fs::path& parent, const std::string& name) {
  if (const std::string wrong = wrong_plugin_name(name); !wrong.empty()) {
    throw Error{Exit::usage, fmt::format("'{}' cannot be a plugin's name: {}", name, wrong)};
  }
  const std::vector<fs::path> files = files_of(from);
  const fs::path folder = parent / name;
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) throw IoError{"cannot make folder " + parent.string(), error.value()};
  const bool made = fs::create_directory(folder, error);
  if (error) throw IoError{"cannot make folder " + folder.string(), error.value()};
  if (!made) {
    throw Error{Exit::usage,
                fmt::format("{} exists; nothing is overwritten: take another name, or another folder with "
                            "--dir",
                            folder.string())};
  }
  std::vector<fs::path> written;
  try {
    for (const fs::path& file : files) {
      const fs::path target = folder / renamed(file.filename().string(), name);
      write_text(target, renamed(read_text(file), name));
      written.push_back(target);
    }
  } catch (...) {
    fs::remove_all(folder, error);
    throw;
  }
  return written;
}

}  // namespace ansatz::host

// import, show and verify.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "archive/store.hpp"
#include "cli/commands.hpp"
#include "cli/guarded.hpp"
#include "core/dims.hpp"
#include "core/text.hpp"
#include "data/import.hpp"
#include "report/show.hpp"

namespace ansatz::host {
namespace {

// Files may hold texts that are not UTF-8.
void print_json(const nlohmann::ordered_json& json) {
  std::puts(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

// Replaces nothing but what import wrote before.
void check_target(const std::filesystem::path& source, const std::filesystem::path& target, bool force) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (!fs::exists(status)) return;
  const auto refuse = [&](const std::string& why) {
    throw Error{Exit::usage, fmt::format("{} is there already and {}", target.string(), why)};
  };
  if (fs::equivalent(source, target, error)) refuse("is the file to be read; give -o another name");
  if (!fs::is_regular_file(status))
    refuse("is no file but a folder, a link or a device; give -o another name");
  if (force) return;
  try {
    if (read_outline(target, "/", 0).attributes.contains("source_sha256")) return;
  } catch (const Error&) {
    // no HDF5 file
  }
  refuse("was not written by import; give -o another name, or --force to replace it");
}

// What was read as what, since CSV leaves that to its cells.
void say_what_came_in(const Tree& tree, const std::string& prefix) {
  for (const auto& [name, node] : tree.children()) {
    if (const Tree* group = std::get_if<Tree>(node.get())) {
      say_what_came_in(*group, prefix + name + "/");
      continue;
    }
    const Array& array = std::get<Array>(*node);
    std::fputs(
        fmt::format("{}{}  {}  {}\n", prefix, clean(name), name_of(array.type), shape_text(array.shape))
            .c_str(),
        stderr);
  }
}

}  // namespace

Exit import_command(const ImportArguments& arguments) {
  check_target(arguments.file, arguments.output, arguments.force);
  ImportOptions options;
  options.data.format = arguments.format;
  if (!arguments.header.empty()) options.data.header = arguments.header == "true";
  options.arrays = arguments.arrays;
  options.attributes = arguments.attributes;
  for (const std::string& entry : arguments.renames) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos) {
      throw Error{Exit::usage, fmt::format("--rename takes OLD=NEW, got '{}'", entry)};
    }
    options.rename[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  const Tree tree = import_file(arguments.file, options);
  write_plain(tree, arguments.output);
  if (arguments.json) {
    print_json(
        {{"file", arguments.output.string()}, {"arrays", show_json(read_outline(arguments.output, "/", 0))}});
  } else {
    say_what_came_in(tree, "");
    std::puts(arguments.output.c_str());
  }
  return Exit::ok;
}

namespace {

Exit show(const std::filesystem::path& file, const std::string& item, bool json) {
  if (const std::optional<Array> array = item.empty() ? std::nullopt : read_array(file, item)) {
    if (json) {
      print_json(show_json(*array));
    } else {
      std::fputs(show_array(*array).c_str(), stdout);
    }
    return Exit::ok;
  }
  const Tree tree = read_outline(file, item.empty() ? "/" : item);
  if (json) {
    print_json(show_json(tree));
  } else {
    std::fputs(show_tree(tree).c_str(), stdout);
  }
  return Exit::ok;
}

}  // namespace

Exit show_command(const std::filesystem::path& file, const std::string& item, bool json) {
  return run_guarded({file}, [&] { return show(file, item, json); });
}

Exit verify_command(const std::vector<std::filesystem::path>& files, bool json) {
  Exit worst = Exit::ok;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const std::filesystem::path& file : files) {
    try {
      const std::string digest = verify_sealed(file);
      list.push_back({{"file", file.string()}, {"valid", true}, {"sha256", digest}});
      if (!json) std::puts(fmt::format("valid    {}  {}", digest, file.string()).c_str());
    } catch (const Error& e) {
      worst = std::max(worst, e.code());  // what could not be read at all is worse than what is damaged
      list.push_back({{"file", file.string()}, {"valid", false}, {"why", e.what()}});
      if (!json) std::puts(fmt::format("INVALID  {}", e.what()).c_str());
    }
  }
  if (json) print_json(list);
  return worst;
}

}  // namespace ansatz::host

#include "archive/step_results.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "archive/store.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

// All arrays below a group that count as results.
void collect_arrays(const Tree& tree, const std::string& path, std::map<std::string, const Array*>& arrays) {
  for (const auto& [name, node] : tree.children()) {
    const std::string place = path.empty() ? name : path + "/" + name;
    if (const Array* array = std::get_if<Array>(node.get())) {
      arrays[place] = array;
    } else {
      collect_arrays(std::get<Tree>(*node), place, arrays);
    }
  }
}

}  // namespace

std::string text_of(const Attributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? "" : to_text(found->second);
}

std::vector<std::string> step_groups(const fs::path& archive) {
  const auto names = read_head(archive).groups;
  std::vector<std::string> list;
  if (std::find(names.begin(), names.end(), "points") == names.end()) {
    for (const std::string& step : read_head(archive, "/steps").groups) list.push_back("steps/" + step);
    return list;
  }
  std::set<std::string> seen;  // keys: points share steps
  for (const std::string& point : read_head(archive, "/points").groups) {
    const std::string steps = "points/" + point + "/steps";
    for (const std::string& step : read_head(archive, "/" + steps).groups) {
      const Attributes attributes = read_head(archive, "/" + steps + "/" + step).attributes;
      const auto key = attributes.find("key");
      if (key != attributes.end() && !seen.insert(to_text(key->second)).second) continue;
      list.push_back(steps + "/" + step);
    }
  }
  return list;
}

std::vector<StepComparison> compare_steps(const fs::path& a, const std::string& step_a, const fs::path& b,
                                          const std::string& step_b) {
  std::vector<StepComparison> list;
  for (const std::string part : {"metrics", "outputs", "model"}) {
    const auto read = [&](const fs::path& file, const std::string& step) -> Tree {
      const auto groups = read_head(file, "/" + step).groups;
      if (std::find(groups.begin(), groups.end(), part) == groups.end()) return {};
      return read_tree(file, "/" + step + "/" + part);
    };
    const Tree before = read(a, step_a), after = read(b, step_b);
    std::map<std::string, const Array*> arrays_a, arrays_b;
    collect_arrays(before, "", arrays_a), collect_arrays(after, "", arrays_b);
    for (const auto& [name, array] : arrays_a) {
      const auto other = arrays_b.find(name);
      StepComparison comparison{part + "/" + name, {}};
      if (other == arrays_b.end()) {
        comparison.difference.comparable = comparison.difference.bitwise = false;
        comparison.difference.text = "only in the first";
      } else {
        comparison.difference = compare(*array, *other->second);
      }
      list.push_back(std::move(comparison));
    }
    for (const auto& [name, array] : arrays_b) {
      if (arrays_a.contains(name)) continue;
      StepComparison comparison{part + "/" + name, {}};
      comparison.difference.comparable = comparison.difference.bitwise = false;
      comparison.difference.text = "only in the second";
      list.push_back(std::move(comparison));
    }
  }
  return list;
}

}  // namespace ansatz::host

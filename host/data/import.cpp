#include "data/import.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "archive/store.hpp"
#include "core/error.hpp"
#include "core/suggest.hpp"
#include "data/convert.hpp"
#include "data/csv_table.hpp"
#include "data/import_syntax.hpp"
#include "data/open.hpp"

namespace ansatz::host {
namespace {

constexpr const char* nameless = "data";  // what the one nameless array of a file is called, unless renamed

// A name is taken once; an array is no group for others.
void put(Tree& tree, const std::string& name, Array array) {
  bool taken = tree.find_tree(name) != nullptr;
  for (std::size_t end = 0; end != std::string::npos;) {
    end = name.find('/', end + 1);
    taken = taken || tree.find_array(name.substr(0, end)) != nullptr;
  }
  if (taken) {
    throw Error{
        Exit::usage,
        fmt::format("two arrays want the name '{}', or one the other's as a group; give them other names",
                    name)};
  }
  tree.put(name, std::move(array));
}

std::string new_name(const std::string& item, const ImportOptions& options) {
  const auto found = options.rename.find(item);
  std::string name = found != options.rename.end() ? found->second : item.empty() ? nameless : item;
  check_array_name(name, found != options.rename.end() ? item + "=" + name : name);
  return name;
}

void check_renamed(const std::vector<std::string>& items, const ImportOptions& options) {
  if (!options.rename.empty() && !options.arrays.empty()) {
    throw Error{Exit::usage,
                "--rename goes with importing everything; with --array the new name stands before '='"};
  }
  for (const auto& [old_name, name] : options.rename) {
    if (std::find(items.begin(), items.end(), old_name) == items.end()) {
      throw DataError{
          fmt::format("there is no '{}' to rename; {}", old_name, names_there_are(old_name, items))};
    }
  }
}

// A heading may hold a slash, which in HDF5 would make a group.
std::string column_name(std::string name) {
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

void import_csv(const CsvTable& table, const ImportOptions& options, Tree& tree) {
  std::vector<std::string> names, items, targets;
  std::vector<CsvSelection> selections;
  for (const CsvColumn& column : table.columns()) names.push_back(column.name);
  for (const std::string& text : options.arrays) {
    const ArrayRequest request = parse_array_request(text);
    const ColumnRequest found = parse_columns(request.what, names);
    // Of several columns: what holds them all, so that no value changes.
    ElementType type = table.columns()[found.columns[0]].type;
    for (const std::size_t i : found.columns) {
      const ElementType other = table.columns()[i].type;
      if (other == type) continue;
      const bool numbers = table.columns()[i].texts == 0 && type != ElementType::text;
      type = numbers ? ElementType::f64 : ElementType::text;
    }
    selections.push_back({found.columns, request.type.value_or(type), found.matrix});
    targets.push_back(request.name);
  }
  if (options.arrays.empty()) {
    if (!table.has_header()) {
      items.emplace_back("table");
      selections.push_back(table.numeric_columns());
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      const CsvColumn& column = table.columns()[i];
      if (!table.has_header() && column.type != ElementType::text) continue;
      items.push_back(names[i]);
      selections.push_back({{i}, column.type, false});
    }
    for (const std::string& item : items) {
      targets.push_back(options.rename.contains(item) ? new_name(item, options) : column_name(item));
    }
  }
  check_renamed(items, options);
  std::vector<Array> arrays = table.read(selections);
  for (std::size_t i = 0; i < arrays.size(); ++i) put(tree, targets[i], std::move(arrays[i]));
}

Array read_item(DataFile& file, const std::string& item) {
  const auto source = file.open(item);
  Array array;
  static_cast<ArrayInfo&>(array) = source->info();
  array.data = source->whole();
  return array;
}

void import_items(DataFile& file, const ImportOptions& options, Tree& tree) {
  const std::vector<std::string> items = file.items();
  check_renamed(items, options);
  for (const std::string& text : options.arrays) {
    const ArrayRequest request = parse_array_request(text);
    Array array = read_item(file, request.what);
    if (request.type) array = converted(array, *request.type, fmt::format("'{}'", text));
    put(tree, request.name, std::move(array));
  }
  if (!options.arrays.empty()) return;
  if (items.empty()) throw DataError{"there is no array in it to import"};
  for (const std::string& item : items) {
    try {
      put(tree, new_name(item, options), read_item(file, item));
    } catch (const DataError& error) {
      if (items.size() == 1) throw;
      throw DataError{fmt::format("{}; to take only some of its {} arrays: --array NAME, once for each",
                                  error.what(), items.size())};
    }
  }
}

void set_attributes(const ImportOptions& options, Tree& tree) {
  for (const std::string& text : options.attributes) {
    const AttributeRequest request = parse_attribute_request(text);
    if (request.array.empty()) {
      tree.attributes[request.key] = request.value;
      continue;
    }
    const Array* array = tree.find_array(request.array);
    if (array == nullptr) {
      throw Error{Exit::usage,
                  fmt::format("--attribute '{}': no array '{}' is imported", text, request.array)};
    }
    Array changed = *array;
    changed.attributes[request.key] = request.value;
    tree.put(request.array, std::move(changed));
  }
}

}  // namespace

Tree import_file(const std::filesystem::path& path, const ImportOptions& options) {
  // Mistakes in the options come first: reading may take long.
  for (const std::string& text : options.arrays) (void)parse_array_request(text);
  for (const std::string& text : options.attributes) (void)parse_attribute_request(text);
  Tree tree;
  const KnownFile known = know_file(path, options.data);
  tree.attributes["source"] = path.filename().string();
  tree.attributes["source_sha256"] = sha256_of_file(path);
  if (known.format == Format::csv || known.format == Format::tsv) {
    import_csv({known.bytes, known.format == Format::tsv ? '\t' : '\0', options.data.header}, options, tree);
  } else {
    import_items(*open_data(path, options.data), options, tree);
  }
  set_attributes(options, tree);
  return tree;
}

}  // namespace ansatz::host

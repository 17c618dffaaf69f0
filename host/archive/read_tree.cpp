#include <fmt/core.h>

#include <optional>
#include <set>

#include "archive/h5.hpp"
#include "archive/map_file.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t mapped_from = 64 << 10;
constexpr int deepest = 64;

// One pass over a file.
struct Reader {
  std::string file;
  std::optional<std::uint64_t>
      outline;  // arrays of more bytes come without elements, unreadable ones as such
  std::set<std::pair<unsigned long, haddr_t>> groups;  // read already
};

herr_t collect_link(hid_t, const char* name, const H5L_info_t* info, void* data) {
  // What lies in other files is not part of this one.
  if (info->type != H5L_TYPE_HARD && info->type != H5L_TYPE_SOFT) return 0;
  try {
    static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    return 0;
  } catch (...) {
    return -1;  // out of memory: nothing may be thrown through HDF5
  }
}

std::vector<std::string> link_names(hid_t group, const std::string& where) {
  const H5Handle list{H5Gget_create_plist(group), H5Pclose};
  unsigned order = 0;
  h5_check(H5Pget_link_creation_order(list.id(), &order), "cannot read HDF5 properties");
  const H5_index_t index = (order & H5P_CRT_ORDER_TRACKED) != 0 ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  std::vector<std::string> names;
  h5_check(H5Literate(group, index, H5_ITER_INC, nullptr, collect_link, &names), where + " cannot be listed");
  return names;
}

Array read_array(hid_t dataset, const Reader& reader, const std::string& where) {
  Array array;
  static_cast<ArrayInfo&>(array) = h5_array_info(dataset, where);
  if (reader.outline && array.bytes() > *reader.outline) return array;
  const std::uint64_t offset = h5_plain_offset(dataset, array);
  if (offset % 64 == 0 && offset != 0 && array.bytes() >= mapped_from) {
    array.data = map_file(reader.file, offset, array.bytes());
    return array;
  }
  array.data = Buffer{static_cast<std::size_t>(array.bytes())};
  h5_read_rows(dataset, array, 0, array.shape.empty() ? 1 : array.shape[0], array.data.data(), where);
  return array;
}

Array unreadable(const std::string& why) {
  Array array{ElementType::text};
  array.attributes["unreadable"] = why;
  return array;
}

Tree read_group(hid_t group, Reader& reader, const std::string& where, int depth) {
  if (depth > deepest) throw DataError{fmt::format("{}: groups are nested deeper than {}", where, deepest)};
  Tree tree;
  tree.attributes = h5_attributes(group, where);
  for (const std::string& name : link_names(group, where)) {
    const std::string place = where + "/" + name;
    const H5Handle object{H5Oopen(group, name.c_str(), H5P_DEFAULT), H5Oclose};
    H5L_info_t link{};
    h5_check(H5Lget_info(group, name.c_str(), &link, H5P_DEFAULT), "cannot look at link '" + name + "'");
    if (object.id() < 0 && link.type == H5L_TYPE_SOFT) continue;  // leads nowhere, as soft links may
    h5_check(object.id(), place + " cannot be opened");
    H5O_info_t info{};
    h5_check(H5Oget_info2(object.id(), &info, H5O_INFO_BASIC), place + " cannot be opened");
    if (info.type == H5O_TYPE_GROUP) {
      // Links may lead back, or to one group from many places: it stands where it was met first.
      if (!reader.groups.emplace(info.fileno, info.addr).second) continue;
      tree.group(name) = read_group(object.id(), reader, place, depth + 1);
    } else if (info.type == H5O_TYPE_DATASET && !h5_is_bare_dimension(object.id())) {
      try {
        tree.put(name, read_array(object.id(), reader, place));
      } catch (const DataError& e) {
        if (!reader.outline) throw;
        tree.put(name, unreadable(e.what()));
      }
    }
  }
  return tree;
}

Tree read(const std::filesystem::path& path, const std::string& group, std::optional<std::uint64_t> outline) {
  const H5Handle file = h5_open_file(path.string());
  const std::string where = path.string() + ":" + (group == "/" ? "" : group);
  const H5Handle root{
      h5_check(H5Gopen2(file.id(), group.c_str(), H5P_DEFAULT), where + ": there is no such group"),
      H5Gclose};
  Reader reader{path.string(), outline, {}};
  H5O_info_t info{};
  h5_check(H5Oget_info2(root.id(), &info, H5O_INFO_BASIC), where);
  reader.groups.emplace(info.fileno, info.addr);
  return read_group(root.id(), reader, where, 0);
}

}  // namespace

Tree read_tree(const std::filesystem::path& path, const std::string& group) {
  return read(path, group, std::nullopt);
}

GroupHead read_head(const std::filesystem::path& path, const std::string& group) {
  const H5Handle file = h5_open_file(path.string());
  const std::string where = path.string() + ":" + (group == "/" ? "" : group);
  const H5Handle root{
      h5_check(H5Gopen2(file.id(), group.c_str(), H5P_DEFAULT), where + ": there is no such group"),
      H5Gclose};
  GroupHead head;
  head.attributes = h5_attributes(root.id(), where);
  for (std::string& name : link_names(root.id(), where)) {
    const H5Handle object{H5Oopen(root.id(), name.c_str(), H5P_DEFAULT), H5Oclose};
    H5O_info_t info{};
    if (object.id() < 0 || H5Oget_info2(object.id(), &info, H5O_INFO_BASIC) < 0) continue;
    if (info.type == H5O_TYPE_GROUP) head.groups.push_back(std::move(name));
  }
  return head;
}

Tree read_outline(const std::filesystem::path& path, const std::string& group, std::uint64_t limit) {
  return read(path, group, limit);
}

std::optional<Array> read_array(const std::filesystem::path& path, const std::string& item) {
  const H5Handle file = h5_open_file(path.string());
  const std::string where = path.string() + ":" + item;
  const H5Handle object{
      h5_check(H5Oopen(file.id(), item.c_str(), H5P_DEFAULT), where + ": there is no such group or array"),
      H5Oclose};
  if (H5Iget_type(object.id()) != H5I_DATASET) return std::nullopt;
  return read_array(object.id(), Reader{path.string(), std::nullopt, {}}, where);
}

}  // namespace ansatz::host

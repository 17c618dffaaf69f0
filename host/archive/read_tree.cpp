#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "archive/h5.hpp"
#include "archive/map_file.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t mapped_from = 1 << 16;
constexpr int deepest = 64;  // groups in groups; a cycle of hard links would never end

struct Reader {
  std::string file;
  int depth = 0;
};

bool is_bare_scale(hid_t dataset) {
  if (H5Aexists(dataset, "NAME") <= 0 || H5Aexists(dataset, "CLASS") <= 0) return false;
  const H5Handle attribute{H5Aopen(dataset, "NAME", H5P_DEFAULT), H5Aclose},
      type{H5Aget_type(attribute.id()), H5Tclose};
  if (H5Tget_class(type.id()) != H5T_STRING || H5Tis_variable_str(type.id()) > 0) return false;
  std::string name(H5Tget_size(type.id()), '\0');
  if (H5Aread(attribute.id(), type.id(), name.data()) < 0) return false;
  return name.starts_with("This is a netCDF dimension but not a netCDF variable");
}

Array read_array(hid_t dataset, const Reader& reader, const std::string& where) {
  Array array;
  static_cast<ArrayInfo&>(array) = h5_array_info(dataset, where);
  const std::uint64_t offset = h5_plain_offset(dataset, array);
  if (offset != 0 && array.bytes() >= mapped_from && offset % 64 == 0) {
    array.data = map_file(reader.file, offset, array.bytes());
    return array;
  }
  array.data = Buffer{static_cast<std::size_t>(array.bytes())};
  h5_read_rows(dataset, array, 0, array.shape.empty() ? 1 : array.shape[0], array.data.data(), where);
  return array;
}

Tree read_group(hid_t group, Reader reader, const std::string& where) {
  if (++reader.depth > deepest) throw DataError{where + ": groups are nested deeper than 64"};
  Tree tree;
  tree.attributes = h5_attributes(group, where);
  H5G_info_t info;
  h5_check(H5Gget_info(group, &info), where);
  const H5Handle list{H5Gget_create_plist(group), H5Pclose};
  unsigned order = 0;
  H5Pget_link_creation_order(list.id(), &order);
  const H5_index_t index = (order & H5P_CRT_ORDER_INDEXED) != 0 ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    const ssize_t size = H5Lget_name_by_idx(group, ".", index, H5_ITER_INC, i, nullptr, 0, H5P_DEFAULT);
    h5_check(static_cast<hid_t>(size), where);
    std::string name(static_cast<std::size_t>(size), '\0');
    H5Lget_name_by_idx(group, ".", index, H5_ITER_INC, i, name.data(), name.size() + 1, H5P_DEFAULT);
    const std::string place = where + "/" + name;
    const hid_t id = h5_check(H5Oopen(group, name.c_str(), H5P_DEFAULT), place + " cannot be opened");
    const H5Handle object{id, H5Oclose};
    if (H5Iget_type(id) == H5I_GROUP) {
      tree.group(name) = read_group(id, reader, place);
    } else if (H5Iget_type(id) == H5I_DATASET && !is_bare_scale(id)) {
      tree.put(name, read_array(id, reader, place));
    }
  }
  return tree;
}

}  // namespace

Tree read_tree(const std::filesystem::path& path, const std::string& group) {
  const H5Handle file = h5_open_file(path.string());
  const std::string where = path.string() + ":" + (group == "/" ? "" : group);
  const H5Handle root{
      h5_check(H5Gopen2(file.id(), group.c_str(), H5P_DEFAULT), where + ": there is no such group"),
      H5Gclose};
  return read_group(root.id(), {path.string(), 0}, where);
}

}  // namespace ansatz::host

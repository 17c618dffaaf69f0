#include "archive/scales.hpp"

#include <fmt/core.h>

#include <cstddef>

#include "archive/h5_names.hpp"

namespace ansatz::host {
namespace {

// As the high-level library writes them: a text of one byte a character that ends in NUL.
void write_ascii(hid_t object, const char* name, const std::string& text) {
  const H5Handle type = h5_copy_type(H5T_C_S1), space{H5Screate(H5S_SCALAR), H5Sclose};
  h5_check(H5Tset_size(type.id(), text.size() + 1), "cannot make an HDF5 type");
  const std::string what = std::string{"cannot write attribute '"} + name + "'";
  const H5Handle attribute{
      h5_check(H5Acreate2(object, name, type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT), what), H5Aclose};
  h5_check(H5Awrite(attribute.id(), type.id(), text.c_str()), what);
}

// A coordinate in the sense of netCDF: a one-dimensional array that names its own dimension.
bool is_coordinate(const std::string& name, const Array& array) {
  return array.shape.size() == 1 && array.dims == std::vector{name};
}

hobj_ref_t reference_to(hid_t object) {
  hobj_ref_t reference = 0;
  h5_check(H5Rcreate(&reference, object, ".", H5R_OBJECT, -1), "cannot refer to an array");
  return reference;
}

}  // namespace

Scales::Scales(hid_t group, const Tree& tree) : group_{group} {
  for (const auto& [name, node] : tree.children()) {
    taken_.insert(name);
    const Array* array = std::get_if<Array>(node.get());
    if (array != nullptr && is_coordinate(name, *array)) coordinates_[name] = array->shape[0];
  }
}

std::string Scales::free_link(const std::string& dim, std::uint64_t size) const {
  const bool usable = !dim.empty() && dim != "." && dim.find('/') == std::string::npos;
  std::string link = usable ? dim : fmt::format("dim_{}", size);
  if (usable && taken_.contains(link)) link = fmt::format("{}_{}", dim, size);
  for (int i = 2; taken_.contains(link); ++i) link = fmt::format("{}_{}_{}", usable ? dim : "dim", size, i);
  return link;
}

std::size_t Scales::find_or_add(const std::string& dim, std::uint64_t size,
                                const std::set<std::size_t>& not_these) {
  for (std::size_t i = 0; i < scales_.size(); ++i) {
    if (scales_[i].dim == dim && scales_[i].size == size && !not_these.contains(i)) return i;
  }
  const auto coordinate = coordinates_.find(dim);
  const bool is_array = coordinate != coordinates_.end() && coordinate->second == size;
  scales_.push_back({is_array ? dim : free_link(dim, size), dim, size, {}, {}});
  taken_.insert(scales_.back().link);
  return scales_.size() - 1;
}

void Scales::add(const std::string& name, const Array& array, H5Handle dataset) {
  if (array.shape.empty()) return;
  const std::size_t number = arrays_.size();
  Member member{std::move(dataset), {}};
  if (is_coordinate(name, array)) {
    scales_[find_or_add(name, array.shape[0], {})].dataset = std::move(member.dataset);
    return;
  }
  // Two dimensions without a name are not the same one, even if they have the same size.
  std::set<std::size_t> nameless;
  for (std::size_t i = 0; i < array.shape.size(); ++i) {
    const std::string dim = array.dims.empty() ? "" : array.dims[i];
    const std::size_t scale = find_or_add(dim, array.shape[i], nameless);
    if (dim.empty()) nameless.insert(scale);
    scales_[scale].uses.push_back({number, static_cast<unsigned>(i)});
    member.scales.push_back(scale);
  }
  arrays_.push_back(std::move(member));
}

void Scales::make(Scale& scale) {
  const hsize_t size = scale.size;
  std::string title = scale.link;
  if (scale.dataset.id() < 0) {
    const H5Handle space{H5Screate_simple(1, &size, nullptr), H5Sclose};
    const H5Handle list = h5_properties(H5P_DATASET_CREATE);
    h5_check(H5Pset_obj_track_times(list.id(), false), "cannot set HDF5 properties");
    // Allocated late and never written: no elements in the file.
    scale.dataset = {h5_check(H5Dcreate2(group_, scale.link.c_str(), H5T_IEEE_F32BE, space.id(),
                                         h5_link_properties(), list.id(), H5P_DEFAULT),
                              "cannot make dimension '" + scale.link + "'"),
                     H5Dclose};
    title = fmt::format("{}{:10}", bare_dimension, size);
  }
  write_ascii(scale.dataset.id(), class_attribute, std::string{scale_class});
  write_ascii(scale.dataset.id(), name_attribute, title);
  h5_write_attribute(scale.dataset.id(), dim_attribute, Value{scale.dim});
}

void Scales::write_lists() {
  const H5Handle type{H5Tvlen_create(H5T_STD_REF_OBJ), H5Tclose};
  for (const Member& array : arrays_) {
    const hsize_t rank = array.scales.size();
    std::vector<hobj_ref_t> references;
    for (const std::size_t scale : array.scales)
      references.push_back(reference_to(scales_[scale].dataset.id()));
    std::vector<hvl_t> lists;
    for (hobj_ref_t& reference : references) lists.push_back({1, &reference});
    const H5Handle space{H5Screate_simple(1, &rank, nullptr), H5Sclose};
    const H5Handle attribute{h5_check(H5Acreate2(array.dataset.id(), list_attribute, type.id(), space.id(),
                                                 H5P_DEFAULT, H5P_DEFAULT),
                                      "cannot name dimensions"),
                             H5Aclose};
    h5_check(H5Awrite(attribute.id(), type.id(), lists.data()), "cannot name dimensions");
  }
}

void Scales::write_users(const Scale& scale) {
  struct User {
    hobj_ref_t array;
    std::int32_t dimension;
    std::int32_t padding;  // goes to the file: the high-level library stores its C struct
  };
  if (scale.uses.empty()) return;
  std::vector<User> users;
  for (const Use& use : scale.uses) {
    users.push_back(
        {reference_to(arrays_[use.array].dataset.id()), static_cast<std::int32_t>(use.dimension), 0});
  }
  const H5Handle type{H5Tcreate(H5T_COMPOUND, sizeof(User)), H5Tclose};
  h5_check(H5Tinsert(type.id(), "dataset", offsetof(User, array), H5T_STD_REF_OBJ),
           "cannot make an HDF5 type");
  h5_check(H5Tinsert(type.id(), "dimension", offsetof(User, dimension), H5T_STD_I32LE),
           "cannot make an HDF5 type");
  const hsize_t count = users.size();
  const H5Handle space{H5Screate_simple(1, &count, nullptr), H5Sclose};
  const H5Handle attribute{h5_check(H5Acreate2(scale.dataset.id(), users_attribute, type.id(), space.id(),
                                               H5P_DEFAULT, H5P_DEFAULT),
                                    "cannot list the arrays of a dimension"),
                           H5Aclose};
  h5_check(H5Awrite(attribute.id(), type.id(), users.data()), "cannot list the arrays of a dimension");
}

void Scales::finish() {
  for (Scale& scale : scales_) make(scale);
  write_lists();
  for (const Scale& scale : scales_) write_users(scale);
}

}  // namespace ansatz::host

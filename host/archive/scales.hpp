// Dimension names as HDF5 dimension scales, in the way of netCDF-4: a name and its size are a data set of
// their own in the group of the arrays, which refer to it; xarray and ncdump then show named dimensions.
//
// One group may hold one name with several sizes: the first keeps the name, the others are called name_size.
// Dimensions without a name are called dim_size, since xarray opens no array without.  Each scale says in an
// attribute which name was meant, so that reading gives back what was written.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "archive/h5.hpp"
#include "core/tree.hpp"

namespace ansatz::host {

// The scales of one group while it is being written.
class Scales {
 public:
  Scales(hid_t group, const Tree& tree);
  // Tell of an array that now exists in the group; it stays open until finish().
  void add(const std::string& name, const Array& array, H5Handle dataset);
  // Make the scales, and the references between them and the arrays.
  void finish();

 private:
  struct Use {
    std::size_t array;  // in arrays_
    unsigned dimension;
  };
  struct Scale {
    std::string link, dim;
    std::uint64_t size = 0;
    H5Handle dataset;  // set early if an array of the tree is the scale
    std::vector<Use> uses;
  };
  struct Member {
    H5Handle dataset;
    std::vector<std::size_t> scales;  // of each dimension, in scales_; empty: it is a scale itself
  };
  std::size_t find_or_add(const std::string& dim, std::uint64_t size, const std::set<std::size_t>& not_these);
  [[nodiscard]] std::string free_link(const std::string& dim, std::uint64_t size) const;
  void make(Scale& scale);
  void write_lists();
  void write_users(const Scale& scale);

  hid_t group_;
  std::set<std::string> taken_;                       // names of links
  std::map<std::string, std::uint64_t> coordinates_;  // arrays that are the scale of the dimension they name
  std::vector<Scale> scales_;
  std::vector<Member> arrays_;
};

}  // namespace ansatz::host

// Names that our files give a meaning to.
#pragma once

#include <string_view>

namespace ansatz::host {

// Attributes that carry what HDF5 has no place for; not shown as attributes of ours.
inline constexpr const char* dims_attribute = "dims";                // names of dimensions, without scales
inline constexpr const char* dim_attribute = "ansatz_dim";           // on a scale: the dimension's name
inline constexpr const char* width_attribute = "ansatz_text_width";  // where more bytes are stored than meant

// Dimension scales (the HDF5 high-level specification) and their use by netCDF-4.
inline constexpr const char* class_attribute = "CLASS";
inline constexpr const char* name_attribute = "NAME";
inline constexpr const char* list_attribute = "DIMENSION_LIST";
inline constexpr const char* users_attribute = "REFERENCE_LIST";
inline constexpr std::string_view scale_class = "DIMENSION_SCALE";
inline constexpr std::string_view bare_dimension = "This is a netCDF dimension but not a netCDF variable.";

}  // namespace ansatz::host

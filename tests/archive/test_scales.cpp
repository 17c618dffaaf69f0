// Dimension names as other readers see them: through the HDF5 high-level library.
#include <hdf5_hl.h>

#include <catch2/catch.hpp>

#include "raw_file.hpp"
#include "samples.hpp"
#include "support/temporary_folder.hpp"

using namespace ansatz::test;

namespace {

struct SeenScale {
  std::string path, name;
  hsize_t size = 0;
  bool operator==(const SeenScale&) const = default;
};

herr_t look(hid_t, unsigned, hid_t scale, void* data) {
  char path[256] = {}, name[256] = {};
  H5Iget_name(scale, path, sizeof path);
  H5DSget_scale_name(scale, name, sizeof name);
  const Raw space{H5Dget_space(scale), H5Sclose};
  static_cast<std::vector<SeenScale>*>(data)->push_back(
      {path, name, static_cast<hsize_t>(H5Sget_simple_extent_npoints(space))});
  return 0;
}

// For each dimension of an array the one scale attached to it.
std::vector<SeenScale> scales_of(const RawFile& raw, const std::string& array) {
  const Raw dataset{H5Dopen2(raw.file, array.c_str(), H5P_DEFAULT), H5Dclose};
  std::vector<SeenScale> found;
  for (unsigned i = 0; i < raw.shape(array).size(); ++i) {
    CHECK(H5DSget_num_scales(dataset, i) == 1);
    H5DSiterate_scales(dataset, i, nullptr, look, &found);
  }
  return found;
}

std::string bare(hsize_t size) {
  char text[100];
  std::snprintf(text, sizeof text, "This is a netCDF dimension but not a netCDF variable.%10llu",
                static_cast<unsigned long long>(size));
  return text;
}

}  // namespace

TEST_CASE("dimension names are scales of the arrays' group") {
  const TemporaryFolder folder;
  Tree tree;
  tree.put("g/x", filled(ElementType::f64, {5, 3}, {"n", "d"}));
  tree.put("g/y", filled(ElementType::i64, {5}, {"n"}));
  tree.put("g/kernel", filled(ElementType::f32, {5, 5}, {"n", "n"}));
  tree.put("h/x", filled(ElementType::f64, {8}, {"n"}));
  tree.put("x", filled(ElementType::f64, {2}, {"n"}));
  write_sealed(tree, folder / "a.h5", as_archive());
  check_same(read_tree(folder / "a.h5"), tree);
  const RawFile raw{folder / "a.h5"};
  CHECK(scales_of(raw, "g/x") == std::vector<SeenScale>{{"/g/n", bare(5), 5}, {"/g/d", bare(3), 3}});
  CHECK(scales_of(raw, "g/y") == std::vector<SeenScale>{{"/g/n", bare(5), 5}});
  CHECK(scales_of(raw, "g/kernel") == std::vector<SeenScale>{{"/g/n", bare(5), 5}, {"/g/n", bare(5), 5}});
  CHECK(scales_of(raw, "h/x") == std::vector<SeenScale>{{"/h/n", bare(8), 8}});
  CHECK(scales_of(raw, "x") == std::vector<SeenScale>{{"/n", bare(2), 2}});
  for (const char* name : {"g/n", "g/d", "h/n", "n"}) {
    const Raw scale{H5Dopen2(raw.file, name, H5P_DEFAULT), H5Dclose};
    CHECK(H5DSis_scale(scale) > 0);
    CHECK(H5Dget_storage_size(scale) == 0);
  }
  // The library also follows the references back from the scale.
  const Raw array{H5Dopen2(raw.file, "g/kernel", H5P_DEFAULT), H5Dclose},
      scale{H5Dopen2(raw.file, "g/n", H5P_DEFAULT), H5Dclose};
  CHECK(H5DSis_attached(array, scale, 0) > 0);
  CHECK(H5DSis_attached(array, scale, 1) > 0);
}

TEST_CASE("names that clash get another link and come back as they were") {
  const TemporaryFolder folder;
  Tree tree;
  tree.put("short", filled(ElementType::f64, {5}, {"n"}));
  tree.put("long", filled(ElementType::f64, {7}, {"n"}));       // another size
  tree.put("d", Array::scalar(1.0));                            // an array has the name of a dimension
  tree.put("x", filled(ElementType::f64, {5, 3}, {"n", "d"}));  //
  tree.put("m_7", filled(ElementType::f64, {2}, {"m"}));        // the next best name is taken, too
  tree.put("y", filled(ElementType::f64, {7}, {"m"}));          //
  tree.put("path", filled(ElementType::f64, {4}, {"a/b"}));     // no link can have this name
  tree.put("group/z", filled(ElementType::f64, {4}, {"group"}));
  tree.put("w", filled(ElementType::f64, {4}, {"group"}));
  write_sealed(tree, folder / "a.h5", as_archive());
  check_same(read_tree(folder / "a.h5"), tree);
  const RawFile raw{folder / "a.h5"};
  CHECK(scales_of(raw, "short").at(0).path == "/n");
  CHECK(scales_of(raw, "long").at(0).path == "/n_7");
  CHECK(scales_of(raw, "x").at(1).path == "/d_3");
  CHECK(scales_of(raw, "y").at(0).path == "/m_7_2");
  CHECK(scales_of(raw, "path").at(0).path == "/dim_4");
  CHECK(scales_of(raw, "w").at(0).path == "/group_4");
}

TEST_CASE("an array that names its own dimension is the scale") {
  const TemporaryFolder folder;
  Tree tree;
  tree.put("value", filled(ElementType::f64, {5, 2}, {"step", "k"}));
  tree.put("step", filled(ElementType::i64, {5}, {"step"})).attributes["unit"] = std::string{"epochs"};
  tree.put("alone", filled(ElementType::i64, {6}, {"alone"}));
  write_sealed(tree, folder / "a.h5", as_archive());
  check_same(read_tree(folder / "a.h5"), tree);
  const RawFile raw{folder / "a.h5"};
  CHECK(scales_of(raw, "value") == std::vector<SeenScale>{{"/step", "step", 5}, {"/k", bare(2), 2}});
}

TEST_CASE("dimensions without a name have scales of their own") {
  const TemporaryFolder folder;
  Tree tree;
  tree.put("square", filled(ElementType::f64, {4, 4}));
  tree.put("half", filled(ElementType::f64, {4, 9}, {"", "d"}));
  write_sealed(tree, folder / "a.h5", as_archive());
  check_same(read_tree(folder / "a.h5"), tree);
  const RawFile raw{folder / "a.h5"};
  CHECK(scales_of(raw, "square") == std::vector<SeenScale>{{"/dim_4", bare(4), 4}, {"/dim_4_2", bare(4), 4}});
  CHECK(scales_of(raw, "half").at(0).path == "/dim_4");
}

TEST_CASE("scales that other programs attached name the dimensions") {
  const TemporaryFolder folder;
  {
    const RawWriter raw{folder / "a.h5"};
    const std::vector<double> data(15), axis(5);
    const std::vector<float> empty(3);
    raw.dataset("x", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {5, 3}, data.data());
    raw.dataset("time", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {5}, axis.data());
    raw.dataset("band", H5T_IEEE_F32BE, H5T_NATIVE_FLOAT, {3}, empty.data());
    const Raw x{H5Dopen2(raw.file, "x", H5P_DEFAULT), H5Dclose},
        time{H5Dopen2(raw.file, "time", H5P_DEFAULT), H5Dclose},
        band{H5Dopen2(raw.file, "band", H5P_DEFAULT), H5Dclose};
    REQUIRE(H5DSset_scale(time, "time") >= 0);
    REQUIRE(H5DSset_scale(band, bare(3).c_str()) >= 0);
    REQUIRE(H5DSattach_scale(x, time, 0) >= 0);
    REQUIRE(H5DSattach_scale(x, band, 1) >= 0);
  }
  const Tree tree = read_tree(folder / "a.h5");
  CHECK(tree.array("x").dims == std::vector<std::string>{"time", "band"});
  CHECK(tree.array("time").dims == std::vector<std::string>{"time"});
  CHECK(tree.array("time").attributes.empty());
  CHECK(tree.find_array("band") == nullptr);
}

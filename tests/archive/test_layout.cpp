// What other readers rely on, seen through plain HDF5 calls.
#include <catch2/catch.hpp>
#include <fstream>

#include "core/error.hpp"
#include "raw_file.hpp"
#include "samples.hpp"
#include "support/temporary_folder.hpp"

using namespace ansatz::test;

namespace {

herr_t check_object(hid_t object, const char* name, const H5O_info_t* info, void*) {
  INFO(name);
  CHECK(info->ctime == 0);
  CHECK(info->mtime == 0);
  CHECK(info->atime == 0);
  const Raw opened{H5Oopen(object, name, H5P_DEFAULT), H5Oclose};
  if (info->type == H5O_TYPE_GROUP) {
    const Raw list{H5Gget_create_plist(opened), H5Pclose};
    unsigned order = 0;
    H5Pget_link_creation_order(list, &order);
    CHECK((order & H5P_CRT_ORDER_TRACKED) != 0);
    H5Pget_attr_creation_order(list, &order);
    CHECK((order & H5P_CRT_ORDER_TRACKED) != 0);
  }
  return 0;
}

}  // namespace

TEST_CASE("files carry no times, keep the order of creation, and old HDF5 reads them") {
  const TemporaryFolder folder;
  write_sealed(varied_tree(), folder / "a.h5", as_archive());
  const std::string bytes = read_file(folder / "a.h5");
  CHECK(bytes.substr(0, 8) == "\x89HDF\r\n\x1a\n");
  CHECK(bytes[8] == 0);  // the superblock's first version
  const RawFile raw{folder / "a.h5"};
  H5Ovisit2(raw.file, H5_INDEX_NAME, H5_ITER_INC, check_object, nullptr, H5O_INFO_ALL);
}

TEST_CASE("step files have large arrays on pages, archives have them in checked chunks") {
  const TemporaryFolder folder;
  Tree tree;
  tree.put("scalar", Array::scalar(1.0));
  tree.put("page", filled(ElementType::u8, {4096}));
  tree.put("below", filled(ElementType::u8, {(64 << 10) - 1}));
  tree.put("from", filled(ElementType::u8, {64 << 10}));
  tree.put("rows", filled(ElementType::f64, {1025, 128}));  // one row more than a chunk holds
  tree.put("wide", filled(ElementType::f64, {2, 3, 300000}));
  write_sealed(tree, folder / "step.h5");
  write_sealed(tree, folder / "archive.h5", as_archive());

  const RawFile step{folder / "step.h5"}, archive{folder / "archive.h5"};
  for (const auto& [name, node] : tree.children()) {
    CAPTURE(name);
    const Array& array = std::get<Array>(*node);
    const Raw plain{H5Dopen2(step.file, name.c_str(), H5P_DEFAULT), H5Dclose};
    const Raw plain_list{H5Dget_create_plist(plain), H5Pclose};
    CHECK(H5Pget_layout(plain_list) == H5D_CONTIGUOUS);
    if (array.bytes() >= 4096) CHECK(H5Dget_offset(plain) % 4096 == 0);

    const Raw packed{H5Dopen2(archive.file, name.c_str(), H5P_DEFAULT), H5Dclose};
    const Raw packed_list{H5Dget_create_plist(packed), H5Pclose};
    if (array.bytes() < (64 << 10)) {
      CHECK(H5Pget_layout(packed_list) == H5D_CONTIGUOUS);
      continue;
    }
    REQUIRE(H5Pget_layout(packed_list) == H5D_CHUNKED);
    std::vector<hsize_t> chunk(array.shape.size());
    H5Pget_chunk(packed_list, static_cast<int>(chunk.size()), chunk.data());
    hsize_t bytes = array.element_bytes();
    for (const hsize_t size : chunk) bytes *= size;
    CHECK(bytes <= (1 << 20));
    CHECK(H5Dget_storage_size(packed) < array.bytes() + array.bytes() / 4);  // little padding
    std::size_t values = 0;
    unsigned flags = 0;
    REQUIRE(H5Pget_nfilters(packed_list) == 1);
    CHECK(H5Pget_filter2(packed_list, 0, &flags, &values, nullptr, 0, nullptr, nullptr) ==
          H5Z_FILTER_FLETCHER32);
  }
}

TEST_CASE("large arrays of step files are mapped, not copied") {
  const TemporaryFolder folder;
  Tree tree;
  tree.put("x", filled(ElementType::f64, {1 << 17}));
  write_sealed(tree, folder / "x.h5");
  const Tree read = read_tree(folder / "x.h5");
  const auto address = reinterpret_cast<std::uintptr_t>(read.array("x").data.data());
  // The kernel's own list says which file lies there.
  std::ifstream maps{"/proc/self/maps"};
  bool mapped = false;
  for (std::string line; std::getline(maps, line);) {
    const std::uintptr_t first = std::stoull(line, nullptr, 16),
                         last = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
    mapped = mapped || (address >= first && address < last && line.find("x.h5") != std::string::npos);
  }
  CHECK(mapped);
}

TEST_CASE("a damaged chunk is reported with file and array") {
  const TemporaryFolder folder;
  Tree tree;
  tree.put("group/x", filled(ElementType::f64, {20000}));
  write_plain(tree, folder / "x.h5", as_archive());
  std::string bytes = read_file(folder / "x.h5");
  const Array& x = tree.array("group/x");
  const auto place = bytes.find(std::string{reinterpret_cast<const char*>(x.data.data()), 64});
  REQUIRE(place != std::string::npos);
  bytes[place + 10] = static_cast<char>(bytes[place + 10] ^ 4);
  folder.write("x.h5", bytes);
  CHECK_THROWS_AS(read_tree(folder / "x.h5"), DataError);
  CHECK_THROWS_WITH(read_tree(folder / "x.h5"),
                    Catch::Matchers::Contains("x.h5") && Catch::Matchers::Contains("group/x"));
}

// Files made with HDF5's own calls, in types and layouts that we never write.
#include <hdf5.h>
#include <hdf5_hl.h>

#include <numeric>

#include "archive/store.hpp"
#include "files.hpp"

using namespace ansatz::host;
using Catch::Contains;

namespace {

struct File {
  explicit File(const std::filesystem::path& path, hsize_t user_block = 0) {
    const hid_t properties = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(properties, user_block);
    id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, properties, H5P_DEFAULT);
    H5Pclose(properties);
    REQUIRE(id >= 0);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { H5Fclose(id); }

  // Returns the data set, to be closed.
  hid_t put(const char* name, hid_t stored, hid_t memory, const std::vector<hsize_t>& shape, const void* data,
            const std::vector<hsize_t>& chunk = {}) const {
    const hid_t space = shape.empty()
                            ? H5Screate(H5S_SCALAR)
                            : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE), links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    if (!chunk.empty()) {
      H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data());
      H5Pset_shuffle(properties);
      H5Pset_deflate(properties, 4);
    }
    const hid_t dataset = H5Dcreate2(id, name, stored, space, links, properties, H5P_DEFAULT);
    REQUIRE(dataset >= 0);
    if (data != nullptr) REQUIRE(H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Pclose(links);
    H5Pclose(properties);
    H5Sclose(space);
    return dataset;
  }
  hid_t id;
};

template <class Ours>
void check_type(hid_t stored, ElementType expected, const std::vector<Ours>& numbers) {
  const std::vector<long long> whole(numbers.begin(), numbers.end());
  for (const std::vector<hsize_t>& chunk : {std::vector<hsize_t>{}, {2, 2}, {7, 3}}) {
    const Folder folder;
    const auto path = folder.path("x.h5");
    {
      const File file{path};
      H5Dclose(file.put("a", stored, H5T_NATIVE_LLONG, {4, 3}, whole.data(),
                        chunk.empty() || chunk[0] <= 4 ? chunk : std::vector<hsize_t>{4, 3}));
    }
    const auto source = open_data(path)->open("a");
    CHECK(source->info().type == expected);
    CHECK(source->info().shape == std::vector<std::uint64_t>{4, 3});
    CHECK(values<Ours>(*source) == numbers);
    check_blocks(*source);
  }
}

template <class Ours>
std::vector<Ours> twelve(long long lowest, long long highest) {
  std::vector<Ours> list{static_cast<Ours>(lowest), static_cast<Ours>(highest)};
  for (int i = 0; i < 10; ++i) list.push_back(static_cast<Ours>(i));
  return list;
}

}  // namespace

TEST_CASE("hdf5: numeric types, contiguous and chunked") {
  for (const bool big : {false, true}) {
    check_type(big ? H5T_STD_I8BE : H5T_STD_I8LE, ElementType::i32, twelve<std::int32_t>(-128, 127));
    check_type(big ? H5T_STD_I16BE : H5T_STD_I16LE, ElementType::i32, twelve<std::int32_t>(-32768, 32767));
    check_type(big ? H5T_STD_U16BE : H5T_STD_U16LE, ElementType::i32, twelve<std::int32_t>(0, 65535));
    check_type(big ? H5T_STD_I32BE : H5T_STD_I32LE, ElementType::i32,
               twelve<std::int32_t>(INT32_MIN, INT32_MAX));
    check_type(big ? H5T_STD_U32BE : H5T_STD_U32LE, ElementType::i64, twelve<std::int64_t>(0, UINT32_MAX));
    check_type(big ? H5T_STD_I64BE : H5T_STD_I64LE, ElementType::i64,
               twelve<std::int64_t>(INT64_MIN, INT64_MAX));
    check_type(big ? H5T_STD_U64BE : H5T_STD_U64LE, ElementType::i64, twelve<std::int64_t>(0, INT64_MAX));
    check_type(big ? H5T_IEEE_F32BE : H5T_IEEE_F32LE, ElementType::f32, twelve<float>(-1 << 20, 1 << 20));
    check_type(big ? H5T_IEEE_F64BE : H5T_IEEE_F64LE, ElementType::f64, twelve<double>(-1 << 20, 1 << 20));
  }
  check_type(H5T_STD_U8LE, ElementType::u8, twelve<std::uint8_t>(0, 255));
  check_type(H5T_NATIVE_LDOUBLE, ElementType::f64, twelve<double>(-1 << 20, 1 << 20));
  const hid_t half = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(half, 15, 10, 5, 0, 10);
  H5Tset_size(half, 2);
  H5Tset_ebias(half, 15);
  check_type(half, ElementType::f32, twelve<float>(-2048, 2048));
  H5Tclose(half);
}

TEST_CASE("hdf5: unsigned integers beyond i64 are refused, not clipped") {
  const Folder folder;
  const std::vector<std::uint64_t> numbers{1, std::uint64_t{1} << 63};
  {
    const File file{folder.path("x.h5")};
    H5Dclose(file.put("a", H5T_STD_U64LE, H5T_NATIVE_UINT64, {2}, numbers.data()));
  }
  CHECK_THAT(error_of([&] { (void)open_data(folder.path("x.h5"))->open("a")->whole(); }),
             Contains("9223372036854775808"));
}

TEST_CASE("hdf5: booleans and text") {
  const Folder folder;
  {
    const File file{folder.path("x.h5")};
    const hid_t flag = H5Tenum_create(H5T_STD_I8LE);
    for (std::int8_t i = 0; i < 2; ++i) H5Tenum_insert(flag, i == 0 ? "FALSE" : "TRUE", &i);
    const std::vector<std::int8_t> flags{1, 0, 1};
    H5Dclose(file.put("flags", flag, flag, {3}, flags.data()));
    const hid_t text = H5Tcopy(H5T_C_S1);
    for (const auto& [name, padding] : {std::pair{"nul", H5T_STR_NULLTERM}, {"pad", H5T_STR_NULLPAD}}) {
      H5Tset_size(text, 4);
      H5Tset_strpad(text, padding);
      H5Dclose(file.put(name, text, text, {2}, "ab\0\0cde"));
    }
    H5Tset_strpad(text, H5T_STR_SPACEPAD);
    H5Dclose(file.put("space", text, text, {2}, "ab  cde "));
    H5Dclose(file.put("latin", text, text, {2}, "ab  \xe4   "));
    const char* words[] = {"a", "", "longest", "\xc3\xa4"};
    H5Tset_size(text, H5T_VARIABLE);
    H5Dclose(file.put("variable", text, text, {2, 2}, words));
    H5Dclose(file.put("scalar", text, text, {}, &words[2]));
    H5Tclose(text);
    H5Tclose(flag);
  }
  const auto file = open_data(folder.path("x.h5"));
  CHECK(file->open("flags")->info().type == ElementType::boolean);
  CHECK(values<std::uint8_t>(*file->open("flags")) == std::vector<std::uint8_t>{1, 0, 1});
  for (const char* name : {"nul", "pad", "space"}) {
    INFO(name);
    CHECK(texts(*file->open(name)) == std::vector<std::string>{"ab", "cde"});
    check_blocks(*file->open(name));
  }
  CHECK(texts(*file->open("variable")) == std::vector<std::string>{"a", "", "longest", "\xc3\xa4"});
  check_blocks(*file->open("variable"));
  CHECK(texts(*file->open("scalar")) == std::vector<std::string>{"longest"});
  CHECK_THAT(error_of([&] { (void)file->open("latin")->whole(); }), Contains("not UTF-8"));
}

TEST_CASE("hdf5: items are paths, with attributes and names of dimensions") {
  const Folder folder;
  const std::vector<double> numbers{1, 2, 3, 4, 5, 6};
  {
    const File file{folder.path("x.h5"), 2048};
    const hid_t x = file.put("deep/er/x", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {3, 2}, numbers.data());
    const hid_t n = file.put("deep/n", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {3}, numbers.data());
    const hid_t d = file.put("deep/d", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {2}, numbers.data());
    H5DSset_scale(n, "n");
    H5DSset_scale(d, "d");
    H5DSattach_scale(x, n, 0);
    H5DSattach_scale(x, d, 1);
    H5LTset_attribute_string(file.id, "deep/er/x", "unit", "mV");
    const double rate = 2.5;
    H5LTset_attribute_double(file.id, "deep/er/x", "rate", &rate, 1);
    H5Lcreate_soft("/deep/er/x", file.id, "soft", H5P_DEFAULT, H5P_DEFAULT);
    for (const hid_t id : {x, n, d}) H5Dclose(id);
  }
  const auto file = open_data(folder.path("x.h5"));
  CHECK(file->items() == std::vector<std::string>{"deep/d", "deep/er/x", "deep/n"});
  for (const char* name : {"deep/er/x", "/deep/er/x", "soft"}) {
    const auto source = file->open(name);
    CHECK(values<double>(*source) == numbers);
    CHECK(source->info().dims == std::vector<std::string>{"n", "d"});
    CHECK(source->info().attributes.at("unit") == Value{std::string{"mV"}});
    CHECK(source->info().attributes.contains("rate"));
    CHECK(source->info().attributes.size() == 2);
  }
  CHECK_THAT(error_of([&] { (void)file->open("deep/er/y"); }), Contains("did you mean 'deep/er/x'"));
  CHECK_THAT(error_of([&] { (void)file->open("deep/er"); }),
             Contains("is a group") && Contains("'deep/er/x'"));
  CHECK_THAT(error_of([&] { (void)file->open(""); }), Contains("'deep/n'"));
}

TEST_CASE("hdf5: contiguous native arrays are mapped, also behind a user block") {
  std::vector<double> numbers(30000);
  std::iota(numbers.begin(), numbers.end(), 0.0);
  for (const hsize_t user_block : {0, 512, 4096}) {
    const Folder folder;
    const auto path = folder.path("mapped.h5");
    {
      const File file{path, user_block};
      H5Dclose(file.put("a", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {10000, 3}, numbers.data()));
    }
    const auto source = open_data(path)->open("a");
    CHECK(values<double>(*source) == numbers);
    std::vector<double> block(3 * 100);
    source->read_rows(5000, 100, block.data());
    CHECK(block[0] == 15000);
  }
  // Our own files place arrays on pages: there is a mapping.
  const Folder folder;
  Tree tree;
  Array& array = tree.put("a", Array{ElementType::f64, {30000}});
  std::copy(numbers.begin(), numbers.end(), array.as<double>().begin());
  write_plain(tree, folder.path("ours.h5"));
  const auto source = open_data(folder.path("ours.h5"))->open("a");
  const Buffer whole = source->whole();
  std::ifstream maps{"/proc/self/maps"};
  CHECK(std::string{std::istreambuf_iterator<char>{maps}, {}}.find("ours.h5") != std::string::npos);
  CHECK(values<double>(*source) == numbers);
}

TEST_CASE("hdf5: what cannot be read is told") {
  const Folder folder;
  {
    const File other{folder.path("other.h5")};
    const double one = 1;
    H5Dclose(other.put("a", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {1}, &one));
  }
  {
    const File file{folder.path("x.h5")};
    const hid_t compound = H5Tcreate(H5T_COMPOUND, 8);
    H5Tinsert(compound, "r", 0, H5T_IEEE_F64LE);
    H5Dclose(file.put("compound", compound, compound, {1}, nullptr));
    H5Tclose(compound);
    H5Dclose(file.put("reference", H5T_STD_REF_OBJ, H5T_STD_REF_OBJ, {1}, nullptr));
    const hid_t lists = H5Tvlen_create(H5T_IEEE_F64LE);
    H5Dclose(file.put("lists", lists, lists, {1}, nullptr));
    H5Tclose(lists);
    H5Dclose(
        file.put("huge", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {std::uint64_t{1} << 40}, nullptr, {1 << 16}));
    const hid_t words = H5Tcopy(H5T_C_S1);
    H5Tset_size(words, H5T_VARIABLE);
    H5Dclose(file.put("huge words", words, words, {std::uint64_t{1} << 40}, nullptr, {1 << 16}));
    H5Tclose(words);
    H5Lcreate_external("other.h5", "a", file.id, "elsewhere", H5P_DEFAULT, H5P_DEFAULT);
  }
  const auto file = open_data(folder.path("x.h5"));
  const auto error = [&](const char* name) { return error_of([&] { (void)file->open(name); }); };
  CHECK_THAT(error("compound"), Contains("'compound'") && Contains("compound type"));
  CHECK_THAT(error("reference"), Contains("references"));
  CHECK_THAT(error("lists"), Contains("element type"));
  CHECK_THAT(error("huge"), Contains("8.0 TiB") && Contains("damaged"));
  CHECK_THAT(error("huge words"), Contains("damaged"));
  CHECK_THAT(error("elsewhere"), Contains("in another file"));
}

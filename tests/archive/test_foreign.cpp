// Files as other programs write them.
#include <catch2/catch.hpp>

#include "core/error.hpp"
#include "raw_file.hpp"
#include "samples.hpp"
#include "support/temporary_folder.hpp"

using namespace ansatz::test;
using Catch::Matchers::Contains;

namespace {

std::string why_not(const std::filesystem::path& path) {
  try {
    (void)read_tree(path);
    return "accepted";
  } catch (const DataError& e) {
    return e.what();
  }
}

std::vector<double> numbers(const Array& array) {
  std::vector<double> values;
  for (std::uint64_t i = 0; i < array.count(); ++i) values.push_back(array.number(i));
  return values;
}

}  // namespace

TEST_CASE("numbers of any size and byte order become the nearest type that holds them") {
  const TemporaryFolder folder;
  struct Case {
    const char* name;
    hid_t stored;
    ElementType type;
    std::vector<double> values;
  };
  const std::vector<Case> cases = {{"big f64", H5T_IEEE_F64BE, ElementType::f64, {0.1, -2.5}},
                                   {"big f32", H5T_IEEE_F32BE, ElementType::f32, {0.5, -2.5}},
                                   {"i8", H5T_STD_I8LE, ElementType::i32, {-128, 127}},
                                   {"u8", H5T_STD_U8LE, ElementType::u8, {0, 255}},
                                   {"i16", H5T_STD_I16BE, ElementType::i32, {-32768, 32767}},
                                   {"u16", H5T_STD_U16LE, ElementType::i32, {0, 65535}},
                                   {"i32", H5T_STD_I32BE, ElementType::i32, {-2147483648.0, 2147483647.0}},
                                   {"u32", H5T_STD_U32LE, ElementType::i64, {0, 4294967295.0}},
                                   {"i64", H5T_STD_I64BE, ElementType::i64, {-1e15, 1e15}},
                                   {"u64", H5T_STD_U64BE, ElementType::i64, {0, 1e15}}};
  {
    const RawWriter raw{folder / "a.h5"};
    for (const Case& c : cases) raw.dataset(c.name, c.stored, H5T_NATIVE_DOUBLE, {2}, c.values.data());
  }
  const Tree tree = read_tree(folder / "a.h5");
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(tree.array(c.name).type == c.type);
    CHECK(numbers(tree.array(c.name)) == c.values);
  }
}

TEST_CASE("unsigned integers beyond ours are refused, not clipped") {
  const TemporaryFolder folder;
  const std::vector<std::uint64_t> values = {1, std::uint64_t{1} << 63};
  {
    const RawWriter raw{folder / "a.h5"};
    raw.dataset("ids", H5T_STD_U64LE, H5T_NATIVE_UINT64, {2}, values.data());
  }
  CHECK_THAT(why_not(folder / "a.h5"),
             Contains("ids") && Contains("element 1") && Contains("9223372036854775808"));
}

TEST_CASE("texts of variable length, padded with blanks, in ASCII: all become fixed and padded with NUL") {
  const TemporaryFolder folder;
  {
    const RawWriter raw{folder / "a.h5"};
    const Raw variable{H5Tcopy(H5T_C_S1), H5Tclose}, blank{H5Tcopy(H5T_FORTRAN_S1), H5Tclose},
        terminated{H5Tcopy(H5T_C_S1), H5Tclose};
    H5Tset_size(variable, H5T_VARIABLE);
    H5Tset_cset(variable, H5T_CSET_UTF8);
    H5Tset_size(blank, 6);
    H5Tset_size(terminated, 6);
    const char* words[] = {"ä", nullptr, "three"};
    raw.dataset("variable", variable, variable, {3}, words);
    raw.dataset("blank", blank, blank, {2}, "one   two   ");
    raw.dataset("terminated", terminated, terminated, {2},
                "one\0xxtwo\0xx");  // what follows the NUL is nothing
    const char* note = "a note";
    raw.attribute("/", "variable", variable, variable, {}, &note);
    raw.attribute("/", "variables", variable, variable, {3}, words);
    raw.attribute("/", "blank", blank, blank, {}, "one   ");
    raw.attribute("/", "terminated", terminated, terminated, {2}, "one\0xxtwo\0xx");
  }
  const Tree tree = read_tree(folder / "a.h5");
  const auto texts = [&](const char* name) {
    std::vector<std::string> list;
    for (std::uint64_t i = 0; i < tree.array(name).count(); ++i) list.push_back(tree.array(name).text(i));
    return list;
  };
  CHECK(texts("variable") == std::vector<std::string>{"ä", "", "three"});
  CHECK(tree.array("variable").text_width == 5);
  CHECK(texts("blank") == std::vector<std::string>{"one", "two"});
  CHECK(texts("terminated") == std::vector<std::string>{"one", "two"});
  check_same(tree.attributes, {{"variable", std::string{"a note"}},
                               {"variables", std::vector<std::string>{"ä", "", "three"}},
                               {"blank", std::string{"one"}},
                               {"terminated", std::vector<std::string>{"one", "two"}}});
}

TEST_CASE("an enumeration is its numbers, unless it spells true and false") {
  const TemporaryFolder folder;
  {
    const RawWriter raw{folder / "a.h5"};
    const Raw colour{H5Tenum_create(H5T_NATIVE_INT16), H5Tclose};
    std::int16_t value = 7;
    H5Tenum_insert(colour, "RED", &value);
    value = -3;
    H5Tenum_insert(colour, "BLUE", &value);
    const std::int16_t values[] = {7, -3, 7};
    raw.dataset("colour", colour, colour, {3}, values);
  }
  CHECK(numbers(read_tree(folder / "a.h5").array("colour")) == std::vector<double>{7, -3, 7});
}

TEST_CASE("compressed and extensible arrays are read") {
  const TemporaryFolder folder;
  std::vector<double> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.25 * static_cast<double>(i * i);
  {
    const RawWriter raw{folder / "a.h5"};
    const Raw list{H5Pcreate(H5P_DATASET_CREATE), H5Pclose};
    const hsize_t chunk[] = {7, 13};
    H5Pset_chunk(list, 2, chunk);
    H5Pset_shuffle(list);
    H5Pset_deflate(list, 6);
    raw.dataset("x", H5T_IEEE_F64BE, H5T_NATIVE_DOUBLE, {40, 25}, values.data(), list);
  }
  const Tree tree = read_tree(folder / "a.h5");
  CHECK(tree.array("x").shape == std::vector<std::uint64_t>{40, 25});
  CHECK(numbers(tree.array("x")) == values);
}

TEST_CASE("what has no counterpart is refused by name, and outlined with the reason") {
  const TemporaryFolder folder;
  {
    const RawWriter raw{folder / "a.h5"};
    const Raw pair{H5Tcreate(H5T_COMPOUND, 16), H5Tclose};
    H5Tinsert(pair, "r", 0, H5T_NATIVE_DOUBLE);
    H5Tinsert(pair, "i", 8, H5T_NATIVE_DOUBLE);
    const double data[] = {1, 2, 3, 4};
    raw.group("g");
    raw.dataset("g/complex", pair, pair, {2}, data);
    raw.attribute("g", "complex", pair, pair, {}, data);  // attributes of such kinds are left out
    raw.attribute("g", "matrix", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {2, 2}, data);
    raw.attribute("g", "number", H5T_IEEE_F32BE, H5T_NATIVE_DOUBLE, {}, data);
  }
  CHECK_THAT(why_not(folder / "a.h5"), Contains("a.h5") && Contains("g/complex") && Contains("compound"));
  const Tree outline = read_outline(folder / "a.h5");
  CHECK_THAT(std::get<std::string>(outline.array("g/complex").attributes.at("unreadable")),
             Contains("compound"));
  check_same(outline.at("g").attributes, {{"number", 1.0}});
}

TEST_CASE("data sets without a shape have no elements") {
  const TemporaryFolder folder;
  {
    const RawWriter raw{folder / "a.h5"};
    const Raw space{H5Screate(H5S_NULL), H5Sclose};
    const Raw made{H5Dcreate2(raw.file, "none", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                   H5Dclose};
  }
  CHECK(read_tree(folder / "a.h5").array("none").shape == std::vector<std::uint64_t>{0});
}

TEST_CASE("links are followed inside the file, and never in circles") {
  const TemporaryFolder folder;
  const double value = 2.5;
  {
    const RawWriter other{folder / "other.h5"};
    other.dataset("secret", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {1}, &value);
  }
  {
    const RawWriter raw{folder / "a.h5"};
    raw.group("g");
    raw.group("g/h");
    raw.dataset("g/x", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {1}, &value);
    H5Lcreate_soft("/g/x", raw.file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/nowhere", raw.file, "dangling", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/", raw.file, "g/h/root", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(raw.file, "g", raw.file, "g/h/up", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external((folder / "other.h5").c_str(), "/secret", raw.file, "external", H5P_DEFAULT,
                       H5P_DEFAULT);
  }
  const Tree tree = read_tree(folder / "a.h5");
  CHECK(tree.array("soft").number(0) == 2.5);
  CHECK(tree.array("g/x").number(0) == 2.5);
  CHECK(tree.at("g/h").children().empty());
  CHECK(tree.children().size() == 2);
}

TEST_CASE("no HDF5 file, half of one, and a missing one are told apart") {
  const TemporaryFolder folder;
  folder.write("text.h5", "no HDF5 file at all");
  CHECK_THAT(why_not(folder / "text.h5"), Contains("text.h5") && Contains("HDF5"));
  CHECK_THAT(why_not(folder / "none.h5"), Contains("none.h5") && Contains("no such file"));
  CHECK_THAT(why_not(folder.path()), Contains("HDF5"));
  write_sealed(varied_tree(), folder / "whole.h5");
  const std::string bytes = read_file(folder / "whole.h5");
  for (const std::size_t part : {1u, 2u, 3u}) {
    folder.write("half.h5", bytes.substr(0, bytes.size() * part / 4));
    CHECK_THAT(why_not(folder / "half.h5"), Contains("half.h5"));
  }
}

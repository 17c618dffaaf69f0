// Whatever the bytes are, a reader ends with data or with an Error: never a crash, a hang or a huge
// allocation.
#include <hdf5.h>

#include <random>

#include "archive/store.hpp"
#include "data/import.hpp"
#include "data/rehearse.hpp"
#include "files.hpp"
#include "zip_bytes.hpp"

using namespace ansatz::host;

// HDF5 forgets memory of its own where it gives a damaged file up; what we forget is still reported.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5\n"; }

namespace {

constexpr std::uint64_t looked_at = std::uint64_t{1} << 24;

// Reads all there is; returns whether all of it could be read.
bool exercise(const std::filesystem::path& path, const DataOptions& options) {
  try {
    const auto file = open_data(path, options);
    for (const std::string& item : file->items()) {
      const auto source = file->open(item);
      if (source->info().bytes() > looked_at) continue;
      const Buffer whole = source->whole();
      std::vector<std::byte> row(source->info().row_bytes());
      if (source->info().count() != 0) source->read_rows(0, 1, row.data());
    }
    return true;
  } catch (const Error&) {
    return false;
  }
}

struct Sample {
  std::string name, bytes;
  DataOptions options;
};

std::vector<Sample> samples() {
  const std::vector<double> numbers{1, 2, 3, 4, 5, 6};
  const std::string npy = npy_bytes("<f8", "2, 3", bytes_of(numbers));
  const std::string idx = std::string{"\0\0\x0e\2\0\0\0\2\0\0\0\3", 12} + bytes_of(numbers, true);
  const std::string csv = "a,b,word\n1,2.5,\"x \"\"y\"\"\"\n,NA,z\n-3,1e5,true\n";
  return {{"x.npy", npy, as("npy")},
          {"f.npy", npy_bytes(">f4", "4, 3", bytes_of(numbers), true), as("npy")},
          {"u.npy", npy_bytes("<U2", "3,", std::string(24, '\0')), as("npy")},
          {"x.npz", zip_bytes({{"a.npy", npy}, {"b.npy", npy, true, true}}, "", true), as("npz")},
          {"x.idx", idx, as("idx")},
          {"z.idx", gzip_bytes(idx), as("idx")},
          {"x.csv", csv, as("csv")},
          {"z.csv", gzip_bytes(csv), as("csv")},
          {"z.txt", gzip_bytes(csv), as("text")}};
}

std::string hdf5_bytes(bool archive) {
  const Folder folder;
  Tree tree;
  Array& x = tree.put("group/x", Array{ElementType::f64, {40, 3}, {"n", "d"}});
  for (std::size_t i = 0; i < 120; ++i) x.as<double>()[i] = static_cast<double>(i);
  x.attributes["unit"] = std::string{"m"};
  tree.put("words", Array::texts({"one", "three"}, "w"));
  tree.attributes["made"] = std::int64_t{1};
  WriteOptions options;
  options.archive = archive;
  write_plain(tree, folder.path("x.h5"), options);
  std::ifstream file{folder.path("x.h5"), std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// One to four changes: a byte, a bit, an extreme, a cut, a repetition.
std::string mutated(std::string bytes, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  for (std::size_t change = below(4) + 1; change > 0 && !bytes.empty(); --change) {
    const std::size_t at = below(bytes.size());
    switch (below(6)) {
      case 0: bytes[at] = static_cast<char>(random()); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8))); break;
      case 2: bytes[at] = static_cast<char>(0xff); break;
      case 3: bytes[at] = 0; break;
      case 4: bytes.erase(at, below(8) + 1); break;
      default: bytes.insert(at, bytes.substr(below(bytes.size()), below(16) + 1)); break;
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("damaged: every prefix of a file, with and without being told the format") {
  const Folder folder;
  for (const Sample& sample : samples()) {
    INFO(sample.name);
    REQUIRE(exercise(folder.write(sample.name, sample.bytes), sample.options));
    bool any_refused = false;
    for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
      const auto path = folder.write(sample.name, sample.bytes.substr(0, size));
      const bool read = exercise(path, sample.options);
      (void)exercise(path, {});
      any_refused = any_refused || !read;
      // A binary format knows its own length; text and CSV may end early and be sound.
      if (!sample.options.format.starts_with("csv") && sample.options.format != "text") CHECK_FALSE(read);
    }
    CHECK(any_refused);
  }
}

TEST_CASE("damaged: random changes") {
  const Folder folder;
  std::mt19937 random{20240607};
  for (const Sample& sample : samples()) {
    INFO(sample.name);
    for (int i = 0; i < 1500; ++i) {
      const auto path = folder.write(sample.name, mutated(sample.bytes, random));
      (void)exercise(path, sample.options);
      (void)exercise(path, {});
    }
  }
}

TEST_CASE("damaged: random changes through import") {
  const Folder folder;
  std::mt19937 random{7};
  for (const Sample& sample : samples()) {
    for (int i = 0; i < 100; ++i) {
      const auto path = folder.write(sample.name, mutated(sample.bytes, random));
      try {
        ImportOptions options;
        options.data = sample.options;
        (void)import_file(path, options);
      } catch (const Error&) {
        // as it should be
      }
    }
  }
}

TEST_CASE("damaged: HDF5 files cut and changed") {
  const Folder folder;
  std::mt19937 random{11};
  for (const bool archive : {false, true}) {
    const std::string bytes = hdf5_bytes(archive);
    REQUIRE(exercise(folder.write("x.h5", bytes), {}));
    for (std::size_t size = 0; size < bytes.size(); size += bytes.size() / 60 + 1) {
      CHECK_FALSE(exercise(folder.write("x.h5", bytes.substr(0, size)), {}));
    }
    for (int i = 0; i < 200; ++i) (void)exercise(folder.write("x.h5", mutated(bytes, random)), {});
  }
}

TEST_CASE("damaged: a file that crashes the HDF5 library costs a child process only") {
  using Catch::Contains;
  CHECK_THAT(error_of([] { rehearse("here", [] { std::abort(); }); }), Contains("here: the HDF5 library"));
  CHECK_THAT(error_of([] { rehearse("here", [] { ::_exit(3); }); }), Contains("here: the HDF5 library"));
  rehearse("here", [] { throw std::runtime_error{"which the caller will meet itself"}; });

  // A text of variable length lies in a "global heap": 16 bytes of header, then objects: index and count of
  // references (2 + 2 bytes), 4 reserved, 8 of size.  HDF5 1.10 believes the size.
  const Folder folder;
  const auto path = folder.path("x.h5");
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  H5Tset_size(type, H5T_VARIABLE);
  const hid_t dataset = H5Dcreate2(file, "a", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const char* text = "word";
  REQUIRE(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) >= 0);
  H5Dclose(dataset);
  H5Sclose(space);
  H5Tclose(type);
  H5Fclose(file);
  CHECK(texts(*open_data(path)->open("a")) == std::vector<std::string>{"word"});
  std::ifstream in{path, std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  bytes[bytes.find("GCOL") + 16 + 8 + 3] = 64;  // 2^30 bytes more
  const auto opened = open_data(folder.write("x.h5", bytes));
  CHECK_THAT(error_of([&] { (void)opened->open("a"); }), Contains("x.h5") && Contains("damaged"));
}

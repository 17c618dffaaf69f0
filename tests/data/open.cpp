// How a format is recognised, and what is said where it cannot be.
#include <sys/stat.h>
#include <unistd.h>

#include "archive/store.hpp"
#include "files.hpp"
#include "zip_bytes.hpp"

using namespace ansatz::host;
using Catch::Contains;

namespace {

std::string hdf5_bytes(const Folder& folder) {
  Tree tree;
  tree.put("a", Array::scalar(2.5));
  write_plain(tree, folder.path("made.h5"));
  std::ifstream file{folder.path("made.h5"), std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

const std::string npy = npy_bytes("<f8", "1,", bytes_of(2.5));
const std::string idx{"\0\0\x08\1\0\0\0\1x", 9};

}  // namespace

TEST_CASE("open: content decides where the name does not") {
  const Folder folder;
  CHECK(values<double>(*open_data(folder.write("a.dat", hdf5_bytes(folder)))->open("a")) == std::vector{2.5});
  CHECK(values<double>(*open_data(folder.write("a.dat", npy))->open("")) == std::vector{2.5});
  CHECK(values<double>(*open_data(folder.write("a.dat", zip_bytes({{"a.npy", npy}})))->open("a")) ==
        std::vector{2.5});
  CHECK(open_data(folder.write("a", idx))->open("")->info().shape == std::vector<std::uint64_t>{1});
  CHECK(open_data(folder.write("a.gz", gzip_bytes(idx)))->open("")->info().dims ==
        std::vector<std::string>{"n"});
  CHECK(values<double>(*open_data(folder.write("UPPER.NPY", npy))->open("")) == std::vector{2.5});
}

TEST_CASE("open: an HDF5 file behind a user block of any size") {
  const Folder folder;
  const std::string bytes = hdf5_bytes(folder);
  for (const std::size_t block : {512, 1024, 8192}) {
    const auto file = folder.write("a.h5", std::string(block, 'u') + bytes);
    CHECK(values<double>(*open_data(file)->open("a")) == std::vector{2.5});
  }
  CHECK_THAT(open_error(folder.write("a.h5", std::string(700, 'u') + bytes)), Contains("its name says hdf5"));
}

TEST_CASE("open: name and content that disagree are both told") {
  const Folder folder;
  const std::vector<std::pair<std::string, std::string>> kinds{{"hdf5", hdf5_bytes(folder)},
                                                               {"npy", npy},
                                                               {"npz", zip_bytes({{"a.npy", npy}})},
                                                               {"idx", idx},
                                                               {"text", "a,b\n1,2\n"}};
  const std::vector<std::pair<std::string, std::string>> names{{"a.h5", "hdf5"},  {"a.npy", "npy"},
                                                               {"a.npz", "npz"},  {"a.idx", "idx"},
                                                               {"a.txt", "text"}, {"a.csv", "csv"}};
  for (const auto& [name, format] : names) {
    for (const auto& [kind, bytes] : kinds) {
      INFO(name << " holding " << kind);
      const std::string error = open_error(folder.write(name, bytes));
      if (kind == format || (kind == "text" && format == "csv")) {
        CHECK(error.empty());
      } else {
        CHECK_THAT(error, Contains("says " + format) && Contains("holds " + kind));
      }
    }
  }
  CHECK_THAT(open_error(folder.write("a.csv.gz", "a,b\n1,2\n")), Contains("named .gz but holds text"));
  CHECK_THAT(open_error(folder.write("a.h5.gz", gzip_bytes(hdf5_bytes(folder)))), Contains("gunzip"));
  CHECK_THAT(open_error(folder.write("a.csv", std::string{"a\0,\0b\0\n\0", 8})),
             Contains("binary data starting with 61 00"));
}

TEST_CASE("open: the option decides in any case") {
  const Folder folder;
  const auto text = open_data(folder.write("a.csv", "1,2\n"), as("text"))->open("");
  CHECK(text->info().shape == std::vector<std::uint64_t>{4});
  CHECK(open_data(folder.write("a.txt", "1,2\n"), as("csv"))->items().back() == "table");
  CHECK_THAT(open_error(folder.write("a.txt", "1,2\n"), as("npy")),
             Contains("to be read as npy, but holds text"));
  CHECK_THAT(open_error(folder.write("a.txt", npy), as("csv")), Contains("to be read as csv, but holds npy"));
  CHECK_THAT(open_error(folder.write("a.txt", "x"), as("hdf")), Contains("did you mean 'hdf5'"));
  CHECK_THAT(open_error(folder.write("a", "x")), Contains("`format:`"));
}

TEST_CASE("open: missing, unreadable and odd files") {
  const Folder folder;
  folder.write("digits.h5", "x");
  CHECK_THAT(open_error(folder.path("digit.h5")),
             Contains("no such file") && Contains("did you mean 'digits.h5'"));
  CHECK_THAT(open_error(folder.path("no/where.h5")), Contains("nor the folder"));
  CHECK_THAT(open_error(folder.path("")), Contains("is a folder") && Contains("digits.h5"));
  CHECK_THAT(open_error(folder.write("empty.csv", "")), Contains("is empty"));
  REQUIRE(::mkfifo(folder.path("pipe.csv").c_str(), 0600) == 0);
  CHECK_THAT(open_error(folder.path("pipe.csv")), Contains("no regular file"));
  REQUIRE(::symlink("loop.csv", folder.path("loop.csv").c_str()) == 0);
  CHECK_THAT(open_error(folder.path("loop.csv")), Contains("cannot be opened"));
  if (::geteuid() != 0) {  // root may read anything
    const auto secret = folder.write("secret.csv", "1,2\n");
    std::filesystem::permissions(secret, std::filesystem::perms::none);
    CHECK_THAT(open_error(secret), Contains("may read"));
  }
}

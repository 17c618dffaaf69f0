// Which files are looked at, and in which order.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "files.hpp"
#include "plugins/registry.hpp"

using namespace ansatz::host;
using namespace ansatz::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

TEST_CASE("folders are searched in order, and never the current one") {
  setenv("ANSATZ_PLUGIN_PATH", "/env/one::relative:./here:/env/two:", 1);
  const auto folders = search_folders({"/cli", "", "/env/two"}, {"/pipeline"});
  unsetenv("ANSATZ_PLUGIN_PATH");
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  CHECK(folders == std::vector<fs::path>{"/cli", "/env/two", "/pipeline", "/env/one", here,
                                         (here / "../lib/ansatz/plugins").lexically_normal()});
  CHECK(std::find(folders.begin(), folders.end(), fs::current_path()) ==
        (here == fs::current_path() ? std::find(folders.begin(), folders.end(), here) : folders.end()));
}

TEST_CASE("a relative folder of the command line is meant from here") {
  const auto folders = search_folders({"some/../plugins"}, {});
  CHECK(folders.front() == fs::current_path() / "plugins");
}

TEST_CASE("the first plugin of a name counts") {
  const TemporaryFolder first, second;
  fs::copy_file(variant("sound"), second / "sound.ansatz.so");
  fs::copy_file(variant("prints"), second / "prints.ansatz.so");
  first.write("sound.ansatz.so", "no ELF file");
  first.write("readme.txt", "no plugin");
  first.write("lib.so", "no plugin");
  const fs::path missing = first / "missing";
  Registry registry{{missing, first.path(), second.path()}};
  REQUIRE(registry.found().size() == 2);
  CHECK(registry.found()[0].header.id == "prints");
  CHECK(registry.found()[1].path == first / "sound.ansatz.so");
  CHECK(registry.ids() == std::vector<std::string>{"prints"});
  CHECK(registry.find("sound") == nullptr);
  CHECK_THAT(registry.why_not("sound"), Contains("not an ELF file") && Contains(first.path().string()));
  Registry other_order{{second.path(), first.path()}};
  CHECK(other_order.ids() == std::vector<std::string>{"prints", "sound"});
}

TEST_CASE("an unknown name gets a suggestion and the folders searched") {
  const TemporaryFolder folder;
  fs::copy_file(variant("sound"), folder / "sound.ansatz.so");
  Registry registry{{folder.path(), "/nowhere/at/all"}};
  CHECK(registry.find("suond") == nullptr);
  CHECK_THAT(registry.why_not("suond"), Contains("there is no plugin 'suond'") &&
                                            Contains("did you mean 'sound'?") &&
                                            Contains(folder.path().string()) && Contains("/nowhere/at/all"));
  CHECK_THAT(registry.why_not("kernel-ridge"), !Contains("did you mean"));
}

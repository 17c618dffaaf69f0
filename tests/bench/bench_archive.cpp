// How fast sealed files are written and read, against plain write() + fsync and plain read() of the same
// size.
//
//   bench_archive [FOLDER] [MIB] [ROUNDS]     defaults: . 1024 5
//
// The ways take turns within each round; a ratio is plain time / our time of one round, 1 meaning as fast.
// "read" ends when every byte was looked at, since a mapping costs nothing until it is used; files come from
// the page cache, and from the disk if the cache can be dropped (root).
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "archive/store.hpp"

namespace {

using namespace ansatz::host;
namespace fs = std::filesystem;

double seconds(const auto& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

[[noreturn]] void die(const std::string& what) {
  fmt::print(stderr, "{}: {}\n", what, std::strerror(errno));
  std::exit(1);
}

void write_plainly(const fs::path& path, const std::byte* data, std::size_t size) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  constexpr std::size_t block = 1 << 20;
  for (std::size_t done = 0; done < size; done += block) {
    if (write(file, data + done, std::min(block, size - done)) < 0) die("write");
  }
  if (fsync(file) != 0) die("fsync");
  close(file);
}

// Reads one word of each 64 bytes, as any use of the data would have to.
std::uint64_t look_at(const std::byte* data, std::size_t size) {
  const auto* words = reinterpret_cast<const std::uint64_t*>(data);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < size / sizeof(std::uint64_t); i += 8) sum += words[i];
  return sum;
}

std::uint64_t read_plainly(const fs::path& path, std::size_t size) {
  const int file = open(path.c_str(), O_RDONLY);
  const Buffer buffer{size};
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count = read(file, buffer.data() + done, size - done);
    if (count <= 0) die("read");
    done += static_cast<std::size_t>(count);
  }
  close(file);
  return look_at(buffer.data(), size);
}

bool drop_caches() {
  sync();
  std::ofstream control{"/proc/sys/vm/drop_caches"};
  control << "3" << std::flush;
  return control.good();
}

struct Ratios {
  std::string name;
  std::vector<double> values;
  void print(std::size_t mib, double plain, double ours) const {
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    fmt::print(
        "{:32} ratio {:.2f} (of {} rounds {:.2f} to {:.2f}); last round: plain {:.0f} MiB/s, ours {:.0f} "
        "MiB/s\n",
        name, sorted[sorted.size() / 2], sorted.size(), sorted.front(), sorted.back(),
        static_cast<double>(mib) / plain, static_cast<double>(mib) / ours);
  }
};

// Both ways in each round, the first of them changing.
void compare(const std::string& name, int rounds, std::size_t mib, const auto& prepare, const auto& plain,
             const auto& ours) {
  Ratios ratios{name, {}};
  double plain_s = 0, ours_s = 0;
  for (int round = 0; round < rounds; ++round) {
    for (int turn = 0; turn < 2; ++turn) {
      prepare();
      if ((round + turn) % 2 == 0) {
        plain_s = seconds(plain);
      } else {
        ours_s = seconds(ours);
      }
    }
    ratios.values.push_back(plain_s / ours_s);
  }
  ratios.print(mib, plain_s, ours_s);
}

}  // namespace

int main(int argc, char** argv) {
  const fs::path folder = argc > 1 ? argv[1] : ".";
  const std::size_t mib = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1024;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  const std::size_t bytes = mib << 20;
  const fs::path plain = folder / "bench-plain.bin", sealed = folder / "bench-sealed.h5",
                 archive = folder / "bench-archive.h5";

  Tree tree;
  const Array& x = tree.put("outputs/x", Array{ElementType::f64, {bytes / 8 / 64, 64}, {"n", "d"}});
  for (std::size_t i = 0; i < bytes / 8; ++i) x.as<double>()[i] = static_cast<double>(i) * 0.5;
  WriteOptions archived;
  archived.archive = true;

  const auto nothing = [] { sync(); };
  const auto plain_write = [&] { write_plainly(plain, x.data.data(), bytes); };
  compare("sealed step file, write", rounds, mib, nothing, plain_write, [&] { write_sealed(tree, sealed); });
  compare("sealed archive, write", rounds, mib, nothing, plain_write,
          [&] { write_sealed(tree, archive, archived); });

  std::uint64_t sum = 0;
  const auto plain_read = [&] { sum += read_plainly(plain, bytes); };
  const auto ours = [&](const fs::path& path) {
    return [&sum, path, bytes] {
      const Tree read = read_tree(path);
      sum += look_at(read.array("outputs/x").data.data(), bytes);
    };
  };
  compare(
      "sealed step file, read, cached", rounds, mib, [] {}, plain_read, ours(sealed));
  compare(
      "sealed archive, read, cached", rounds, mib, [] {}, plain_read, ours(archive));
  if (drop_caches()) {
    compare(
        "sealed step file, read, disk", rounds, mib, [] { drop_caches(); }, plain_read, ours(sealed));
  }
  fmt::print("(checksum {})\n", sum);
  for (const fs::path& path : {plain, sealed, archive}) fs::remove(path);
}

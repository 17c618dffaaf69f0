// report.
#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <fstream>

#include "cli/commands.hpp"
#include "cli/guarded.hpp"
#include "report/archive_view.hpp"
#include "report/page.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream stream{file, std::ios::binary};
  stream << text;
  stream.close();
  if (!stream) throw IoError{fmt::format("cannot write {}", file.string()), errno};
}

constexpr std::uint64_t seconds_to_draw = 600;

// What is damaged so that HDF5 never ends shows when the outline is read, for which the ordinary time is enough.
Exit read_outlines(const ReportArguments& arguments) {
  for (const fs::path& archive : arguments.archives) (void)ArchiveView{archive};
  return Exit::ok;
}

Exit write_report(const ReportArguments& arguments) {
  const ReportPage page = report_page(arguments.archives);
  fs::path output = arguments.output;
  if (output.empty()) output = fs::path{arguments.archives.at(0)}.replace_extension(".html");
  write_text(output, page.html);
  if (!arguments.svg_folder.empty()) {
    std::error_code error;
    fs::create_directories(arguments.svg_folder, error);
    if (error)
      throw IoError{fmt::format("cannot make the folder {}", arguments.svg_folder.string()), error.value()};
    for (const NamedSvg& picture : page.pictures)
      write_text(arguments.svg_folder / (picture.name + ".svg"), picture.svg);
  }
  std::puts(output.c_str());
  return Exit::ok;
}

}  // namespace

Exit report_command(const ReportArguments& arguments) {
  const auto read = [&] { return read_outlines(arguments); };
  const auto write = [&] { return write_report(arguments); };
  (void)run_guarded(arguments.archives, read);
  return run_guarded(arguments.archives, write, seconds_to_draw);
}

}  // namespace ansatz::host

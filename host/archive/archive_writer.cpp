#include "archive/archive_writer.hpp"

#include "archive/h5.hpp"
#include "archive/write_tree.hpp"

namespace ansatz::host {

struct ArchiveWriter::File {
  File(const std::filesystem::path& path, std::uint64_t memory_cap)
      : target{path},
        image{target, memory_cap},
        options{.archive = true, .memory_cap = memory_cap},
        file{h5_make_file(image)} {}

  // The group at a path, made where it is missing.
  H5Handle group(const std::string& path) {
    H5Handle at{h5_check(H5Gopen2(file.id(), "/", H5P_DEFAULT), "cannot open the root group"), H5Gclose};
    for (std::size_t start = 0; start < path.size();) {
      const std::size_t end = std::min(path.find('/', start), path.size());
      const std::string name = path.substr(start, end - start);
      if (!name.empty()) {
        at = H5Lexists(at.id(), name.c_str(), H5P_DEFAULT) > 0
                 ? H5Handle{h5_check(H5Gopen2(at.id(), name.c_str(), H5P_DEFAULT), "cannot open " + path),
                            H5Gclose}
                 : h5_make_group(at.id(), name);
      }
      start = end + 1;
    }
    return at;
  }

  AtomicFile target;
  FileImage image;
  WriteOptions options;
  ImageFile file;
};

ArchiveWriter::ArchiveWriter(const std::filesystem::path& path, std::uint64_t memory_cap)
    : file_{std::make_unique<File>(path, memory_cap)} {}

ArchiveWriter::~ArchiveWriter() = default;

void ArchiveWriter::put(const std::string& path, const Tree& tree) {
  const H5Handle group = file_->group(path);
  h5_write_group(group.id(), tree, {file_->image, file_->options, false});
}

void ArchiveWriter::link(const std::string& path, const std::string& target) {
  const std::size_t slash = path.rfind('/');
  const H5Handle parent = file_->group(slash == std::string::npos ? "" : path.substr(0, slash));
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  h5_check(H5Lcreate_hard(file_->file.id(), ("/" + target).c_str(), parent.id(), name.c_str(),
                          h5_link_properties(), H5P_DEFAULT),
           "cannot link " + path + " to " + target);
}

void ArchiveWriter::attributes(const std::string& path, const Attributes& attributes) {
  const H5Handle group = file_->group(path);
  for (const auto& [name, value] : attributes) h5_write_attribute(group.id(), name, value);
}

std::string ArchiveWriter::seal() {
  file_->file.finish();
  return write_image(file_->image, file_->target, true);
}

}  // namespace ansatz::host

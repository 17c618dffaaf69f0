// A small catalogue and two data files, as stand-ins for plugins and readers.
#pragma once

#include <string>
#include <vector>

#include "pipeline/pipeline.hpp"

namespace ansatz::host {

class FakeCatalogue : public Catalogue {
 public:
  FakeCatalogue();
  const PluginInfo* find(const std::string& id) override;
  std::string why_not(const std::string& id) override;
  std::vector<std::string> ids() override;

 private:
  std::vector<PluginInfo> plugins_;
};

// digits.h5 holds images (100 x 64, f64), labels (100, i64), words (100, text), cube (100 x 8 x 8, u8),
// few (60, i64) and odd/name.x (3, f64); one.npy holds a nameless 100 x 64 f64 array.
std::unique_ptr<DataFile> open_fake(const std::filesystem::path& path, const DataOptions& options);

struct Checked {
  std::optional<Pipeline> pipeline;
  Diagnostics diagnostics;
};
Checked check(const std::string& source, CheckOptions options = {});

// A whole pipeline around some steps: version, name, the two data entries.
std::string with_steps(const std::string& steps);

}  // namespace ansatz::host

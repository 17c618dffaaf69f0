#include "run/seal_run.hpp"

#include <fmt/format.h>

#include "archive/store.hpp"
#include "run/assemble.hpp"
#include "run/sweep_archive.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t id_digits = 12;

bool is_sealed(const fs::path& file) {
  if (!fs::exists(file)) return false;
  try {
    verify_sealed(file);
    return true;
  } catch (const DataError&) {
    return false;
  }
}

fs::path archive_of(const Pipeline& pipeline, const RunOptions& options, const std::string& id) {
  return options.runs / fmt::format("{}-{}.h5", pipeline.name, id);
}

fs::path seal_sweep(const Pipeline& pipeline, const RunResult& result, const RunOptions& options,
                    const std::string& status, const std::string& run_id) {
  const std::string id = options.deterministic ? sweep_id(pipeline, result, status) : run_id;
  fs::path archive = archive_of(pipeline, options, id);
  if (!options.deterministic || !is_sealed(archive))
    write_sweep_archive(pipeline, result, options, status, id, archive);
  return archive;
}

}  // namespace

fs::path seal_run(const Pipeline& pipeline, const RunResult& result, const RunOptions& options,
                  const std::string& status, const std::string& run_id) {
  if (!pipeline.points.empty()) return seal_sweep(pipeline, result, options, status, run_id);
  Tree tree = assemble_archive(pipeline, result, options, status);
  const std::string id =
      options.deterministic ? std::get<std::string>(tree.attributes.at("content_sha256")).substr(0, id_digits)
                            : run_id;
  tree.attributes["run_id"] = id;
  fs::path archive = archive_of(pipeline, options, id);
  WriteOptions layout;
  layout.archive = true;
  if (!options.deterministic || !is_sealed(archive)) write_sealed(tree, archive, layout);
  return archive;
}

}  // namespace ansatz::host

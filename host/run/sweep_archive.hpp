// The archive of a sweep, written point by point, so that memory does not grow with their number.
#pragma once

#include <filesystem>
#include <string>

#include "run/run.hpp"

namespace ansatz::host {

// Of a deterministic run: an id that the pipeline and the keys of its steps determine.
[[nodiscard]] std::string sweep_id(const Pipeline& pipeline, const RunResult& result,
                                   const std::string& status);

// Seals the archive as `file`: /points/<n> with steps (one group in the file for each key, linked from every
// point that needs it), claims and the point's values; /steps, those that all points share; /summary, a row a
// point.
void write_sweep_archive(const Pipeline& pipeline, const RunResult& result, const RunOptions& options,
                         const std::string& status, const std::string& id, const std::filesystem::path& file);

// The sweep's frozen.h5 (see partial.hpp): its head, its claims, and a frame for each planned step under its label.
void write_frozen_sweep(const Pipeline& pipeline, const RunResult& nothing_done, const RunOptions& options,
                        const std::string& id, const std::filesystem::path& file);

}  // namespace ansatz::host

// What is left of a run whose host died, made into its archive.
#pragma once

#include <filesystem>

namespace ansatz::host {

// Seal runs/<name>-<id>.h5 with status "interrupted" from a .partial folder and remove the folder.  Steps
// whose results are in the store are done; of the others the archive has metrics and log up to the last
// checkpoint or journal record.  Needs neither the plugins nor the inputs.  Returns the archive's path.
// Throws DataError if the folder holds no run, Error if its host still lives, IoError.
[[nodiscard]] std::filesystem::path recover_run(const std::filesystem::path& partial);

}  // namespace ansatz::host

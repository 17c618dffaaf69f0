// `ansatz report`: archives as one page that needs nothing but a browser.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ansatz::host {

struct NamedSvg {
  std::string name;  // for a file: "digits-ridge-figure-0", "digits-ridge-error-confusion"
  std::string svg;
};

struct ReportPage {
  std::string html;
  std::vector<NamedSvg> pictures;
};

// Claims, steps, points of a sweep, the figures of the pipeline's `report:`, and every output whose port says
// how to look at it.  A figure that cannot be drawn is a sentence that says why.  Throws DataError for a file
// that is no sealed archive of a run.
[[nodiscard]] ReportPage report_page(const std::vector<std::filesystem::path>& archives);

}  // namespace ansatz::host

#include "plugins/describe.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>

#include "core/error.hpp"
#include "plugins/library.hpp"

namespace ansatz::host {

int describe_main(const std::filesystem::path& path) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a plugin that hangs does not outlive the host
  // What the plugin prints goes to stderr and must not mix with the answer.
  const int answer = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (answer < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return static_cast<int>(Exit::io_error);
  nlohmann::ordered_json json;
  try {
    json = {{"plugin", to_json(Library{path}.description())}};
  } catch (const std::exception& e) {
    json = {{"refused", e.what()}};
  }
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::write(answer, text.data() + sent, text.size() - sent);
    if (n <= 0) return static_cast<int>(Exit::io_error);
    sent += static_cast<std::size_t>(n);
  }
  _exit(0);  // the plugin's destructors have no say in its description
}

}  // namespace ansatz::host

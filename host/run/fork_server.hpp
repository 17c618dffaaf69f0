// Workers without the cost of starting a program: a process that has loaded everything but a plugin forks one for
// each job.  Each is a process of its own and a child of the host, as if the host had spawned it; what a fork
// saves is the linking of forty libraries, most of what a short step costs.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace ansatz::host {

class ForkServer {
 public:
  // Spawns `executable worker-server`.  Throws IoError if it cannot.
  explicit ForkServer(const std::filesystem::path& executable);
  ~ForkServer();  // ends the server; workers that it started go on
  ForkServer(const ForkServer&) = delete;
  ForkServer& operator=(const ForkServer&) = delete;

  // A worker for the job (as JSON; no file is made of it), with `events` as its descriptor 3 and `prints` as its stdout
  // and stderr; the caller keeps both, and reaps the worker.  Throws IoError if the server died or cannot fork.
  [[nodiscard]] pid_t start(const std::string& job, int events, int prints);

 private:
  pid_t pid_ = -1;
  int socket_ = -1;
};

// The server's main function: requests come on descriptor 3, until it is closed.
int fork_server_main();

}  // namespace ansatz::host

#include "run/fork_server.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "archive/hdf5_library.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"
#include "plugins/cpu.hpp"
#include "run/process.hpp"

namespace ansatz::host {
namespace {

constexpr int channel = 3;
constexpr std::size_t longest_path = 4096;

// A request: the job file's path, with two descriptors beside it.  The answer: a pid, or -errno.
struct Message {
  std::array<char, longest_path> path{};
  iovec bytes{path.data(), path.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
  msghdr header{};

  Message() {
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
};

template <class Call>
ssize_t again(const Call& call) {
  ssize_t result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// In the child: what spawn() does by file actions.
[[noreturn]] void become_worker(const std::string& job_file, const std::array<int, 2>& descriptors) {
  setpgid(0, 0);
  dup2(descriptors[1], STDOUT_FILENO);
  dup2(descriptors[1], STDERR_FILENO);
  dup2(descriptors[0], channel);
  for (const int descriptor : descriptors) ::close(descriptor);
  _exit(worker_main(job_file));
}

}  // namespace

ForkServer::ForkServer(const std::filesystem::path& executable) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw IoError{"cannot make a socket to workers", errno};
  int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  // dup2 onto itself would leave close-on-exec set.
  const int far = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
  ::close(ends[1]);
  socket_ = ends[0];
  try {
    pid_ = spawn_worker(executable, "worker-server", "-", far, nowhere);
  } catch (...) {
    ::close(far), ::close(nowhere), ::close(socket_);
    throw;
  }
  ::close(far), ::close(nowhere);
}

ForkServer::~ForkServer() {
  ::close(socket_);
  again([&] { return static_cast<ssize_t>(waitpid(pid_, nullptr, 0)); });
}

pid_t ForkServer::start(const std::filesystem::path& job_file, int events, int prints) {
  const std::string path = job_file.string();
  if (path.size() >= longest_path) throw IoError{"the path of a job file is too long: " + path};
  Message message;
  std::memcpy(message.path.data(), path.data(), path.size());
  message.bytes.iov_len = path.size();
  cmsghdr* control = CMSG_FIRSTHDR(&message.header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(2 * sizeof(int));
  const std::array<int, 2> descriptors{events, prints};
  std::memcpy(CMSG_DATA(control), descriptors.data(), sizeof descriptors);
  std::int64_t answer = 0;
  if (again([&] { return sendmsg(socket_, &message.header, MSG_NOSIGNAL); }) < 0 ||
      again([&] { return recv(socket_, &answer, sizeof answer, 0); }) != sizeof answer) {
    throw IoError{"the process that starts workers died"};
  }
  if (answer < 0) throw IoError{"cannot start a worker process", static_cast<int>(-answer)};
  const auto pid = static_cast<pid_t>(answer);
  setpgid(pid, pid);  // whoever comes first; so that it can be killed with what it starts
  return pid;
}

int fork_server_main() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Once, for all workers.
  h5_quiet();
  (void)sha256("", 0);
  (void)cpu_instruction_sets();
  for (;;) {
    Message message;
    const ssize_t size = again([&] { return recvmsg(channel, &message.header, MSG_CMSG_CLOEXEC); });
    const cmsghdr* control = CMSG_FIRSTHDR(&message.header);
    if (size <= 0 || control == nullptr || control->cmsg_len != CMSG_LEN(2 * sizeof(int))) return 0;
    std::array<int, 2> descriptors{};
    std::memcpy(descriptors.data(), CMSG_DATA(control), sizeof descriptors);
    // A child of the host, which reaps it and reads its usage; this process has one thread, so that a bare clone is
    // as good as fork().
    const long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (pid == 0) become_worker({message.path.data(), static_cast<std::size_t>(size)}, descriptors);
    const std::int64_t answer = pid < 0 ? -errno : pid;
    for (const int descriptor : descriptors) ::close(descriptor);
    if (again([&] { return send(channel, &answer, sizeof answer, MSG_NOSIGNAL); }) < 0) return 0;
  }
}

}  // namespace ansatz::host

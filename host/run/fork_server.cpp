#include "run/fork_server.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
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

// What a worker is given: its channel, where it prints, and its job in memory that has no name.
using Descriptors = std::array<int, 3>;

// A request: a byte with three descriptors beside it.  The answer: a pid, or -errno.
struct Message {
  char byte = 0;
  iovec bytes{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(Descriptors))> control{};
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
[[noreturn]] void become_worker(const Descriptors& descriptors) {
  setpgid(0, 0);
  const auto [events, prints, job] = descriptors;
  dup2(prints, STDOUT_FILENO);
  dup2(prints, STDERR_FILENO);
  dup2(events, channel);
  ::close(events), ::close(prints);
  _exit(worker_main("/proc/self/fd/" + std::to_string(job)));
}

int memory_with(const std::string& text) {
  const int memory = memfd_create("ansatz-job", MFD_CLOEXEC);
  if (memory < 0) throw IoError{"cannot get memory for a worker's job", errno};
  const ssize_t written = again([&] { return ::write(memory, text.data(), text.size()); });
  if (written == static_cast<ssize_t>(text.size())) return memory;
  ::close(memory);
  throw IoError{"cannot write a worker's job", errno};
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

pid_t ForkServer::start(const std::string& job, int events, int prints) {
  Message message;
  cmsghdr* control = CMSG_FIRSTHDR(&message.header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof(Descriptors));
  const Descriptors descriptors{events, prints, memory_with(job)};
  std::memcpy(CMSG_DATA(control), descriptors.data(), sizeof descriptors);
  std::int64_t answer = 0;
  const bool heard = again([&] { return sendmsg(socket_, &message.header, MSG_NOSIGNAL); }) >= 0 &&
                     again([&] { return recv(socket_, &answer, sizeof answer, 0); }) == sizeof answer;
  ::close(descriptors[2]);
  if (!heard) throw IoError{"the process that starts workers died"};
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
    if (size <= 0 || control == nullptr || control->cmsg_len != CMSG_LEN(sizeof(Descriptors))) return 0;
    Descriptors descriptors{};
    std::memcpy(descriptors.data(), CMSG_DATA(control), sizeof descriptors);
    // A child of the host, which reaps it and reads its usage; this process has one thread, so that a bare clone is
    // as good as fork().
    const long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (pid == 0) become_worker(descriptors);
    const std::int64_t answer = pid < 0 ? -errno : pid;
    for (const int descriptor : descriptors) ::close(descriptor);
    if (again([&] { return send(channel, &answer, sizeof answer, MSG_NOSIGNAL); }) < 0) return 0;
  }
}

}  // namespace ansatz::host

/* Stands between a program and its file calls (LD_PRELOAD), to count, break off, fail or record them.
 *
 *   SHIM_ROOT=/tmp/x       only calls on files below this folder count
 *   SHIM_TARGET=host       or worker: the processes that it applies to
 *   SHIM_COUNT=FILE        append "<calls>\n" at the end of the process
 *   SHIM_KILL=N            SIGKILL instead of the N-th call
 *   SHIM_FAIL=N:ERRNO      the N-th call that can fail in this way does; ERRNO is a number
 *   SHIM_FIRED=FILE        made when one did; holds the path that the call was about
 *   SHIM_FSIZE=BYTES       setrlimit(RLIMIT_FSIZE) at the start
 *   SHIM_ALLOC=N           the N-th allocation after the first use of a file below SHIM_ROOT, and only that, fails
 *   SHIM_LOG=FILE          append a record of every call that changes files, with its data
 *   SHIM_CRASH=NAME        SIGSEGV where HDF5 opens a file of that name, wherever it is
 *
 * Calls that change files: open to write, write, pwrite, writev, fsync, fdatasync, rename, unlink, mkdir,
 * rmdir, ftruncate, fallocate. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static char root[PATH_MAX];
static size_t root_length;
static long kill_at, fail_at, alloc_at;
static int fail_errno, log_file = -1, active;
static atomic_int touched;
static atomic_long calls, matching, allocations;
static const char* count_file;

static int applies(void) {
  const char* target = getenv("SHIM_TARGET");
  if (target == NULL) return 1;
  char line[4096] = {0};
  const int file = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY, 0);
  const ssize_t size = syscall(SYS_read, file, line, sizeof line - 1);
  syscall(SYS_close, file);
  const char* second = size > 0 ? line + strlen(line) + 1 : "";
  if (strcmp(second, "describe") == 0) return 0;
  return (strncmp(second, "worker", 6) == 0) == (strcmp(target, "worker") == 0);  // worker-server too
}

static void at_end(void) {
  if (count_file == NULL) return;
  char text[32];
  const int length = snprintf(text, sizeof text, "%ld\n", atomic_load(&calls));
  const int file = (int)syscall(SYS_openat, AT_FDCWD, count_file, O_WRONLY | O_CREAT | O_APPEND, 0600);
  syscall(SYS_write, file, text, (size_t)length);
  syscall(SYS_close, file);
}

__attribute__((constructor)) static void start(void) {
  const char* folder = getenv("SHIM_ROOT");
  if (folder == NULL || !applies()) return;
  strncpy(root, folder, sizeof root - 1);
  root_length = strlen(root);
  if (getenv("SHIM_KILL") != NULL) kill_at = atol(getenv("SHIM_KILL"));
  if (getenv("SHIM_ALLOC") != NULL) alloc_at = atol(getenv("SHIM_ALLOC"));
  const char* fail = getenv("SHIM_FAIL");
  if (fail != NULL) fail_at = atol(fail), fail_errno = atoi(strchr(fail, ':') + 1);
  if (getenv("SHIM_LOG") != NULL) {
    log_file = (int)syscall(SYS_openat, AT_FDCWD, getenv("SHIM_LOG"),
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  if (getenv("SHIM_FSIZE") != NULL) {
    const struct rlimit limit = {(rlim_t)atol(getenv("SHIM_FSIZE")), (rlim_t)atol(getenv("SHIM_FSIZE"))};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  count_file = getenv("SHIM_COUNT");
  if (count_file != NULL) atexit(at_end);
  atomic_store(&allocations, 0);
  active = 1;
}

/* Below root, made absolute; the empty text if not. */
static const char* inside(const char* path, char* absolute) {
  if (!active) return "";
  if (path[0] == '/') {
    snprintf(absolute, PATH_MAX, "%s", path);
  } else {
    char folder[PATH_MAX];
    if (syscall(SYS_getcwd, folder, sizeof folder) < 0) return "";
    if (snprintf(absolute, PATH_MAX, "%s/%s", folder, path) >= PATH_MAX) return "";
  }
  if (strncmp(absolute, root, root_length) != 0) return "";
  atomic_store(&touched, 1);
  return absolute;
}

static const char* path_of(int file, char* absolute) {
  if (!active) return "";
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = syscall(SYS_readlink, link, absolute, PATH_MAX - 1);
  if (length <= 0) return "";
  absolute[length] = 0;
  return strncmp(absolute, root, root_length) == 0 ? absolute : "";
}

enum kind { OPENS, WRITES, SYNCS, NAMES };

static int can_fail(enum kind kind, int error) {
  if (error == ENOSPC || error == EDQUOT) return kind != SYNCS;
  if (error == EMFILE) return kind == OPENS;
  return kind == WRITES || kind == SYNCS; /* EIO */
}

static void count(void) {
  if (atomic_fetch_add(&calls, 1) + 1 == kill_at) syscall(SYS_kill, getpid(), SIGKILL);
}

static void fired(const char* place) {
  if (getenv("SHIM_FIRED") == NULL) return;
  const int file = (int)syscall(SYS_openat, AT_FDCWD, getenv("SHIM_FIRED"), O_WRONLY | O_CREAT, 0600);
  syscall(SYS_write, file, place, strlen(place));
  syscall(SYS_close, file);
}

/* Before every call that counts, about the file or folder `place`; not 0: it fails with errno. */
static int before(enum kind kind, const char* place) {
  count();
  if (fail_at == 0 || !can_fail(kind, fail_errno)) return 0;
  if (atomic_fetch_add(&matching, 1) + 1 != fail_at) return 0;
  fired(place);
  errno = fail_errno;
  return 1;
}

/* One record, written at once: operation, time, inode, offset, sizes, then path, second path, data. */
struct record {
  char operation[8];
  uint64_t nanoseconds, inode, offset, path_bytes, other_bytes, data_bytes;
};

static void note(const char* operation, uint64_t inode, uint64_t offset, const char* path, const char* other,
                 const void* data, size_t size) {
  if (log_file < 0) return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  struct record record = {{0},          (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
                          inode,        offset,
                          strlen(path), strlen(other),
                          size};
  strncpy(record.operation, operation, sizeof record.operation - 1);
  struct iovec parts[4] = {{&record, sizeof record},
                           {(void*)path, record.path_bytes},
                           {(void*)other, record.other_bytes},
                           {(void*)data, size}};
  const int error = errno;
  syscall(SYS_writev, log_file, parts, 4);
  errno = error;
}

static uint64_t inode_of(int file) {
  struct stat status;
  return fstat(file, &status) == 0 ? status.st_ino : 0;
}

static int open_any(const char* path, int flags, mode_t mode) {
  char buffer[PATH_MAX];
  const char* place = inside(path, buffer);
  const int changes = (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0;
  if (*place != 0 && (changes || fail_errno == EMFILE) && before(OPENS, place)) return -1;
  const int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (file >= 0 && *place != 0 && changes) {
    note((flags & O_TRUNC) != 0 ? "trunc" : "open", inode_of(file), 0, place, "", "", 0);
  }
  return file;
}

int open(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
  va_end(list);
  return open_any(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
  va_end(list);
  return open_any(path, flags, mode);
}

static FILE* fopen_any(const char* path, const char* mode, const char* name) {
  char buffer[PATH_MAX];
  const char* place = inside(path, buffer);
  const int changes = strpbrk(mode, "wa+") != NULL;
  if (*place != 0 && (changes || fail_errno == EMFILE) && before(OPENS, place)) return NULL;
  FILE* (*call)(const char*, const char*);
  void* symbol = dlsym(RTLD_NEXT, name); /* ISO C has no cast for this */
  memcpy(&call, &symbol, sizeof call);
  FILE* stream = call(path, mode);
  if (stream != NULL && *place != 0 && changes) {
    note(mode[0] == 'w' ? "trunc" : "open", inode_of(fileno(stream)), 0, place, "", "", 0);
  }
  return stream;
}

FILE* fopen(const char* path, const char* mode) { return fopen_any(path, mode, "fopen"); }
FILE* fopen64(const char* path, const char* mode) { return fopen_any(path, mode, "fopen64"); }

ssize_t write(int file, const void* data, size_t size) {
  char buffer[PATH_MAX];
  const char* place = path_of(file, buffer);
  if (*place == 0) return syscall(SYS_write, file, data, size);
  if (before(WRITES, place)) return -1;
  const ssize_t done = syscall(SYS_write, file, data, size);
  if (done > 0) {
    note("write", inode_of(file), (uint64_t)lseek(file, 0, SEEK_CUR) - (uint64_t)done, place, "", data,
         (size_t)done);
  }
  return done;
}

ssize_t writev(int file, const struct iovec* parts, int count) {
  char buffer[PATH_MAX];
  if (*path_of(file, buffer) == 0) return syscall(SYS_writev, file, parts, count);
  ssize_t total = 0; /* as that many writes: few use it */
  for (int i = 0; i < count; ++i) {
    if (parts[i].iov_len == 0) continue;
    const ssize_t done = write(file, parts[i].iov_base, parts[i].iov_len);
    if (done < 0) return total > 0 ? total : -1;
    total += done;
    if ((size_t)done < parts[i].iov_len) break;
  }
  return total;
}

static ssize_t pwrite_any(int file, const void* data, size_t size, off_t offset) {
  char buffer[PATH_MAX];
  const char* place = path_of(file, buffer);
  if (*place != 0 && before(WRITES, place)) return -1;
  const ssize_t done = syscall(SYS_pwrite64, file, data, size, offset);
  if (done > 0 && *place != 0) note("write", inode_of(file), (uint64_t)offset, place, "", data, (size_t)done);
  return done;
}

ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
  return pwrite_any(file, data, size, offset);
}
ssize_t pwrite64(int file, const void* data, size_t size, off64_t offset) {
  return pwrite_any(file, data, size, offset);
}

static int sync_any(int file, long number) {
  char buffer[PATH_MAX];
  const char* place = path_of(file, buffer);
  if (*place != 0 && before(SYNCS, place)) return -1;
  const int result = (int)syscall(number, file);
  if (result == 0 && *place != 0) note("sync", inode_of(file), 0, place, "", "", 0);
  return result;
}

int fsync(int file) { return sync_any(file, SYS_fsync); }
int fdatasync(int file) { return sync_any(file, SYS_fdatasync); }

static int truncate_any(int file, off_t size) {
  char buffer[PATH_MAX];
  const char* place = path_of(file, buffer);
  if (*place != 0 && before(WRITES, place)) return -1;
  const int result = (int)syscall(SYS_ftruncate, file, size);
  if (result == 0 && *place != 0) note("size", inode_of(file), (uint64_t)size, place, "", "", 0);
  return result;
}

int ftruncate(int file, off_t size) { return truncate_any(file, size); }
int ftruncate64(int file, off64_t size) { return truncate_any(file, size); }

static int allocate_any(int file, int mode, off_t offset, off_t size) {
  char buffer[PATH_MAX];
  const char* place = path_of(file, buffer);
  if (*place != 0 && before(WRITES, place)) return -1;
  const int result = (int)syscall(SYS_fallocate, file, mode, offset, size);
  if (result == 0 && *place != 0) note("size", inode_of(file), (uint64_t)(offset + size), place, "", "", 0);
  return result;
}

int fallocate(int file, int mode, off_t offset, off_t size) { return allocate_any(file, mode, offset, size); }
int fallocate64(int file, int mode, off64_t offset, off64_t size) {
  return allocate_any(file, mode, offset, size);
}

int rename(const char* from, const char* to) {
  char first[PATH_MAX], second[PATH_MAX];
  const char *source = inside(from, first), *target = inside(to, second);
  if (*target != 0 && before(NAMES, target)) return -1;
  const int result = (int)syscall(SYS_rename, from, to);
  if (result == 0 && *target != 0) note("rename", 0, 0, source, target, "", 0);
  return result;
}

/* HDF5's, in whose terms a file or a list is a number of 64 bits. */
int64_t H5Fopen(const char* path, unsigned flags, int64_t access) {
  const char *harmful = getenv("SHIM_CRASH"), *slash = strrchr(path, '/');
  if (harmful != NULL && strcmp(slash == NULL ? path : slash + 1, harmful) == 0) raise(SIGSEGV);
  int64_t (*call)(const char*, unsigned, int64_t);
  void* symbol = dlsym(RTLD_NEXT, "H5Fopen");
  memcpy(&call, &symbol, sizeof call);
  return call(path, flags, access);
}

static int name_call(const char* operation, const char* path, long number, long argument, enum kind kind) {
  char buffer[PATH_MAX];
  const char* place = inside(path, buffer);
  if (*place != 0 && kind == NAMES && before(kind, place)) return -1;
  if (*place != 0 && kind != NAMES) count(); /* removing needs no space */
  const int result = (int)syscall(number, path, argument);
  if (result == 0 && *place != 0) note(operation, 0, 0, place, "", "", 0);
  return result;
}

int mkdir(const char* path, mode_t mode) { return name_call("mkdir", path, SYS_mkdir, mode, NAMES); }
int unlink(const char* path) { return name_call("unlink", path, SYS_unlink, 0, OPENS); }
int rmdir(const char* path) { return name_call("unlink", path, SYS_rmdir, 0, OPENS); }
int unlinkat(int folder, const char* path, int flags) {
  char buffer[PATH_MAX], place[PATH_MAX * 2];
  const char* base = folder == AT_FDCWD ? "" : path_of(folder, buffer);
  snprintf(place, sizeof place, "%s%s%s", base, *base != 0 ? "/" : "", path);
  char absolute[PATH_MAX];
  const int counts = *inside(place, absolute) != 0;
  if (counts) count();
  const int result = (int)syscall(SYS_unlinkat, folder, path, flags);
  if (result == 0 && counts) note("unlink", 0, 0, absolute, "", "", 0);
  return result;
}

/* Workers end by this one. */
void _exit(int code) {
  if (active) at_end();
  syscall(SYS_exit_group, code);
  __builtin_unreachable();
}

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);

static int refuse(void) {
  if (!active || alloc_at == 0 || !atomic_load(&touched) || atomic_fetch_add(&allocations, 1) + 1 != alloc_at)
    return 0;
  fired("");
  errno = ENOMEM;
  return 1;
}

void* malloc(size_t size) { return refuse() ? NULL : __libc_malloc(size); }
void* calloc(size_t count, size_t size) { return refuse() ? NULL : __libc_calloc(count, size); }
void* realloc(void* old, size_t size) { return refuse() ? NULL : __libc_realloc(old, size); }

#include "validate/probe.hpp"

#include <fmt/core.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <new>
#include <random>
#include <thread>

namespace ansatz::host::validate {

// The context of one table.  Never freed, and not from the heap whose growth some cases measure.
struct Token {
  ansatz_host table{};
  Probe* probe = nullptr;
  const char* call = nullptr;
  std::thread::id thread;
  std::atomic<bool> alive = true;

  static Token* make() {
    static std::byte* free = nullptr;
    static std::size_t left = 0;
    if (left < sizeof(Token)) {
      left = std::size_t{1} << 20;
      free = static_cast<std::byte*>(
          mmap(nullptr, left, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    }
    constexpr std::size_t stride = (sizeof(Token) + 63) / 64 * 64;
    Token* made = new (free) Token;
    free += stride, left -= std::min(left, stride);
    return made;
  }
};

namespace {

std::mutex mutex;
std::vector<std::string> broken;
thread_local bool inside_task = false;

void violate(const std::string& text) {
  const std::lock_guard lock{mutex};
  if (std::find(broken.begin(), broken.end(), text) == broken.end()) broken.push_back(text);
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::uint64_t digest_of(const void* data, std::size_t bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (std::size_t i = 0; i < bytes; ++i) {
    hash = (hash ^ static_cast<const unsigned char*>(data)[i]) * 0x100000001b3;
  }
  return hash;
}

std::size_t bytes_of(const ansatz_array& array) {
  ArrayInfo info;
  info.type = static_cast<ElementType>(array.type);
  info.text_width = array.text_width;
  info.shape.assign(array.shape, array.shape + array.rank);
  return info.bytes();
}

// The probe behind a context, or null if the table is dead.
Probe* enter(void* context, const char* service, bool any_thread = false) {
  auto& token = *static_cast<Token*>(context);
  if (!token.alive) {
    violate(fmt::format("it called {}() of the host after {}() had returned", service, token.call));
    return nullptr;
  }
  if (!any_thread && (inside_task || token.thread != std::this_thread::get_id())) {
    violate(fmt::format("it called {}() of the host {} during {}()", service,
                        inside_task ? "from a task of parallel_for" : "from a thread of its own",
                        token.call));
  }
  return token.probe;
}

}  // namespace

std::vector<std::string> violations() {
  const std::lock_guard lock{mutex};
  return broken;
}

const ansatz_host* Probe::open(const char* call) {
  open_ = Token::make();
  open_->probe = this, open_->call = call, open_->thread = std::this_thread::get_id();
  open_->table.struct_size = sizeof(ansatz_host);
  open_->table.abi_minor = ANSATZ_ABI_MINOR;
  open_->table.context = open_;
  open_->table.random_key = real_.random_key;
  fill_table(open_->table);
  return &open_->table;
}

void Probe::close() {
  open_->alive = false;
  for (Lent& lent : lent_) {
    if (lent.home != nullptr && lent.memory.size() > 0) {
      std::memcpy(lent.home, lent.memory.data(), lent.memory.size());
    }
    if (lent.saved && lent.home != nullptr) {
      lent.home = nullptr;
      lent.digest = digest_of(lent.memory.data(), lent.memory.size());
    }
  }
}

bool Probe::fails(const char* service) {
  ++used_[service];
  return options_.failing == service;
}

std::uint64_t Probe::used(const char* service) const {
  const auto found = used_.find(service);
  return found == used_.end() ? 0 : found->second;
}

double Probe::seconds_since_cancel() const { return cancelled_since_ > 0 ? now() - cancelled_since_ : 0; }

Probe::Lent* Probe::find(const char* what, const char* name) {
  const std::string wanted = fmt::format("{} '{}'", what, name);
  const auto found = std::find_if(lent_.begin(), lent_.end(),
                                  [&](const Lent& lent) { return lent.memory.what() == wanted; });
  return found == lent_.end() ? nullptr : &*found;
}

Probe::Lent& Probe::lend(const char* what, const char* name, std::byte* home, const void* from,
                         std::size_t bytes, bool saved) {
  Lent& lent =
      lent_.emplace_back(Lent{GuardedMemory{bytes, fmt::format("{} '{}'", what, name)}, home, 0, saved});
  if (bytes > 0) std::memcpy(lent.memory.data(), from, bytes);
  if (home == nullptr) lent.digest = digest_of(lent.memory.data(), bytes);
  return lent;
}

const ansatz_tree* Probe::writer(const ansatz_tree& real) {
  real_tree_ = real;
  tree_ = {sizeof(ansatz_tree), 0, this, nullptr, real.get};
  tree_.put = [](void* c, const char* name, const ansatz_array* array, void** data) -> std::int32_t {
    auto& probe = *static_cast<Probe*>(c);
    if (probe.fails("put")) return ANSATZ_INTERNAL;
    const std::int32_t status = probe.real_tree_.put(probe.real_tree_.context, name, array, data);
    if (status != ANSATZ_DONE) return status;
    auto* home = static_cast<std::byte*>(*data);
    *data = probe.lend("saved array", name, home, home, bytes_of(*array), true).memory.data();
    return ANSATZ_DONE;
  };
  tree_.get = [](void*, const char*, ansatz_array*, const void**) -> std::int32_t {
    return ANSATZ_BAD_STATE;
  };
  return &tree_;
}

const ansatz_tree* Probe::reader(const ansatz_tree& real) {
  real_tree_ = real;
  tree_ = {sizeof(ansatz_tree), 0, this, nullptr, nullptr};
  tree_.put = [](void*, const char*, const ansatz_array*, void**) -> std::int32_t {
    return ANSATZ_BAD_STATE;
  };
  tree_.get = [](void* c, const char* name, ansatz_array* array, const void** data) -> std::int32_t {
    auto& probe = *static_cast<Probe*>(c);
    if (probe.fails("get")) return ANSATZ_INTERNAL;
    const std::int32_t status = probe.real_tree_.get(probe.real_tree_.context, name, array, data);
    if (status == ANSATZ_DONE) {
      *data = probe.lend("loaded array", name, nullptr, *data, bytes_of(*array)).memory.data();
    }
    return status;
  };
  return &tree_;
}

std::string Probe::written_outside() const {
  for (const Lent& lent : lent_) {
    if (std::string damage = lent.memory.damage(); !damage.empty()) return damage;
  }
  return {};
}

std::string Probe::changed_input() const {
  for (const Lent& lent : lent_) {
    if (lent.home == nullptr && digest_of(lent.memory.data(), lent.memory.size()) != lent.digest) {
      return lent.memory.what();
    }
  }
  return {};
}

void Probe::poison() {
  for (const Lent& lent : lent_) lent.memory.poison();
  lent_.clear();
}

// Results must not depend on which worker runs a task, nor in what order.
std::int32_t Probe::run_tasks(std::uint64_t tasks, ansatz_task task, void* user) {
  struct Inner {
    ansatz_task task;
    void* user;
  } inner{task, user};
  const ansatz_task watched = [](void* context, std::uint64_t number, std::uint32_t worker) {
    const bool before = std::exchange(inside_task, true);
    static_cast<Inner*>(context)->task(static_cast<Inner*>(context)->user, number, worker);
    inside_task = before;
  };
  if (options_.shuffled == 0 || inside_task) {
    return real_.parallel_for(real_.context, tasks, watched, &inner);
  }
  std::vector<std::uint64_t> order(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i) order[i] = i;
  std::mt19937_64 engine{options_.shuffled};
  for (std::uint64_t i = tasks; i > 1; --i) std::swap(order[i - 1], order[engine() % i]);
  const std::uint32_t threads = real_.threads(real_.context);
  for (const std::uint64_t number : order)
    watched(&inner, number, static_cast<std::uint32_t>(engine() % threads));
  return ANSATZ_DONE;
}

void Probe::fill_table(ansatz_host& table) {
  table.input = [](void* c, const char* port, ansatz_array* array) -> std::int32_t {
    Probe* p = enter(c, "input");
    return p == nullptr ? ANSATZ_INTERNAL : p->real_.input(p->real_.context, port, array);
  };
  table.input_data = [](void* c, const char* port, const void** data) -> std::int32_t {
    Probe* p = enter(c, "input_data");
    if (p == nullptr || p->fails("input_data")) return ANSATZ_INTERNAL;
    if (Lent* known = p->find("input", port)) {
      *data = known->memory.data();
      return ANSATZ_DONE;
    }
    ansatz_array array{};
    array.struct_size = sizeof array;
    std::int32_t status = p->real_.input_data(p->real_.context, port, data);
    if (status == ANSATZ_DONE) status = p->real_.input(p->real_.context, port, &array);
    if (status != ANSATZ_DONE) return status;
    *data = p->lend("input", port, nullptr, *data, bytes_of(array)).memory.data();
    return ANSATZ_DONE;
  };
  table.input_rows = [](void* c, const char* port, std::uint64_t first, std::uint64_t count,
                        void* buffer) -> std::int32_t {
    Probe* p = enter(c, "input_rows");
    if (p == nullptr || p->fails("input_rows")) return ANSATZ_INTERNAL;
    return p->real_.input_rows(p->real_.context, port, first, count, buffer);
  };
  table.input_attribute = [](void* c, const char* port, const char* name,
                             ansatz_value* value) -> std::int32_t {
    Probe* p = enter(c, "input_attribute");
    return p == nullptr ? ANSATZ_INTERNAL : p->real_.input_attribute(p->real_.context, port, name, value);
  };
  table.output = [](void* c, const char* port, const ansatz_array* array, void** data) -> std::int32_t {
    Probe* p = enter(c, "output");
    if (p == nullptr || p->fails("output")) return ANSATZ_INTERNAL;
    const std::int32_t status = p->real_.output(p->real_.context, port, array, data);
    if (status != ANSATZ_DONE) return status;
    auto* home = static_cast<std::byte*>(*data);
    Lent* known = p->find("output", port);
    if (known == nullptr) known = &p->lend("output", port, home, home, bytes_of(*array));
    *data = known->memory.data();
    return ANSATZ_DONE;
  };
  table.output_attribute = [](void* c, const char* port, const char* name,
                              const ansatz_value* value) -> std::int32_t {
    Probe* p = enter(c, "output_attribute");
    return p == nullptr ? ANSATZ_INTERNAL : p->real_.output_attribute(p->real_.context, port, name, value);
  };
  table.metric = [](void* c, const char* name, std::int64_t step, double value) {
    if (Probe* p = enter(c, "metric")) p->real_.metric(p->real_.context, name, step, value);
  };
  table.progress = [](void* c, double fraction, const char* text) {
    if (Probe* p = enter(c, "progress")) p->real_.progress(p->real_.context, fraction, text);
  };
  table.log = [](void* c, std::int32_t level, const char* text) {
    if (Probe* p = enter(c, "log", true)) p->real_.log(p->real_.context, level, text);
  };
  table.fail = [](void* c, const char* text) {
    if (Probe* p = enter(c, "fail")) p->real_.fail(p->real_.context, text);
  };
  table.cancelled = [](void* c) -> std::int32_t {
    Probe* p = enter(c, "cancelled", true);
    if (p == nullptr) return 1;
    const std::lock_guard lock{mutex};
    if (p->used_["cancelled"]++ < p->options_.cancel_at) return 0;
    if (p->cancelled_since_ == 0) p->cancelled_since_ = now();
    return 1;
  };
  table.parallel_for = [](void* c, std::uint64_t tasks, ansatz_task task, void* user) -> std::int32_t {
    Probe* p = enter(c, "parallel_for", inside_task);
    if (p == nullptr || (!inside_task && p->fails("parallel_for"))) return ANSATZ_INTERNAL;
    return p->run_tasks(tasks, task, user);
  };
  table.threads = [](void* c) -> std::uint32_t {
    Probe* p = enter(c, "threads", true);
    return p == nullptr ? 1 : p->real_.threads(p->real_.context);
  };
  table.extension = [](void* c, const char* name) -> const void* {
    Probe* p = enter(c, "extension");
    return p == nullptr ? nullptr : p->real_.extension(p->real_.context, name);
  };
}

}  // namespace ansatz::host::validate

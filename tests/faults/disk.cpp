#include "faults/disk.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "support/temporary_folder.hpp"

namespace ansatz::test {
namespace {

constexpr std::size_t sector = 512;

struct Head {
  char operation[8];
  std::uint64_t nanoseconds, inode, offset, path_bytes, other_bytes, data_bytes;
};

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

std::vector<Call> read_calls(const std::filesystem::path& log) {
  const std::string bytes = read_file(log);
  std::vector<Call> calls;
  for (std::size_t at = 0; at < bytes.size();) {
    Head head;
    if (bytes.size() - at < sizeof head) throw std::runtime_error("the record of calls is cut off");
    std::memcpy(&head, bytes.data() + at, sizeof head);
    at += sizeof head;
    const auto take = [&](std::uint64_t size) {
      const std::string part = bytes.substr(at, size);
      at += size;
      return part;
    };
    Call call;
    call.operation = head.operation;
    call.nanoseconds = head.nanoseconds, call.inode = head.inode, call.offset = head.offset;
    call.path = take(head.path_bytes), call.other = take(head.other_bytes), call.data = take(head.data_bytes);
    calls.push_back(std::move(call));
  }
  return calls;
}

void Disk::open(const Call& call) {
  const auto named = now_.find(call.path);
  const auto inode = by_inode_.find(call.inode);
  if (named != now_.end() && inode != by_inode_.end() && named->second == inode->second) {
    if (call.operation == "trunc") files_[named->second].pending.push_back({"size", "", "", "", 0, 0, 0});
    return;
  }
  by_inode_[call.inode] = files_.size();  // numbers of removed files are used again
  now_[call.path] = files_.size();
  names_.push_back({"open", call.path, "", files_.size(), false});
  files_.emplace_back();
}

void Disk::sync(const Call& call) {
  const auto file = by_inode_.find(call.inode);
  const auto named = now_.find(call.path);
  if (file != by_inode_.end() && named != now_.end() && named->second == file->second) {
    File& synced = files_[file->second];
    for (const Call& change_made : synced.pending) change(synced.durable, change_made);
    synced.pending.clear();
    return;
  }
  for (Name& name : names_) {
    if (folder_of(name.operation == "rename" ? name.other : name.path) == call.path) name.durable = true;
  }
}

void Disk::apply(const Call& call) {
  if (call.operation == "open" || call.operation == "trunc") {
    open(call);
  } else if (call.operation == "write" || call.operation == "size") {
    const auto file = by_inode_.find(call.inode);
    if (file != by_inode_.end()) files_[file->second].pending.push_back(call);
  } else if (call.operation == "sync") {
    sync(call);
  } else {
    names_.push_back({call.operation, call.path, call.other, 0, false});
    if (call.operation == "rename") {
      const auto moved = now_.find(call.path);
      if (moved == now_.end()) return;
      now_[call.other] = moved->second;
      now_.erase(call.path);
    } else if (call.operation == "unlink") {
      now_.erase(call.path);
    }
  }
}

void Disk::change(std::string& bytes, const Call& call) {
  if (call.operation == "size") {
    bytes.resize(call.offset);
    return;
  }
  bytes.resize(std::max(bytes.size(), call.offset + call.data.size()));
  bytes.replace(call.offset, call.data.size(), call.data);
}

// Each sector of a write is there or not.
void Disk::change_torn(std::string& bytes, const Call& call, std::mt19937& random) {
  for (std::size_t at = 0; at < call.data.size();) {
    const std::size_t end = std::min(call.data.size(), at + sector - (call.offset + at) % sector);
    if (random() % 2 == 0) {
      Call part = call;
      part.offset += at;
      part.data = call.data.substr(at, end - at);
      change(bytes, part);
    }
    at = end;
  }
}

void Disk::write_after_cut(const std::string& root, const std::filesystem::path& target,
                           std::mt19937& random) const {
  namespace fs = std::filesystem;
  // Of the names not synced, the first few made it.
  const auto open_names = static_cast<std::size_t>(
      std::count_if(names_.begin(), names_.end(), [](const Name& name) { return !name.durable; }));
  std::size_t lucky = open_names == 0 ? 0 : random() % (open_names + 1);
  std::map<std::string, std::optional<std::size_t>> there;  // nothing: a folder
  for (const Name& name : names_) {
    if (!name.durable) {
      if (lucky == 0) continue;  // later ones that were synced are there all the same
      --lucky;
    }
    if (name.operation == "open") there[name.path] = name.file;
    if (name.operation == "mkdir") there[name.path] = std::nullopt;
    if (name.operation == "unlink") there.erase(name.path);
    if (name.operation == "rename" && there.contains(name.path)) {
      there[name.other] = there[name.path];
      there.erase(name.path);
    }
  }
  for (const auto& [path, file] : there) {
    const fs::path place = target.string() + path.substr(root.size());
    fs::create_directories(file ? place.parent_path() : place);
    if (!file) continue;
    std::string bytes = files_[*file].durable;
    std::vector<Call> pending = files_[*file].pending;
    std::shuffle(pending.begin(), pending.end(), random);
    for (const Call& call : pending) {
      const auto fate = random() % 3;
      if (fate == 0) change(bytes, call);
      if (fate == 1) call.operation == "size" ? change(bytes, call) : change_torn(bytes, call, random);
    }
    std::ofstream{place, std::ios::binary} << bytes;
  }
}

}  // namespace ansatz::test

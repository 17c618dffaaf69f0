#include "rows.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace ansatz::prepare {

void copy_picture_attributes(Session& session, const std::string& from, const std::string& to) {
  for (const char* name : {"height", "width", "channels"}) {
    const auto value = session.attribute(from.c_str(), name);
    if (value) session.out_attribute(to.c_str(), name, static_cast<std::int64_t>(*value));
  }
}

namespace {

constexpr std::size_t block_bytes = std::size_t{4} << 20;

// One selection while the input goes by.
class Target {
 public:
  Target(const Selection& selection, const Session::Stored& stored, std::byte* data)
      : selection_{selection}, data_{data}, row_bytes_{stored.row_bytes} {
    element_bytes_ = detail::bytes_of(stored.type, stored.text_width);
    out_bytes_ = selection.columns.empty() ? row_bytes_ : selection.columns.size() * element_bytes_;
    order_.resize(selection.rows.size());
    std::iota(order_.begin(), order_.end(), std::uint64_t{0});
    const auto& rows = selection.rows;
    if (!std::is_sorted(rows.begin(), rows.end())) {
      std::stable_sort(order_.begin(), order_.end(), [&](auto a, auto b) { return rows[a] < rows[b]; });
    }
  }

  // Rows [first, last) of the input.
  void take(const std::byte* block, std::uint64_t first, std::uint64_t last) {
    for (; next_ < order_.size() && selection_.rows[order_[next_]] < last; ++next_) {
      const std::byte* source = block + (selection_.rows[order_[next_]] - first) * row_bytes_;
      std::byte* target = data_ + order_[next_] * out_bytes_;
      if (selection_.columns.empty()) {
        std::memcpy(target, source, row_bytes_);
        continue;
      }
      for (const std::uint64_t column : selection_.columns) {
        std::memcpy(target, source + column * element_bytes_, element_bytes_);
        target += element_bytes_;
      }
    }
  }

 private:
  const Selection& selection_;
  std::byte* data_;
  std::size_t row_bytes_, element_bytes_ = 0, out_bytes_ = 0, next_ = 0;
  std::vector<std::uint64_t> order_;  // places in the output, by row of the input
};

}  // namespace

void copy_rows(Session& session, const std::string& from, const std::vector<Selection>& selections) {
  const Session::Stored stored = session.stored(from.c_str());
  std::vector<Target> targets;
  std::uint64_t begin = stored.shape[0], end = 0;
  for (const Selection& selection : selections) {
    Shape sizes = stored.shape;
    sizes[0] = selection.rows.size();
    if (!selection.columns.empty()) sizes[1] = selection.columns.size();
    targets.emplace_back(selection, stored, session.out_stored(selection.to.c_str(), stored, sizes));
    if (selection.columns.empty()) copy_picture_attributes(session, from, selection.to);
    for (const std::uint64_t row : selection.rows) begin = std::min(begin, row), end = std::max(end, row + 1);
  }
  if (stored.row_bytes == 0) return;
  const std::uint64_t rows_a_block = std::max<std::uint64_t>(1, block_bytes / stored.row_bytes);
  std::vector<std::byte> block(std::min(rows_a_block, stored.shape[0]) * stored.row_bytes);
  for (std::uint64_t first = begin; first < end; first += rows_a_block) {
    session.check_cancelled();
    const std::uint64_t last = std::min(end, first + rows_a_block);
    session.read_stored_rows(from.c_str(), first, last - first, block.data());
    for (Target& target : targets) target.take(block.data(), first, last);
    session.progress(static_cast<double>(last - begin) / static_cast<double>(end - begin),
                     "copying rows of " + from);
  }
}

}  // namespace ansatz::prepare

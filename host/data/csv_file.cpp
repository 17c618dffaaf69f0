#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "core/suggest.hpp"
#include "data/csv_table.hpp"
#include "data/raw_array.hpp"

namespace ansatz::host {
namespace {

constexpr const char* table_item = "table";

// Types and shape are known from the first pass over the file; cells are converted when first asked for.
class CsvSource final : public ArraySource {
 public:
  CsvSource(std::shared_ptr<const CsvTable> table, CsvSelection selection)
      : table_{std::move(table)}, selection_{std::move(selection)}, info_{table_->info(selection_)} {}

  const ArrayInfo& info() const override { return info_; }
  void read_rows(std::uint64_t first, std::uint64_t count, void* buffer) override {
    check_rows(info_, first, count, table_->file());
    if (count == 0) return;
    std::memcpy(buffer, whole().data() + first * info_.row_bytes(),
                static_cast<std::size_t>(count * info_.row_bytes()));
  }
  Buffer whole() override {
    if (data_.size() == 0) data_ = table_->read({selection_})[0].data;
    return data_;
  }

 private:
  std::shared_ptr<const CsvTable> table_;
  CsvSelection selection_;
  ArrayInfo info_;
  Buffer data_;
};

class CsvFile final : public DataFile {
 public:
  explicit CsvFile(std::shared_ptr<const CsvTable> table) : table_{std::move(table)} {}

  std::vector<std::string> items() const override {
    std::vector<std::string> names;
    for (const CsvColumn& column : table_->columns()) names.push_back(column.name);
    const bool any = std::any_of(table_->columns().begin(), table_->columns().end(),
                                 [](const CsvColumn& column) { return column.numeric(); });
    if (any && std::find(names.begin(), names.end(), table_item) == names.end())
      names.emplace_back(table_item);
    return names;
  }

  std::unique_ptr<ArraySource> open(const std::string& item) override {
    for (std::size_t i = 0; i < table_->columns().size(); ++i) {
      const CsvColumn& column = table_->columns()[i];
      if (column.name == item) {
        return std::make_unique<CsvSource>(table_, CsvSelection{{i}, column.type, false});
      }
    }
    if (item == table_item) return std::make_unique<CsvSource>(table_, table_->numeric_columns());
    throw DataError{
        fmt::format("{}: has no column '{}'; {}", table_->file(), item, names_there_are(item, items()))};
  }

 private:
  std::shared_ptr<const CsvTable> table_;
};

}  // namespace

std::unique_ptr<DataFile> open_csv(std::shared_ptr<const CsvTable> table) {
  return std::make_unique<CsvFile>(std::move(table));
}

}  // namespace ansatz::host

// Named columns of one length: a view of the caller's, or one that owns what was computed.
#ifndef TIERWISE_CORE_TABLE_HPP
#define TIERWISE_CORE_TABLE_HPP

#include <string>
#include <vector>

#include <tierwise/core/column.hpp>

namespace tierwise::inline TIERWISE_ABI {

struct named_column {
  std::string name;
  column_view values;
};

/// Columns by name. Looking one up is linear in the number of columns: do it once a batch, not once a row.
class table_view {
 public:
  table_view() = default;
  table_view(std::vector<named_column> columns) : columns_(std::move(columns)) {}

  /// Adds a column. Throws `length_mismatch` or `invalid_argument` (name taken); the table stays as it was.
  void add(std::string name, column_view values);

  [[nodiscard]] const column_view* find(std::string_view name) const noexcept;  ///< nullptr if absent
  /// The column; `missing_column` naming `table` if absent.
  [[nodiscard]] result<column_view> require(std::string_view name, std::string_view table) const;

  [[nodiscard]] const std::vector<named_column>& columns() const noexcept { return columns_; }
  [[nodiscard]] std::size_t rows() const noexcept { return columns_.empty() ? 0 : columns_.front().values.size(); }

 private:
  std::vector<named_column> columns_;
};

/// A table_view that also keeps columns which somebody computed. Movable; views of it stay valid across moves.
class table {
 public:
  table();
  ~table();
  table(table&&) noexcept;
  table& operator=(table&&) noexcept;

  [[nodiscard]] const table_view& view() const noexcept { return view_; }

  void add(std::string name, column_view values) { view_.add(std::move(name), values); }  ///< stays the caller's
  /// Columns to own. `valid` is a bitmap in Arrow's order (see bitmap_view); empty: all rows are valid. Throws length_mismatch if it
  /// is shorter than the rows, and as table_view::add does.
  void add(std::string name, std::vector<float> values, std::vector<std::uint8_t> valid = {});
  void add(std::string name, std::vector<double> values, std::vector<std::uint8_t> valid = {});
  void add(std::string name, std::vector<std::int32_t> values, std::vector<std::uint8_t> valid = {});
  void add(std::string name, std::vector<std::int64_t> values, std::vector<std::uint8_t> valid = {});
  void add(std::string name, std::vector<date> values, std::vector<std::uint8_t> valid = {});
  void add_booleans(std::string name, std::vector<std::uint8_t> bytes, std::vector<std::uint8_t> valid = {});
  /// Codes into `names`; −1 is missing.
  void add(std::string name, std::vector<std::int32_t> codes, std::vector<std::string> names);

 private:
  struct storage;
  template <class T>
  void keep(std::string name, std::vector<T> values, std::vector<std::uint8_t> valid);

  table_view view_;
  std::vector<storage> owned_;  // moving one moves no cell: the views stay valid
};

/// The rows of `source` named by `rows`, in that order, as a table of its own with the same types.
[[nodiscard]] table gather(const table_view& source, std::span<const std::size_t> rows);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/core/impl/table.ipp>
#endif
#endif

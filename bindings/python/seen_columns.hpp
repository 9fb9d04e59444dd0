// What the caller's memory held when it was read, so that whoever reads it again can tell that it has changed.
#ifndef TIERWISE_BINDINGS_SEEN_COLUMNS_HPP
#define TIERWISE_BINDINGS_SEEN_COLUMNS_HPP

#include "bindings.hpp"

namespace tierwise::python {

/// Fingerprints of columns that are views of the caller's memory: NumPy arrays can be written to at any time, and an answer that
/// is asked again afterwards must not tell of other numbers than it was made from. 8 bytes for each 1,024 cells of a column.
class seen_columns {
 public:
  seen_columns() = default;
  /// Of all columns, as they are now. One pass over them. `table` is what messages call it.
  seen_columns(const table_view& columns, std::string table, executor* threads);

  /// Throws invalid_argument, naming the column, if what stood near this row, or anywhere, or in this column, is no longer there.
  /// One change in a block of cells is always noticed, several but once in 2^64.
  void check_row(std::size_t row) const;
  void check() const;
  void check_column(const std::string& name) const;

 private:
  struct seen {
    named_column column;
    std::vector<std::uint64_t> prints;  // of each block of rows
  };
  void check(const seen& what, std::size_t first, std::size_t last) const;

  std::vector<seen> all_;
  std::string table_;
};

}  // namespace tierwise::python

#endif

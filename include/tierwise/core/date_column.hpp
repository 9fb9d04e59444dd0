// A column of dates, be it of dates or of text written YYYY-MM-DD.
#ifndef TIERWISE_CORE_DATE_COLUMN_HPP
#define TIERWISE_CORE_DATE_COLUMN_HPP

#include <optional>
#include <string_view>
#include <vector>

#include <tierwise/core/column.hpp>

namespace tierwise::inline TIERWISE_ABI {

/// Reads the dates of a column row by row. Each distinct text is parsed once, when the reader is made.
/// Keeps the view. Immutable; safe to share.
class date_reader {
 public:
  /// wrong_type, with `name` as the place, unless the column holds dates or text. O(distinct texts).
  [[nodiscard]] static result<date_reader> of(const column_view& column, std::string_view name);

  /// The date of a row; none where it is missing, cannot be read, or is impossible (see is_possible).
  /// To tell a missing date from a bad one ask `is_missing`.
  [[nodiscard]] std::optional<date> operator()(std::size_t row) const noexcept;

  /// The row has no date at all (no value, or an empty text).
  [[nodiscard]] bool is_missing(std::size_t row) const noexcept;

 private:
  explicit date_reader(const column_view& column);

  column_view column_;
  std::vector<std::optional<date>> of_code_;  // of each text of the dictionary
};

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/core/impl/date_column.ipp>
#endif
#endif

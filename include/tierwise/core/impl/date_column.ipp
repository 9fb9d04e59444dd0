#include <tierwise/core/date_column.hpp>

namespace tierwise::inline TIERWISE_ABI {

TIERWISE_INLINE date_reader::date_reader(const column_view& column) : column_(column) {
  of_code_.reserve(column.names().size());
  for (const std::string_view text : column.names()) {
    const result<date> read = parse_date(text);
    of_code_.push_back(read ? std::optional<date>(read.value()) : std::nullopt);
  }
}

TIERWISE_INLINE result<date_reader> date_reader::of(const column_view& column, std::string_view name) {
  if (column.type() != column_type::date && column.type() != column_type::category)
    return Error(errc::wrong_type, "expected dates, or text as YYYY-MM-DD, not " + std::string(name_of(column.type())),
                 {.path = {}, .column = std::string(name)});
  return date_reader(column);
}

TIERWISE_INLINE std::optional<date> date_reader::operator()(std::size_t row) const noexcept {
  if (column_.type() == column_type::category) {
    const std::int32_t code = column_.code(row);
    return code < 0 ? std::nullopt : of_code_[static_cast<std::size_t>(code)];
  }
  if (!column_.validity()[row]) return std::nullopt;
  const date on = static_cast<const date*>(column_.data())[row];
  return is_possible(on) ? std::optional<date>(on) : std::nullopt;
}

TIERWISE_INLINE bool date_reader::is_missing(std::size_t row) const noexcept {
  return column_.type() == column_type::category ? column_.text(row).empty() : !column_.validity()[row];
}

}  // namespace tierwise

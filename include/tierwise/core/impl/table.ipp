#include <utility>

#include <tierwise/core/table.hpp>

namespace tierwise::inline TIERWISE_ABI {

TIERWISE_INLINE void table_view::add(std::string name, column_view values) {
  if (!columns_.empty() && values.size() != rows())
    throw Error(errc::length_mismatch,
                "has " + std::to_string(values.size()) + " rows where the table has " + std::to_string(rows()),
                {.path = {}, .column = name});
  if (find(name) != nullptr) throw Error(errc::invalid_argument, "the table already has this column", {.path = {}, .column = name});
  columns_.push_back({std::move(name), values});
}

TIERWISE_INLINE const column_view* table_view::find(std::string_view name) const noexcept {
  for (const named_column& column : columns_)
    if (column.name == name) return &column.values;
  return nullptr;
}

TIERWISE_INLINE result<column_view> table_view::require(std::string_view name, std::string_view table) const {
  if (const column_view* column = find(name)) return *column;
  return Error(errc::missing_column, "table '" + std::string(table) + "' needs this column",
               {.path = {}, .column = std::string(name)});
}

struct table::storage {
  std::vector<double> numbers;
  std::vector<std::int32_t> integers;
  std::vector<date> dates;
  std::vector<std::string> texts;
  std::vector<std::string_view> names;
};

TIERWISE_INLINE table::table() = default;
TIERWISE_INLINE table::~table() = default;
TIERWISE_INLINE table::table(table&&) noexcept = default;
TIERWISE_INLINE table& table::operator=(table&&) noexcept = default;

TIERWISE_INLINE void table::add(std::string name, std::vector<double> values) {
  auto owned = std::make_unique<storage>();
  owned->numbers = std::move(values);
  view_.add(std::move(name), std::span<const double>(owned->numbers));
  owned_.push_back(std::move(owned));
}

TIERWISE_INLINE void table::add(std::string name, std::vector<std::int32_t> values) {
  auto owned = std::make_unique<storage>();
  owned->integers = std::move(values);
  view_.add(std::move(name), std::span<const std::int32_t>(owned->integers));
  owned_.push_back(std::move(owned));
}

TIERWISE_INLINE void table::add(std::string name, std::vector<date> values) {
  auto owned = std::make_unique<storage>();
  owned->dates = std::move(values);
  view_.add(std::move(name), std::span<const date>(owned->dates));
  owned_.push_back(std::move(owned));
}

TIERWISE_INLINE void table::add(std::string name, std::vector<std::int32_t> codes, std::vector<std::string> names) {
  auto owned = std::make_unique<storage>();
  owned->integers = std::move(codes);
  owned->texts = std::move(names);
  owned->names.assign(owned->texts.begin(), owned->texts.end());
  view_.add(std::move(name), column_view::categories(owned->integers, owned->names));
  owned_.push_back(std::move(owned));
}

TIERWISE_INLINE table gather(const table_view& source, std::span<const std::size_t> rows) {
  table out;
  for (const auto& [name, values] : source.columns()) {
    if (values.type() == column_type::category) {
      std::vector<std::int32_t> codes;
      codes.reserve(rows.size());
      for (const std::size_t row : rows) codes.push_back(values.code(row));
      out.add(name, std::move(codes), {values.names().begin(), values.names().end()});
    } else if (values.type() == column_type::date && values.validity().bits == nullptr) {
      std::vector<date> dates;
      dates.reserve(rows.size());
      for (const std::size_t row : rows) dates.push_back(static_cast<const date*>(values.data())[row]);
      out.add(name, std::move(dates));
    } else {
      std::vector<double> numbers;
      numbers.reserve(rows.size());
      for (const std::size_t row : rows) numbers.push_back(values.number(row));
      out.add(name, std::move(numbers));
    }
  }
  return out;
}

}  // namespace tierwise

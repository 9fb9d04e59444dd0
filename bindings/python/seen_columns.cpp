#include "seen_columns.hpp"

#include <algorithm>
#include <cstring>

namespace tierwise::python {

namespace {

constexpr std::size_t block = 1024;  // rows

/// For a given `print` each `word` gives another result.
std::uint64_t mixed(std::uint64_t print, std::uint64_t word) noexcept {
  print = (print ^ word) * 0x9E3779B97F4A7C15u;  // the golden ratio, odd
  return print ^ (print >> 32);
}

std::size_t cell_bytes(column_type type) noexcept {
  return type == column_type::float64 || type == column_type::int64 ? 8 : 4;
}

/// The cells as they lie, not as they read: −0, and one NaN for another, count as changes, which only costs running again.
std::uint64_t print_of(const column_view& column, std::size_t begin, std::size_t end) {
  std::uint64_t print = end - begin;
  const auto flags = [&](auto&& is_set) {
    std::uint64_t word = 0;
    for (std::size_t row = begin; row < end; ++row) {
      word = word << 1 | (is_set(row) ? 1u : 0u);
      if ((row - begin) % 64 == 63 || row + 1 == end) print = mixed(print, word), word = 0;
    }
  };
  if (column.validity().bits != nullptr) flags([&](std::size_t row) { return column.validity()[row]; });
  if (column.type() == column_type::boolean) {
    flags([&](std::size_t row) { return column.number(row) == 1; });
    return print;
  }
  const std::size_t width = cell_bytes(column.type());
  const auto* at = static_cast<const unsigned char*>(column.data()) + begin * width;
  const auto* const last = at + (end - begin) * width;
  const auto word_at = [](const unsigned char* from, std::size_t bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, bytes);
    return word;
  };
  std::uint64_t lanes[4] = {1, 2, 3, 4};  // four at a time: each multiplication waits for the one before
  for (; last - at >= 32; at += 32)
    for (std::size_t lane = 0; lane < 4; ++lane) lanes[lane] = mixed(lanes[lane], word_at(at + 8 * lane, 8));
  for (const std::uint64_t lane : lanes) print = mixed(print, lane);
  for (; at < last; at += 8)
    print = mixed(print, word_at(at, std::min<std::size_t>(8, static_cast<std::size_t>(last - at))));
  return print;
}

std::uint64_t print_of_block(const column_view& column, std::size_t at) {
  return print_of(column, at * block, std::min(column.size(), (at + 1) * block));
}

}  // namespace

seen_columns::seen_columns(const table_view& columns, std::string table, executor* threads) : table_(std::move(table)) {
  const std::size_t blocks = (columns.rows() + block - 1) / block;
  for (const named_column& column : columns.columns()) all_.push_back({column, std::vector<std::uint64_t>(blocks)});
  for_blocks(threads, blocks, 16, [&](std::size_t begin, std::size_t end) {
    for (seen& each : all_)
      for (std::size_t at = begin; at < end; ++at) each.prints[at] = print_of_block(each.column.values, at);
  });
}

void seen_columns::check(const seen& what, std::size_t first, std::size_t last) const {
  for (std::size_t at = first; at < last; ++at)
    if (print_of_block(what.column.values, at) != what.prints[at])
      throw Error(errc::invalid_argument,
                  "the memory of table '" + table_ +
                      "' has changed since this was decided, so it can no longer be told why; run again, or give a "
                      "copy that stays as it is",
                  {.path = {}, .column = what.column.name});
}

void seen_columns::check_row(std::size_t row) const {
  for (const seen& each : all_) check(each, row / block, row / block + 1);
}

void seen_columns::check() const {
  for (const seen& each : all_) check(each, 0, each.prints.size());
}

void seen_columns::check_column(const std::string& name) const {
  for (const seen& each : all_)
    if (each.column.name == name) check(each, 0, each.prints.size());
}

}  // namespace tierwise::python

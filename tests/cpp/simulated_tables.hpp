// Comparing the tables of simulated territories cell by cell.
#ifndef TIERWISE_TESTS_SIMULATED_TABLES_HPP
#define TIERWISE_TESTS_SIMULATED_TABLES_HPP

#include <bit>
#include <cstdint>

#include <tierwise/simulate/territory.hpp>

namespace tests {

/// Same type, same missing, and the same text or the same bits.
inline bool same_cell(const tierwise::column_view& a, const tierwise::column_view& b, std::size_t row) {
  if (a.type() != b.type() || a.has(row) != b.has(row)) return false;
  if (!a.has(row)) return true;
  if (a.type() == tierwise::column_type::category) return a.text(row) == b.text(row);
  if (a.is_whole()) return a.whole(row) == b.whole(row);
  return std::bit_cast<std::uint64_t>(a.number(row)) == std::bit_cast<std::uint64_t>(b.number(row));
}

/// The first `rows` rows are the same, under the same names in the same order.
inline bool same_table(const tierwise::table_view& a, const tierwise::table_view& b, std::size_t rows) {
  if (a.columns().size() != b.columns().size()) return false;
  for (std::size_t c = 0; c < a.columns().size(); ++c) {
    const auto& [name, values] = a.columns()[c];
    if (name != b.columns()[c].name || values.size() < rows || b.columns()[c].values.size() < rows) return false;
    for (std::size_t row = 0; row < rows; ++row)
      if (!same_cell(values, b.columns()[c].values, row)) return false;
  }
  return true;
}

/// check(name, table of a, table of b) for each table of a territory.
template <class Check>
void for_each_table(const tierwise::simulate::territory& a, const tierwise::simulate::territory& b,
                    const Check& check) {
  check("hcps", a.hcps.view(), b.hcps.view());
  check("interactions", a.interactions.view(), b.interactions.view());
  check("consents", a.consents.view(), b.consents.view());
  check("history", a.history.view(), b.history.view());
  check("representatives", a.representatives.view(), b.representatives.view());
  check("content", a.content.view(), b.content.view());
}

}  // namespace tests

#endif

// Rows taken out of a table are the same cells of the same types, whatever the column.
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/core/table.hpp>

using namespace tierwise;

namespace {

/// A column of each type over the same bytes; the caller keeps the memory.
struct of_every_type {
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<std::int32_t> ints, codes;
  std::vector<std::int64_t> longs;
  std::vector<date> dates;
  std::vector<std::uint8_t> bytes, bits, valid;
  std::array<std::string_view, 3> names{"a", "b", "c"};
  std::size_t rows;

  explicit of_every_type(const std::vector<std::uint8_t>& seeds) : rows(seeds.size()) {
    bits.assign(rows / 8 + 2, 0), valid = bits;
    for (std::size_t i = 0; i < rows; ++i) {
      const std::uint8_t n = seeds[i];
      floats.push_back(n / 4.0f), doubles.push_back(n / 8.0), ints.push_back(n - 100), longs.push_back(n * 1'000'003LL);
      dates.push_back({n}), bytes.push_back(n % 2), codes.push_back(n % 4);
      const auto set = [&](std::vector<std::uint8_t>& in, bool on) {
        if (on) in[(i + 3) / 8] = static_cast<std::uint8_t>(in[(i + 3) / 8] | (1u << ((i + 3) % 8)));
      };
      set(bits, n % 2 == 1), set(valid, n % 5 != 0);
    }
  }

  table_view columns(bool some_missing) const {
    const bitmap_view known = some_missing ? bitmap_view{valid.data(), 3} : bitmap_view{};
    table_view out;
    out.add("float32", column_view(std::span(floats), known));
    out.add("float64", column_view(std::span(doubles), known));
    out.add("int32", column_view(std::span(ints), known));
    out.add("int64", column_view(std::span(longs), known));
    out.add("date", column_view(std::span(dates), known));
    out.add("boolean", column_view::booleans(bytes, known));
    out.add("bits", column_view::boolean_bits({bits.data(), 3}, rows, known));
    out.add("category", column_view::categories(codes, names, known));
    return out;
  }
};

}  // namespace

TEST_CASE("gather keeps the type, the value and the absence of every cell, of every type of column") {
  const bool holds =
      rc::check("gathered cells are the cells", [](const std::vector<std::uint8_t>& seeds, bool missing_ones) {
        const of_every_type memory(seeds);
        const table_view from = memory.columns(missing_ones);
        std::vector<std::size_t> rows;
        if (!seeds.empty())
          rows = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, seeds.size()));
        const table taken = gather(from, rows);
        RC_ASSERT(taken.view().columns().size() == from.columns().size());
        for (std::size_t c = 0; c < from.columns().size(); ++c) {
          const auto& [name, was] = from.columns()[c];
          const auto& [same_name, is] = taken.view().columns()[c];
          RC_ASSERT(same_name == name);
          RC_ASSERT(is.type() == was.type());
          RC_ASSERT(is.size() == rows.size());
          for (std::size_t i = 0; i < rows.size(); ++i) {
            RC_ASSERT(is.has(i) == was.has(rows[i]));
            if (!was.has(rows[i])) continue;
            if (was.is_numeric()) RC_ASSERT(is.number(i) == was.number(rows[i]));
            if (!was.is_numeric()) RC_ASSERT(is.text(i) == was.text(rows[i]));
            if (was.is_whole()) RC_ASSERT(is.whole(i) == was.whole(rows[i]));
          }
        }
      });
  CHECK(holds);
  // Every type there is has been tried: a new one needs a column above.
  const table_view tried = of_every_type({1}).columns(false);
  for (int type = 0; type <= static_cast<int>(column_type::category); ++type) {
    bool found = false;
    for (const auto& [name, values] : tried.columns()) found = found || values.type() == static_cast<column_type>(type);
    CHECK_MESSAGE(found, std::string(name_of(static_cast<column_type>(type))));
  }
}

// Small groups are found, and hidden counts cannot be calculated: every table that fits what is shown is looked at.
#include <algorithm>
#include <functional>
#include <set>

#include <doctest/doctest.h>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/privacy.hpp>

namespace {

using namespace tierwise;

/// For each inner cell the counts that it has in any table of counts with the same shown cells and totals.
std::vector<std::set<std::int64_t>> possible(const std::vector<std::int64_t>& counts, std::size_t rows,
                                             std::size_t columns, const tag::suppression& what, std::int64_t most) {
  const auto is_hidden = [&](std::size_t r, std::size_t c) { return what.hidden[r * (columns + 1) + c]; };
  std::vector<std::set<std::int64_t>> out(counts.size());
  std::vector<std::int64_t> tried = counts;
  const auto total = [&](const std::vector<std::int64_t>& of, std::size_t r, std::size_t c) {
    std::int64_t sum = 0;
    for (std::size_t i = r == rows ? 0 : r; i < (r == rows ? rows : r + 1); ++i)
      for (std::size_t j = c == columns ? 0 : c; j < (c == columns ? columns : c + 1); ++j) sum += of[i * columns + j];
    return sum;
  };
  const std::function<void(std::size_t)> fill = [&](std::size_t cell) {
    if (cell == counts.size()) {
      for (std::size_t c = 0; c <= columns; ++c)
        if (!is_hidden(rows, c) && total(tried, rows, c) != total(counts, rows, c)) return;
      for (std::size_t i = 0; i < counts.size(); ++i) out[i].insert(tried[i]);
      return;
    }
    const std::size_t r = cell / columns, c = cell % columns;
    const auto next = [&] {
      if (c + 1 == columns && !is_hidden(r, columns) && total(tried, r, columns) != total(counts, r, columns)) return;
      fill(cell + 1);
    };
    if (!is_hidden(r, c)) return next();
    for (tried[cell] = 1; tried[cell] <= most; ++tried[cell]) next();  // zeros are shown
    tried[cell] = counts[cell];
  };
  fill(0);
  return out;
}

}  // namespace

TEST_CASE("privacy: no hidden count can be told to be small from what is shown") {
  random_stream random(8, 8, 8);
  std::size_t hidden = 0, tables = 0, extra = 0;
  for (int run = 0; run < 400; ++run) {
    const std::size_t rows = 1 + random.below(3), columns = 1 + random.below(3);
    std::vector<std::int64_t> counts(rows * columns);
    for (auto& n : counts) n = random.below(3) == 0 ? 0 : random.below(9);
    const auto found = tag::suppress(counts, rows, columns, 4);
    if (!found) {
      CHECK(found.error().code() == errc::policy_out_of_range);
      continue;
    }
    ++tables;
    hidden += found.value().primary, extra += found.value().complementary;
    const auto values = possible(counts, rows, columns, found.value(), 12);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const bool shown = !found.value().hidden[i / columns * (columns + 1) + i % columns];
      if (counts[i] > 0 && counts[i] < 4) {
        CHECK_FALSE(shown);
        CHECK(*values[i].rbegin() >= 4);  // as far as one can tell it is not small
      }
      if (counts[i] == 0) CHECK(shown);
    }
  }
  CHECK(tables > 200);
  CHECK(hidden > 200);
  CHECK(extra > 50);
}

TEST_CASE("privacy: as little as needed is hidden besides") {
  // One small cell: a rectangle of four, the cheapest there is.
  const auto one = tag::suppress(std::vector<std::int64_t>{3, 40, 50, 60, 20, 90, 70, 80, 30}, 3, 3).value();
  CHECK(one.primary == 1);
  CHECK(one.complementary == 3);
  CHECK(one.hidden == std::vector<bool>{true, true, false, false, true, true, false, false, false, false, false, false,
                                        false, false, false, false});
  // Four small cells in a rectangle do not protect each other: their rows and columns add up to little.
  const auto four = tag::suppress(std::vector<std::int64_t>{3, 4, 50, 5, 2, 90, 70, 80, 30}, 3, 3).value();
  CHECK(four.primary == 4);
  CHECK(four.complementary >= 3);
  CHECK(four.hidden[0]);
  // Four that are nearly large do: 10 and 10 may be 11 and 9.
  CHECK(tag::suppress(std::vector<std::int64_t>{10, 10, 50, 10, 10, 90, 70, 80, 30}, 3, 3).value().complementary == 0);
  CHECK(tag::suppress(std::vector<std::int64_t>{20, 30, 40, 50}, 2, 2).value().primary == 0);
  CHECK(tag::suppress(std::vector<std::int64_t>{5}, 1, 1).value().hidden == std::vector<bool>(4, true));
  CHECK(tag::suppress(std::vector<std::int64_t>{5, 6}, 3, 3).error().code() == errc::invalid_argument);
  CHECK(tag::suppress(std::vector<std::int64_t>{-1}, 1, 1).error().code() == errc::invalid_argument);
  CHECK(tag::suppress(std::vector<std::int64_t>{1}, 1, 1, 1).error().code() == errc::invalid_argument);
}

TEST_CASE("privacy: doctors in small groups are found, and what leaves fewest at risk") {
  random_stream random(1, 2, 3);
  constexpr std::size_t rows = 500;
  std::vector<std::int32_t> city(rows), age(rows);
  std::vector<std::uint8_t> member(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    city[row] = static_cast<std::int32_t>(random.below(7)) - 1;
    age[row] = static_cast<std::int32_t>(random.below(8));
    member[row] = random.below(5) == 0;
  }
  table doctors;
  doctors.add("city", city, {"A", "B", "C", "D", "E", "F"});
  doctors.add("age", age);
  doctors.add_booleans("member", member);
  const std::vector<std::string> quasi = {"city", "age", "member"};
  const auto found = tag::check_anonymity(doctors.view(), quasi, 5).value();
  const auto brute = [&](bool by_city, bool by_age, bool by_member) {
    std::size_t n = 0;
    for (std::size_t a = 0; a < rows; ++a) {
      std::size_t alike = 0;
      for (std::size_t b = 0; b < rows; ++b)
        alike +=
            (!by_city || city[a] == city[b]) && (!by_age || age[a] == age[b]) && (!by_member || member[a] == member[b]);
      n += alike < 5;
      if (by_city && by_age && by_member) CHECK(found.at_risk.test(a) == (alike < 5));
    }
    return n;
  };
  CHECK(found.at_risk.count() == brute(true, true, true));
  CHECK(found.at_risk_without ==
        std::vector<std::size_t>{brute(false, true, true), brute(true, false, true), brute(true, true, false)});
  std::size_t sum = 0;
  for (const auto& group : found.small) {
    sum += group.doctors;
    CHECK(group.doctors < 5);
    CHECK(group.values.size() == 3);
    CHECK(group.known[0] == !group.values[0].empty());
  }
  CHECK(sum == found.at_risk.count());
  CHECK(found.smallest == found.small.front().doctors);
  CHECK(tag::check_anonymity(doctors.view(), quasi, 1).error().where().column == "k");
  CHECK(tag::check_anonymity(doctors.view(), {}, 5).error().where().column == "quasi");
  const std::vector<std::string> wrong = {"town"};
  CHECK(tag::check_anonymity(doctors.view(), wrong, 5).error().code() == errc::missing_column);
  CHECK(tag::check_anonymity(doctors.view(), std::vector<std::string>{"member"}, 5).value().small.empty());
}

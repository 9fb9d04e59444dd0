// The ground everything stands on: dates, columns, errors, random numbers, ids.
#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include <tierwise/core/bits.hpp>
#include <tierwise/core/date_column.hpp>
#include <tierwise/core/id_index.hpp>
#include <tierwise/core/random.hpp>
#include <tierwise/core/table.hpp>

#include "threads.hpp"

using namespace tierwise;

TEST_CASE("Philox gives the known answers published with Random123") {
  using four = std::array<std::uint32_t, 4>;
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("stable_hash is FNV-1a as published") {
  CHECK(stable_hash("") == 0xcbf29ce484222325);
  CHECK(stable_hash("a") == 0xaf63dc4c8601ec8c);
  CHECK(stable_hash("foobar") == 0x85944171f73967e8);
}

TEST_CASE("streams repeat, differ by each of their keys, and are uniform") {
  const auto first = [](std::uint64_t seed, std::string_view id, std::string_view purpose) {
    return random_stream(seed, id, purpose).next();
  };
  CHECK(first(1, "H1", "explore") == first(1, "H1", "explore"));
  CHECK(first(1, "H1", "explore") != first(2, "H1", "explore"));
  CHECK(first(1, "H1", "explore") != first(1, "H2", "explore"));
  CHECK(first(1, "H1", "explore") != first(1, "H1", "bootstrap"));
  random_stream r(9, "H1", "mean");
  double sum = 0, squares = 0;
  const int n = 200'000;
  std::array<int, 10> tenths{};
  for (int i = 0; i < n; ++i) {
    const double u = r.uniform();
    REQUIRE((u >= 0 && u < 1));
    sum += u, squares += u * u, ++tenths[static_cast<std::size_t>(u * 10)];
  }
  CHECK(std::abs(sum / n - 0.5) < 4 * std::sqrt(1.0 / 12 / n));
  CHECK(std::abs(squares / n - 1.0 / 3) < 4 * std::sqrt(4.0 / 45 / n));
  for (const int count : tenths) CHECK(std::abs(count - n / 10) < 5 * std::sqrt(n * 0.09));
}

TEST_CASE("dates: every day of three centuries reads back as it was written, and nothing else is a date") {
  for (date d = first_date; d <= last_date; d = d + 1) REQUIRE(parse_date(format_date(d)).value() == d);
  CHECK(format_date(date{0}) == "1970-01-01");
  CHECK(parse_date("2000-02-29").value().days == 11016);
  CHECK(weekday(parse_date("2026-11-22").value()) == 6);
  CHECK(weekday(date{-1}) == 2);
  for (const char* bad :
       {"", "2015-02-29", "1900-02-29", "2015-2-03", "03/04/2015", "2015-13-01", "2015-00-10", "2015-01-32",
        "1899-12-31", "2200-01-01", "2015-01-01T00:00", " 2015-01-01", "２０１５-01-01", "2015-01-0a", "----------"}) {
    const auto read = parse_date(bad);
    REQUIRE_MESSAGE(!read, bad);
    CHECK(read.error().code() == errc::invalid_date);
    if (*bad) CHECK(read.error().message().find(bad) == std::string::npos);  // cell contents stay out of messages
  }
}

TEST_CASE("columns read their memory as it is: types, validity, offsets") {
  const std::vector<float> floats = {1.5f, NAN, 3};
  const std::uint8_t bits[] = {0b10110000};  // rows 0 … 3 at offset 4: 1, 1, 0, 1
  const column_view f{std::span<const float>(floats), bitmap_view{bits, 5}};  // 1, 0, 1
  CHECK(f.data() == floats.data());
  CHECK(f.has(0));
  CHECK(!f.has(1));
  CHECK(f.number(2) == 3);
  const column_view b = column_view::boolean_bits({bits, 4}, 4);
  CHECK((b.number(0) == 1 && b.number(1) == 1 && b.number(2) == 0 && b.number(3) == 1));
  const std::vector<std::int64_t> large = {9007199254740993, -5};
  const column_view whole{std::span<const std::int64_t>(large)};
  CHECK(whole.whole(0) == 9007199254740993);
  const std::vector<std::int32_t> codes = {1, -1, 7, 0};
  const std::vector<std::string_view> names = {"心内科", "oncology"};
  const column_view c = column_view::categories(codes, names);
  CHECK(c.text(0) == "oncology");
  CHECK(c.text(3) == "心内科");
  CHECK((!c.has(1) && !c.has(2)));  // a code outside the dictionary is a missing value
  CHECK(std::isnan(c.number(0)));
}

TEST_CASE("tables refuse columns that do not fit and stay as they were") {
  table t;
  t.add("a", std::vector<double>{1, 2});
  CHECK_THROWS_AS(t.add("b", std::vector<double>{1}), Error);
  CHECK_THROWS_AS(t.add("a", std::vector<double>{1, 2}), Error);
  CHECK(t.view().columns().size() == 1);
  const table moved = std::move(t);
  CHECK(moved.view().find("a")->number(1) == 2);
  const auto lost = moved.view().require("b", "hcps");
  CHECK(lost.error().code() == errc::missing_column);
  CHECK(std::string_view(lost.error().what()) == "missing_column: table 'hcps' needs this column (at column 'b')");
  CHECK_THROWS_AS((void)lost.value(), Error);
}

TEST_CASE("gather keeps types, order and what is missing") {
  table t;
  t.add("day", std::vector<date>{{5}, {6}, {7}}, std::vector<std::uint8_t>{0b101});
  t.add("n", std::vector<std::int64_t>{9007199254740993, 2, 3});
  t.add("s", std::vector<std::int32_t>{0, -1, 0}, std::vector<std::string>{"x"});
  const std::vector<std::size_t> rows = {2, 1, 0};
  const table g = gather(t.view(), rows);
  CHECK(g.view().find("day")->type() == column_type::date);
  CHECK((g.view().find("day")->number(0) == 7 && !g.view().find("day")->has(1)));
  CHECK(g.view().find("n")->whole(2) == 9007199254740993);
  CHECK((g.view().find("s")->text(0) == "x" && !g.view().find("s")->has(1)));
}

TEST_CASE("ids are found, absent or ambiguous, by text and by number") {
  const std::vector<std::int32_t> codes = {0, 1, 2, 1, -1};
  const std::vector<std::string_view> names = {"a", "b", "c"};
  const id_index index(column_view::categories(codes, names));
  CHECK(index.find("a") == 0);
  CHECK(index.find("b") == id_index::ambiguous);
  CHECK(index.find("z") == id_index::absent);
  const std::vector<std::int32_t> other = {1, 0, -1};
  const std::vector<std::string_view> order = {"c", "z"};
  CHECK(index.match(column_view::categories(other, order)).value() == std::vector<std::int64_t>{-1, 2, -1});
  const std::vector<std::int64_t> numbers = {7, 8};
  const id_index by_number{column_view(std::span<const std::int64_t>(numbers))};
  CHECK(by_number.find(8) == 1);
  CHECK(by_number.match(column_view::categories(other, order)).error().code() == errc::wrong_type);
}

TEST_CASE("every error code has a name and a cure") {
  for (const int code : {100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 200,
                         201, 202, 203, 204, 205, 206, 207, 208, 209, 300, 301, 302, 303, 400, 401, 500, 501}) {
    CHECK(name_of(static_cast<errc>(code)) != "unnamed_error");
    CHECK(describe(static_cast<errc>(code)).size() > 20);
  }
  CHECK(name_of(static_cast<errc>(1)) == "unnamed_error");
}

TEST_CASE("a table refuses a bitmap that is shorter than its rows, and stays as it was") {
  table t;
  t.add("a", std::vector<double>(9, 1.0), std::vector<std::uint8_t>{0xff, 1});
  const auto refused = [&](auto values) {
    try {
      t.add("b", std::move(values), std::vector<std::uint8_t>{0xff});
    } catch (const Error& error) {
      return error.code() == errc::length_mismatch && error.where().column == "b";
    }
    return false;
  };
  CHECK(refused(std::vector<float>(9)));
  CHECK(refused(std::vector<double>(9)));
  CHECK(refused(std::vector<std::int32_t>(9)));
  CHECK(refused(std::vector<std::int64_t>(9)));
  CHECK(refused(std::vector<date>(9)));
  CHECK(t.view().columns().size() == 1);
  t.add("b", std::vector<double>(9, 1.0), std::vector<std::uint8_t>{0xff, 0, 0});  // longer is no harm
  CHECK_FALSE(t.view().find("b")->has(8));
}

TEST_CASE("repeated ids: pairs of owner and id, whichever code an id has") {
  using groups = std::vector<std::vector<std::size_t>>;
  const auto sorted = [](groups g) {
    std::sort(g.begin(), g.end());
    return g;
  };
  const std::vector<std::string_view> names = {"x", "", "y", "x"};
  const std::vector<std::int32_t> codes = {0, 3, 1, 1, 2, 2, 0, -1, -1, 0, 9};
  const std::vector<std::int64_t> owner = {1, 1, 1, 1, 2, 1, 2, 1, 1, -1, 1};
  CHECK(sorted(repeated_ids(column_view::categories(codes, names), owner)) == groups{{0, 1}});
  const std::vector<std::int64_t> numbers = {-1, 5, 5, 5, -1, 5}, owners = {0, 0, 1, 0, 0, -2};
  CHECK(sorted(repeated_ids(std::span<const std::int64_t>(numbers), owners)) == groups{{0, 4}, {1, 3}});
  const std::vector<std::int64_t> rising = {1, 2, 3, 4, 5, 6};
  CHECK(repeated_ids(std::span<const std::int64_t>(rising), owners).empty());
}

TEST_CASE("blocks cover every row once, with and without threads") {
  for (const std::size_t rows : {0u, 1u, 63u, 64u, 65u, 1000u}) {
    tests::thread_executor eight(8);
    for (executor* threads : {static_cast<executor*>(nullptr), static_cast<executor*>(&eight)}) {
      std::vector<int> seen(rows, 0);
      for_blocks(threads, rows, 10, [&](std::size_t begin, std::size_t end) {
        CHECK(begin % 64 == 0);
        for (std::size_t i = begin; i < end; ++i) ++seen[i];
      });
      CHECK(seen == std::vector<int>(rows, 1));
    }
  }
}

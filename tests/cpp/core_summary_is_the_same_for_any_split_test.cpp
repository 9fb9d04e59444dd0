// Summaries of parts, in any order and merged in any tree, are the same bytes as that of the whole.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/core/random.hpp>
#include <tierwise/core/summary.hpp>

namespace {

using namespace tierwise;

summary summary_of(const std::vector<double>& values) {
  summary out;
  out.add(std::span<const double>(values));
  return out;
}

/// Numbers of every kind; at most `distinct` of them apart from the special ones.
std::vector<double> numbers(std::uint64_t seed, std::size_t rows, std::uint32_t distinct) {
  random_stream random(seed, 1, 2);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double special[] = {0,       -0.0,    missing,  infinity,  -infinity, 5e-324,
                            -5e-324, 1.7e308, -1.7e308, 0x1p-1022, -1,        3e-310};
  std::vector<double> out(rows);
  for (double& value : out) {
    if (random.below(10) == 0) {
      value = special[random.below(12)];
      continue;
    }
    random_stream of(seed, random.below(distinct), 3);
    value = std::ldexp(of.uniform() - 0.3, static_cast<int>(of.below(60)) - 30);
  }
  return out;
}

/// Shuffles, splits and merges as the seed says.
summary merged(std::vector<double> values, std::uint64_t seed) {
  random_stream random(seed, 4, 5);
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[random.below(static_cast<std::uint32_t>(i))]);
  std::vector<summary> parts(1 + random.below(7));
  for (std::size_t begin = 0; begin < values.size();) {
    const std::size_t count = std::min<std::size_t>(1 + random.below(20'000), values.size() - begin);
    parts[random.below(static_cast<std::uint32_t>(parts.size()))].add(
        std::span<const double>(values).subspan(begin, count));
    begin += count;
  }
  while (parts.size() > 1) {
    const std::size_t into = random.below(static_cast<std::uint32_t>(parts.size() - 1));
    parts[into].merge(parts.back());
    parts.pop_back();
  }
  return parts.front();
}

}  // namespace

TEST_CASE("summary: any split, order and tree gives the same bytes") {
  bool exact = false, buckets = false;
  for (const std::uint32_t distinct : {1u, 300u, 16'000u, 16'370u, 16'384u, 16'500u, 40'000u})
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      // as many rows as it takes to see nearly all of the distinct numbers
      const std::vector<double> values = numbers(seed, distinct == 1 ? 50 : 12 * std::size_t{distinct}, distinct);
      const summary whole = summary_of(values);
      (whole.is_exact() ? exact : buckets) = true;
      for (std::uint64_t way = 0; way < 4; ++way) {
        const summary parts = merged(values, 10 * seed + way);
        CHECK(parts.is_exact() == whole.is_exact());
        CHECK((parts.to_bytes() == whole.to_bytes()));
      }
    }
  CHECK(exact);
  CHECK(buckets);
}

TEST_CASE("summary: whether it is exact depends on the number of distinct values alone") {
  std::vector<double> values;
  for (std::size_t i = 1; i <= summary::exact_capacity; ++i) values.push_back(static_cast<double>(i));
  for (int zero = 0; zero < 3; ++zero) values.push_back(zero == 1 ? -0.0 : 0.0);
  summary at_capacity = summary_of(values);
  CHECK(at_capacity.is_exact());
  at_capacity.merge(summary_of(values));
  CHECK(at_capacity.is_exact());
  CHECK(at_capacity.zeros() == 6);
  summary above = at_capacity;
  above.merge(summary_of({0.5}));
  CHECK_FALSE(above.is_exact());
  summary other = summary_of({0.5});
  other.merge(at_capacity);
  CHECK((above == other));
  other.merge(other);
  CHECK(other.known() == 2 * above.known());
}

TEST_CASE("summary: small sets of numbers, every split") {
  CHECK(rc::check("merge = add", [](const std::vector<std::int16_t>& raw, std::uint64_t seed) {
    std::vector<double> values;
    for (const std::int16_t v : raw) values.push_back(v % 7 == 0 ? missing : v / 4.0);
    RC_ASSERT((merged(values, seed) == summary_of(values)));
    const result<summary> back = summary::from_bytes(summary_of(values).to_bytes());
    RC_ASSERT(back.has_value());
    RC_ASSERT((back.value() == summary_of(values)));
  }));
}

TEST_CASE("summary: columns of every numeric type, and of none") {
  const std::vector<float> floats = {1.5f, NAN, -3, 0.1f};
  const std::vector<std::int64_t> large = {9007199254740993, -5, 7};
  const std::uint8_t valid[] = {0b011};
  summary f, w;
  f.add(column_view(std::span<const float>(floats)));
  CHECK((f == summary_of({1.5, missing, -3, double{0.1f}})));
  w.add(column_view(std::span<const std::int64_t>(large), bitmap_view{valid, 0}));
  CHECK((w == summary_of({9007199254740992, -5, missing})));
  const std::vector<std::int32_t> codes = {0};
  const std::vector<std::string_view> names = {"x"};
  CHECK_THROWS_AS(w.add(column_view::categories(codes, names)), Error);
  CHECK(w.rows() == 3);
}

TEST_CASE("summary: more rows than fit are refused and change nothing") {
  summary s = summary_of({1, 2});
  while (s.rows() < summary::most_rows) s.merge(summary(s));
  const std::vector<std::uint8_t> full = s.to_bytes();
  CHECK_THROWS_AS(s.merge(summary_of({3})), Error);
  CHECK_THROWS_AS(s.merge(s), Error);
  CHECK((s.to_bytes() == full));
  CHECK(s.mean() == 1.5);
  CHECK(s.variance() == 0.25);
}

TEST_CASE("summary: bytes that were changed give a summary or an error, never harm") {
  random_stream random(7, 8, 9);
  std::size_t taken = 0, refused = 0;
  for (const std::uint32_t distinct : {1u, 20u, 40'000u}) {
    const std::vector<std::uint8_t> good =
        summary_of(numbers(1, distinct == 40'000 ? 60'000 : 100, distinct)).to_bytes();
    for (int turn = 0; turn < (distinct == 40'000 ? 300 : 3000); ++turn) {
      std::vector<std::uint8_t> bad = good;
      for (std::uint32_t change = random.below(4); change-- > 0;) {
        // mostly the head, where a byte means most
        const auto size = static_cast<std::uint32_t>(bad.size());
        const std::uint32_t at = random.below(2) == 0 ? random.below(std::min(size, 120u)) : random.below(size);
        bad[at] = random.below(3) == 0 ? 255 : static_cast<std::uint8_t>(random.next());
      }
      if (random.below(8) == 0) bad.resize(random.below(static_cast<std::uint32_t>(bad.size()) + 60));
      if (bad.empty()) bad.push_back(0);
      const result<summary> read = summary::from_bytes(bad);
      ++(read ? taken : refused);
      if (!read) {
        CHECK(read.error().code() == errc::invalid_argument);
        continue;
      }
      summary s = read.value();
      CHECK((s.to_bytes() == bad));  // one form for one content
      const double shares[] = {0.5};
      (void)s.quantile(0.3);
      (void)s.floors_by_volume(shares);
      (void)s.share_before(1);
      CHECK(!(s.variance() < 0));
      if (s.rows() < summary::most_rows / 2) s.merge(s);
    }
  }
  CHECK(taken > 100);
  CHECK(refused > 1000);
  CHECK_FALSE(summary::from_bytes({}));
}

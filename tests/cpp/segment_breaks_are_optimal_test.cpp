// Natural breaks against every way there is to cut a few numbers, and against the plain quadratic recurrence.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/core/column.hpp>
#include <tierwise/core/random.hpp>
#include <tierwise/segment/breaks.hpp>

namespace {

using namespace tierwise;
using breaks = std::vector<std::size_t>;

/// Σ w·(x − mean)² over [begin, end), by its definition and in the most careful arithmetic at hand.
long double spread(const std::vector<double>& values, const std::vector<double>& weights, std::size_t begin,
                   std::size_t end) {
  long double weight = 0, sum = 0, out = 0;
  for (std::size_t i = begin; i < end; ++i)
    weight += weights[i], sum += static_cast<long double>(weights[i]) * values[i];
  for (std::size_t i = begin; i < end; ++i) {
    const long double d = values[i] - sum / weight;
    out += weights[i] * d * d;
  }
  return out;
}

long double total(const std::vector<double>& values, const std::vector<double>& weights, const breaks& at) {
  long double out = 0;
  std::size_t begin = 0;
  for (const std::size_t end : at) out += spread(values, weights, begin, end), begin = end;
  return out + spread(values, weights, begin, values.size());
}

/// The least cost of all ways to cut [begin, n) into `classes`.
long double exhaustive(const std::vector<double>& values, const std::vector<double>& weights, std::size_t begin,
                       std::size_t classes) {
  if (classes == 1) return spread(values, weights, begin, values.size());
  long double least = std::numeric_limits<long double>::infinity();
  for (std::size_t end = begin + 1; end + (classes - 1) <= values.size(); ++end)
    least = std::min(least, spread(values, weights, begin, end) + exhaustive(values, weights, end, classes - 1));
  return least;
}

/// The recurrence without any shortcut: O(classes · n²).
long double quadratic(const std::vector<double>& values, const std::vector<double>& weights, std::size_t classes) {
  const std::size_t n = values.size();
  const long double mean = [&] {
    long double sum = 0;
    for (const double v : values) sum += v;
    return sum / static_cast<long double>(n);
  }();
  std::vector<long double> w(n + 1), x(n + 1), xx(n + 1);
  for (std::size_t i = 0; i < n; ++i) {
    const long double v = values[i] - mean;
    w[i + 1] = w[i] + weights[i], x[i + 1] = x[i] + weights[i] * v, xx[i + 1] = xx[i] + weights[i] * v * v;
  }
  const auto of = [&](std::size_t a, std::size_t b) {
    return xx[b] - xx[a] - (x[b] - x[a]) * (x[b] - x[a]) / (w[b] - w[a]);
  };
  std::vector<long double> best(n + 1, std::numeric_limits<long double>::infinity());
  for (std::size_t end = 1; end <= n; ++end) best[end] = of(0, end);
  for (std::size_t c = 1; c < classes; ++c) {
    std::vector<long double> next(n + 1, std::numeric_limits<long double>::infinity());
    for (std::size_t end = c + 1; end <= n; ++end)
      for (std::size_t begin = c; begin < end; ++begin) next[end] = std::min(next[end], best[begin] + of(begin, end));
    best = next;
  }
  return best[n];
}

bool is_shape(const breaks& at, std::size_t n, std::size_t classes) {
  bool good = at.size() + 1 == std::min(n, classes);
  for (std::size_t i = 0; i < at.size(); ++i) good = good && at[i] > (i == 0 ? 0 : at[i - 1]) && at[i] < n;
  return good;
}

}  // namespace

TEST_CASE("breaks: by hand") {
  const auto of = [](std::vector<double> values, std::size_t classes) {
    return segment::natural_breaks(values, {}, classes);
  };
  CHECK(of({1, 2, 10, 11, 50}, 3) == breaks{2, 4});
  CHECK(of({1, 2, 10, 11, 50}, 1).empty());
  CHECK(of({1, 2, 3}, 3) == breaks{1, 2});
  CHECK(of({1, 2, 3}, 9) == breaks{1, 2});  // no more classes than values
  CHECK(of({7}, 3).empty());
  CHECK(of({}, 3).empty());
  CHECK(of({0, 1, 2}, 2) == breaks{1});  // {0} {1 2} and {0 1} {2} cost the same: the smaller break
  CHECK(of({0, 1, 2, 3, 4, 5}, 4) ==
        breaks{1, 2, 4});  // the highest break first: of {3, 4, 5} it can be 4 at the least
  // Weight draws the break away: {0} {1 2} costs 9·1/(9+1), {0 1} {2} costs 9·9/(9+9), and the other way round.
  const std::vector<double> values{0, 1, 2}, low{9, 9, 1}, high{1, 9, 9};
  CHECK(segment::natural_breaks(values, low, 2) == breaks{1});
  CHECK(segment::natural_breaks(values, high, 2) == breaks{2});
}

TEST_CASE("breaks: as good as the best of all ways to cut") {
  CHECK(rc::check("exhaustive", [] {
    const auto n = *rc::gen::inRange<std::size_t>(1, 13), classes = *rc::gen::inRange<std::size_t>(1, 6);
    std::vector<double> values, weights;
    double at = *rc::gen::inRange(-50, 50);
    for (std::size_t i = 0; i < n; ++i) {
      values.push_back(at += *rc::gen::inRange(1, 40));
      weights.push_back(*rc::gen::inRange(1, 9));
    }
    const breaks found = segment::natural_breaks(values, weights, classes);
    RC_ASSERT(is_shape(found, n, classes));
    const long double least = exhaustive(values, weights, 0, std::min(n, classes));
    RC_ASSERT(std::abs(total(values, weights, found) - least) <= 1e-12L * (1 + least));
  }));
}

TEST_CASE("breaks: as good as the quadratic recurrence, also far from zero and on very uneven scales") {
  random_stream random(3, 1, 4);
  for (const std::size_t n : {200u, 701u})
    for (const double offset : {0.0, 1e6})
      for (const std::size_t classes : {2u, 3u, 5u, 9u}) {
        std::vector<double> values, weights;
        double at = offset;
        for (std::size_t i = 0; i < n; ++i) {
          values.push_back(at += std::exp(6 * random.uniform()) * 1e-3);
          weights.push_back(1 + static_cast<double>(random.below(5)));
        }
        const breaks found = segment::natural_breaks(values, weights, classes);
        REQUIRE(is_shape(found, n, classes));
        const long double least = quadratic(values, weights, classes);
        CHECK(std::abs(total(values, weights, found) - least) <= 1e-9L * least);
      }
}

TEST_CASE("breaks: scaling by a power of two and shifting change nothing") {
  CHECK(rc::check("same breaks", [] {
    std::vector<double> values, shifted, tiny, huge;
    double at = 0;
    for (std::size_t i = *rc::gen::inRange<std::size_t>(2, 40); i > 0; --i) {
      values.push_back(at += *rc::gen::inRange(1, 1000));
      shifted.push_back(at + 1e9), tiny.push_back(at * 0x1p-1000), huge.push_back(at * 0x1p+1000);
    }
    const auto classes = *rc::gen::inRange<std::size_t>(1, 8);
    const breaks found = segment::natural_breaks(values, {}, classes);
    RC_ASSERT(segment::natural_breaks(shifted, {}, classes) == found);
    RC_ASSERT(segment::natural_breaks(tiny, {}, classes) == found);
    RC_ASSERT(segment::natural_breaks(huge, {}, classes) == found);
    // A value of weight 3 is three values in one place.
    const std::vector<double> thrice(values.size(), 3.0);
    RC_ASSERT(segment::natural_breaks(values, thrice, classes) == found);
  }));
}

TEST_CASE("breaks: what cannot be cut is refused") {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto code = [](std::vector<double> values, std::vector<double> weights,
                       std::size_t classes) -> std::optional<errc> {
    try {
      (void)segment::natural_breaks(values, weights, classes);
    } catch (const Error& error) {
      return error.code();
    }
    return std::nullopt;
  };
  CHECK(code({1, 1}, {}, 2) == errc::invalid_argument);
  CHECK(code({2, 1}, {}, 2) == errc::invalid_argument);
  CHECK(code({1, infinity}, {}, 2) == errc::invalid_argument);
  CHECK(code({1, missing}, {}, 2) == errc::invalid_argument);
  CHECK(code({1, 2}, {1, 0}, 2) == errc::invalid_argument);
  CHECK(code({1, 2}, {1, infinity}, 2) == errc::invalid_argument);
  CHECK(code({1, 2}, {1}, 2) == errc::length_mismatch);
  CHECK(code({1, 2}, {}, 0) == errc::invalid_argument);
}

// Exploratory segments against definitions written out: nearest centres, Gaussian densities by elimination.
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/core/random.hpp>
#include <tierwise/segment/exploratory.hpp>

#include "threads.hpp"

using namespace tierwise;
using segment::exploratory;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

using matrix = std::vector<std::vector<double>>;

/// (zᵀ Σ⁻¹ z, ln det Σ) by Gauss–Jordan elimination with pivots: no Cholesky.
std::pair<double, double> solve(matrix sigma, std::vector<double> z) {
  const std::vector<double> original = z;
  const std::size_t d = z.size();
  double log_det = 0;
  for (std::size_t i = 0; i < d; ++i) {
    std::size_t pivot = i;
    for (std::size_t r = i; r < d; ++r)
      if (std::abs(sigma[r][i]) > std::abs(sigma[pivot][i])) pivot = r;
    std::swap(sigma[i], sigma[pivot]), std::swap(z[i], z[pivot]);
    log_det += std::log(std::abs(sigma[i][i]));
    for (std::size_t r = 0; r < d; ++r) {
      if (r == i) continue;
      const double f = sigma[r][i] / sigma[i][i];
      for (std::size_t c = 0; c < d; ++c) sigma[r][c] -= f * sigma[i][c];
      z[r] -= f * z[i];
    }
  }
  double distance = 0;
  for (std::size_t i = 0; i < d; ++i) distance += original[i] * z[i] / sigma[i][i];
  return {distance, log_det};
}

double uniform(double low, double high) { return low + (high - low) * *rc::gen::inRange(0, 1'000'001) / 1e6; }

exploratory any_segments(exploratory::kind how, std::size_t d, std::size_t k, bool full) {
  exploratory e;
  e.how = how;
  for (std::size_t f = 0; f < d; ++f)
    e.features.push_back({std::string("x").append(std::to_string(f)), uniform(-5, 5), uniform(.5, 3)});
  for (std::size_t c = 0; c < k; ++c) {
    segment::component one{std::string("s").append(std::to_string(c)), 1, {}};
    for (std::size_t f = 0; f < d; ++f) one.centre.push_back(uniform(-2, 2));
    if (how == exploratory::kind::gaussian_mixture) {
      one.weight = 1 / static_cast<double>(k);
      if (full) {  // A·Aᵀ + I/2 is positive definite
        matrix a(d, std::vector<double>(d));
        for (auto& row : a)
          for (double& v : row) v = uniform(-1, 1);
        for (std::size_t i = 0; i < d; ++i)
          for (std::size_t j = 0; j <= i; ++j) {
            double sum = i == j ? .5 : 0;
            for (std::size_t m = 0; m < d; ++m) sum += a[i][m] * a[j][m];
            one.covariance.push_back(sum);
          }
      } else {
        for (std::size_t f = 0; f < d; ++f) one.covariance.push_back(uniform(.1, 4));
      }
    }
    e.components.push_back(std::move(one));
  }
  return e;
}

matrix covariance(const segment::component& c) {
  const std::size_t d = c.centre.size();
  matrix out(d, std::vector<double>(d));
  if (c.covariance.size() == d)
    for (std::size_t i = 0; i < d; ++i) out[i][i] = c.covariance[i];
  else
    for (std::size_t i = 0, at = 0; i < d; ++i)
      for (std::size_t j = 0; j <= i; ++j) out[i][j] = out[j][i] = c.covariance[at++];
  return out;
}

struct doctors {
  std::vector<std::vector<double>> columns;
  [[nodiscard]] table_view view(const exploratory& e) const {
    table_view out;
    for (std::size_t f = 0; f < columns.size(); ++f) out.add(e.features[f].column, std::span<const double>(columns[f]));
    return out;
  }
};

doctors any_doctors(std::size_t d, std::size_t rows) {
  doctors out{std::vector<std::vector<double>>(d)};
  for (auto& column : out.columns)
    for (std::size_t row = 0; row < rows; ++row) column.push_back(uniform(-12, 12));
  return out;
}

exploratory two_segments() {
  exploratory e;
  e.features = {{"a", 0, 1}, {"b", 0, 1}};
  e.components = {{"left", 1, {-1, 0}}, {"right", 1, {1, 0}}};
  return e;
}

exploratory two_clouds() {
  exploratory e = two_segments();
  e.how = exploratory::kind::gaussian_mixture;
  e.components[0].weight = .25, e.components[1].weight = .75;
  e.components[0].covariance = {1, .5, 1};
  e.components[1].covariance = {2, 1};
  return e;
}

template <class T>
bool same_bytes(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

}  // namespace

TEST_CASE("exploratory: k-means gives the nearest centre") {
  rc::check([] {
    const std::size_t d = *rc::gen::inRange<std::size_t>(1, 5), k = *rc::gen::inRange<std::size_t>(1, 6);
    const exploratory e = any_segments(exploratory::kind::k_means, d, k, false);
    const doctors all = any_doctors(d, 20);
    const auto found = segment::assign(e, all.view(e)).value();
    for (std::size_t row = 0; row < 20; ++row) {
      double least = infinite;
      std::size_t nearest = 0;
      for (std::size_t c = 0; c < k; ++c) {
        double sum = 0;
        for (std::size_t f = 0; f < d; ++f)
          sum +=
              std::pow((all.columns[f][row] - e.features[f].mean) / e.features[f].scale - e.components[c].centre[f], 2);
        if (sum < least) least = sum, nearest = c;
      }
      RC_ASSERT(found.segment[row] == static_cast<std::int32_t>(nearest));
      RC_ASSERT(std::abs(found.distance[row] - std::sqrt(least)) <= 1e-12 * (1 + std::sqrt(least)));
      RC_ASSERT(std::isnan(found.probability[row]));
    }
  });
}

TEST_CASE("exploratory: a mixture's responsibilities are those of densities worked out by elimination") {
  rc::check([] {
    const std::size_t d = *rc::gen::inRange<std::size_t>(1, 6), k = *rc::gen::inRange<std::size_t>(1, 5);
    const exploratory e = any_segments(exploratory::kind::gaussian_mixture, d, k, *rc::gen::arbitrary<bool>());
    const doctors all = any_doctors(d, 10);
    const auto share = segment::responsibilities(e, all.view(e)).value();
    const auto found = segment::assign(e, all.view(e)).value();
    for (std::size_t row = 0; row < 10; ++row) {
      std::vector<double> log_density, distance;
      for (const auto& c : e.components) {
        std::vector<double> z;
        for (std::size_t f = 0; f < d; ++f)
          z.push_back((all.columns[f][row] - e.features[f].mean) / e.features[f].scale - c.centre[f]);
        const auto [squared, log_det] = solve(covariance(c), z);
        log_density.push_back(std::log(c.weight) - (squared + log_det) / 2);
        distance.push_back(std::sqrt(squared));
      }
      double sum = 0;
      const double largest = *std::max_element(log_density.begin(), log_density.end());
      for (const double l : log_density) sum += std::exp(l - largest);
      double total = 0;
      for (std::size_t c = 0; c < k; ++c) {
        RC_ASSERT(std::abs(share[row * k + c] - std::exp(log_density[c] - largest) / sum) <= 1e-9);
        total += share[row * k + c];
      }
      RC_ASSERT(std::abs(total - 1) <= 1e-12);
      const auto chosen = static_cast<std::size_t>(found.segment[row]);
      RC_ASSERT(log_density[chosen] >= largest - 1e-9);
      RC_ASSERT(found.probability[row] == share[row * k + chosen]);
      RC_ASSERT(std::abs(found.distance[row] - distance[chosen]) <= 1e-9 * (1 + distance[chosen]));
    }
  });
}

TEST_CASE("exploratory: ties go to the smaller index") {
  const exploratory e = two_segments();
  const doctors all{{{0, 0, 1e-9}, {0, 7, 0}}};
  CHECK(segment::assign(e, all.view(e)).value().segment == std::vector<std::int32_t>{0, 0, 1});
  exploratory m = two_clouds();
  m.components[1] = m.components[0];
  m.components[1].name = "again";
  m.components[0].weight = m.components[1].weight = .5;
  const auto found = segment::assign(m, all.view(m)).value();
  CHECK(found.segment == std::vector<std::int32_t>{0, 0, 0});
  CHECK(found.probability == std::vector<double>{.5, .5, .5});
}

TEST_CASE("exploratory: a missing feature makes the segment unknown, never 0") {
  for (const exploratory& e : {two_segments(), two_clouds()}) {
    const doctors all{{{missing, 0, infinite, 5}, {1, missing, missing, 5}}};
    const auto found = segment::assign(e, all.view(e)).value();
    CHECK(found.segment == std::vector<std::int32_t>{-1, -1, -1, 1});
    for (const std::size_t row : {0u, 1u, 2u})
      CHECK((std::isnan(found.distance[row]) && std::isnan(found.probability[row])));
    CHECK(found.rejected == std::vector<bad_row>{{"hcps", 2, "a", errc::not_finite}});
  }
  const doctors all{{{missing, 1}, {0, 1}}};
  const auto share = segment::responsibilities(two_clouds(), all.view(two_clouds())).value();
  CHECK((std::isnan(share[0]) && std::isnan(share[1]) && share[2] + share[3] == doctest::Approx(1)));
}

TEST_CASE("exploratory: whole-number and boolean columns with gaps") {
  exploratory e = two_segments();
  const std::vector<std::int32_t> a = {-3, 3, 3};
  const std::vector<std::uint8_t> b = {0, 1, 1}, valid = {0b011};
  table_view view;
  view.add("a", column_view(std::span<const std::int32_t>(a), bitmap_view{valid.data(), 0}));
  view.add("b", column_view::booleans(b));
  CHECK(segment::assign(e, view).value().segment == std::vector<std::int32_t>{0, 1, -1});
}

TEST_CASE("exploratory: rows far from everything still have an answer, or are named") {
  for (const exploratory& e : {two_segments(), two_clouds()}) {
    const doctors all{{{1e100, -1e100, 1e200, -1e308}, {0, 0, 1, 1e308}}};
    const auto found = segment::assign(e, all.view(e)).value();
    CHECK(found.segment[0] >= 0);
    CHECK(std::isfinite(found.distance[0]));
    CHECK(found.segment[2] == -1);
    REQUIRE(found.rejected.size() == 2);
    CHECK(found.rejected[0] == bad_row{"hcps", 2, "a", errc::out_of_range});
  }
  exploratory wide = two_segments();
  wide.features[1].scale = 1e-15;
  const doctors all{{{0}, {1e300}}};
  CHECK(segment::assign(wide, all.view(wide)).value().rejected ==
        std::vector<bad_row>{{"hcps", 0, "b", errc::out_of_range}});
}

TEST_CASE("exploratory: the same bytes for any batch and number of threads") {
  exploratory e = two_clouds();
  doctors all{std::vector<std::vector<double>>(2)};
  for (std::uint64_t i = 0; i < 5'000; ++i)
    for (std::uint64_t f = 0; f < 2; ++f)
      all.columns[f].push_back(
          i % 97 == f ? missing : static_cast<double>((i * 2'654'435'761u + f * 40'503u) % 9'973) / 1'000 - 5);
  const auto whole = segment::assign(e, all.view(e)).value();
  tests::thread_executor threads(3);
  const auto parallel = segment::assign(e, all.view(e), &threads).value();
  CHECK(same_bytes(whole.segment, parallel.segment));
  CHECK(same_bytes(whole.probability, parallel.probability));
  CHECK(same_bytes(whole.distance, parallel.distance));
  for (std::size_t row = 0; row < 5'000; row += 61) {
    const doctors one{{{all.columns[0][row]}, {all.columns[1][row]}}};
    const auto alone = segment::assign(e, one.view(e)).value();
    CHECK(alone.segment[0] == whole.segment[row]);
    CHECK(std::memcmp(&alone.probability[0], &whole.probability[row], sizeof(double)) == 0);
    CHECK(std::memcmp(&alone.distance[0], &whole.distance[row], sizeof(double)) == 0);
  }
}

namespace {

struct broken {
  const char* about;
  std::function<void(exploratory&)> change;
  errc code;
  const char* path;
};

const broken broken_segments[] = {
    {"no column", [](exploratory& e) { e.features[0].column.clear(); }, errc::policy_out_of_range,
     "/features/0/column"},
    {"a column twice", [](exploratory& e) { e.features[1].column = "a"; }, errc::policy_duplicate_name,
     "/features/1/column"},
    {"a mean NaN", [](exploratory& e) { e.features[1].mean = missing; }, errc::policy_out_of_range, "/features/1/mean"},
    {"no scale", [](exploratory& e) { e.features[1].scale = 0; }, errc::policy_out_of_range, "/features/1/scale"},
    {"no components", [](exploratory& e) { e.components.clear(); }, errc::policy_out_of_range, "/components"},
    {"a name twice", [](exploratory& e) { e.components[1].name = "left"; }, errc::policy_duplicate_name,
     "/components/1/name"},
    {"a name that means missing", [](exploratory& e) { e.components[1].name = "unknown"; }, errc::policy_duplicate_name,
     "/components/1/name"},
    {"an empty name", [](exploratory& e) { e.components[1].name.clear(); }, errc::policy_out_of_range,
     "/components/1/name"},
    {"a short centre", [](exploratory& e) { e.components[0].centre.pop_back(); }, errc::policy_out_of_range,
     "/components/0/centre"},
    {"an infinite centre", [](exploratory& e) { e.components[0].centre[1] = infinite; }, errc::policy_out_of_range,
     "/components/0/centre/1"},
    {"a weight of 0", [](exploratory& e) { e.components[0].weight = 0, e.components[1].weight = 1; },
     errc::policy_out_of_range, "/components/0/weight"},
    {"weights below 1", [](exploratory& e) { e.components[0].weight = .2; }, errc::policy_out_of_range, "/components"},
    {"no covariance", [](exploratory& e) { e.components[0].covariance.clear(); }, errc::policy_out_of_range,
     "/components/0/covariance"},
    {"half a covariance", [](exploratory& e) { e.components[0].covariance.push_back(1); }, errc::policy_out_of_range,
     "/components/0/covariance"},
    {"a negative variance", [](exploratory& e) { e.components[1].covariance[0] = -1; }, errc::policy_out_of_range,
     "/components/1/variances"},
    {"an indefinite covariance",
     [](exploratory& e) {
       e.components[0].covariance = {1, 1.5, 1};
     },
     errc::policy_out_of_range, "/components/0/covariance"},
    {"a singular covariance",
     [](exploratory& e) {
       e.components[0].covariance = {1, 1, 1};
     },
     errc::policy_out_of_range, "/components/0/covariance"},
    {"a covariance NaN",
     [](exploratory& e) {
       e.components[0].covariance = {1, missing, 1};
     },
     errc::policy_out_of_range, "/components/0/covariance"},
    {"k-means with a covariance",
     [](exploratory& e) {
       e.how = exploratory::kind::k_means;
       e.components[1].covariance.clear();
     },
     errc::policy_out_of_range, "/components/0/covariance"},
};

}  // namespace

TEST_CASE("exploratory: each fault is found, alone, at its place, and refused by assign") {
  CHECK(segment::check(two_segments()).empty());
  CHECK(segment::check(two_clouds()).empty());
  const doctors all{{{0}, {0}}};
  for (const broken& b : broken_segments) {
    CAPTURE(b.about);
    exploratory e = two_clouds();
    b.change(e);
    const auto faults = segment::check(e);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].where().path == std::string("/segment/exploratory").append(b.path));
    CHECK(faults[0].code() == b.code);
    CHECK(segment::assign(e, all.view(two_clouds())).error().what() == std::string(faults[0].what()));
  }
}

TEST_CASE("exploratory: columns that are absent or text, and responsibilities of k-means") {
  const std::vector<double> a = {1};
  const std::vector<std::int32_t> codes = {0};
  const std::vector<std::string_view> names = {"x"};
  table_view view;
  view.add("a", std::span<const double>(a));
  CHECK(segment::assign(two_segments(), view).error().code() == errc::missing_column);
  view.add("b", column_view::categories(codes, names));
  CHECK(segment::assign(two_segments(), view).error().code() == errc::wrong_type);
  CHECK(segment::responsibilities(two_clouds(), view).error().where().column == "b");
  CHECK(segment::responsibilities(two_segments(), view).error().code() == errc::invalid_argument);
}

#include <algorithm>
#include <cmath>

#include <tierwise/segment/exploratory.hpp>
#include <tierwise/segment/impl/faults.ipp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

inline constexpr std::size_t most_features = 64, most_components = 254;
inline constexpr double most_z = 1e9;  // of a centre

TIERWISE_INLINE constexpr std::size_t triangle(std::size_t rows) noexcept { return rows * (rows + 1) / 2; }

/// A component made ready. Rows of a lower triangle follow each other: entry (i, j) is at triangle(i) + j.
struct ready_component {
  std::vector<double> factor;  // Cholesky's L of the covariance, or standard deviations; of k-means empty
  bool full = false;
  double log_scale = 0;  // ln w − ln det L − d/2 · ln 2π
};

/// L with L·Lᵀ = the matrix, in place. False if it is not positive definite.
TIERWISE_INLINE bool factorise(std::vector<double>& matrix, std::size_t d) noexcept {
  for (std::size_t i = 0; i < d; ++i) {
    double* const row = matrix.data() + triangle(i);
    const double variance = row[i];
    for (std::size_t j = 0; j <= i; ++j) {
      const double* const other = matrix.data() + triangle(j);
      double left = row[j];
      for (std::size_t k = 0; k < j; ++k) left -= row[k] * other[k];
      if (j < i)
        row[j] = left / other[j];
      else if (!(left > 0 && left >= 1e-12 * variance && std::isfinite(left)))
        return false;
      else
        row[i] = std::sqrt(left);
    }
  }
  return true;
}

/// False if the covariance is not positive definite.
TIERWISE_INLINE bool make_ready(const exploratory& what, const component& c, ready_component& out) {
  if (what.how == exploratory::kind::k_means) return true;
  const std::size_t d = what.features.size();
  constexpr double half_log_two_pi = 0.91893853320467274178;
  out.factor = c.covariance;
  out.full = c.covariance.size() != d;
  if (out.full) {
    if (!factorise(out.factor, d)) return false;
  } else {
    for (double& v : out.factor) {
      if (!(v > 0)) return false;
      v = std::sqrt(v);
    }
  }
  out.log_scale = std::log(c.weight) - static_cast<double>(d) * half_log_two_pi;
  for (std::size_t i = 0; i < d; ++i) out.log_scale -= std::log(out.factor[out.full ? triangle(i) + i : i]);
  return true;
}

/// Squared distance of z to the centre: Euclid's without a factor, else Mahalanobis'. `solved` has room for d numbers.
TIERWISE_INLINE double squared_distance(const component& c, const ready_component& ready, const double* z,
                                        double* solved) noexcept {
  const std::size_t d = c.centre.size();
  double sum = 0;
  for (std::size_t i = 0; i < d; ++i) {
    double v = z[i] - c.centre[i];
    if (ready.full) {  // forward substitution: L·solved = z − centre
      const double* const row = ready.factor.data() + triangle(i);
      for (std::size_t k = 0; k < i; ++k) v -= row[k] * solved[k];
      v /= row[i];
    } else if (!ready.factor.empty()) {
      v /= ready.factor[i];
    }
    solved[i] = v;
    sum += v * v;
  }
  return sum;
}

TIERWISE_INLINE void check_features(faults& out, const exploratory& what) {
  const std::string path = "/exploratory/features";
  if (what.features.empty() || what.features.size() > most_features)
    out.add(errc::policy_out_of_range, path,
            std::string("expected 1 to 64 features, found ").append(std::to_string(what.features.size())));
  for (std::size_t i = 0; i < what.features.size(); ++i) {
    const feature& f = what.features[i];
    const std::string here = at(path, i);
    if (f.column.empty()) out.add(errc::policy_out_of_range, here + "/column", "expected the name of a column");
    check_range(out, f.mean, -1e15, 1e15, here + "/mean");
    check_range(out, f.scale, 1e-15, 1e15, here + "/scale");
    for (std::size_t j = 0; j < i; ++j)
      if (what.features[j].column == f.column)
        out.add(errc::policy_duplicate_name, here + "/column",
                std::string("the column '").append(f.column).append("' is already a feature"));
  }
}

TIERWISE_INLINE void check_covariance(faults& out, const exploratory& what, std::size_t component) {
  const segment::component& c = what.components[component];
  const std::size_t d = what.features.size(), size = c.covariance.size();
  const std::string here = at("/exploratory/components", component),
                    path = here + (size == d ? "/variances" : "/covariance");
  if (what.how == exploratory::kind::k_means) {
    if (size > 0) out.add(errc::policy_out_of_range, path, "k-means has no covariance");
    return;
  }
  check_range(out, c.weight, 1e-15, 1, here + "/weight");
  if (size != d && size != triangle(d))
    return out.add(errc::policy_out_of_range, path,
                   std::string("expected ")
                       .append(std::to_string(d))
                       .append(" variances or the ")
                       .append(std::to_string(triangle(d)))
                       .append(" numbers of a lower triangle, found ")
                       .append(std::to_string(size)));
  for (const double v : c.covariance)
    if (!check_range(out, v, -1e15, 1e15, path)) return;
  for (std::size_t i = 0; i < d; ++i)  // smaller variances would let no distance be told from infinity
    if (!check_range(out, c.covariance[size == d ? i : triangle(i) + i], 1e-15, 1e15, path)) return;
  if (ready_component ready; !make_ready(what, c, ready))
    out.add(errc::policy_out_of_range, path, "this covariance matrix is not positive definite");
}

/// The features' columns and the components made ready.
struct ready_segments {
  std::vector<column_view> columns;
  std::vector<ready_component> components;
};

TIERWISE_INLINE result<ready_segments> open(const exploratory& what, const table_view& profiles) {
  if (const std::vector<Error> faults = check(what); !faults.empty()) return faults.front();
  ready_segments out;
  for (const feature& f : what.features) {
    const result<column_view> column = profiles.require(f.column, "profile");
    if (!column) return column.error();
    if (!column.value().is_numeric())
      return Error(errc::wrong_type, "expected a column of numbers, found text", {{}, f.column, -1});
    out.columns.push_back(column.value());
  }
  for (const component& c : what.components) (void)make_ready(what, c, out.components.emplace_back());
  return out;
}

/// Reads blocks of rows and calls body(row, squared distances, log densities) for rows without a missing feature. The densities
/// are those of a mixture; of k-means they are −distance², so that the greatest is the best in both. A row whose distances all
/// are infinite is left out.
template <class Body>
std::vector<bad_row> for_known_rows(const exploratory& what, const ready_segments& in, std::size_t rows,
                                    executor* threads, const Body& body) {
  constexpr std::size_t block = 1024;
  const std::size_t d = what.features.size(), k = what.components.size();
  const bool mixture = what.how == exploratory::kind::gaussian_mixture;
  std::vector<std::vector<bad_row>> rejected((rows + block - 1) / block);  // one a block, so that threads share nothing
  for_blocks(threads, rows, block, [&](std::size_t begin, std::size_t end) {
    const std::size_t n = end - begin;
    std::vector<double> read(n), z(n * d), solved(d), squared(k), score(k);
    for (std::size_t f = 0; f < d; ++f) {
      in.columns[f].read_numbers(begin, read);
      for (std::size_t i = 0; i < n; ++i) z[i * d + f] = (read[i] - what.features[f].mean) / what.features[f].scale;
    }
    std::vector<bad_row>& bad = rejected[begin / block];
    for (std::size_t i = 0; i < n; ++i) {
      const double* const own = z.data() + i * d;
      bool known = true;
      for (std::size_t f = 0; f < d; ++f) {
        known = known && std::isfinite(own[f]);
        if (std::isinf(own[f]))
          bad.push_back({"hcps", static_cast<std::int64_t>(begin + i), what.features[f].column,
                         std::isinf(in.columns[f].number(begin + i)) ? errc::not_finite : errc::out_of_range});
      }
      if (!known) continue;
      double best = -std::numeric_limits<double>::infinity();
      for (std::size_t c = 0; c < k; ++c) {
        squared[c] = squared_distance(what.components[c], in.components[c], own, solved.data());
        score[c] = mixture ? in.components[c].log_scale - squared[c] / 2 : -squared[c];
        if (std::isnan(score[c])) score[c] = -std::numeric_limits<double>::infinity();  // ∞ − ∞ on the way: too far
        best = std::max(best, score[c]);
      }
      if (std::isfinite(best)) {
        body(begin + i, squared, score);
        continue;
      }
      const double* const farthest =
          std::max_element(own, own + d, [](double a, double b) { return std::abs(a) < std::abs(b); });
      bad.push_back({"hcps", static_cast<std::int64_t>(begin + i),
                     what.features[static_cast<std::size_t>(farthest - own)].column, errc::out_of_range});
    }
  });
  std::vector<bad_row> all;
  for (std::vector<bad_row>& bad : rejected) all.insert(all.end(), bad.begin(), bad.end());
  return all;
}

/// Σ e^(score − largest), which is at least 1.
TIERWISE_INLINE double sum_of_exponentials(const std::vector<double>& score, double largest) noexcept {
  double sum = 0;
  for (const double s : score) sum += std::exp(s - largest);
  return sum;
}

}  // namespace detail

TIERWISE_INLINE std::vector<Error> check(const exploratory& what) {
  detail::faults out;
  detail::check_features(out, what);
  const std::string path = "/exploratory/components";
  if (what.components.empty() || what.components.size() > detail::most_components)
    out.add(errc::policy_out_of_range, path,
            std::string("expected 1 to 254 components, found ").append(std::to_string(what.components.size())));
  double weights = 0;
  for (std::size_t i = 0; i < what.components.size(); ++i) {
    const component& c = what.components[i];
    const std::string here = detail::at(path, i);
    weights += c.weight;
    if (c.name.empty()) out.add(errc::policy_out_of_range, here + "/name", "expected a name that is not empty");
    if (c.name == "unknown")
      out.add(errc::policy_duplicate_name, here + "/name",
              "'unknown' already means that nothing is known; choose another name");
    for (std::size_t j = 0; j < i; ++j)
      if (what.components[j].name == c.name)
        out.add(errc::policy_duplicate_name, here + "/name",
                std::string("the name '").append(c.name).append("' is already taken"));
    if (c.centre.size() != what.features.size())
      out.add(errc::policy_out_of_range, here + "/centre",
              std::string("expected a number for each of ")
                  .append(std::to_string(what.features.size()))
                  .append(" features, found ")
                  .append(std::to_string(c.centre.size())));
    for (std::size_t f = 0; f < c.centre.size(); ++f)
      detail::check_range(out, c.centre[f], -detail::most_z, detail::most_z, detail::at(here + "/centre", f));
    detail::check_covariance(out, what, i);
  }
  if (what.how == exploratory::kind::gaussian_mixture && !what.components.empty() && !(std::abs(weights - 1) <= 1e-6))
    out.add(errc::policy_out_of_range, path,
            std::string("expected weights that add up to 1, found ").append(detail::number_text(weights)));
  return std::move(out.found);
}

TIERWISE_INLINE result<exploratory_assignment> assign(const exploratory& what, const table_view& profiles,
                                                      executor* threads) {
  const result<detail::ready_segments> in = detail::open(what, profiles);
  if (!in) return in.error();
  const std::size_t rows = profiles.rows();
  const bool mixture = what.how == exploratory::kind::gaussian_mixture;
  exploratory_assignment all;
  all.segment.assign(rows, unknown_segment);
  all.probability.assign(rows, missing);
  all.distance.assign(rows, missing);
  all.rejected = detail::for_known_rows(
      what, in.value(), rows, threads,
      [&](std::size_t row, const std::vector<double>& squared, const std::vector<double>& score) {
        const auto best = std::max_element(score.begin(), score.end());  // the first of equals
        const auto chosen = static_cast<std::size_t>(best - score.begin());
        all.segment[row] = static_cast<std::int32_t>(chosen);
        all.distance[row] = std::sqrt(squared[chosen]);
        if (mixture) all.probability[row] = 1 / detail::sum_of_exponentials(score, *best);
      });
  return all;
}

TIERWISE_INLINE result<std::vector<double>> responsibilities(const exploratory& what, const table_view& profiles,
                                                             executor* threads) {
  if (what.how != exploratory::kind::gaussian_mixture)
    return Error(errc::invalid_argument, "only a Gaussian mixture has responsibilities", {{}, "exploratory", -1});
  const result<detail::ready_segments> in = detail::open(what, profiles);
  if (!in) return in.error();
  const std::size_t k = what.components.size();
  std::vector<double> out(profiles.rows() * k, missing);
  (void)detail::for_known_rows(what, in.value(), profiles.rows(), threads,
                               [&](std::size_t row, const std::vector<double>&, const std::vector<double>& score) {
                                 const double largest = *std::max_element(score.begin(), score.end());
                                 const double sum = detail::sum_of_exponentials(score, largest);
                                 for (std::size_t c = 0; c < k; ++c)
                                   out[row * k + c] = std::exp(score[c] - largest) / sum;
                               });
  return out;
}

}  // namespace tierwise

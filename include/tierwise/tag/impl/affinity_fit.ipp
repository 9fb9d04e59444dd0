#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include <tierwise/core/exact_sum.hpp>
#include <tierwise/tag/affinity.hpp>
#include <tierwise/tag/impl/beta.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

namespace detail {

/// Units that are alike up to chance: counts of some categories each, and the mean that each is drawn around.
struct alike {
  std::size_t units = 0, categories = 0;
  const double* counts = nullptr;  // [unit][category]
  const std::int32_t* around = nullptr;  // [unit]: row of means
  const double* means = nullptr;  // [row][category]
  std::size_t rows = 0;
};

/// d/dS of the Dirichlet–multinomial log likelihood: Σ ψ(S) − ψ(S + n) + Σ m(ψ(S·m + x) − ψ(S·m)). Summed exactly, so that no
/// order or split of the units matters.
TIERWISE_INLINE double slope_at(const alike& all, double s, executor* threads) {
  std::vector<double> at_mean(all.rows * all.categories);
  for (std::size_t i = 0; i < at_mean.size(); ++i) at_mean[i] = digamma(s * all.means[i]);
  const double at_s = digamma(s);
  constexpr std::size_t block = 16384;
  std::vector<exact_sum> sums((all.units + block - 1) / block);
  for_blocks(threads, all.units, block, [&](std::size_t begin, std::size_t end) {
    exact_sum& sum = sums[begin / block];
    for (std::size_t i = begin; i < end; ++i) {
      const double* x = all.counts + i * all.categories;
      const std::size_t row = static_cast<std::size_t>(all.around[i]) * all.categories;
      double n = 0, own = 0;
      for (std::size_t c = 0; c < all.categories; ++c) {
        n += x[c];
        const double m = all.means[row + c];
        if (x[c] > 0) own += m * (digamma(s * m + x[c]) - at_mean[row + c]);
      }
      if (n > 0) sum.add(own + at_s - digamma(s + n));
    }
  });
  exact_sum total;
  for (const exact_sum& sum : sums) total.add(sum);
  return total.value();
}

/// Where the likelihood stops rising in S, looked for outwards from `start`; an end of the range if it never does within.
TIERWISE_INLINE double fitted_strength(const alike& all, double start, executor* threads) {
  const auto slope = [&](double log_s) {
    const double s = std::exp(log_s);
    return s * slope_at(all, s, threads);
  };
  double low = std::log(start);
  double low_slope = slope(low);
  if (low_slope == 0) return start;
  const double step = low_slope > 0 ? std::log(4.0) : -std::log(4.0);
  const double last = low_slope > 0 ? std::log(most_strength) : std::log(least_strength);
  double high = low, high_slope = low_slope;
  while ((low_slope > 0) == (high_slope > 0)) {
    if (high == last) return low_slope > 0 ? most_strength : least_strength;
    low = high, low_slope = high_slope;
    high = step > 0 ? std::min(high + step, last) : std::max(high + step, last);
    high_slope = slope(high);
  }
  // Regula falsi, Illinois (M. Dowell, P. Jarratt, BIT 11, 1971): the end that stays counts half.
  for (int i = 0; i < 60 && std::abs(high - low) > 1e-9 && high_slope != 0; ++i) {
    const double next = high - high_slope * (high - low) / (high_slope - low_slope);
    const double next_slope = slope(next);
    if ((next_slope > 0) != (high_slope > 0))
      low = high, low_slope = high_slope;
    else
      low_slope /= 2;
    const bool still = std::abs(next - high) <= 1e-9;
    high = next, high_slope = next_slope;
    if (still) break;
  }
  return std::clamp(std::exp(high), least_strength, most_strength);
}

/// The groups of the doctors: one in another, in the order of their codes.
TIERWISE_INLINE void nest_groups(const affinity_population& whom, affinities& out) {
  out.group_of.assign(out.doctors, 0);
  out.parent = {-1}, out.level = {0}, out.code = {-1};
  for (std::size_t at = 0; at < whom.groups.size(); ++at) {
    std::vector<std::pair<std::int32_t, std::int32_t>> found;
    const std::span<const std::int32_t> codes = whom.groups[at];
    const auto is_in = [&](std::size_t i) {
      return codes[i] >= 0 && out.level[static_cast<std::size_t>(out.group_of[i])] == static_cast<std::int32_t>(at);
    };
    for (std::size_t i = 0; i < out.doctors; ++i)
      if (is_in(i)) found.emplace_back(out.group_of[i], codes[i]);
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    const auto first = static_cast<std::ptrdiff_t>(out.parent.size());
    for (std::size_t i = 0; i < out.doctors; ++i)
      if (is_in(i))
        out.group_of[i] = static_cast<std::int32_t>(
            first + (std::ranges::lower_bound(found, std::pair(out.group_of[i], codes[i])) - found.begin()));
    for (const auto& [parent, code] : found) {
      out.parent.push_back(parent);
      out.level.push_back(static_cast<std::int32_t>(at) + 1);
      out.code.push_back(code);
    }
  }
}

/// Rejects, weighs and adds. Whole numbers: any order gives the same sums.
TIERWISE_INLINE void add_events(const affinity_events& events, date as_of, affinities& out) {
  const bool shares = out.shares;
  std::vector<std::uint64_t> weight, squared;  // by age; older ones weigh nothing
  const double reach = 31 * out.options.half_life_days;
  const auto oldest = reach < last_date - first_date ? static_cast<std::int32_t>(reach) : last_date - first_date;
  for (std::int32_t age = 0; age <= oldest; ++age) {
    const double w = std::exp2(-age / out.options.half_life_days);
    weight.push_back(static_cast<std::uint64_t>(std::llround(w / affinity_unit)));
    squared.push_back(static_cast<std::uint64_t>(std::llround(w * w / affinity_unit)));
  }
  for (std::size_t i = 0; i < events.doctor.size(); ++i) {
    const std::int32_t doctor = events.doctor[i], key = events.key[i];
    const std::int64_t n = events.exposures[i], r = shares ? 0 : events.responses[i];
    const auto reject = [&](errc code, const char* column) {
      out.rejected.push_back({"events", static_cast<std::int64_t>(i), column, code});
    };
    if (doctor < 0 || static_cast<std::size_t>(doctor) >= out.doctors) {
      reject(errc::unknown_hcp, "hcp_id");
    } else if (key < 0 || static_cast<std::size_t>(key) >= out.keys) {
      reject(errc::missing_value, "key");
    } else if (!is_possible(events.on[i])) {
      reject(errc::invalid_date, "date");
    } else if (n < 0 || n > (1 << 20)) {
      reject(errc::out_of_range, "exposures");
    } else if (r < 0 || r > n) {
      reject(errc::out_of_range, "responses");
    } else if (const std::int32_t age = as_of - events.on[i]; age >= 0 && age <= oldest) {
      const std::size_t cell = static_cast<std::size_t>(doctor) * out.keys + static_cast<std::size_t>(key);
      const std::uint64_t w = weight[static_cast<std::size_t>(age)];
      if (out.exposures[cell] > ~std::uint64_t{0} - w * static_cast<std::uint64_t>(n))
        throw Error(errc::out_of_range, "more exposures of one doctor and key than can be added up exactly",
                    {.path = {}, .column = "exposures"});
      out.exposures[cell] += w * static_cast<std::uint64_t>(n);
      out.squares[cell] += squared[static_cast<std::size_t>(age)] * static_cast<std::uint64_t>(n);
      if (!shares) out.responses[cell] += w * static_cast<std::uint64_t>(r);
    }
  }
}

/// One problem: the means [group][category], the strength of a group for a doctor and those of the levels.
struct shrunk {
  std::vector<double> mean;
  double strength = 8;
  std::vector<double> level_strength;
};

/// `counts` [doctor][category] are weighted, `squares` [doctor] are the sums of the squared weights.
TIERWISE_INLINE shrunk shrink(const std::vector<double>& counts, const std::vector<double>& squares,
                              std::size_t categories, const affinities& of, executor* threads) {
  const std::size_t groups = of.parent.size();
  const auto levels = static_cast<std::size_t>(*std::ranges::max_element(of.level));
  shrunk out;
  out.level_strength.assign(levels, 8);
  out.mean.assign(groups * categories, 0);
  // Weighted events say more than their weight: effective counts have the variance of the weighted shares.
  std::vector<double> effective(counts.size()), all(of.doctors), square(of.doctors);
  for (std::size_t i = 0; i < of.doctors; ++i) {
    double n = 0;
    for (std::size_t c = 0; c < categories; ++c) n += counts[i * categories + c];
    if (n <= 0) continue;
    square[i] = squares[i] > 0 ? std::min(squares[i], n) : n;  // 0: so old that the squares are rounded away
    all[i] = n * (n / square[i]);
    for (std::size_t c = 0; c < categories; ++c)
      effective[i * categories + c] = counts[i * categories + c] * (n / square[i]);
  }
  const std::size_t width = categories + 1;  // the counts, and the squares
  std::vector<exact_sum> sums(groups * width);
  const auto add_up = [&](bool discounted) {  // of each group, those inside it included
    std::ranges::fill(sums, exact_sum());
    for (std::size_t i = 0; i < of.doctors; ++i) {
      if (all[i] <= 0) continue;
      const double factor = discounted ? (out.strength + 1) / (out.strength + all[i]) : 1;
      exact_sum* mine = sums.data() + static_cast<std::size_t>(of.group_of[i]) * width;
      for (std::size_t c = 0; c < categories; ++c)
        if (counts[i * categories + c] > 0) mine[c].add(counts[i * categories + c] * factor);
      mine[categories].add(square[i] * factor);
    }
    for (std::size_t g = groups; g-- > 1;)
      for (std::size_t c = 0; c < width; ++c)
        sums[static_cast<std::size_t>(of.parent[g]) * width + c].add(sums[g * width + c]);
  };
  for (int round = 0; round < 3; ++round) {
    add_up(round > 0);
    std::vector<double> total(groups * categories), size(groups);
    for (std::size_t g = 0; g < groups; ++g) {
      double n = 0;
      for (std::size_t c = 0; c < categories; ++c) n += sums[g * width + c].value();
      if (n <= 0) continue;
      const double factor = n / sums[g * width + categories].value();
      for (std::size_t c = 0; c < categories; ++c) total[g * categories + c] = sums[g * width + c].value() * factor;
      size[g] = n * factor;
    }
    for (std::size_t c = 0; c < categories; ++c)
      out.mean[c] = (total[c] + 0.5) / (size[0] + 0.5 * static_cast<double>(categories));
    for (std::size_t at = 1; at <= levels; ++at) {
      const auto [begin, stop] = std::ranges::equal_range(of.level, static_cast<std::int32_t>(at));
      const auto first = static_cast<std::size_t>(begin - of.level.begin());
      const auto end = static_cast<std::size_t>(stop - of.level.begin());
      double& t = out.level_strength[at - 1];
      t = fitted_strength({end - first, categories, total.data() + first * categories, of.parent.data() + first,
                           out.mean.data(), first},
                          t, threads);
      for (std::size_t g = first; g < end; ++g)
        for (std::size_t c = 0; c < categories; ++c)
          out.mean[g * categories + c] =
              (total[g * categories + c] + t * out.mean[static_cast<std::size_t>(of.parent[g]) * categories + c]) /
              (size[g] + t);
    }
    out.strength =
        of.options.strength > 0
            ? of.options.strength
            : fitted_strength({of.doctors, categories, effective.data(), of.group_of.data(), out.mean.data(), groups},
                              out.strength, threads);
  }
  return out;
}

TIERWISE_INLINE result<affinities> begin_affinities(bool shares, const affinity_events& events,
                                                    const affinity_population& whom, date as_of,
                                                    const affinity_options& options) {
  if (std::vector<Error> faults = check(options); !faults.empty()) return faults.front();
  const auto wrong = [](errc code, const char* message, const char* name) {
    return Error(code, message, {{}, name, -1});
  };
  const std::size_t rows = events.doctor.size();
  if (events.key.size() != rows) return wrong(errc::length_mismatch, "expected a key a row", "key");
  if (events.on.size() != rows) return wrong(errc::length_mismatch, "expected a date a row", "date");
  if (events.exposures.size() != rows) return wrong(errc::length_mismatch, "expected a count a row", "exposures");
  if (events.responses.size() != (shares ? 0 : rows))
    return wrong(errc::length_mismatch, shares ? "expected none: shares are of contacts" : "expected a count a row",
                 "responses");
  if (!is_possible(as_of)) return wrong(errc::invalid_date, "expected a date of 1900 to 2199", "as_of");
  if (whom.doctors < 1) return wrong(errc::invalid_argument, "expected one doctor or more", "doctors");
  if (whom.keys < 1) return wrong(errc::invalid_argument, "expected one key or more", "keys");
  affinities out;
  out.shares = shares;
  out.doctors = static_cast<std::size_t>(whom.doctors), out.keys = static_cast<std::size_t>(whom.keys);
  out.options = options;
  if (out.doctors * out.keys > (std::size_t{1} << 31))
    return wrong(errc::invalid_argument, "expected doctors × keys of at most 2^31", "keys");
  for (const auto& codes : whom.groups)
    if (codes.size() != out.doctors) return wrong(errc::length_mismatch, "expected a code a doctor", "groups");
  nest_groups(whom, out);
  out.exposures.assign(out.doctors * out.keys, 0);
  out.squares.assign(out.doctors * out.keys, 0);
  if (!shares) out.responses.assign(out.doctors * out.keys, 0);
  add_events(events, as_of, out);
  return out;
}

}  // namespace detail

TIERWISE_INLINE result<affinities> fit_rates(const affinity_events& events, const affinity_population& whom, date as_of,
                                             const affinity_options& options, executor* threads) {
  auto begun = detail::begin_affinities(false, events, whom, as_of, options);
  if (!begun) return begun;
  affinities out = std::move(begun).value();
  const std::size_t groups = out.parent.size();
  const auto levels = static_cast<std::size_t>(*std::ranges::max_element(out.level));
  out.mean.resize(groups * out.keys);
  out.strength.resize(out.keys);
  out.group_strength.resize(levels * out.keys);
  std::vector<double> counts(out.doctors * 2), squares(out.doctors);
  for (std::size_t k = 0; k < out.keys; ++k) {
    for (std::size_t i = 0; i < out.doctors; ++i) {
      const std::uint64_t n = out.exposures[i * out.keys + k], r = out.responses[i * out.keys + k];
      counts[2 * i] = static_cast<double>(r) * affinity_unit;
      counts[2 * i + 1] = static_cast<double>(n - r) * affinity_unit;
      squares[i] = static_cast<double>(out.squares[i * out.keys + k]) * affinity_unit;
    }
    const detail::shrunk one = detail::shrink(counts, squares, 2, out, threads);
    for (std::size_t g = 0; g < groups; ++g) out.mean[g * out.keys + k] = one.mean[2 * g];
    out.strength[k] = one.strength;
    for (std::size_t at = 0; at < levels; ++at) out.group_strength[at * out.keys + k] = one.level_strength[at];
  }
  return out;
}

TIERWISE_INLINE result<affinities> fit_shares(const affinity_events& events, const affinity_population& whom,
                                              date as_of, const affinity_options& options, executor* threads) {
  auto begun = detail::begin_affinities(true, events, whom, as_of, options);
  if (!begun) return begun;
  affinities out = std::move(begun).value();
  std::vector<double> counts(out.exposures.size());
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<double>(out.exposures[i]) * affinity_unit;
  std::vector<double> squares(out.doctors);
  for (std::size_t i = 0; i < out.doctors; ++i) {
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < out.keys; ++k) sum += out.squares[i * out.keys + k];
    squares[i] = static_cast<double>(sum) * affinity_unit;
  }
  detail::shrunk one = detail::shrink(counts, squares, out.keys, out, threads);
  out.mean = std::move(one.mean);
  out.strength = {one.strength};
  out.group_strength = std::move(one.level_strength);
  return out;
}

}  // namespace tierwise

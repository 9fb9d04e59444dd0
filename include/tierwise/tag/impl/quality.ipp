#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <tierwise/tag/count.hpp>
#include <tierwise/tag/quality.hpp>

#include <tierwise/tag/impl/beta.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {
namespace detail {

inline constexpr double normal_975 = 1.959963984540054;

TIERWISE_INLINE std::int64_t both(const bit_set& a, const bit_set& b) noexcept {
  return static_cast<std::int64_t>(count_both(a, b));
}

TIERWISE_INLINE states states_of(const bit_set& yes, const bit_set& known) noexcept {
  const std::int64_t y = both(yes, yes), k = both(known, known);
  return {y, k - y, static_cast<std::int64_t>(yes.size()) - k};
}

/// Shares of two samples over the states that any doctor is in; with half a doctor more in each if one of them has none there.
struct shares {
  std::vector<double> g, h;
  bool adjusted = false;

  shares(const states& first, const states& second) {
    double n = 0, m = 0, more = 0;
    for (std::size_t s = 0; s < 3; ++s) adjusted = adjusted || ((first[s] == 0) != (second[s] == 0));
    more = adjusted ? 0.5 : 0;
    for (std::size_t s = 0; s < 3; ++s) {
      if (first[s] + second[s] == 0) continue;
      g.push_back(static_cast<double>(first[s]) + more);
      h.push_back(static_cast<double>(second[s]) + more);
      n += g.back(), m += h.back();
    }
    for (double& v : g) v /= n;
    for (double& v : h) v /= m;
  }
  /// Kullback's J.
  [[nodiscard]] double divergence() const noexcept {
    double sum = 0;
    for (std::size_t s = 0; s < g.size(); ++s) sum += (g[s] - h[s]) * std::log(g[s] / h[s]);
    return sum;
  }
};

TIERWISE_INLINE double entropy(const states& counts) noexcept {
  const auto n = static_cast<double>(counts[0] + counts[1] + counts[2]);
  double sum = 0;
  for (const std::int64_t c : counts)
    if (c > 0) sum -= static_cast<double>(c) / n * std::log(static_cast<double>(c) / n);
  return sum;
}

/// Mutual information of rows and columns of a table of counts, nats.
template <std::size_t rows>
double information(const std::array<states, rows>& joint) noexcept {
  states by_column{};
  std::array<std::int64_t, rows> by_row{};
  std::int64_t n = 0;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < 3; ++c) by_row[r] += joint[r][c], by_column[c] += joint[r][c], n += joint[r][c];
  double sum = 0;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < 3; ++c)
      if (joint[r][c] > 0)
        sum += static_cast<double>(joint[r][c]) *
               (std::log(static_cast<double>(joint[r][c])) + std::log(static_cast<double>(n)) -
                std::log(static_cast<double>(by_row[r])) - std::log(static_cast<double>(by_column[c])));
  return std::max(0.0, sum / static_cast<double>(std::max<std::int64_t>(n, 1)));
}

/// Koopman's statistic that the risk ratio is `ratio`, for x of n against y of m: the squared difference of the shares over its variance,
/// with the likeliest rates q and ratio · q that have this ratio. In the form of J. Gart and J. Nam, Biometrics 44 (1988), and with the root
/// of the quadratic that does not cancel.
TIERWISE_INLINE double koopman(double ratio, double x, double n, double y, double m) noexcept {
  const double a = ratio * (n + m), b = ratio * (n + y) + x + m, c = x + y;
  const double q = std::min(2 * c / (b + std::sqrt(std::max(0.0, b * b - 4 * a * c))), std::min(1.0, 1 / ratio));
  const double p = std::min(1.0, ratio * q), difference = x / n - ratio * y / m;
  const double variance = p * (1 - p) / n + ratio * ratio * q * (1 - q) / m;
  if (variance > 0) return difference * difference / variance;
  return difference == 0 ? 0 : std::numeric_limits<double>::infinity();
}

/// Ratios that the score does not reject. The statistic falls to 0 at the observed ratio and rises beyond it.
TIERWISE_INLINE interval koopman_interval(double x, double n, double y, double m) noexcept {
  constexpr double limit = normal_975 * normal_975;
  const double seen = y > 0 ? x / n / (y / m) : std::numeric_limits<double>::infinity();
  const auto rejected = [&](double log_ratio) { return koopman(std::exp(log_ratio), x, n, y, m) > limit; };
  const auto edge = [&](double inside, double outside) {
    for (int i = 0; i < 200; ++i) {
      const double middle = (inside + outside) / 2;
      (rejected(middle) ? outside : inside) = middle;
    }
    return std::exp(inside);
  };
  constexpr double far = 60;  // e^60 is more than any ratio of counts
  interval out{0, std::numeric_limits<double>::infinity()};
  const double start = x == 0 ? -far : y == 0 ? far : std::log(seen);
  if (x > 0) out.low = edge(start, -far);
  if (y > 0) out.high = edge(start, far);
  return out;
}

/// P(χ² > x) with one or two degrees of freedom.
TIERWISE_INLINE double chi_square_beyond(double x, std::size_t degrees) noexcept {
  if (degrees == 0) return 1;
  return degrees == 1 ? std::erfc(std::sqrt(x / 2)) : std::exp(-x / 2);
}

/// Fisher's exact test of two shares, x of n against y of m: how likely the margins make a table that is no likelier than this one.
TIERWISE_INLINE double exact_test(double x, double n, double y, double m) noexcept {
  const double events = x + y;
  const auto choose = [](double of, double some) {
    return log_gamma(of + 1) - log_gamma(some + 1) - log_gamma(of - some + 1);
  };
  const auto log_probability = [&](double i) { return choose(n, i) + choose(m, events - i) - choose(n + m, events); };
  const double seen = log_probability(x) + 1e-7;  // equal ones may differ in the last digits
  double sum = 0;
  const auto first = static_cast<std::int64_t>(std::max(0.0, events - m));
  const auto last = static_cast<std::int64_t>(std::min(n, events));
  for (std::int64_t i = first; i <= last; ++i)
    if (const double one = log_probability(static_cast<double>(i)); one <= seen) sum += std::exp(one);
  return std::min(1.0, sum);
}

/// Whether the χ² approximation holds: no count to be expected is below 5 (W. Cochran, Biometrics 10, 1954).
TIERWISE_INLINE bool is_large(const outcome_table& counts) noexcept {
  const auto events = static_cast<double>(counts.event_count()), others = static_cast<double>(counts.other_count());
  for (std::size_t s = 0; s < counts.events.size(); ++s)
    if (const auto n = static_cast<double>(counts.events[s] + counts.others[s]);
        n > 0 && n * std::min(events, others) < 5 * (events + others))
      return false;
  return true;
}

/// Benjamini and Hochberg: the largest k with p₍k₎ ≤ 0.05·k/n, and all before it.
TIERWISE_INLINE void mark_those_that_stand_out(std::vector<outcome_quality>& all) {
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return all[a].p_value < all[b].p_value; });
  std::size_t passed = 0;
  for (std::size_t k = 0; k < order.size(); ++k)
    if (all[order[k]].p_value <= 0.05 * static_cast<double>(k + 1) / static_cast<double>(all.size())) passed = k + 1;
  for (std::size_t k = 0; k < order.size(); ++k) all[order[k]].stands_out = k < passed;
}

TIERWISE_INLINE bool fits(const tag_bits& who, std::size_t rows) noexcept {
  if (who.yes.size() != who.known.size()) return false;
  for (const auto* sets : {&who.yes, &who.known})
    for (const bit_set& one : *sets)
      if (one.size() != rows) return false;
  return true;
}

/// Who has each outcome, of whom it was seen; and which tags have no doctor at all.
TIERWISE_INLINE sufficiency sufficiency_of(const std::vector<tag_quality>& tags, const tag_bits& who,
                                           std::size_t wanted) {
  sufficiency out;
  if (tags.empty()) return out;
  const std::size_t rows = who.yes.front().size();
  std::vector<std::uint32_t> held(rows);
  for (const bit_set& one : who.yes)
    for (std::size_t row = 0; row < rows; ++row) held[row] += one.test(row);
  double sum = 0;
  for (const std::uint32_t n : held) sum += std::min(1.0, n / static_cast<double>(wanted));
  out.count = rows == 0 ? 0 : sum / static_cast<double>(rows);
  double complete = 0, used = 0;
  for (const tag_quality& one : tags) complete += one.completeness, used += one.asked_by + one.used_elsewhere > 0;
  out.completeness = complete / static_cast<double>(tags.size());
  out.use = used / static_cast<double>(tags.size());
  return out;
}

TIERWISE_INLINE std::vector<repair> repairs_of(const registry_quality& all) {
  std::vector<repair> out;
  const auto n = static_cast<double>(all.tags.size());
  for (std::size_t tag = 0; tag < all.tags.size(); ++tag) {
    const tag_quality& one = all.tags[tag];
    sufficiency better = all.whole;
    better.completeness += (1 - one.completeness) / n;
    if (better.figure() > all.whole.figure()) out.push_back({repair::kind::complete, tag, better.figure()});
    better = all.whole;
    if (one.asked_by + one.used_elsewhere == 0) better.use += 1 / n;
    if (better.figure() > all.whole.figure()) out.push_back({repair::kind::use, tag, better.figure()});
  }
  std::stable_sort(out.begin(), out.end(), [](const repair& a, const repair& b) { return a.figure > b.figure; });
  return out;
}

}  // namespace detail

TIERWISE_INLINE outcome_quality quality_of(const outcome_table& counts) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  outcome_quality out;
  out.counts = counts;
  const auto events = static_cast<double>(counts.event_count()), others = static_cast<double>(counts.other_count());
  const auto x = static_cast<double>(counts.events[0]), n = x + static_cast<double>(counts.others[0]);
  const auto y = static_cast<double>(counts.events[1]), m = y + static_cast<double>(counts.others[1]);
  out.lift = n > 0 && events > 0 ? x / n / (events / (events + others)) : none;
  out.risk_ratio = n > 0 && m > 0 && x + y > 0 ? x / n / (y / m) : none;
  out.risk_ratio_interval = n > 0 && m > 0 && x + y > 0 ? detail::koopman_interval(x, n, y, m) : interval{none, none};
  if (events == 0 || others == 0) {
    out.information_value = out.noise = out.mutual_information = none;
    out.information_interval = {none, none};
    return out;
  }
  const detail::shares shares(counts.events, counts.others);
  out.adjusted = shares.adjusted;
  out.information_value = shares.divergence();
  const std::size_t degrees = shares.g.size() - 1;
  out.noise = static_cast<double>(degrees) * (1 / events + 1 / others);
  double first = 0, first_square = 0, second = 0,
         second_square = 0;  // derivatives by each share, their means and squares
  for (std::size_t s = 0; s < shares.g.size(); ++s) {
    const double g = shares.g[s], h = shares.h[s], a = std::log(g / h) + 1 - h / g, c = std::log(h / g) + 1 - g / h;
    first += g * a, first_square += g * a * a;
    second += h * c, second_square += h * c * c;
  }
  const double spread = std::sqrt(std::max(0.0, first_square - first * first) / events +
                                  std::max(0.0, second_square - second * second) / others);
  out.information_interval = {std::max(0.0, out.information_value - detail::normal_975 * spread),
                              out.information_value + detail::normal_975 * spread};
  out.mutual_information = detail::information<2>({counts.events, counts.others});
  if (detail::is_large(counts))
    out.p_value = detail::chi_square_beyond(2 * (events + others) * out.mutual_information, degrees);
  else
    out.p_value = detail::exact_test(x, n, y, m);
  out.stands_out = out.p_value <= 0.05;
  return out;
}

TIERWISE_INLINE result<std::vector<outcome_quality>> outcome_of(const tag_bits& who, const bit_set& event,
                                                                const bit_set& seen) {
  if (event.size() != seen.size() || !detail::fits(who, event.size()))
    return Error(errc::invalid_argument, "the outcome must be of the same doctors as the tags",
                 {.path = {}, .column = "outcome"});
  bit_set events(event.size()), others(event.size());
  for (std::size_t w = 0; w < event.words().size(); ++w) {
    events.words()[w] = event.words()[w] & seen.words()[w];
    others.words()[w] = ~event.words()[w] & seen.words()[w];
  }
  std::vector<outcome_quality> out;
  for (std::size_t tag = 0; tag < who.yes.size(); ++tag) {
    outcome_table counts;
    for (auto& [of, rows] : {std::pair(&counts.events, &events), std::pair(&counts.others, &others)}) {
      const std::int64_t yes = detail::both(who.yes[tag], *rows), known = detail::both(who.known[tag], *rows);
      *of = {yes, known - yes, detail::both(*rows, *rows) - known};
    }
    out.push_back(quality_of(counts));
  }
  detail::mark_those_that_stand_out(out);
  return out;
}

TIERWISE_INLINE tag_likeness likeness(const bit_set& a_yes, const bit_set& a_known, const bit_set& b_yes,
                                      const bit_set& b_known) {
  const states a = detail::states_of(a_yes, a_known), b = detail::states_of(b_yes, b_known);
  const std::int64_t yy = detail::both(a_yes, b_yes), yk = detail::both(a_yes, b_known),
                     ky = detail::both(a_known, b_yes), kk = detail::both(a_known, b_known);
  tag_likeness out;
  out.joint[0] = {yy, yk - yy, a[0] - yk};
  out.joint[1] = {ky - yy, kk - ky - yk + yy, a[1] - (kk - yk)};
  for (std::size_t s = 0; s < 3; ++s) out.joint[2][s] = b[s] - out.joint[0][s] - out.joint[1][s];
  out.mutual_information = detail::information<3>(out.joint);
  const double mean = (detail::entropy(a) + detail::entropy(b)) / 2;
  out.normalised = mean > 0 ? std::min(1.0, out.mutual_information / mean) : 0;
  const auto n11 = static_cast<double>(yy), n10 = static_cast<double>(yk - yy), n01 = static_cast<double>(ky - yy),
             n00 = static_cast<double>(out.joint[1][1]);
  const double margins = (n11 + n10) * (n01 + n00) * (n11 + n01) * (n10 + n00);
  out.phi = margins > 0 ? (n11 * n00 - n10 * n01) / std::sqrt(margins) : std::numeric_limits<double>::quiet_NaN();
  return out;
}

TIERWISE_INLINE result<registry_quality> quality(const registry& tags, const tag_bits& who,
                                                 std::span<const std::int64_t> used_elsewhere, std::size_t wanted) {
  const std::size_t n = tags.definitions.size(), rows = who.yes.empty() ? 0 : who.yes.front().size();
  if (who.yes.size() != n || !detail::fits(who, rows) || wanted == 0 ||
      (!used_elsewhere.empty() && used_elsewhere.size() != n))
    return Error(errc::invalid_argument,
                 "expected answers of this registry, one count of uses a tag, and at least one tag wanted");
  registry_quality out;
  out.tags.resize(n);
  for (std::size_t tag = 0; tag < n; ++tag) {
    tag_quality& one = out.tags[tag];
    one.doctors = detail::states_of(who.yes[tag], who.known[tag]);
    const auto known = static_cast<double>(one.doctors[0] + one.doctors[1]);
    one.completeness = rows == 0 ? 0 : known / static_cast<double>(rows);
    one.share = known > 0 ? static_cast<double>(one.doctors[0]) / known : std::numeric_limits<double>::quiet_NaN();
    if (!used_elsewhere.empty()) one.used_elsewhere = used_elsewhere[tag];
    for (const std::string& asked : tags.rules[tag].uses().tags)
      for (std::size_t other = 0; other < n; ++other) out.tags[other].asked_by += tags.definitions[other].id == asked;
  }
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = a + 1; b < n; ++b) {
      const double alike = likeness(who.yes[a], who.known[a], who.yes[b], who.known[b]).normalised;
      for (const auto& [one, other] : {std::pair(a, b), std::pair(b, a)})
        if (out.tags[one].alike < 0 || alike > out.tags[one].alike_by) {
          out.tags[one].alike = static_cast<std::int64_t>(other);
          out.tags[one].alike_by = alike;
        }
    }
  out.whole = detail::sufficiency_of(out.tags, who, wanted);
  out.repairs = detail::repairs_of(out);
  return out;
}

TIERWISE_INLINE result<double> stale_share(const bit_set& yes, const column_view& evidence, date as_of,
                                           std::int32_t lives_days) {
  if (yes.size() != evidence.size())
    return Error(errc::invalid_argument, "expected one date a doctor", {.path = {}, .column = "evidence"});
  if (evidence.type() != column_type::date)
    return Error(errc::wrong_type, "expected dates", {.path = {}, .column = "evidence"});
  double held = 0, stale = 0;
  for (std::size_t row = 0; row < yes.size(); ++row) {
    if (!yes.test(row)) continue;
    ++held;
    const double age = evidence.has(row) ? as_of.days - evidence.number(row) : missing;
    stale += !(age >= 0 && age < lives_days);  // what comes after the day is no evidence yet
  }
  return held > 0 && lives_days > 0 ? stale / held : std::numeric_limits<double>::quiet_NaN();
}

TIERWISE_INLINE result<std::vector<tag_drift>> drift(const tag_bits& before, const tag_bits& after) {
  const std::size_t rows = before.yes.empty() ? 0 : before.yes.front().size();
  if (before.yes.size() != after.yes.size() || !detail::fits(before, rows) || !detail::fits(after, rows))
    return Error(errc::invalid_argument, "expected answers of one registry for the same doctors");
  std::vector<tag_drift> out;
  for (std::size_t tag = 0; tag < before.yes.size(); ++tag) {
    const states was = detail::states_of(before.yes[tag], before.known[tag]),
                 is = detail::states_of(after.yes[tag], after.known[tag]);
    tag_drift one;
    one.kept = detail::both(before.yes[tag], after.yes[tag]);
    one.gained = is[0] - one.kept;
    one.lost = was[0] - one.kept;
    one.stability_index = rows == 0 ? 0 : detail::shares(was, is).divergence();
    const auto any = static_cast<double>(one.kept + one.gained + one.lost);
    one.jaccard = any > 0 ? static_cast<double>(one.kept) / any : std::numeric_limits<double>::quiet_NaN();
    out.push_back(one);
  }
  return out;
}

}  // namespace tierwise

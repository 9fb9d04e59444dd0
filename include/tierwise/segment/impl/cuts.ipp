// Where numbers are cut into steps: fitted from a population, by stratum if asked, and looked up for a doctor.
#ifndef TIERWISE_SEGMENT_IMPL_CUTS_IPP
#define TIERWISE_SEGMENT_IMPL_CUTS_IPP

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <tierwise/core/quantiles.hpp>
#include <tierwise/segment/breaks.hpp>
#include <tierwise/segment/impl/score.ipp>

namespace tierwise::inline TIERWISE_ABI::segment::detail {

inline constexpr double nobody = std::numeric_limits<double>::infinity();  // a floor that no number reaches

/// Type 7 of Hyndman and Fan, "Sample quantiles in statistical packages" (1996); what NumPy and R do by default.
/// `sorted` rises and is not empty.
TIERWISE_INLINE double quantile(std::span<const double> sorted, double q) noexcept {
  const double at = static_cast<double>(sorted.size() - 1) * q;
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// A floor of a quantile. One that all doctors reach, as most of them share the smallest number, would put everybody into a
/// better step than the last; so it is raised to the next number, or out of reach where there is none.
TIERWISE_INLINE double quantile_floor(double floor, double least, double next) noexcept {
  return floor <= least ? next : floor;
}

/// The number in whose rows each share is reached, from the smallest of each class between the shares (core/quantiles.hpp).
TIERWISE_INLINE std::vector<double> reached_at(std::vector<double> classes, std::size_t shares) {
  for (std::size_t k = 1; k < classes.size(); ++k) classes[k] = std::min(classes[k], classes[k - 1]);
  classes.resize(shares, classes.back());  // a share of 1 is reached in the last class, whatever it holds
  return classes;
}

/// The shares below 1, which are where classes end.
TIERWISE_INLINE std::span<const double> below_one(std::span<const double> shares) noexcept {
  while (!shares.empty() && shares.back() >= 1) shares = shares.first(shares.size() - 1);
  return shares;
}

/// For each share the smallest number for which less than that share of the heads comes before it; `sorted` rises, and the
/// largest comes first. Equal numbers come together, so that nobody is parted from an equal.
TIERWISE_INLINE std::vector<double> head_floors(std::span<const double> sorted, std::span<const double> shares) {
  std::vector<double> floors(shares.size(), nobody);
  const auto total = static_cast<double>(sorted.size());
  double before = 0;
  for (auto v = sorted.rbegin(); v != sorted.rend();) {
    const double value = *v, share = before / total;
    bool reached = false;
    for (std::size_t i = 0; i < shares.size(); ++i)
      if (share < shares[i]) floors[i] = value, reached = true;
    if (!reached) break;
    for (; v != sorted.rend() && *v == value; ++v) ++before;
  }
  return floors;
}

inline constexpr double decile_shares[] = {.1, .2, .3, .4, .5, .6, .7, .8, .9};

/// Smallest volume of each decile from the classes that the shares of deciles part.
TIERWISE_INLINE std::array<double, 11> decile_floors(const std::vector<double>& classes) {
  std::array<double, 11> smallest{};
  for (std::size_t k = 0; k < 10; ++k) smallest[10 - k] = classes[k];
  return smallest;
}

TIERWISE_INLINE std::int8_t decile_of(const std::array<double, 11>& smallest, double volume) noexcept {
  if (!(volume > 0)) return 0;
  for (std::size_t decile = 10; decile > 1; --decile)
    if (volume >= smallest[decile]) return static_cast<std::int8_t>(decile);
  return 1;
}

/// The smallest volume that decile_of puts into `decile` or above.
TIERWISE_INLINE double floor_of_decile(const std::array<double, 11>& smallest, double decile) noexcept {
  if (decile <= 0) return 0;
  if (decile <= 1) return std::numeric_limits<double>::denorm_min();
  double floor = nobody;
  for (std::size_t d = 10; static_cast<double>(d) >= decile; --d) floor = std::min(floor, smallest[d]);
  return floor;
}

/// Floors of the optimal classes. With fewer distinct numbers than steps the first steps and the last one are used; with one alone
/// nothing tells doctors apart, and nobody is above the last.
TIERWISE_INLINE std::vector<double> break_floors(std::span<const double> sorted, std::size_t floors) {
  std::vector<double> values, weights;
  for (const double v : sorted) {
    if (values.empty() || v != values.back()) values.push_back(v), weights.push_back(0);
    ++weights.back();
  }
  const std::vector<std::size_t> first = natural_breaks(values, weights, floors + 1);
  std::vector<double> out;
  for (auto at = first.rbegin(); at != first.rend(); ++at) out.push_back(values[*at]);
  out.resize(floors, out.empty() ? nobody : out.back());
  return out;
}

inline constexpr std::size_t few_numbers = 65536;  // sorted as fast as they are counted

/// The numbers that are not missing, rising.
TIERWISE_INLINE std::vector<double> sorted_known(std::span<const double> numbers) {
  std::vector<double> known(numbers.begin(), numbers.end());
  std::erase_if(known, [](double v) { return std::isnan(v); });
  std::sort(known.begin(), known.end());
  return known;
}

/// Floors of quantiles of the numbers that are not missing; many are counted and neither copied nor sorted.
TIERWISE_INLINE std::vector<double> quantile_floors(std::span<const double> numbers, std::span<const double> at) {
  std::vector<double> floors;
  double least = nobody, next = nobody;
  if (numbers.size() <= few_numbers) {
    const std::vector<double> known = sorted_known(numbers);
    if (known.empty()) return std::vector<double>(at.size(), nobody);
    for (const double q : at) floors.push_back(quantile(known, q));
    least = known.front();
    if (const auto above = std::upper_bound(known.begin(), known.end(), least); above != known.end()) next = *above;
  } else {
    for (const double v : numbers) {
      if (v < least) next = least, least = v;
      if (v > least && v < next) next = v;
    }
    if (least == nobody) return std::vector<double>(at.size(), nobody);
    floors = quantiles(column_view(numbers), at);
  }
  for (double& floor : floors) floor = quantile_floor(floor, least, next);
  return floors;
}

/// Cuts as numbers, from those that are not missing.
TIERWISE_INLINE void fit_floors(const cuts& what, std::size_t steps, bool is_volume, std::span<const double> numbers,
                                std::vector<double>& floors, std::array<double, 11>& deciles) {
  if (is_volume) deciles = decile_floors(floors_by_volume(column_view(numbers), decile_shares));
  switch (what.how) {
    case cuts::kind::fixed: floors = what.floors; break;
    case cuts::kind::decile:
      for (const double d : what.floors) floors.push_back(floor_of_decile(deciles, d));
      break;
    case cuts::kind::quantile: floors = quantile_floors(numbers, what.floors); break;
    case cuts::kind::head_share: floors = head_floors(sorted_known(numbers), what.floors); break;
    case cuts::kind::volume_share:
      floors = reached_at(floors_by_volume(column_view(numbers), below_one(what.floors)), what.floors.size());
      break;
    case cuts::kind::natural_breaks: floors = break_floors(sorted_known(numbers), steps - 1); break;
  }
}

/// Columns of the strata of one set, and which stratum a row is in.
struct set_input {
  std::vector<column_view> columns;
  std::size_t first = 0;  // of the set's strata in fitted_cuts::strata, which are sorted by key
  std::size_t count = 0;
};

/// Cuts with the columns of their strata.
struct cuts_input {
  const fitted_cuts* fitted = nullptr;
  std::vector<set_input> sets;
};

TIERWISE_INLINE std::optional<Error> open_strata(const cuts& what, const table_view& profiles, cuts_input& out) {
  for (const std::vector<std::string>& set : what.strata) {
    set_input& in = out.sets.emplace_back();
    for (const std::string& name : set) {
      const result<column_view> column = text_column(profiles, name);
      if (!column) return column.error();
      in.columns.push_back(column.value());
    }
  }
  return std::nullopt;
}

/// Fits the strata of one set: the doctors with a number and all texts, group by group.
TIERWISE_INLINE void fit_set(const cuts& what, std::size_t steps, bool is_volume, const set_input& in, std::uint8_t set,
                             const std::vector<double>& numbers, fitted_cuts& out) {
  struct member {
    std::size_t group;  // by the texts of the columns so far, in their order
    std::size_t row;
  };
  std::vector<member> members;
  for (std::size_t row = 0; row < numbers.size(); ++row)
    if (!std::isnan(numbers[row]) &&
        std::all_of(in.columns.begin(), in.columns.end(), [row](const column_view& c) { return c.code(row) >= 0; }))
      members.push_back({0, row});
  for (const column_view& column : in.columns) {
    // The rank of each text among the column's texts; a dictionary may list one twice.
    std::vector<std::string_view> texts(column.names().begin(), column.names().end());
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    std::vector<std::size_t> rank;
    for (const std::string_view name : column.names())
      rank.push_back(static_cast<std::size_t>(std::lower_bound(texts.begin(), texts.end(), name) - texts.begin()));
    const auto rank_of = [&](const member& m) { return rank[static_cast<std::size_t>(column.code(m.row))]; };
    std::sort(members.begin(), members.end(), [&](const member& a, const member& b) {
      return a.group != b.group ? a.group < b.group : rank_of(a) < rank_of(b);
    });
    std::size_t group = 0, last_group = 0, last_rank = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::size_t of_group = members[i].group, of_rank = rank_of(members[i]);
      if (i > 0 && (of_group != last_group || of_rank != last_rank)) ++group;
      last_group = of_group, last_rank = of_rank;
      members[i].group = group;
    }
  }
  std::vector<double> known;
  for (std::size_t begin = 0, end = 0; begin < members.size(); begin = end) {
    known.clear();
    for (; end < members.size() && members[end].group == members[begin].group; ++end)
      known.push_back(numbers[members[end].row]);
    if (known.size() < what.min_stratum) continue;
    stratum& made = out.strata.emplace_back();
    made.set = set;
    made.doctors = known.size();
    for (const column_view& column : in.columns) made.key.emplace_back(column.text(members[begin].row));
    fit_floors(what, steps, is_volume, known, made.floors, made.decile_volumes);
  }
}

/// Fits cuts from one number per doctor, missing where it is not known.
TIERWISE_INLINE fitted_cuts fit_cuts(const cuts& what, std::size_t steps, bool is_volume, const cuts_input& in,
                                     const std::vector<double>& numbers) {
  fitted_cuts out;
  fit_floors(what, steps, is_volume, numbers, out.floors, out.decile_volumes);
  for (std::size_t set = 0; set < in.sets.size(); ++set)
    fit_set(what, steps, is_volume, in.sets[set], static_cast<std::uint8_t>(set), numbers, out);
  return out;
}

/// Where each set's strata begin, for find_strata.
TIERWISE_INLINE void bind_strata(const fitted_cuts& fitted, cuts_input& in) {
  in.fitted = &fitted;
  for (std::size_t at = 0, set = 0; set < in.sets.size(); ++set) {
    in.sets[set].first = at;
    while (at < fitted.strata.size() && fitted.strata[at].set == set) ++at;
    in.sets[set].count = at - in.sets[set].first;
  }
}

/// The stratum of each row of a block: that of the finest set which has one for the row's texts.
TIERWISE_INLINE void find_strata(const cuts_input& in, std::size_t begin, std::span<std::int32_t> out) {
  std::fill(out.begin(), out.end(), no_stratum);
  for (const set_input& set : in.sets) {
    if (set.count == 0) continue;
    const auto strata = std::span(in.fitted->strata).subspan(set.first, set.count);
    // Strata whose keys begin with a row's texts lie together, as they are sorted: each column narrows that range.
    struct range {
      std::size_t begin, end;
    };
    std::vector<range> ranges(out.size(), {0, strata.size()});
    std::vector<std::string_view> texts(out.size());
    for (std::size_t c = 0; c < set.columns.size(); ++c) {
      const column_view& column = set.columns[c];
      const auto names = column.names();
      range last{1, 0}, found{0, 0};  // neighbours often ask the same
      std::int32_t last_code = -1;
      for (std::size_t i = 0; i < out.size(); ++i) {
        if (out[i] != no_stratum) continue;
        range& r = ranges[i];
        const std::int32_t code = column.code(begin + i);
        if (code < 0) r = {0, 0};
        if (r.begin == r.end) continue;
        if (r.begin != last.begin || r.end != last.end || code != last_code) {
          last = r, last_code = code;
          const std::string_view text = names[static_cast<std::size_t>(code)];
          const auto from = strata.begin() + static_cast<std::ptrdiff_t>(r.begin),
                     to = strata.begin() + static_cast<std::ptrdiff_t>(r.end);
          const auto lower =
              std::lower_bound(from, to, text, [c](const stratum& s, std::string_view t) { return s.key[c] < t; });
          const auto upper =
              std::upper_bound(lower, to, text, [c](std::string_view t, const stratum& s) { return t < s.key[c]; });
          found = {static_cast<std::size_t>(lower - strata.begin()), static_cast<std::size_t>(upper - strata.begin())};
        }
        r = found;
      }
    }
    for (std::size_t i = 0; i < out.size(); ++i)
      if (out[i] == no_stratum && ranges[i].begin < ranges[i].end)
        out[i] = static_cast<std::int32_t>(set.first + ranges[i].begin);
  }
}

/// First step whose floor `value` reaches; the last step if it reaches none.
TIERWISE_INLINE std::uint8_t step_of(const std::vector<double>& floors, double value) noexcept {
  std::uint8_t step = 0;
  for (const double floor : floors) {
    if (value >= floor) break;
    ++step;
  }
  return step;
}

TIERWISE_INLINE const std::vector<double>& floors_for(const fitted_cuts& cuts, std::int32_t stratum) noexcept {
  return stratum == no_stratum ? cuts.floors : cuts.strata[static_cast<std::size_t>(stratum)].floors;
}

}  // namespace tierwise

#endif

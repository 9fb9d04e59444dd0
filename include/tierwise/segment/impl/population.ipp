#include <array>

#include <tierwise/segment/impl/card.ipp>
#include <tierwise/segment/impl/cuts.ipp>
#include <tierwise/segment/population.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

inline bool stratum_before(const stratum_summary& a, const stratum_summary& b) {
  return a.set != b.set ? a.set < b.set : a.key < b.key;
}

/// The stratum, made if need be.
TIERWISE_INLINE summary& stratum_of(cuts_summary& of, std::uint8_t set, std::vector<std::string> key) {
  stratum_summary wanted{set, std::move(key), {}};
  const auto at = std::lower_bound(of.strata.begin(), of.strata.end(), wanted, stratum_before);
  if (at != of.strata.end() && at->set == set && at->key == wanted.key) return at->numbers;
  return of.strata.insert(at, std::move(wanted))->numbers;
}

/// Adds a block of numbers, one a row from `begin`, to all and to the strata that the rows are in.
TIERWISE_INLINE void add_numbers(cuts_summary& to, const cuts_input& in, std::size_t begin,
                                 const std::vector<double>& numbers) {
  to.all.add(std::span<const double>(numbers));
  for (std::size_t set = 0; set < in.sets.size(); ++set) {
    const std::vector<column_view>& columns = in.sets[set].columns;
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < numbers.size(); ++i)
      if (!std::isnan(numbers[i]) &&
          std::all_of(columns.begin(), columns.end(), [&](const column_view& c) { return c.code(begin + i) >= 0; }))
        rows.push_back(i);
    const auto code_before = [&](std::size_t a, std::size_t b) {
      for (const column_view& c : columns)
        if (c.code(begin + a) != c.code(begin + b)) return c.code(begin + a) < c.code(begin + b);
      return false;
    };
    std::sort(rows.begin(), rows.end(), code_before);
    std::vector<double> group;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      group.push_back(numbers[rows[i]]);
      if (i + 1 < rows.size() && !code_before(rows[i], rows[i + 1])) continue;
      std::vector<std::string> key;
      for (const column_view& c : columns) key.emplace_back(c.text(begin + rows[i]));
      stratum_of(to, static_cast<std::uint8_t>(set), std::move(key)).add(std::span<const double>(group));
      group.clear();
    }
  }
}

/// fit_floors from a summary.
TIERWISE_INLINE void fit_floors(const cuts& what, std::size_t steps, bool is_volume, const summary& known,
                                std::vector<double>& floors, std::array<double, 11>& deciles) {
  if (is_volume) deciles = decile_floors(known.floors_by_volume(decile_shares));
  switch (what.how) {
    case cuts::kind::fixed: floors = what.floors; break;
    case cuts::kind::decile:
      for (const double d : what.floors) floors.push_back(floor_of_decile(deciles, d));
      break;
    case cuts::kind::quantile:
      for (const double q : what.floors) {
        const auto values = known.values();
        double next = nobody;
        if (values.size() > 1) next = values[1].value;
        floors.push_back(values.empty() ? nobody : quantile_floor(known.quantile(q), values[0].value, next));
      }
      break;
    case cuts::kind::head_share:
      floors = reached_at(known.floors_by_heads(below_one(what.floors)), what.floors.size());
      break;
    case cuts::kind::volume_share:
      floors = reached_at(known.floors_by_volume(below_one(what.floors)), what.floors.size());
      break;
    case cuts::kind::natural_breaks: {
      std::vector<double> values, weights;
      for (const summary::counted& v : known.values()) {
        if (!values.empty() && v.value <= values.back()) {  // the middle of a bucket at the minimum or maximum
          weights.back() += static_cast<double>(v.count);
          continue;
        }
        values.push_back(v.value);
        weights.push_back(static_cast<double>(v.count));
      }
      const std::vector<std::size_t> first = natural_breaks(values, weights, steps);
      for (auto at = first.rbegin(); at != first.rend(); ++at) floors.push_back(values[*at]);
      floors.resize(steps - 1, floors.empty() ? nobody : floors.back());
      break;
    }
  }
}

TIERWISE_INLINE fitted_cuts fit_cuts(const cuts& what, std::size_t steps, bool is_volume, const cuts_summary& in) {
  fitted_cuts out;
  fit_floors(what, steps, is_volume, in.all, out.floors, out.decile_volumes);
  for (const stratum_summary& s : in.strata) {
    if (s.numbers.known() < what.min_stratum || s.numbers.known() == 0) continue;
    stratum& made = out.strata.emplace_back();
    made.set = s.set;
    made.key = s.key;
    made.doctors = s.numbers.known();
    fit_floors(what, steps, is_volume, s.numbers, made.floors, made.decile_volumes);
  }
  return out;
}

/// The scores of points.
TIERWISE_INLINE summary saturated(const summary& points, double s0) {
  std::vector<std::pair<double, std::uint64_t>> scores;  // rising, as points do
  for (const summary::counted& v : points.values()) {
    const double score = saturate(v.value, s0);
    if (scores.empty() || scores.back().first != score)
      scores.emplace_back(score, v.count);
    else
      scores.back().second += v.count;
  }
  summary out;
  for (const auto& [score, count] : scores) out.add(score, count);
  return out;
}

TIERWISE_INLINE cuts_summary saturated(const cuts_summary& points, double s0) {
  cuts_summary out{saturated(points.all, s0), {}};
  for (const stratum_summary& s : points.strata) out.strata.push_back({s.set, s.key, saturated(s.numbers, s0)});
  return out;
}

/// fit_s0 from a summary.
TIERWISE_INLINE double fit_s0(const saturation& what, const summary& points) {
  if (what.s0 > 0) return what.s0;
  if (const double s0 = points.known() == 0 ? 0 : points.quantile(what.s0_quantile); s0 > 0) return s0;
  summary positive;
  for (const summary::counted& v : points.values())
    if (v.value > 0) positive.add(v.value, v.count);
  return positive.known() == 0 ? 1 : positive.quantile(what.s0_quantile);
}

TIERWISE_INLINE void merge(cuts_summary& to, const cuts_summary& from) {
  to.all.merge(from.all);
  for (const stratum_summary& s : from.strata) stratum_of(to, s.set, s.key).merge(s.numbers);
}

/// As `fit` finds them in a table.
TIERWISE_INLINE std::vector<std::string> channels_of(const policy& what, const table_view& profiles) {
  constexpr std::string_view prefix = "points_";
  std::vector<std::string> channels;
  if (reads_points(what))
    for (const named_column& column : profiles.columns())
      if (column.name.starts_with(prefix) && column.name.size() > prefix.size())
        channels.push_back(column.name.substr(prefix.size()));
  return channels;
}

TIERWISE_INLINE bool strata_fit(const cuts& what, const cuts_summary& in) {
  return std::all_of(in.strata.begin(), in.strata.end(), [&](const stratum_summary& s) {
    return s.set < what.strata.size() && s.key.size() == what.strata[s.set].size();
  });
}

}  // namespace detail

TIERWISE_INLINE result<population_summary> summarise(const policy& what, const table_view& profiles) {
  if (const std::vector<Error> faults = check(what); !faults.empty()) return faults.front();
  population_summary out;
  out.channels = detail::channels_of(what, profiles);
  const result<detail::inputs> opened = detail::open(what, out.channels, profiles, profiles.rows());
  if (!opened) return opened.error();
  const detail::inputs& in = opened.value();
  detail::cuts_input volume, card, identity, engagement;
  const bool has_card = !what.potential.card.terms.empty(), points = detail::reads_points(what);
  if (in.volume)
    if (const auto error = detail::open_strata(what.potential.cuts, profiles, volume)) return *error;
  if (has_card)
    if (const auto error = detail::open_strata(what.potential.card_cuts, profiles, card)) return *error;
  if (const auto error = detail::open_strata(what.identity_cuts, profiles, identity)) return *error;
  if (const auto error = detail::open_strata(what.engagement_cuts, profiles, engagement)) return *error;

  constexpr std::size_t block = 4 * detail::score_block;
  for (std::size_t begin = 0; begin < profiles.rows(); begin += block) {
    const std::size_t rows = std::min(block, profiles.rows() - begin);
    if (in.volume) {
      std::vector<double> volumes(rows);
      detail::read_checked(*in.volume, what.potential.volume, begin, volumes, 0,
                           std::numeric_limits<double>::infinity(), nullptr);
      detail::add_numbers(out.volume, volume, begin, volumes);
    }
    const auto add_scores = [&](const scorecard& of, const std::vector<detail::term_input>& terms, const cuts& cut,
                                const detail::cuts_input& strata, cuts_summary& to) {
      if (cut.how == cuts::kind::fixed) return;  // asks for no scores
      detail::add_numbers(to, strata, begin, detail::card_column(of, terms, begin, rows));
    };
    if (has_card) add_scores(what.potential.card, in.card, what.potential.card_cuts, card, out.card);
    add_scores(what.identity, in.identity, what.identity_cuts, identity, out.identity);
    if (!points) {
      add_scores(what.engagement_card, in.engagement, what.engagement_cuts, engagement, out.engagement);
      continue;
    }
    auto [known, coverage] = detail::read_points(in, begin, rows);
    for (std::size_t i = 0; i < rows; ++i)
      if (std::isnan(coverage[i])) known[i] = missing;
    out.points.add(std::span<const double>(known));
    for (std::size_t i = 0; i < rows; ++i)
      if (!detail::is_covered(coverage[i], what.engagement.min_coverage)) known[i] = missing;
    detail::add_numbers(out.engagement, engagement, begin, known);
  }
  return out;
}

TIERWISE_INLINE result<bool> population_summary::merge(const population_summary& other) {
  if (channels != other.channels)
    return Error(errc::invalid_argument, "expected a summary of the same channels", {{}, "other", -1});
  const population_summary from = &other == this ? other : population_summary();
  const population_summary& in = &other == this ? from : other;
  detail::merge(volume, in.volume);
  detail::merge(card, in.card);
  detail::merge(identity, in.identity);
  detail::merge(engagement, in.engagement);
  points.merge(in.points);
  return true;
}

TIERWISE_INLINE result<model> fit(const policy& what, const population_summary& population) {
  if (const std::vector<Error> faults = check(what); !faults.empty()) return faults.front();
  const scheme& s = what.scheme;
  if (!detail::strata_fit(what.potential.cuts, population.volume) ||
      !detail::strata_fit(what.potential.card_cuts, population.card) ||
      !detail::strata_fit(what.identity_cuts, population.identity) ||
      !detail::strata_fit(what.engagement_cuts, population.engagement))
    return Error(errc::invalid_argument, "expected a summary made with this policy: its strata are others",
                 {{}, "population", -1});
  model m;
  m.policy = what;
  m.channels = population.channels;
  if (!what.potential.volume.empty()) {
    m.volume_known = population.volume.all.known() > 0;
    m.volume = detail::fit_cuts(what.potential.cuts, s.grades.size(), true, population.volume);
  }
  if (!what.potential.card.terms.empty())
    m.card = detail::fit_cuts(what.potential.card_cuts, s.grades.size(), false, population.card);
  m.identity = detail::fit_cuts(what.identity_cuts, s.identity_levels.size(), false, population.identity);
  const std::size_t levels = s.engagement_levels.size();
  if (!detail::reads_points(what)) {
    m.engagement = detail::fit_cuts(what.engagement_cuts, levels, false, population.engagement);
    return m;
  }
  m.s0 = detail::fit_s0(what.engagement, population.points);
  m.engagement = detail::fit_cuts(what.engagement_cuts, levels, false, detail::saturated(population.engagement, m.s0));
  return m;
}

}  // namespace tierwise

#include <tierwise/segment/impl/population_bytes.ipp>

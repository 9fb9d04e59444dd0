#include <tierwise/segment/impl/score.ipp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

/// Type 7 of Hyndman and Fan, "Sample quantiles in statistical packages" (1996); what NumPy and R do by default.
/// `sorted` rises and is not empty.
TIERWISE_INLINE double quantile(const std::vector<double>& sorted, double q) noexcept {
  const double at = static_cast<double>(sorted.size() - 1) * q;
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// Smallest volume of each decile (DESIGN section 4): deciles hold equal volume. `volumes` are known and not negative.
TIERWISE_INLINE std::array<double, 11> fit_deciles(std::vector<double> volumes) {
  std::array<double, 11> smallest;
  smallest.fill(std::numeric_limits<double>::infinity());
  smallest[0] = 0;
  // Sorted, so that the sum is the same number for any order of rows.
  std::sort(volumes.begin(), volumes.end(), [](double a, double b) { return a > b; });
  if (volumes.empty()) return smallest;
  const double scale = volumes.front() > 1e280 ? 0x1p-128 : 1;  // so that sums stay finite
  double total = 0;
  for (const double volume : volumes) total += volume * scale;

  double before = 0;
  for (std::size_t i = 0; i < volumes.size() && volumes[i] > 0;) {
    const double share = std::min(std::floor(10 * before / total), 9.0);
    const auto decile = static_cast<std::size_t>(10 - share);
    smallest[decile] = volumes[i];  // volumes fall, so the last one written is the smallest
    for (const double volume = volumes[i]; i < volumes.size() && volumes[i] == volume; ++i) before += volume * scale;
  }
  return smallest;
}

TIERWISE_INLINE std::int8_t decile_of(const std::array<double, 11>& smallest, double volume) noexcept {
  if (!(volume > 0)) return 0;
  for (std::size_t decile = 10; decile > 1; --decile)
    if (volume >= smallest[decile]) return static_cast<std::int8_t>(decile);
  return 1;
}

TIERWISE_INLINE std::vector<double> known_of(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  return values;
}

/// Points at which engagement reaches 63: the quantile, that of the positive points if it is not positive, or 1.
TIERWISE_INLINE double fit_s0(const saturation& what, std::vector<double> points) {
  if (what.s0 > 0) return what.s0;
  std::sort(points.begin(), points.end());
  if (const double s0 = points.empty() ? 0 : quantile(points, what.s0_quantile); s0 > 0) return s0;
  points.erase(points.begin(), std::upper_bound(points.begin(), points.end(), 0.0));
  return points.empty() ? 1 : quantile(points, what.s0_quantile);
}

/// Cuts as scores. Where no score is known, no quantile is: then nothing reaches a level but the last.
TIERWISE_INLINE std::vector<double> fit_cuts(const cuts& what, std::vector<double> scores) {
  if (what.how == cuts::kind::fixed) return what.floors;
  std::sort(scores.begin(), scores.end());
  std::vector<double> floors;
  for (const double q : what.floors)
    floors.push_back(scores.empty() ? std::numeric_limits<double>::infinity() : quantile(scores, q));
  return floors;
}

TIERWISE_INLINE void resize(assignment& all, std::size_t rows) {
  all.potential.resize(rows, missing);
  all.potential_basis.resize(rows, basis::none);
  all.potential_coverage.resize(rows);
  all.potential_missing.resize(rows);
  all.decile.resize(rows, unknown_decile);
  all.grade.resize(rows, unknown_level);
  all.identity_score.resize(rows);
  all.identity_coverage.resize(rows);
  all.identity_missing.resize(rows);
  all.identity_level.resize(rows, unknown_level);
  all.engagement_score.resize(rows, missing);
  all.engagement_coverage.resize(rows);
  all.engagement_main.resize(rows, no_channel);
  all.engagement_level.resize(rows, unknown_level);
  all.profile_type.resize(rows);
  all.tier.resize(rows);
}

TIERWISE_INLINE void assign_potential(const model& m, const inputs& in, std::size_t begin, std::size_t rows,
                                      assignment& all, std::vector<bad_row>& rejected) {
  const potential& what = m.policy.potential;
  const card_scores card = score_card(in.card, what.card.min_coverage, begin, rows, &rejected);
  std::vector<double> volume(rows, missing);
  if (in.volume)
    read_checked(*in.volume, what.volume, begin, volume, 0, std::numeric_limits<double>::infinity(), &rejected);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = begin + i;
    if (m.volume_known && !std::isnan(volume[i])) {
      all.potential[row] = volume[i];
      all.potential_basis[row] = basis::volume;
      all.potential_coverage[row] = 1;
      all.decile[row] = decile_of(m.decile_volumes, volume[i]);
      all.grade[row] = step_of(what.decile_floors, all.decile[row]);
      continue;
    }
    all.potential_coverage[row] = card.coverage[i];
    all.potential_missing[row] = card.absent[i];
    if (std::isnan(card.score[i])) continue;
    all.potential[row] = card.score[i];
    all.potential_basis[row] = basis::scorecard;
    all.grade[row] = step_of(what.card_floors, card.score[i]);
  }
}

TIERWISE_INLINE void assign_identity(const model& m, const inputs& in, std::size_t begin, std::size_t rows,
                                     assignment& all, std::vector<bad_row>& rejected) {
  const card_scores card = score_card(in.identity, m.policy.identity.min_coverage, begin, rows, &rejected);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = begin + i;
    all.identity_score[row] = card.score[i];
    all.identity_coverage[row] = card.coverage[i];
    all.identity_missing[row] = card.absent[i];
    if (!std::isnan(card.score[i])) all.identity_level[row] = step_of(m.identity_floors, card.score[i]);
  }
}

TIERWISE_INLINE void assign_engagement(const model& m, const inputs& in, std::size_t begin, std::size_t rows,
                                       assignment& all, std::vector<bad_row>& rejected) {
  std::vector<std::vector<double>> parts;
  const std::vector<double> points = sum_points(in, begin, rows, &rejected, &parts);
  const std::vector<double> coverage = read_coverage(in, begin, rows, &rejected);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = begin + i;
    if (std::isnan(points[i]) || std::isnan(coverage[i])) continue;
    all.engagement_coverage[row] = coverage[i];
    if (coverage[i] < m.policy.engagement.min_coverage) continue;
    all.engagement_score[row] = saturate(points[i], m.s0);
    all.engagement_level[row] = step_of(m.engagement_floors, all.engagement_score[row]);
    for (std::size_t k = 0; k < m.channels.size() && points[i] > 0; ++k)
      if (parts[k][i] > points[i] / 2) {
        all.engagement_main[row] = static_cast<std::uint16_t>(k);
        break;
      }
  }
}

TIERWISE_INLINE void assign_tiers(const policy& what, std::size_t begin, std::size_t end, assignment& all) noexcept {
  const auto counted = [](std::uint8_t step, std::uint8_t unknown_as) {
    return step == unknown_level ? unknown_as : step;
  };
  for (std::size_t row = begin; row < end; ++row) {
    const cell& c =
        what.scheme.cells[what.scheme.index(counted(all.grade[row], what.potential.unknown_as),
                                            counted(all.identity_level[row], what.identity_cuts.unknown_as),
                                            counted(all.engagement_level[row], what.engagement_cuts.unknown_as))];
    all.profile_type[row] = c.profile_type;
    all.tier[row] = c.tier;
  }
}

/// By row, each cell once: a column may serve two scores.
TIERWISE_INLINE void order_rejected(std::vector<bad_row>& rows) {
  std::sort(rows.begin(), rows.end(),
            [](const bad_row& a, const bad_row& b) { return a.row != b.row ? a.row < b.row : a.column < b.column; });
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
}

}  // namespace detail

TIERWISE_INLINE result<model> fit(const policy& what, const table_view& profiles) {
  if (const std::vector<Error> faults = check(what); !faults.empty()) return faults.front();
  model m;
  m.policy = what;
  constexpr std::string_view prefix = "points_";
  for (const named_column& column : profiles.columns())
    if (column.name.starts_with(prefix) && column.name.size() > prefix.size())
      m.channels.push_back(column.name.substr(prefix.size()));
  const result<detail::inputs> opened = detail::open(m.policy, m.channels, profiles);
  if (!opened) return opened.error();
  const detail::inputs& in = opened.value();
  const std::size_t rows = profiles.rows();

  std::vector<double> volumes;
  if (in.volume) {
    volumes.resize(rows);
    detail::read_checked(*in.volume, what.potential.volume, 0, volumes, 0, std::numeric_limits<double>::infinity(),
                         nullptr);
    volumes = detail::known_of(std::move(volumes));
  }
  m.volume_known = !volumes.empty();
  m.decile_volumes = detail::fit_deciles(std::move(volumes));

  std::vector<double> points = detail::sum_points(in, 0, rows, nullptr, nullptr);
  std::vector<double> coverage = detail::read_coverage(in, 0, rows, nullptr);
  std::vector<double> known, scored;
  for (std::size_t row = 0; row < rows; ++row) {
    if (std::isnan(points[row]) || std::isnan(coverage[row])) continue;
    known.push_back(points[row]);
    if (coverage[row] >= what.engagement.min_coverage) scored.push_back(points[row]);
  }
  m.s0 = detail::fit_s0(what.engagement, std::move(known));
  for (double& value : scored) value = detail::saturate(value, m.s0);
  m.engagement_floors = detail::fit_cuts(what.engagement_cuts, std::move(scored));

  std::vector<double> identity;
  if (what.identity_cuts.how == cuts::kind::quantile)
    identity = detail::known_of(detail::score_card(in.identity, what.identity.min_coverage, 0, rows, nullptr).score);
  m.identity_floors = detail::fit_cuts(what.identity_cuts, std::move(identity));
  return m;
}

TIERWISE_INLINE result<assignment> assign(const model& model, const table_view& profiles, executor* threads) {
  const result<detail::inputs> opened = detail::open(model, profiles);
  if (!opened) return opened.error();
  const detail::inputs& in = opened.value();
  const std::size_t rows = profiles.rows(), blocks = (rows + detail::score_block - 1) / detail::score_block;
  assignment all;
  detail::resize(all, rows);
  std::vector<std::vector<bad_row>> rejected(blocks);  // one for each block, so that threads share nothing
  for_blocks(threads, rows, detail::score_block, [&](std::size_t begin, std::size_t end) {
    std::vector<bad_row>& bad = rejected[begin / detail::score_block];
    detail::assign_potential(model, in, begin, end - begin, all, bad);
    detail::assign_identity(model, in, begin, end - begin, all, bad);
    detail::assign_engagement(model, in, begin, end - begin, all, bad);
    detail::assign_tiers(model.policy, begin, end, all);
    detail::order_rejected(bad);
  });
  for (std::vector<bad_row>& bad : rejected) all.rejected.insert(all.rejected.end(), bad.begin(), bad.end());
  return all;
}

}  // namespace tierwise

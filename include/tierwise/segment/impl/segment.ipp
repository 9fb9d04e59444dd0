#include <tierwise/segment/impl/cuts.ipp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

/// Points at which engagement reaches 63: the quantile, that of the positive points if it is not positive, or 1.
TIERWISE_INLINE double fit_s0(const saturation& what, std::vector<double> points) {
  if (what.s0 > 0) return what.s0;
  std::sort(points.begin(), points.end());
  if (const double s0 = points.empty() ? 0 : quantile(points, what.s0_quantile); s0 > 0) return s0;
  points.erase(points.begin(), std::upper_bound(points.begin(), points.end(), 0.0));
  return points.empty() ? 1 : quantile(points, what.s0_quantile);
}

/// The cuts of a model with the columns of their strata.
struct strata_inputs {
  cuts_input volume, card, identity, engagement;
};

TIERWISE_INLINE result<strata_inputs> open_strata(const policy& what, const table_view& profiles) {
  strata_inputs out;
  const auto open = [&](const cuts& cuts, bool used, cuts_input& in) {
    return used ? open_strata(cuts, profiles, in) : std::nullopt;
  };
  if (const auto error = open(what.potential.cuts, !what.potential.volume.empty(), out.volume)) return *error;
  if (const auto error = open(what.potential.card_cuts, !what.potential.card.terms.empty(), out.card)) return *error;
  if (const auto error = open(what.identity_cuts, true, out.identity)) return *error;
  if (const auto error = open(what.engagement_cuts, true, out.engagement)) return *error;
  return out;
}

TIERWISE_INLINE result<strata_inputs> open_strata(const model& m, const table_view& profiles) {
  result<strata_inputs> in = open_strata(m.policy, profiles);
  if (!in) return in;
  strata_inputs out = std::move(in.value());
  bind_strata(m.volume, out.volume);
  bind_strata(m.card, out.card);
  bind_strata(m.identity, out.identity);
  bind_strata(m.engagement, out.engagement);
  return out;
}

TIERWISE_INLINE void resize(assignment& all, std::size_t rows) {
  all.potential.resize(rows, missing);
  all.potential_basis.resize(rows, basis::none);
  all.potential_coverage.resize(rows);
  all.potential_missing.resize(rows);
  all.potential_stratum.resize(rows, no_stratum);
  all.decile.resize(rows, unknown_decile);
  all.grade.resize(rows, unknown_level);
  all.identity_score.resize(rows);
  all.identity_coverage.resize(rows);
  all.identity_missing.resize(rows);
  all.identity_level.resize(rows, unknown_level);
  all.identity_stratum.resize(rows, no_stratum);
  all.engagement_score.resize(rows, missing);
  all.engagement_coverage.resize(rows);
  all.engagement_main.resize(rows, no_channel);
  all.engagement_missing.resize(rows);
  all.engagement_level.resize(rows, unknown_level);
  all.engagement_stratum.resize(rows, no_stratum);
  all.profile_type.resize(rows);
  all.tier.resize(rows);
}

TIERWISE_INLINE void assign_potential(const model& m, const inputs& in, const strata_inputs& strata, std::size_t begin,
                                      std::size_t rows, assignment& all, std::vector<bad_row>& rejected) {
  const potential& what = m.policy.potential;
  const card_scores card = score_card(what.card, in.card, begin, rows, &rejected);
  std::vector<double> volume(rows, missing);
  std::vector<std::int32_t> volume_stratum(rows, no_stratum), card_stratum(rows, no_stratum);
  if (in.volume) {
    read_checked(*in.volume, what.volume, begin, volume, 0, std::numeric_limits<double>::infinity(), &rejected);
    find_strata(strata.volume, begin, volume_stratum);
  }
  find_strata(strata.card, begin, card_stratum);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = begin + i;
    if (m.volume_known && !std::isnan(volume[i])) {
      const std::int32_t stratum = volume_stratum[i];
      all.potential[row] = volume[i];
      all.potential_basis[row] = basis::volume;
      all.potential_coverage[row] = 1;
      all.potential_stratum[row] = stratum;
      all.decile[row] =
          decile_of(stratum == no_stratum ? m.volume.decile_volumes
                                          : m.volume.strata[static_cast<std::size_t>(stratum)].decile_volumes,
                    volume[i]);
      all.grade[row] = step_of(floors_for(m.volume, stratum), volume[i]);
      continue;
    }
    all.potential_coverage[row] = card.coverage[i];
    all.potential_missing[row] = card.absent[i];
    if (std::isnan(card.score[i])) continue;
    all.potential[row] = card.score[i];
    all.potential_basis[row] = basis::scorecard;
    all.potential_stratum[row] = card_stratum[i];
    all.grade[row] = step_of(floors_for(m.card, card_stratum[i]), card.score[i]);
  }
}

/// Where a card's scores go.
struct level_columns {
  std::vector<double>&score, &coverage;
  std::vector<std::uint64_t>& absent;
  std::vector<std::uint8_t>& level;
  std::vector<std::int32_t>& stratum;
};

TIERWISE_INLINE void assign_card(const scorecard& what, const std::vector<term_input>& terms, const fitted_cuts& cuts,
                                 const cuts_input& strata, std::size_t begin, std::size_t rows, const level_columns& to,
                                 std::vector<bad_row>& rejected) {
  const card_scores card = score_card(what, terms, begin, rows, &rejected);
  std::vector<std::int32_t> found(rows);
  find_strata(strata, begin, found);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = begin + i;
    to.score[row] = card.score[i];
    to.coverage[row] = card.coverage[i];
    to.absent[row] = card.absent[i];
    if (std::isnan(card.score[i])) continue;
    to.stratum[row] = found[i];
    to.level[row] = step_of(floors_for(cuts, found[i]), card.score[i]);
  }
}

TIERWISE_INLINE void assign_points(const model& m, const inputs& in, const strata_inputs& strata, std::size_t begin,
                                   std::size_t rows, assignment& all, std::vector<bad_row>& rejected) {
  std::vector<std::vector<double>> parts;
  const std::vector<double> points = sum_points(in, begin, rows, &rejected, &parts);
  const std::vector<double> coverage = read_coverage(in, begin, rows, &rejected);
  std::vector<std::int32_t> found(rows);
  find_strata(strata.engagement, begin, found);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = begin + i;
    if (std::isnan(points[i]) || std::isnan(coverage[i])) continue;
    all.engagement_coverage[row] = coverage[i];
    if (!is_covered(coverage[i], m.policy.engagement.min_coverage)) continue;
    all.engagement_score[row] = saturate(points[i], m.s0);
    all.engagement_stratum[row] = found[i];
    all.engagement_level[row] = step_of(floors_for(m.engagement, found[i]), all.engagement_score[row]);
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
  if (detail::reads_points(what))
    for (const named_column& column : profiles.columns())
      if (column.name.starts_with(prefix) && column.name.size() > prefix.size())
        m.channels.push_back(column.name.substr(prefix.size()));
  const result<detail::inputs> opened = detail::open(m.policy, m.channels, profiles);
  if (!opened) return opened.error();
  const result<detail::strata_inputs> strata = detail::open_strata(what, profiles);
  if (!strata) return strata.error();
  const detail::inputs& in = opened.value();
  const std::size_t rows = profiles.rows();
  const scheme& s = what.scheme;

  if (in.volume) {
    std::vector<double> volumes(rows);
    detail::read_checked(*in.volume, what.potential.volume, 0, volumes, 0, std::numeric_limits<double>::infinity(),
                         nullptr);
    m.volume_known = std::any_of(volumes.begin(), volumes.end(), [](double v) { return !std::isnan(v); });
    m.volume = detail::fit_cuts(what.potential.cuts, s.grades.size(), true, strata.value().volume, volumes);
  }
  const auto fit_card = [&](const scorecard& card, const std::vector<detail::term_input>& terms, const cuts& cuts,
                            std::size_t steps, const detail::cuts_input& of) {
    // Fixed cuts ask for no scores.
    std::vector<double> scores;
    if (cuts.how != cuts::kind::fixed) scores = detail::score_card(card, terms, 0, rows, nullptr).score;
    return detail::fit_cuts(cuts, steps, false, of, scores);
  };
  if (!what.potential.card.terms.empty())
    m.card = fit_card(what.potential.card, in.card, what.potential.card_cuts, s.grades.size(), strata.value().card);
  m.identity =
      fit_card(what.identity, in.identity, what.identity_cuts, s.identity_levels.size(), strata.value().identity);
  if (!detail::reads_points(what)) {
    m.engagement = fit_card(what.engagement_card, in.engagement, what.engagement_cuts, s.engagement_levels.size(),
                            strata.value().engagement);
    return m;
  }
  const std::vector<double> points = detail::sum_points(in, 0, rows, nullptr, nullptr);
  const std::vector<double> coverage = detail::read_coverage(in, 0, rows, nullptr);
  std::vector<double> known, scored(rows, missing);
  for (std::size_t row = 0; row < rows; ++row)
    if (!std::isnan(points[row]) && !std::isnan(coverage[row])) known.push_back(points[row]);
  m.s0 = detail::fit_s0(what.engagement, std::move(known));
  for (std::size_t row = 0; row < rows; ++row)
    if (!std::isnan(points[row]) && detail::is_covered(coverage[row], what.engagement.min_coverage))
      scored[row] = detail::saturate(points[row], m.s0);
  m.engagement =
      detail::fit_cuts(what.engagement_cuts, s.engagement_levels.size(), false, strata.value().engagement, scored);
  return m;
}

TIERWISE_INLINE result<assignment> assign(const model& model, const table_view& profiles, executor* threads) {
  const result<detail::inputs> opened = detail::open(model, profiles);
  if (!opened) return opened.error();
  const result<detail::strata_inputs> bound = detail::open_strata(model, profiles);
  if (!bound) return bound.error();
  const detail::inputs& in = opened.value();
  const detail::strata_inputs& strata = bound.value();
  const policy& what = model.policy;
  const std::size_t rows = profiles.rows(), blocks = (rows + detail::score_block - 1) / detail::score_block;
  assignment all;
  detail::resize(all, rows);
  const detail::level_columns identity{all.identity_score, all.identity_coverage, all.identity_missing,
                                       all.identity_level, all.identity_stratum};
  const detail::level_columns engagement{all.engagement_score, all.engagement_coverage, all.engagement_missing,
                                         all.engagement_level, all.engagement_stratum};
  std::vector<std::vector<bad_row>> rejected(blocks);  // one for each block, so that threads share nothing
  for_blocks(threads, rows, detail::score_block, [&](std::size_t begin, std::size_t end) {
    std::vector<bad_row>& bad = rejected[begin / detail::score_block];
    const std::size_t count = end - begin;
    detail::assign_potential(model, in, strata, begin, count, all, bad);
    detail::assign_card(what.identity, in.identity, model.identity, strata.identity, begin, count, identity, bad);
    if (detail::reads_points(what))
      detail::assign_points(model, in, strata, begin, count, all, bad);
    else
      detail::assign_card(what.engagement_card, in.engagement, model.engagement, strata.engagement, begin, count,
                          engagement, bad);
    detail::assign_tiers(what, begin, end, all);
    detail::order_rejected(bad);
  });
  for (std::vector<bad_row>& bad : rejected) all.rejected.insert(all.rejected.end(), bad.begin(), bad.end());
  return all;
}

}  // namespace tierwise

#include <array>
#include <cstring>

#include <tierwise/segment/impl/card.ipp>
#include <tierwise/segment/impl/cuts.ipp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

/// Points at which engagement reaches 63: the quantile, that of the positive points if it is not positive, or 1.
TIERWISE_INLINE double fit_s0(const saturation& what, std::vector<double> points) {
  if (what.s0 > 0) return what.s0;
  const auto quantile_of = [&what](const std::vector<double>& numbers) {
    if (numbers.empty()) return 0.0;
    if (numbers.size() > few_numbers) return quantiles(column_view(numbers), {&what.s0_quantile, 1})[0];
    return quantile(sorted_known(numbers), what.s0_quantile);
  };
  if (const double s0 = quantile_of(points); s0 > 0) return s0;
  std::erase_if(points, [](double v) { return !(v > 0); });
  return points.empty() ? 1 : quantile_of(points);
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

/// Each number is written later. Memory that is large enough is used again.
TIERWISE_INLINE void resize(assignment& all, std::size_t rows) {
  all.potential.resize(rows), all.identity_score.resize(rows), all.engagement_score.resize(rows);
  all.potential_basis.resize(rows), all.decile.resize(rows), all.engagement_main.resize(rows);
  all.potential_coverage.resize(rows), all.identity_coverage.resize(rows), all.engagement_coverage.resize(rows);
  all.potential_missing.resize(rows), all.identity_missing.resize(rows), all.engagement_missing.resize(rows);
  all.potential_stratum.resize(rows), all.identity_stratum.resize(rows), all.engagement_stratum.resize(rows);
  all.grade.resize(rows), all.identity_level.resize(rows), all.engagement_level.resize(rows);
  all.profile_type.resize(rows), all.tier.resize(rows);
  all.rejected.clear();
}

TIERWISE_INLINE void resize(contribution_columns& parts, const inputs& in, std::size_t rows) {
  const auto resize_all = [rows](std::vector<std::vector<double>>& columns, std::size_t count) {
    columns.resize(count);
    for (std::vector<double>& column : columns) column.resize(rows);
  };
  resize_all(parts.potential, in.card.size());
  resize_all(parts.identity, in.identity.size());
  resize_all(parts.engagement, reads_points(*in.what) ? in.points.size() : in.engagement.size());
}

inline constexpr std::size_t stream_rows = 65536;  // from here on results outgrow the caches

/// The rows of a block into a column.
template <class T>
void put(const block_of<T>& block, std::size_t rows, std::size_t begin, std::vector<T>& column) noexcept {
  if (column.size() >= stream_rows) return stream(block.data(), rows * sizeof(T), column.data() + begin);
  std::memcpy(column.data() + begin, block.data(), rows * sizeof(T));
}

/// The parts of a block into columns, if they are asked for.
TIERWISE_INLINE void put_parts(const card_block& block, std::size_t rows, std::size_t begin,
                               std::vector<std::vector<double>>* columns) noexcept {
  for (std::size_t k = 0; columns != nullptr && k < columns->size(); ++k)
    put(block.part(k), rows, begin, (*columns)[k]);
}

/// The step of each score of a block (step_of), unknown_level where the score is missing; `strata`: of each row.
TIERWISE_INLINE void find_steps(const fitted_cuts& cuts, std::size_t rows, const block_of<double>& score,
                                const std::int32_t* strata, std::uint8_t* out) noexcept {
  if (!cuts.strata.empty()) {
    for (std::size_t i = 0; i < rows; ++i)
      out[i] = std::isnan(score[i]) ? unknown_level : step_of(floors_for(cuts, strata[i]), score[i]);
    return;
  }
  block_of<std::int64_t> step;
  kernels().find_steps(whole_vectors(rows), score.data(), cuts.floors.data(), cuts.floors.size(), unknown_level,
                       step.data());
  for (std::size_t i = 0; i < rows; ++i) out[i] = static_cast<std::uint8_t>(step[i]);
}

/// Where the cells of each grade and level begin among those of the scheme; what an unknown counts as is looked up already.
class tier_lookup {
 public:
  explicit tier_lookup(const policy& what) : cells_(what.scheme.cells) {
    const scheme& s = what.scheme;
    const auto set = [](std::array<std::uint32_t, 256>& of, std::size_t steps, std::size_t stride,
                        std::size_t unknown) {
      for (std::size_t step = 0; step < steps; ++step) of[step] = static_cast<std::uint32_t>(step * stride);
      of[unknown_level] = static_cast<std::uint32_t>(unknown * stride);
    };
    const std::size_t engagements = s.engagement_levels.size();
    set(grade_, s.grades.size(), s.identity_levels.size() * engagements, what.potential.unknown_as);
    set(identity_, s.identity_levels.size(), engagements, what.identity_cuts.unknown_as);
    set(engagement_, engagements, 1, what.engagement_cuts.unknown_as);
  }

  void find(std::size_t rows, const std::uint8_t* grade, const std::uint8_t* identity, const std::uint8_t* engagement,
            std::uint8_t* type, std::uint16_t* tier) const noexcept {
    const cell* const cells = cells_.data();
    for (std::size_t i = 0; i < rows; ++i) {
      const cell c = cells[grade_[grade[i]] + identity_[identity[i]] + engagement_[engagement[i]]];
      type[i] = c.profile_type;
      tier[i] = c.tier;
    }
  }

 private:
  std::span<const cell> cells_;
  std::array<std::uint32_t, 256> grade_{}, identity_{}, engagement_{};
};

/// Assigns rows through blocks; one for each task, so that threads share nothing.
class assigner {
 public:
  assigner(const model& m, const inputs& in, const strata_inputs& strata, assignment& all, contribution_columns* parts,
           const tier_lookup& tiers, std::vector<bad_row>& rejected)
      : m_(m),
        in_(in),
        strata_(strata),
        all_(all),
        parts_(parts),
        tiers_(tiers),
        rejected_(rejected),
        card_(m.policy.potential.card, in.card),
        identity_(m.policy.identity, in.identity),
        engagement_(m.policy.engagement_card, in.engagement) {
    if (reads_points(m.policy)) channels_.resize(in.points.size() * card_rows);
  }

  void run(std::size_t begin, std::size_t end) {
    for (; begin < end; begin += card_rows) {
      const std::size_t rows = std::min(card_rows, end - begin);
      potential(begin, rows);
      card(identity_, m_.identity, strata_.identity, begin, rows, parts_ == nullptr ? nullptr : &parts_->identity,
           {all_.identity_score, all_.identity_coverage, all_.identity_missing, all_.identity_level,
            all_.identity_stratum});
      const auto parts = parts_ == nullptr ? nullptr : &parts_->engagement;
      if (reads_points(m_.policy)) {
        points(begin, rows, parts);
      } else {
        card(engagement_, m_.engagement, strata_.engagement, begin, rows, parts,
             {all_.engagement_score, all_.engagement_coverage, all_.engagement_missing, all_.engagement_level,
              all_.engagement_stratum});
        std::fill_n(all_.engagement_main.begin() + static_cast<std::ptrdiff_t>(begin), rows, no_channel);
      }
      tiers_.find(rows, all_.grade.data() + begin, all_.identity_level.data() + begin,
                  all_.engagement_level.data() + begin, all_.profile_type.data() + begin, all_.tier.data() + begin);
    }
    finish_stream();
  }

 private:
  /// Where a card's scores go.
  struct level_columns {
    std::vector<double>&score, &coverage;
    std::vector<std::uint64_t>& absent;
    std::vector<std::uint8_t>& level;
    std::vector<std::int32_t>& stratum;
  };

  void card(card_block& block, const fitted_cuts& cuts, const cuts_input& strata, std::size_t begin, std::size_t rows,
            std::vector<std::vector<double>>* columns, const level_columns& to) {
    std::int32_t* const stratum = to.stratum.data() + begin;
    block.read(begin, rows, &rejected_);
    put(block.score, rows, begin, to.score);
    put(block.coverage, rows, begin, to.coverage);
    put(block.absent, rows, begin, to.absent);
    spread(block, block.score, begin, rows, columns);
    find_strata(strata, begin, {stratum, rows});
    find_steps(cuts, rows, block.score, stratum, to.level.data() + begin);
    if (cuts.strata.empty()) return;
    for (std::size_t i = 0; i < rows; ++i)
      if (std::isnan(block.score[i])) stratum[i] = no_stratum;
  }

  static void spread(card_block& block, const block_of<double>& score, std::size_t begin, std::size_t rows,
                     std::vector<std::vector<double>>* columns) {
    if (columns == nullptr) return;
    block.spread(rows, score);
    put_parts(block, rows, begin, columns);
  }

  void potential(std::size_t begin, std::size_t rows) {
    const struct potential& what = m_.policy.potential;
    std::vector<std::vector<double>>* const columns = parts_ == nullptr ? nullptr : &parts_->potential;
    card(card_, m_.card, strata_.card, begin, rows, columns,
         {all_.potential, all_.potential_coverage, all_.potential_missing, all_.grade, all_.potential_stratum});
    basis* const road = all_.potential_basis.data() + begin;
    for (std::size_t i = 0; i < rows; ++i)
      road[i] = static_cast<basis>(1 + static_cast<int>(std::isnan(card_.score[i])));  // scorecard, none
    std::fill_n(all_.decile.begin() + static_cast<std::ptrdiff_t>(begin), rows, unknown_decile);
    if (!in_.volume) return;
    block_of<double> volume;
    read_checked(*in_.volume, what.volume, begin, std::span(volume).first(rows), 0,
                 std::numeric_limits<double>::infinity(), &rejected_);
    if (!m_.volume_known) return;
    block_of<std::int32_t> strata;
    find_strata(strata_.volume, begin, std::span(strata).first(rows));
    for (std::size_t i = 0; i < rows; ++i) {
      if (std::isnan(volume[i])) continue;
      const std::size_t row = begin + i;
      const std::int32_t in = strata[i];
      all_.potential[row] = volume[i];
      all_.potential_stratum[row] = in;
      all_.grade[row] = step_of(floors_for(m_.volume, in), volume[i]);
      all_.potential_basis[row] = basis::volume;
      all_.potential_coverage[row] = 1;
      all_.potential_missing[row] = 0;
      all_.decile[row] = decile_of(
          in == no_stratum ? m_.volume.decile_volumes : m_.volume.strata[static_cast<std::size_t>(in)].decile_volumes,
          volume[i]);
      for (std::size_t k = 0; columns != nullptr && k < columns->size(); ++k) (*columns)[k][row] = missing;
    }
  }

  void points(std::size_t begin, std::size_t rows, std::vector<std::vector<double>>* columns) {
    std::vector<double*> channels;
    for (std::size_t k = 0; k < in_.points.size(); ++k) channels.push_back(channels_.data() + k * card_rows);
    block_of<double> sum, known, scores;
    double* const coverage = all_.engagement_coverage.data() + begin;
    std::int32_t* const stratum = all_.engagement_stratum.data() + begin;
    std::uint16_t* const main = all_.engagement_main.data() + begin;
    read_points(in_, begin, rows, sum.data(), channels, &rejected_);
    read_coverage(in_, begin, std::span(known).first(rows), &rejected_);
    find_strata(strata_.engagement, begin, {stratum, rows});
    std::fill_n(all_.engagement_missing.begin() + static_cast<std::ptrdiff_t>(begin), rows, 0);
    std::vector<double> parts(channels.size());
    for (std::size_t i = 0; i < rows; ++i) {
      const bool unknown = std::isnan(sum[i]) || std::isnan(known[i]);
      const bool scored = !unknown && is_covered(known[i], m_.policy.engagement.min_coverage);
      coverage[i] = unknown ? 0 : known[i];
      scores[i] = scored ? saturate(sum[i], m_.s0) : missing;
      main[i] = no_channel;
      if (!scored) stratum[i] = no_stratum;
      for (std::size_t k = 0; k < m_.channels.size() && scored && sum[i] > 0; ++k)
        if (channels[k][i] > sum[i] / 2) {
          main[i] = static_cast<std::uint16_t>(k);
          break;
        }
      if (columns == nullptr) continue;
      for (std::size_t k = 0; k < parts.size(); ++k) parts[k] = scored ? channels[k][i] : missing;
      if (scored) spread_points(scores[i], sum[i], parts);
      for (std::size_t k = 0; k < parts.size(); ++k) (*columns)[k][begin + i] = parts[k];
    }
    put(scores, rows, begin, all_.engagement_score);
    find_steps(m_.engagement, rows, scores, stratum, all_.engagement_level.data() + begin);
  }

  const model& m_;
  const inputs& in_;
  const strata_inputs& strata_;
  assignment& all_;
  contribution_columns* parts_;
  const tier_lookup& tiers_;
  std::vector<bad_row>& rejected_;
  card_block card_, identity_, engagement_;
  std::vector<double> channels_;  // points of a block, channel by channel
};

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
  const result<detail::inputs> opened = detail::open(m.policy, m.channels, profiles, profiles.rows());
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
    if (cuts.how != cuts::kind::fixed) scores = detail::card_column(card, terms, 0, rows);
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
  const auto [points, coverage] = detail::read_points(in, 0, rows);
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

TIERWISE_INLINE result<bool> assign(const model& model, const table_view& profiles, assignment& all,
                                    contribution_columns* parts, executor* threads) {
  const std::size_t rows = profiles.rows(), blocks = (rows + detail::score_block - 1) / detail::score_block;
  const result<detail::inputs> opened = detail::open(model, profiles, rows);
  if (!opened) return opened.error();
  const result<detail::strata_inputs> bound = detail::open_strata(model, profiles);
  if (!bound) return bound.error();
  detail::resize(all, rows);
  if (parts != nullptr) detail::resize(*parts, opened.value(), rows);
  std::vector<std::vector<bad_row>> rejected(blocks);
  const detail::tier_lookup tiers(model.policy);
  for_blocks(threads, rows, detail::score_block, [&](std::size_t begin, std::size_t end) {
    std::vector<bad_row>& bad = rejected[begin / detail::score_block];
    detail::assigner(model, opened.value(), bound.value(), all, parts, tiers, bad).run(begin, end);
    detail::order_rejected(bad);
  });
  for (std::vector<bad_row>& bad : rejected) all.rejected.insert(all.rejected.end(), bad.begin(), bad.end());
  return true;
}

TIERWISE_INLINE result<assignment> assign(const model& model, const table_view& profiles, executor* threads) {
  assignment all;
  if (const result<bool> done = assign(model, profiles, all, nullptr, threads); !done) return done.error();
  return all;
}

}  // namespace tierwise

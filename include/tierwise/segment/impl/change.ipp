#include <algorithm>
#include <cmath>
#include <optional>

#include <tierwise/segment/change.hpp>
#include <tierwise/segment/impl/cuts.ipp>
#include <tierwise/segment/impl/faults.ipp>
#include <tierwise/segment/impl/words.ipp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

/// From the least to the most that a number can be while some efforts are still open.
struct interval {
  double low = missing, high = missing;
};

/// A column that efforts raise.
struct raised_column {
  std::string_view name;
  column_view values;
  std::vector<std::size_t> efforts;  // in the policy's order
};

inline constexpr std::size_t not_raised = static_cast<std::size_t>(-1);

/// Which raised column each number of a score comes from.
struct raised_inputs {
  std::vector<raised_column> columns;
  std::vector<std::size_t> card, identity, engagement;  // by term
  std::vector<std::size_t> points;                      // by channel
  std::size_t volume = not_raised;
};

TIERWISE_INLINE result<raised_inputs> open_efforts(const policy& what, const inputs& in) {
  raised_inputs out;
  for (std::size_t e = 0; e < what.efforts.size(); ++e) {
    const std::string& name = what.efforts[e].column;
    const auto same = [&](const raised_column& c) { return c.name == name; };
    auto at = std::find_if(out.columns.begin(), out.columns.end(), same);
    if (at == out.columns.end()) at = out.columns.insert(at, raised_column{name, {}, {}});
    at->efforts.push_back(e);
  }
  std::vector<bool> read(out.columns.size());
  const auto find = [&](std::string_view name, const column_view& values) {
    for (std::size_t c = 0; c < out.columns.size(); ++c) {
      if (out.columns[c].name != name) continue;
      out.columns[c].values = values;
      read[c] = true;
      return c;
    }
    return not_raised;
  };
  const auto find_terms = [&](const std::vector<term_input>& terms, std::vector<std::size_t>& to) {
    for (const term_input& t : terms) to.push_back(reads_text(*t.what) ? not_raised : find(t.what->column, t.column));
  };
  find_terms(in.card, out.card);
  find_terms(in.identity, out.identity);
  find_terms(in.engagement, out.engagement);
  for (const named_column& channel : in.points) out.points.push_back(find(channel.name, channel.values));
  if (in.volume) out.volume = find(what.potential.volume, *in.volume);
  for (std::size_t c = 0; c < read.size(); ++c)
    if (!read[c])
      return Error(errc::missing_column, "an effort raises this column, but no score reads it as a number",
                   {std::string("/segment/efforts/").append(std::to_string(out.columns[c].efforts.front())),
                    std::string(out.columns[c].name), -1});
  return out;
}

/// Least and most of a share while its value is in an interval. Every transform but piecewise rises.
TIERWISE_INLINE interval share_between(const term& t, interval value) noexcept {
  interval out{share_of_number(t, value.low), share_of_number(t, value.high)};
  if (t.how != transform::piecewise) return out;
  if (out.low > out.high) std::swap(out.low, out.high);
  for (const auto& [at, points] : t.knots)
    if (at > value.low && at < value.high) {
      out.low = std::min(out.low, points / t.out_of);
      out.high = std::max(out.high, points / t.out_of);
    }
  return out;
}

/// A scorecard of one doctor; what does not change is read once.
class card_row {
 public:
  card_row(const scorecard& card, const std::vector<term_input>& terms, const std::vector<std::size_t>& raised,
           std::size_t row)
      : card_(card), raised_(raised) {
    double known_weight = 0;
    for (const term_input& t : terms) {
      double share = missing;
      read_shares(t, row, {&share, 1}, nullptr);
      if (!std::isnan(share)) known_weight += t.what->weight;
      known_.push_back(!std::isnan(share));
      shares_.push_back(!std::isnan(share)   ? share
                        : t.what->missing_as ? *t.what->missing_as / t.what->out_of
                                             : missing);
    }
    coverage_ = known_weight > 0 ? known_weight / total_weight(terms) : 0;
  }

  /// The score, by the same operations in the same order as score_card: each rises with every share, so the bounds are exact too.
  [[nodiscard]] interval score(const std::vector<interval>& columns) const {
    double counted = 0;
    interval sum{0, 0};
    for (std::size_t k = 0; k < shares_.size(); ++k) {
      if (std::isnan(shares_[k])) continue;
      const term& t = card_.terms[k];
      counted += t.weight;
      const interval share = known_[k] && raised_[k] != not_raised ? share_between(t, columns[raised_[k]])
                                                                   : interval{shares_[k], shares_[k]};
      sum.low += t.weight * share.low;
      sum.high += t.weight * share.high;
    }
    if (!(counted > 0) || !is_covered(coverage_, card_.min_coverage)) return {};
    return {finish(sum.low, counted), finish(sum.high, counted)};
  }

 private:
  [[nodiscard]] double finish(double sum, double counted) const noexcept {
    return std::clamp(round_score(card_.out_of * sum / counted), 0.0, card_.out_of);
  }

  const scorecard& card_;
  const std::vector<std::size_t>& raised_;
  std::vector<double> shares_;
  std::vector<bool> known_;
  double coverage_ = 0;
};

/// The scores of one doctor while some efforts are still open.
struct score_box {
  interval potential, identity, engagement;
  bool by_volume = false;
};

/// Searches one doctor's ways up.
class way_search {
 public:
  way_search(const model& m, const inputs& in, const raised_inputs& raised, const assignment& all, std::size_t row)
      : m_(m),
        raised_(raised),
        card_(m.policy.potential.card, in.card, raised.card, row),
        identity_(m.policy.identity, in.identity, raised.identity, row),
        engagement_(m.policy.engagement_card, in.engagement, raised.engagement, row) {
    const auto stratum = [row](const std::vector<std::int32_t>& of) { return of[row]; };
    volume_floors_ =
        &floors_for(m.volume, all.potential_basis[row] == basis::volume ? stratum(all.potential_stratum) : no_stratum);
    card_floors_ =
        &floors_for(m.card, all.potential_basis[row] == basis::volume ? no_stratum : stratum(all.potential_stratum));
    identity_floors_ = &floors_for(m.identity, stratum(all.identity_stratum));
    engagement_floors_ = &floors_for(m.engagement, stratum(all.engagement_stratum));
    if (in.volume && m.volume_known) read_checked(*in.volume, {}, row, {&volume_, 1}, 0, infinity, nullptr);
    if (reads_points(m.policy)) {
      for (const named_column& channel : in.points)
        read_checked(channel.values, {}, row, {&points_.emplace_back(), 1}, -infinity, infinity, nullptr);
      double coverage = missing;
      read_coverage(in, row, {&coverage, 1}, nullptr);
      engaged_ = is_covered(coverage, m.policy.engagement.min_coverage);
    }
    for (const raised_column& c : raised.columns)
      read_checked(c.values, {}, row, {&base_.emplace_back(), 1}, -infinity, infinity, nullptr);
    const std::vector<effort>& efforts = m.policy.efforts;
    most_.resize(efforts.size());
    if (raised.volume != not_raised) base_[raised.volume] = volume_;
    for (std::size_t c = 0; c < base_.size(); ++c)
      for (const std::size_t e : raised.columns[c].efforts) most_[e] = std::isnan(base_[c]) ? 0 : efforts[e].most;
    times_.resize(efforts.size());
    columns_.resize(base_.size());
  }

  [[nodiscard]] change run() {
    change out;
    out.now = out.then = standing_with(times_.size());
    const std::vector<cell>& cells = m_.policy.scheme.cells;
    if (std::none_of(cells.begin(), cells.end(), [&](const cell& c) { return c.tier < out.now.tier; })) {
      out.outcome = way_up::best_tier;
      return out;
    }
    tier_ = out.now.tier;
    search(0, 0, 0);
    if (!best_) return out;
    out.outcome = way_up::found;
    out.cost = best_->cost;
    times_ = best_->times;
    for (std::size_t e = 0; e < times_.size(); ++e)
      if (times_[e] > 0) out.efforts.push_back({e, times_[e]});
    out.then = standing_with(times_.size());
    return out;
  }

 private:
  struct found_way {
    double cost;
    std::int64_t count;
    std::vector<int> times;
  };

  /// Scores with the first `decided` efforts made times_ times and each other one at most most_ times.
  [[nodiscard]] score_box scores(std::size_t decided) {
    for (std::size_t c = 0; c < base_.size(); ++c) {
      interval value{base_[c], base_[c]};
      for (const std::size_t e : raised_.columns[c].efforts) {
        const double step = m_.policy.efforts[e].step;
        value.low += e < decided ? times_[e] * step : 0;
        value.high += (e < decided ? times_[e] : most_[e]) * step;
      }
      columns_[c] = value;
    }
    score_box out;
    out.identity = identity_.score(columns_);
    out.engagement = reads_points(m_.policy) ? engagement_by_points() : engagement_.score(columns_);
    out.by_volume = !std::isnan(volume_);
    if (!out.by_volume)
      out.potential = card_.score(columns_);
    else
      out.potential = raised_.volume == not_raised ? interval{volume_, volume_} : columns_[raised_.volume];
    return out;
  }

  [[nodiscard]] interval engagement_by_points() const {
    if (!engaged_) return {};
    interval sum{0, 0};
    for (std::size_t k = 0; k < points_.size(); ++k) {
      if (std::isnan(points_[k])) return {};
      const std::size_t c = raised_.points[k];
      sum.low += c == not_raised ? points_[k] : columns_[c].low;
      sum.high += c == not_raised ? points_[k] : columns_[c].high;
    }
    return {saturate(sum.low, m_.s0), saturate(sum.high, m_.s0)};
  }

  /// The step of a score, or what an unknown counts as.
  [[nodiscard]] static std::uint8_t counted(const std::vector<double>& floors, double score, std::uint8_t unknown_as) {
    return std::isnan(score) ? unknown_as : step_of(floors, score);
  }

  /// The best tier that any scores within the box have.
  [[nodiscard]] std::uint16_t best_tier(const score_box& box) const {
    const scheme& s = m_.policy.scheme;
    const std::vector<double>& potential_floors = box.by_volume ? *volume_floors_ : *card_floors_;
    const std::uint8_t grade_unknown = m_.policy.potential.unknown_as,
                       identity_unknown = m_.policy.identity_cuts.unknown_as,
                       engagement_unknown = m_.policy.engagement_cuts.unknown_as;
    std::uint16_t best = 65535;
    for (std::size_t g = counted(potential_floors, box.potential.high, grade_unknown);
         g <= counted(potential_floors, box.potential.low, grade_unknown); ++g)
      for (std::size_t i = counted(*identity_floors_, box.identity.high, identity_unknown);
           i <= counted(*identity_floors_, box.identity.low, identity_unknown); ++i)
        for (std::size_t e = counted(*engagement_floors_, box.engagement.high, engagement_unknown);
             e <= counted(*engagement_floors_, box.engagement.low, engagement_unknown); ++e)
          best = std::min(best, s.cells[s.index(g, i, e)].tier);
    return best;
  }

  [[nodiscard]] standing standing_with(std::size_t decided) {
    const score_box box = scores(decided);
    const auto step = [](const std::vector<double>& floors, double score) {
      return std::isnan(score) ? unknown_level : step_of(floors, score);
    };
    return {box.potential.high,
            box.identity.high,
            box.engagement.high,
            step(box.by_volume ? *volume_floors_ : *card_floors_, box.potential.high),
            step(*identity_floors_, box.identity.high),
            step(*engagement_floors_, box.engagement.high),
            best_tier(box)};
  }

  void search(std::size_t effort, double cost, std::int64_t count) {
    if (best_tier(scores(effort)) >= tier_) return;
    if (effort == times_.size()) {
      // Of equal costs the fewest efforts, then more of the first: the order of the search alone would not say.
      const bool better =
          !best_ || cost < best_->cost ||
          (cost == best_->cost && (count < best_->count || (count == best_->count && times_ > best_->times)));
      if (better) best_ = found_way{cost, count, times_};
      return;
    }
    for (int times = 0; times <= most_[effort]; ++times) {
      const double with = cost + times * m_.policy.efforts[effort].cost;
      if (best_ && with > best_->cost) break;
      times_[effort] = times;
      search(effort + 1, with, count + times);
    }
    times_[effort] = 0;
  }

  const model& m_;
  const raised_inputs& raised_;
  card_row card_, identity_, engagement_;
  const std::vector<double>*volume_floors_, *card_floors_, *identity_floors_, *engagement_floors_;
  double volume_ = missing;
  std::vector<double> points_;  // by channel
  bool engaged_ = false;  // engagement by points is known
  std::vector<double> base_;  // by raised column
  std::vector<int> most_, times_;
  std::vector<interval> columns_;
  std::uint16_t tier_ = 0;
  std::optional<found_way> best_;
};

}  // namespace detail

TIERWISE_INLINE result<std::vector<change>> smallest_changes(const model& model, const table_view& profiles,
                                                             executor* threads) {
  const result<assignment> assigned = assign(model, profiles, threads);
  if (!assigned) return assigned.error();
  const detail::inputs in = detail::open(model, profiles, profiles.rows()).value();
  const result<detail::raised_inputs> raised = detail::open_efforts(model.policy, in);
  if (!raised) return raised.error();
  std::vector<change> out(profiles.rows());
  for_blocks(threads, out.size(), 256, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row)
      out[row] = detail::way_search(model, in, raised.value(), assigned.value(), row).run();
  });
  return out;
}

TIERWISE_INLINE std::string words(const model& model, const change& what, language in) {
  const bool zh = in == language::chinese;
  const scheme& s = model.policy.scheme;
  const auto name = [zh](std::string_view word) { return zh ? detail::chinese(word) : detail::spaced(word); };
  const std::string now = std::to_string(what.now.tier), then = std::to_string(what.then.tier);
  switch (what.outcome) {
    case way_up::best_tier: return zh ? "已在最高层" : "already in the best tier";
    case way_up::out_of_reach:
      return zh ? "可采取的行动都不足以升层" : "nothing that may be done is enough for a better tier";
    case way_up::found: break;
  }
  std::string out;
  for (const effort_count& e : what.efforts) {
    if (!out.empty()) out += zh ? "、" : ", ";
    const std::string times = std::to_string(e.times), id = name(model.policy.efforts[e.effort].id);
    out += zh ? times + "次" + id : times + " × " + id;
  }
  const std::string cost = detail::number_text(what.cost);
  out += zh ? "（成本" + cost + "）：" : " (cost " + cost + "): ";
  std::string moves;
  const auto move = [&](const char* english, const char* chinese, double from, double to, std::uint8_t step_from,
                        std::uint8_t step_to, const std::vector<std::string>& steps) {
    if (step_from == step_to) return;
    if (!moves.empty()) moves += zh ? "，" : ", ";
    const auto text = [](double value) {
      return value <= 1e6 ? detail::score_text(value) : detail::number_text(value);
    };
    const std::string a = text(from), b = text(to), a_name = name(steps[step_from]), b_name = name(steps[step_to]);
    moves += zh ? chinese + a + "（" + a_name + "）→" + b + "（" + b_name + "）"
                : std::string(english) + " from " + a + " (" + a_name + ") to " + b + " (" + b_name + ")";
  };
  move("potential", "潜力", what.now.potential, what.then.potential, what.now.grade, what.then.grade, s.grades);
  move("identity", "身份", what.now.identity, what.then.identity, what.now.identity_level, what.then.identity_level,
       s.identity_levels);
  move("engagement", "互动", what.now.engagement, what.then.engagement, what.now.engagement_level,
       what.then.engagement_level, s.engagement_levels);
  return out + moves + (zh ? "，第" + now + "层→第" + then + "层" : ", tier " + now + " → tier " + then);
}

}  // namespace tierwise

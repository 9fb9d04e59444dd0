#include <tierwise/segment/impl/card.ipp>
#include <tierwise/segment/impl/words.ipp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

TIERWISE_INLINE std::vector<contribution> card_contributions(const scorecard& card,
                                                             const std::vector<term_input>& terms, std::size_t row) {
  card_block block(card, terms);
  block.read(row, 1, nullptr);
  if (std::isnan(block.score[0])) return {};
  block.spread(1, block.score);
  const double all = total_weight(terms);
  std::vector<contribution> out;
  for (std::size_t k = 0; k < terms.size(); ++k)
    out.push_back(
        {terms[k].what->column, block.part(k)[0], terms[k].what->weight / all, ((block.absent[0] >> k) & 1) == 0});
  return out;
}

TIERWISE_INLINE std::vector<contribution> engagement_contributions(const model& m, const inputs& in, std::size_t row) {
  std::vector<double> parts(in.points.size());
  std::vector<double*> to;
  for (double& part : parts) to.push_back(&part);
  double points = missing, coverage = missing;
  read_points(in, row, 1, &points, to, nullptr);
  read_coverage(in, row, {&coverage, 1}, nullptr);
  if (std::isnan(points) || !is_covered(coverage, m.policy.engagement.min_coverage)) return {};
  spread_points(saturate(points, m.s0), points, parts);
  std::vector<contribution> out;
  for (std::size_t k = 0; k < parts.size(); ++k)
    out.push_back(
        {m.channels.empty() ? std::string_view("points") : std::string_view(m.channels[k]), parts[k], 0, true});
  return out;
}

/// Writes a reason in one language.
struct reason_writer {
  const model& m;
  const assignment& all;
  std::size_t row;
  bool zh;

  [[nodiscard]] std::string name(std::string_view word) const { return zh ? chinese(word) : spaced(word); }

  /// "title, trials unknown"; nothing if nothing is. `mask` has a bit for each term that was missing.
  [[nodiscard]] std::string unknowns(const scorecard& card, std::uint64_t mask) const {
    std::string out;
    for (std::size_t k = 0; k < card.terms.size(); ++k)
      if (((mask >> k) & 1) != 0) out += (out.empty() ? "" : zh ? "、" : ", ") + name(card.terms[k].column);
    if (!out.empty()) out += zh ? "未知" : " unknown";
    return out;
  }

  /// "among specialty Oncology", and why not in a finer set; nothing if the policy has no strata.
  [[nodiscard]] std::string stratum(const cuts& what, const fitted_cuts& fitted, std::int32_t index) const {
    if (what.strata.empty()) return {};
    const struct stratum* const in = index == no_stratum ? nullptr : &fitted.strata[static_cast<std::size_t>(index)];
    std::string among = zh ? "全体医生" : "all doctors";
    if (in != nullptr) {
      among.clear();
      for (std::size_t k = 0; k < in->key.size(); ++k)
        among += (k == 0 ? "" : zh ? "、" : ", ") + name(what.strata[in->set][k]) + " " + in->key[k];
    }
    if (in != nullptr && in->set == 0) return zh ? "在" + among + "中比较" : "among " + among;
    std::string finest;
    const std::vector<std::string>& set = what.strata.front();
    for (std::size_t k = 0; k < set.size(); ++k)
      finest += (k == 0 ? "" : zh ? "、" : k + 1 == set.size() ? " and " : ", ") + name(set[k]);
    return zh ? "已知同" + finest + "者过少，在" + among + "中比较"
              : "among " + among + ", as too few are known to share the same " + finest;
  }

  /// `more` after `text`, if there is more.
  [[nodiscard]] std::string joined(std::string text, const std::string& more) const {
    if (more.empty()) return text;
    if (!text.empty()) text += zh ? "；" : "; ";
    return text + more;
  }

  [[nodiscard]] std::string potential() const {
    const struct potential& what = m.policy.potential;
    const std::vector<std::string>& grades = m.policy.scheme.grades;
    const std::int32_t in = all.potential_stratum[row];
    std::string how;
    switch (all.potential_basis[row]) {
      case basis::volume: {
        const std::string decile = std::to_string(all.decile[row]);
        how = joined(zh ? "潜力第" + decile + "十分位" : "volume decile " + decile, stratum(what.cuts, m.volume, in));
        break;
      }
      case basis::scorecard: {
        const std::string lacks = unknowns(what.card, all.potential_missing[row]);
        how = what.volume.empty() ? "" : zh ? "无潜力数据，" : "no volume known; ";
        how += (zh ? "评分卡" : "scorecard ") + score_text(all.potential[row]) + (zh ? "分" : "");
        if (!lacks.empty()) how += (zh ? "，" : ", ") + lacks;
        how = joined(std::move(how), stratum(what.card_cuts, m.card, in));
        break;
      }
      case basis::none:
        return zh ? "潜力未知，按" + grades[what.unknown_as] + "级计"
                  : "grade " + grades[what.unknown_as] + " counted for unknown potential";
    }
    const std::string& grade = grades[all.grade[row]];
    return zh ? grade + "级（" + how + "）" : "grade " + grade + " (" + how + ")";
  }

  [[nodiscard]] std::string part(std::string_view what, const std::vector<std::string>& levels, double score,
                                 std::uint8_t level, std::uint8_t unknown_as, const std::string& remark,
                                 const char* level_then) const {
    std::string out = zh ? std::string(what) : std::string(what) + " ";
    if (level == unknown_level) {
      out += zh ? "未知，按" + name(levels[unknown_as]) + "计" : "unknown, counted as " + name(levels[unknown_as]);
      if (!remark.empty()) out += zh ? "（" + remark + "）" : " (" + remark + ")";
      return out;
    }
    out += score_text(score) + (zh ? "分（" : " (") + name(levels[level]);
    if (!remark.empty()) out += (zh ? "，" : level_then) + remark;
    return out + (zh ? "）" : ")");
  }

  [[nodiscard]] std::string identity() const {
    const policy& p = m.policy;
    return part(zh ? "身份" : "identity", p.scheme.identity_levels, all.identity_score[row], all.identity_level[row],
                p.identity_cuts.unknown_as,
                joined(unknowns(p.identity, all.identity_missing[row]),
                       compared(p.identity_cuts, m.identity, all.identity_level[row], all.identity_stratum[row])),
                "; ");
  }

  [[nodiscard]] std::string engagement() const {
    const policy& p = m.policy;
    const std::uint16_t main = all.engagement_main[row];
    std::string remark = unknowns(p.engagement_card, all.engagement_missing[row]);
    if (main != no_channel) remark = zh ? "主要来自" + name(m.channels[main]) : "mostly " + spaced(m.channels[main]);
    remark = joined(std::move(remark),
                    compared(p.engagement_cuts, m.engagement, all.engagement_level[row], all.engagement_stratum[row]));
    return part(zh ? "互动" : "engagement", p.scheme.engagement_levels, all.engagement_score[row],
                all.engagement_level[row], p.engagement_cuts.unknown_as, remark,
                p.engagement_card.terms.empty() ? ", " : "; ");
  }

  /// The stratum of a level that is known.
  [[nodiscard]] std::string compared(const cuts& what, const fitted_cuts& fitted, std::uint8_t level,
                                     std::int32_t in) const {
    return level == unknown_level ? std::string() : stratum(what, fitted, in);
  }

  /// All that is scored; a score that the policy does not have is not mentioned.
  [[nodiscard]] std::string scores() const {
    const policy& p = m.policy;
    std::string out;
    if (!p.potential.volume.empty() || !p.potential.card.terms.empty()) out = potential();
    if (!p.identity.terms.empty()) out = joined(std::move(out), identity());
    if (p.engagement.used || !p.engagement_card.terms.empty()) out = joined(std::move(out), engagement());
    return out;
  }
};

TIERWISE_INLINE std::vector<std::int32_t> codes_of(const std::vector<std::uint8_t>& steps) {
  std::vector<std::int32_t> codes;
  codes.reserve(steps.size());
  for (const std::uint8_t step : steps) codes.push_back(step == unknown_level ? -1 : step);
  return codes;
}

}  // namespace detail

TIERWISE_INLINE std::string_view name_of(basis b) noexcept {
  constexpr std::string_view names[] = {"volume", "scorecard", "unknown"};
  return names[static_cast<std::size_t>(b)];
}

TIERWISE_INLINE std::vector<contribution> contributions(const model& model, const table_view& profiles, std::size_t row,
                                                        score which) {
  const result<detail::inputs> opened = detail::open(model, profiles, 1);
  const detail::inputs& in = opened.value();
  if (row >= profiles.rows())
    throw Error(errc::invalid_argument, "row " + std::to_string(row) + " of " + std::to_string(profiles.rows()),
                {{}, "row", -1});
  switch (which) {
    case score::potential: {
      double volume = missing;
      if (in.volume && model.volume_known)
        detail::read_checked(*in.volume, {}, row, {&volume, 1}, 0, std::numeric_limits<double>::infinity(), nullptr);
      if (!std::isnan(volume)) return {};
      return detail::card_contributions(model.policy.potential.card, in.card, row);
    }
    case score::identity: return detail::card_contributions(model.policy.identity, in.identity, row);
    case score::engagement:
      return detail::reads_points(model.policy)
                 ? detail::engagement_contributions(model, in, row)
                 : detail::card_contributions(model.policy.engagement_card, in.engagement, row);
  }
  return {};
}

TIERWISE_INLINE std::string reason(const model& model, const assignment& all, std::size_t row, language in) {
  if (row >= all.size())
    throw Error(errc::invalid_argument,
                std::string("row ").append(std::to_string(row)).append(" of ").append(std::to_string(all.size())),
                {{}, "row", -1});
  const detail::reason_writer say{model, all, row, in == language::chinese};
  const std::string tier = std::to_string(all.tier[row]);
  const std::string type = say.name(model.policy.scheme.profile_types[all.profile_type[row]]);
  const std::string scores = say.scores();
  if (say.zh) return "第" + tier + "层（" + type + "）" + (scores.empty() ? "" : "：" + scores);
  return "Tier " + tier + " (" + type + ")" + (scores.empty() ? "" : ": " + scores);
}

TIERWISE_INLINE std::vector<grade_row> grade_table(const model& model, const assignment& all) {
  const std::size_t grades = model.policy.scheme.grades.size();
  std::vector<grade_row> out(grades + 1);
  std::vector<std::vector<double>> volumes(grades + 1);
  const auto at = [&](std::uint8_t grade) { return grade == unknown_level ? grades : std::size_t{grade}; };
  for (std::size_t row = 0; row < all.size(); ++row) {
    ++out[at(all.grade[row])].doctors;
    if (all.potential_basis[row] == basis::volume) volumes[at(all.grade[row])].push_back(all.potential[row]);
  }
  double total = 0;
  for (std::size_t g = 0; g <= grades; ++g) {
    // Sorted, so that the sum is the same number for any order of rows.
    std::sort(volumes[g].begin(), volumes[g].end());
    for (const double volume : volumes[g]) out[g].volume += volume;
    total += out[g].volume;
  }
  for (std::size_t g = 0; g <= grades; ++g) {
    out[g].grade = g == grades ? unknown_level : static_cast<std::uint8_t>(g);
    if (!all.tier.empty()) out[g].doctors_share = static_cast<double>(out[g].doctors) / static_cast<double>(all.size());
    if (total > 0) out[g].volume_share = out[g].volume / total;
  }
  return out;
}

TIERWISE_INLINE table columns(const model& model, const assignment& all) {
  const scheme& s = model.policy.scheme;
  std::vector<std::int32_t> deciles(all.decile.begin(), all.decile.end());
  std::vector<std::uint8_t> valid((all.size() + 7) / 8);
  for (std::size_t row = 0; row < all.size(); ++row)
    if (all.decile[row] != unknown_decile)
      valid[row / 8] = static_cast<std::uint8_t>(valid[row / 8] | (1u << (row % 8)));
  table out;
  out.add("potential", std::vector<double>(all.potential));
  out.add("decile", std::move(deciles), std::move(valid));
  out.add("grade", detail::codes_of(all.grade), s.grades);
  out.add("identity_score", std::vector<double>(all.identity_score));
  out.add("identity_level", detail::codes_of(all.identity_level), s.identity_levels);
  out.add("engagement_score", std::vector<double>(all.engagement_score));
  out.add("engagement_level", detail::codes_of(all.engagement_level), s.engagement_levels);
  out.add("profile_type", std::vector<std::int32_t>(all.profile_type.begin(), all.profile_type.end()), s.profile_types);
  out.add("tier", std::vector<std::int32_t>(all.tier.begin(), all.tier.end()));
  return out;
}

}  // namespace tierwise

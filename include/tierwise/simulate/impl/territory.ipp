#include <algorithm>
#include <cmath>
#include <utility>

#include <tierwise/simulate/impl/suggestions.ipp>
#include <tierwise/simulate/territory.hpp>

namespace tierwise::inline TIERWISE_ABI::simulate {

TIERWISE_INLINE std::vector<std::string> channels() {
  return {"visit", "remote_call", "meeting", "webinar", "email", "wechat", "video"};
}

TIERWISE_INLINE std::vector<action> default_catalogue() {
  return {{"detail_visit", "detailing", {"visit"}, 0.30, 0},
          {"detail_remote", "detailing", {"remote_call"}, 0.18, 0},
          {"sample_visit", "service", {"visit"}, 0.35, -0.2},
          {"invite_webinar", "education", {"email", "wechat"}, 0.12, 0.1},
          {"invite_meeting", "education", {"visit", "wechat"}, 0.16, 0.3},
          {"send_article", "digital", {"email", "wechat"}, 0.20, 0.2},
          {"send_video", "digital", {"wechat", "video"}, 0.16, -0.2},
          {"send_trial_data", "science", {"email", "visit"}, 0.12, 0.6},
          {"invite_speaker", "partnership", {"visit"}, 0.06, 1.0},
          {"invite_advisory_board", "partnership", {"visit", "remote_call"}, 0.04, 1.1},
          {"patient_program", "service", {"visit", "remote_call"}, 0.16, 0},
          {"survey", "insight", {"email", "wechat"}, 0.10, -0.1}};
}

namespace detail {

TIERWISE_INLINE table make_content(const std::vector<action>& catalogue) {
  struct entry {
    std::string_view content, action, from, until;
  };
  // The contents of the default policy, with the days between which each is approved.
  constexpr entry entries[] = {{"detail_aid", "detail_visit", "2024-01-01", "2027-12-31"},
                               {"detail_aid", "detail_remote", "2024-01-01", "2027-12-31"},
                               {"webinar_invitation", "invite_webinar", "2024-01-01", "2027-12-31"},
                               {"meeting_invitation", "invite_meeting", "2024-01-01", "2027-12-31"},
                               {"review_article", "send_article", "2024-03-01", "2027-02-28"},
                               {"guideline_summary", "send_article", "2025-01-01", "2027-12-31"},
                               {"mechanism_video", "send_video", "2024-06-01", "2027-05-31"},
                               {"case_video", "send_video", "2025-01-01", "2026-12-31"},
                               {"trial_results", "send_trial_data", "2024-09-01", "2027-08-31"},
                               {"patient_leaflet", "patient_program", "2024-01-01", "2027-12-31"}};
  std::vector<std::int32_t> content, action_code;
  std::vector<std::string> content_names, action_names;
  std::vector<date> from, until;
  for (const action& each : catalogue) action_names.push_back(each.id);
  for (const entry& each : entries) {
    const auto at = std::find(action_names.begin(), action_names.end(), each.action);
    if (at == action_names.end()) continue;
    if (content_names.empty() || content_names.back() != each.content) content_names.emplace_back(each.content);
    content.push_back(static_cast<std::int32_t>(content_names.size()) - 1);
    action_code.push_back(static_cast<std::int32_t>(at - action_names.begin()));
    from.push_back(parse_date(each.from).value());
    until.push_back(parse_date(each.until).value());
  }
  table out;
  out.add("content_id", std::move(content), std::move(content_names));
  out.add("action_id", std::move(action_code), std::move(action_names));
  out.add("approved_from", std::move(from));
  out.add("approved_until", std::move(until));
  return out;
}

TIERWISE_INLINE Error bad_option(std::string_view option, std::string message, errc code = errc::invalid_argument) {
  return Error(code, std::move(message), {.path = {}, .column = std::string(option)});
}

TIERWISE_INLINE result<bool> check_options(const options& what) {
  if (what.hcps > 0x7fffffff) return bad_option("hcps", "at most 2147483647 doctors, got " + std::to_string(what.hcps));
  if (!is_possible(what.from))
    return bad_option("from", "not a date between 1900-01-01 and 2199-12-31", errc::invalid_date);
  if (!is_possible(what.to))
    return bad_option("to", "not a date between 1900-01-01 and 2199-12-31", errc::invalid_date);
  if (what.to < what.from)
    return bad_option("to", "the last day " + format_date(what.to) + " is before the first, " + format_date(what.from));
  if (what.hcps_per_rep == 0) return bad_option("hcps_per_rep", "must be at least 1, got 0");
  const std::pair<std::string_view, double> rates[] = {{"visits_per_month", what.visits_per_month},
                                                       {"other_contacts_per_month", what.other_contacts_per_month},
                                                       {"contact_scale", what.contact_scale},
                                                       {"suggestions_per_month", what.suggestions_per_month}};
  for (const auto& [name, rate] : rates)
    if (!(rate >= 0 && rate <= 1000))
      return bad_option(name, "must lie between 0 and 1000, got " + std::to_string(rate));
  const std::pair<std::string_view, double> probs[] = {{"missing_prob", what.missing_prob},
                                                       {"unknown_volume_prob", what.unknown_volume_prob}};
  for (const auto& [name, prob] : probs)
    if (!(prob >= 0 && prob <= 1)) return bad_option(name, "must lie between 0 and 1, got " + std::to_string(prob));
  const std::vector<std::string> known = channels();
  for (std::size_t a = 0; a < what.catalogue.size(); ++a) {
    const action& each = what.catalogue[a];
    const std::string at = "catalogue/" + std::to_string(a);
    if (each.id.empty()) return bad_option(at, "an action needs an id");
    if (each.channels.empty()) return bad_option(at, "an action needs at least one channel");
    if (!(each.acceptance > 0 && each.acceptance < 1))
      return bad_option(at,
                        "acceptance must lie between 0 and 1, both excluded, got " + std::to_string(each.acceptance));
    if (!std::isfinite(each.standing)) return bad_option(at, "standing must be finite");
    for (std::size_t b = 0; b < a; ++b)
      if (what.catalogue[b].id == each.id) return bad_option(at, "has the id of catalogue/" + std::to_string(b));
    for (const std::string& channel : each.channels)
      if (std::find(known.begin(), known.end(), channel) == known.end())
        return bad_option(at, "names a channel that the simulator does not have; see simulate::channels",
                          errc::unknown_channel);
  }
  return true;
}

TIERWISE_INLINE void check_index(std::string_view name, std::size_t index, std::size_t size) {
  if (index >= size) throw bad_option(name, "must be below " + std::to_string(size) + ", got " + std::to_string(index));
}

}  // namespace detail

TIERWISE_INLINE double territory::response_probability(std::size_t hcp, std::size_t action, std::size_t channel) const {
  detail::check_index("hcp", hcp, made_with_.hcps);
  detail::check_index("action", action, made_with_.catalogue.size());
  detail::check_index("channel", channel, detail::channel_count);
  const auto& offered = made_with_.catalogue[action];
  const std::string name = channels()[channel];
  if (std::find(offered.channels.begin(), offered.channels.end(), name) == offered.channels.end()) return 0;
  const detail::latents of = detail::latents_of(made_with_.seed, hcp);
  return detail::acceptance_of(made_with_.seed, hcp, of, detail::affinity_of(made_with_.seed, hcp, of, channel),
                               offered);
}

TIERWISE_INLINE double territory::channel_affinity(std::size_t hcp, std::size_t channel) const {
  detail::check_index("hcp", hcp, made_with_.hcps);
  detail::check_index("channel", channel, detail::channel_count);
  return detail::affinity_of(made_with_.seed, hcp, detail::latents_of(made_with_.seed, hcp), channel);
}

TIERWISE_INLINE double territory::expected_outcome(std::size_t hcp, double visits_per_month) const {
  detail::check_index("hcp", hcp, made_with_.hcps);
  if (!(visits_per_month >= 0))
    throw detail::bad_option("visits_per_month", "must be at least 0, got " + std::to_string(visits_per_month));
  random_stream stream(made_with_.seed, hcp, detail::for_response);
  // Log-normal with mean 0.085: the mean response within doctors of physician-detailing, alike in all thirds of volume.
  const double gain = 0.085 * std::exp(0.8 * detail::normals(stream)() - 0.32);
  const double base = detail::true_volume(detail::latents_of(made_with_.seed, hcp)) / 12;
  return base * (1 + gain * (1 - std::exp(-0.9 * visits_per_month)));
}

TIERWISE_INLINE result<territory> make_territory(const options& what, executor* threads) {
  if (const auto sound = detail::check_options(what); !sound) return sound.error();
  territory out;
  out.made_with_ = what;
  out.hcps = detail::make_hcps(what, threads);
  out.interactions = detail::make_interactions(what, threads);
  out.consents = detail::make_consents(what, threads, out.granted_);
  out.history = detail::make_history(what, threads);
  out.representatives = detail::make_representatives(what);
  out.content = detail::make_content(what.catalogue);
  return out;
}

}  // namespace tierwise

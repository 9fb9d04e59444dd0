// Caps and gaps: how many more contacts or suggestions each still allows today.
#include <algorithm>

#include <tierwise/recommend/impl/programs.hpp>
#include <tierwise/recommend/recommend.hpp>

namespace tierwise::inline TIERWISE_ABI::recommend::detail {

/// Contacts of a doctor in (as_of − days, as_of] by the limit's channel. The log is sorted by date.
TIERWISE_INLINE std::int64_t contacts_within(const limit& rule, const profile::contact_log& log, std::size_t hcp,
                                             date as_of) noexcept {
  std::int64_t found = 0;
  for (std::size_t i = log.begin[hcp + 1]; i > log.begin[hcp]; --i) {
    const profile::contact& c = log.items[i - 1];
    if (c.on <= as_of - rule.days) break;
    if (c.on <= as_of && (rule.channel < 0 || rule.channel == c.channel)) found += c.count;
  }
  return found;
}

/// The contacts of a doctor that cannot be placed, as far as they may lie in (as_of − days, as_of] and be of the limit's channel.
TIERWISE_INLINE std::int64_t unplaced_within(const limit& rule, std::span<const profile::unplaced_contact> own,
                                             date as_of) noexcept {
  std::int64_t found = 0;
  for (const profile::unplaced_contact& c : own)
    if (c.on > as_of - rule.days && c.on <= as_of &&
        (rule.channel < 0 || rule.channel == c.channel || c.channel == profile::any_channel))
      found += c.count;
  return found;
}

/// The same for suggestions of the limit's channel, action and group.
TIERWISE_INLINE std::int64_t suggestions_within(const limit& rule, const propensity::history& past,
                                                const engine::programs& programs, std::size_t hcp,
                                                date as_of) noexcept {
  std::int64_t found = 0;
  for (std::size_t i = past.begin[hcp + 1]; i > past.begin[hcp]; --i) {
    const propensity::suggestion& s = past.items[i - 1];
    if (s.on <= as_of - rule.days) break;
    if (s.on <= as_of && (rule.channel < 0 || rule.channel == s.channel) &&
        (rule.action < 0 || rule.action == s.action) &&
        (rule.group < 0 || rule.group == programs.actions[s.action].group))
      ++found;
  }
  return found;
}

/// The suggestions of a doctor that cannot be placed, as far as they may lie there.
TIERWISE_INLINE std::int64_t unplaced_within(const limit& rule, std::span<const propensity::unplaced_suggestion> own,
                                             const engine::programs& programs, date as_of) noexcept {
  const auto may_be = [](std::int32_t wanted, std::uint16_t named) {
    return wanted < 0 || wanted == named || named == propensity::any_name;
  };
  return std::count_if(own.begin(), own.end(), [&](const propensity::unplaced_suggestion& s) {
    const bool group = rule.group < 0 || s.action == propensity::any_name ||
                       (s.action != propensity::other_name && rule.group == programs.actions[s.action].group);
    return s.on > as_of - rule.days && s.on <= as_of && may_be(rule.channel, s.channel) &&
           may_be(rule.action, s.action) && group;
  });
}

/// What is listed of one doctor, in a list by doctor.
template <class Item>
std::span<const Item> of_doctor(const std::vector<Item>& items, std::size_t hcp) noexcept {
  const auto own = std::ranges::equal_range(items, static_cast<std::int64_t>(hcp), {}, &Item::hcp);
  return {own.begin(), own.end()};
}

/// room[l] = how many more limit l allows a doctor today. Every window that holds today and the past lies within the one that ends
/// today, so looking at that one is enough to keep all of them.
TIERWISE_INLINE void room_today(const engine::programs& programs, const inputs& given, std::size_t hcp, date as_of,
                                std::vector<std::int64_t>& room) noexcept {
  std::span<const profile::unplaced_contact> contacts;
  std::span<const propensity::unplaced_suggestion> suggestions;
  if (given.contacts) contacts = of_doctor(given.contacts->unplaced, hcp);
  if (given.history) suggestions = of_doctor(given.history->unplaced, hcp);
  for (std::size_t l = 0; l < programs.limits.size(); ++l) {
    const limit& rule = programs.limits[l];
    std::int64_t used = 0;
    if (rule.of_suggestions()) {
      if (given.history)
        used = suggestions_within(rule, *given.history, programs, hcp, as_of) +
               unplaced_within(rule, suggestions, programs, as_of);
    } else if (given.contacts) {
      used = contacts_within(rule, *given.contacts, hcp, as_of) + unplaced_within(rule, contacts, as_of);
    }
    room[l] = rule.max - used;
  }
}

/// The first cap or gap that has no room for the candidate, as a stop; −1 if all have.
TIERWISE_INLINE std::int32_t full_limit(const engine::programs& programs, const candidate_program& what,
                                        const std::vector<std::int64_t>& room) noexcept {
  for (std::size_t i = what.limits.begin; i < what.limits.end; ++i) {
    const auto l = static_cast<std::size_t>(programs.candidate_limits[i]);
    if (room[l] <= 0) return programs.limits[l].stop;
  }
  return -1;
}

/// Contacts and history must be of these profiles, and name our actions and channels.
TIERWISE_INLINE void check_logs(const engine& engine, const inputs& given) {
  const auto expect = [](bool good, const char* message, const char* name) {
    if (!good) throw Error(errc::invalid_argument, message, {.path = {}, .column = name});
  };
  const std::size_t rows = given.profiles->rows();
  const auto fits = [rows](const auto& log) {
    return log.begin.size() == rows + 1 && log.begin.front() == 0 && log.begin.back() == log.items.size() &&
           std::is_sorted(log.begin.begin(), log.begin.end());
  };
  const auto are_of = [rows](const auto& items) {
    return std::is_sorted(items.begin(), items.end()) &&
           (items.empty() || (items.front().hcp >= 0 && static_cast<std::size_t>(items.back().hcp) < rows));
  };
  if (given.contacts) {
    const auto& withdrawals = given.contacts->withdrawals;
    const bool listed = std::all_of(withdrawals.begin(), withdrawals.end(), [&](const profile::withdrawal& w) {
      return w.hcp >= 0 && static_cast<std::size_t>(w.hcp) < rows && w.channel < engine.channels.size();
    });
    expect(fits(*given.contacts) && listed && are_of(given.contacts->unplaced), "are not of these profiles",
           "contacts");
    expect(given.contacts->is_of(engine.channels), "were read with other channels than the policy's", "contacts");
  }
  if (given.history) {
    expect(fits(*given.history), "is not of these profiles", "history");
    expect(are_of(given.history->unplaced), "is not of these profiles", "history");
    for (const propensity::unplaced_suggestion& s : given.history->unplaced)
      expect((s.action < engine.policy.actions.size() || s.action >= propensity::other_name) &&
                 (s.channel < engine.channels.size() || s.channel >= propensity::other_name),
             "was read with other actions or channels", "history");
    for (const propensity::suggestion& s : given.history->items)
      expect(s.action < engine.policy.actions.size() && s.channel < engine.channels.size(),
             "was read with other actions or channels", "history");
  }
}

}  // namespace tierwise

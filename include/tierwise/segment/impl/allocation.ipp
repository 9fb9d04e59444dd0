#include <algorithm>
#include <cmath>

#include <tierwise/segment/allocation.hpp>
#include <tierwise/segment/impl/faults.ipp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

inline constexpr std::size_t most_planned_channels = 64;
inline constexpr double least_contacts = .01, most_contacts = 10'000;  // so a remainder never empties the largest share
inline constexpr double most_money = 1e9;  // for a contact or a doctor
inline constexpr double most_capacity = 1e12;  // contacts a period
inline constexpr std::int64_t millionths = 1'000'000;

/// A count of millionths. Largest: 2^63 doctors · 10^4 contacts · 10^9 money · 10^6 < 2^127.
__extension__ using wide = __int128;

TIERWISE_INLINE std::int64_t in_millionths(double value) noexcept {
  return static_cast<std::int64_t>(std::round(value * 1e6));
}

/// The nearest binary64 but for a rounding in the last place; exact for whole numbers below 2^53.
TIERWISE_INLINE double as_number(wide count) noexcept {
  const wide whole = count / millionths, rest = count % millionths;
  return static_cast<double>(whole) + static_cast<double>(rest) / 1e6;
}

TIERWISE_INLINE std::size_t channel_index(const allocation& a, const std::string& id) noexcept {
  std::size_t i = 0;
  while (i < a.channels.size() && a.channels[i].channel != id) ++i;
  return i;
}

/// `limited` may also be no_limit.
TIERWISE_INLINE void check_limited(faults& out, double value, double most, std::string path) {
  if (value != no_limit) check_range(out, value, 0, most, std::move(path));
}

TIERWISE_INLINE void check_planned_channels(faults& out, const allocation& a, std::span<const std::string> ids) {
  const std::string path = "/allocation/channels";
  if (a.channels.size() > most_planned_channels)
    out.add(errc::policy_out_of_range, path,
            std::string("expected at most 64 channels, found ").append(std::to_string(a.channels.size())));
  for (std::size_t i = 0; i < a.channels.size(); ++i) {
    const channel_capacity& c = a.channels[i];
    const std::string here = at(path, std::string_view(c.channel));
    if (std::find(ids.begin(), ids.end(), c.channel) == ids.end())
      out.add(errc::policy_unknown_name, here, "there is no channel of this name");
    if (channel_index(a, c.channel) < i) out.add(errc::policy_duplicate_name, here, "this channel is already there");
    check_range(out, c.cost, 0, most_money, here + "/cost");
    check_limited(out, c.capacity, most_capacity, here + "/capacity");
  }
}

TIERWISE_INLINE void check_plan(faults& out, const allocation& a, std::size_t tier) {
  const tier_plan& plan = a.tiers[tier];
  const std::string path = at("/allocation/tiers", tier), mix = path + "/mix";
  if (!(plan.contacts == 0 || (plan.contacts >= least_contacts && plan.contacts <= most_contacts)))
    out.add(errc::policy_out_of_range, path + "/contacts",
            std::string("expected 0 or a number from 0.01 to 10000, found ").append(number_text(plan.contacts)));
  check_limited(out, plan.budget, most_money, path + "/budget");
  double sum = 0;
  for (std::size_t i = 0; i < plan.mix.size(); ++i) {
    const auto& [channel, share] = plan.mix[i];
    const std::string here = at(mix, std::string_view(channel));
    if (channel_index(a, channel) == a.channels.size())
      out.add(errc::policy_unknown_name, here, "the allocation's channels do not say what this one costs");
    if (std::any_of(plan.mix.begin(), plan.mix.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const channel_share& s) { return s.channel == channel; }))
      out.add(errc::policy_duplicate_name, here, "this channel already has a share");
    if (!(share > 0 && share <= 1))
      out.add(errc::policy_out_of_range, here,
              std::string("expected a share above 0 and at most 1, found ").append(number_text(share)));
    sum += share;
  }
  if ((plan.contacts > 0 || !plan.mix.empty()) && !(std::abs(sum - 1) <= 1e-9))
    out.add(errc::policy_out_of_range, mix,
            std::string("expected shares that add up to 1, found ").append(number_text(sum)));
}

/// A doctor's contacts by channel, in millionths; they add up to the plan's contacts.
TIERWISE_INLINE std::vector<std::int64_t> split(const allocation& a, const tier_plan& plan) {
  std::vector<std::int64_t> parts(a.channels.size());
  std::int64_t left = in_millionths(plan.contacts);
  std::size_t largest = 0;
  double most = 0;
  for (const channel_share& s : plan.mix) {
    const std::size_t channel = channel_index(a, s.channel);
    left -= parts[channel] = in_millionths(plan.contacts * s.share);
    if (s.share > most) most = s.share, largest = channel;
  }
  if (!parts.empty()) parts[largest] += left;
  return parts;
}

/// Contacts of one doctor, in millionths, times the cost of one, rounded to millionths.
TIERWISE_INLINE wide cost_of(std::int64_t contacts, double cost) noexcept {
  return (wide{contacts} * in_millionths(cost) + millionths / 2) / millionths;
}

}  // namespace detail

TIERWISE_INLINE std::vector<Error> check(const allocation& what, std::size_t tiers,
                                         std::span<const std::string> channel_ids) {
  detail::faults out;
  detail::check_range(out, what.period_days, 1, 3660, "/allocation/period_days");
  detail::check_planned_channels(out, what, channel_ids);
  if (what.tiers.size() != tiers)
    out.add(errc::policy_incomplete_table, "/allocation/tiers",
            std::string("expected a plan for each of ")
                .append(std::to_string(tiers))
                .append(" tiers, found ")
                .append(std::to_string(what.tiers.size())));
  for (std::size_t tier = 0; tier < what.tiers.size(); ++tier) detail::check_plan(out, what, tier);
  return std::move(out.found);
}

TIERWISE_INLINE result<allocation_summary> summarise(const allocation& what, std::span<const std::int64_t> doctors) {
  using detail::wide;
  const std::size_t channels = what.channels.size();
  std::vector<std::string> ids;
  for (const channel_capacity& c : what.channels) ids.push_back(c.channel);
  if (const std::vector<Error> faults = check(what, what.tiers.size(), ids); !faults.empty()) return faults.front();
  if (doctors.size() != what.tiers.size())
    return Error(errc::length_mismatch,
                 std::string("expected a count for each of ")
                     .append(std::to_string(what.tiers.size()))
                     .append(" tiers, found ")
                     .append(std::to_string(doctors.size())),
                 {{}, "doctors", -1});

  allocation_summary out;
  out.period_days = what.period_days;
  wide contacts = 0, cost = 0, budget = 0, over_budget = 0, short_by = 0;
  bool limited = true;
  std::vector<wide> by_channel(channels), cost_by_channel(channels);
  for (std::size_t tier = 0; tier < doctors.size(); ++tier) {
    const std::int64_t n = doctors[tier];
    if (n < 0 || n > std::numeric_limits<std::int64_t>::max() - out.doctors)
      return Error(errc::out_of_range, "expected counts from 0 that add up to less than 2^63",
                   {{}, "doctors", static_cast<std::int64_t>(tier)});
    const tier_plan& plan = what.tiers[tier];
    const std::vector<std::int64_t> parts = detail::split(what, plan);
    tier_load& load = out.tiers.emplace_back();
    load.doctors = n;
    wide tier_cost = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      const wide part = wide{n} * parts[c], part_cost = n * detail::cost_of(parts[c], what.channels[c].cost);
      load.by_channel.push_back(detail::as_number(part));
      by_channel[c] += part;
      cost_by_channel[c] += part_cost;
      tier_cost += part_cost;
    }
    const wide tier_contacts = wide{n} * detail::in_millionths(plan.contacts);
    load.contacts = detail::as_number(tier_contacts);
    load.cost = detail::as_number(tier_cost);
    if (plan.budget == no_limit) {
      load.budget = no_limit;
      limited = limited && n == 0;
    } else {
      const wide tier_budget = wide{n} * detail::in_millionths(plan.budget), over = tier_cost - tier_budget;
      load.budget = detail::as_number(tier_budget);
      load.over_budget = over > 0 ? detail::as_number(over) : 0;
      budget += tier_budget;
      over_budget += over > 0 ? over : 0;
    }
    out.doctors += n;
    contacts += tier_contacts;
    cost += tier_cost;
  }
  for (std::size_t c = 0; c < channels; ++c) {
    channel_load& load = out.channels.emplace_back();
    load.channel = what.channels[c].channel;
    load.contacts = detail::as_number(by_channel[c]);
    load.cost = detail::as_number(cost_by_channel[c]);
    load.capacity = what.channels[c].capacity;
    if (load.capacity == no_limit) continue;
    const wide over = by_channel[c] - detail::in_millionths(load.capacity);
    load.load = by_channel[c] == 0 ? 0 : load.contacts / load.capacity;
    load.short_by = over > 0 ? detail::as_number(over) : 0;
    short_by += over > 0 ? over : 0;
  }
  out.contacts = detail::as_number(contacts);
  out.cost = detail::as_number(cost);
  out.budget = limited ? detail::as_number(budget) : no_limit;
  out.over_budget = detail::as_number(over_budget);
  out.short_by = detail::as_number(short_by);
  return out;
}

TIERWISE_INLINE result<std::vector<std::int64_t>> doctors_by_tier(std::span<const std::uint16_t> tier,
                                                                  std::size_t tiers) {
  std::vector<std::int64_t> counts(tiers + 1);
  for (std::size_t row = 0; row < tier.size(); ++row) {
    if (tier[row] == 0 || tier[row] > tiers)
      return Error(errc::out_of_range,
                   std::string("expected a tier from 1 to ")
                       .append(std::to_string(tiers))
                       .append(", found ")
                       .append(std::to_string(tier[row])),
                   {{}, "tier", static_cast<std::int64_t>(row)});
    ++counts[tier[row]];
  }
  counts.erase(counts.begin());
  return counts;
}

}  // namespace tierwise

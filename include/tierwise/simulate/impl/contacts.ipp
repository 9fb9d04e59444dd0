// Dated contacts of one doctor: how many, by which channel, on which days, how deep.
#ifndef TIERWISE_SIMULATE_IMPL_CONTACTS_IPP
#define TIERWISE_SIMULATE_IMPL_CONTACTS_IPP

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <tierwise/simulate/impl/attributes.ipp>

namespace tierwise::inline TIERWISE_ABI::simulate::detail {

/// When contacts happen: each day of the period with its weight (weekday, month and yearly growth of open-payments-iowa).
struct calendar {
  date from;
  std::int32_t days = 0;
  alias_table any_day;

  [[nodiscard]] double months() const noexcept { return days / days_per_month; }
};

/// The month of a date, 0 = January. Shared by every draw, so computed once a day of the period.
TIERWISE_INLINE std::size_t month_of(date d) {
  const std::string text = format_date(d);
  return static_cast<std::size_t>((text[5] - '0') * 10 + (text[6] - '0') - 1);
}

TIERWISE_INLINE calendar make_calendar(date from, date to) {
  constexpr std::array<double, 7> weekday_share{0.171, 0.219, 0.202, 0.207, 0.160, 0.027, 0.013};  // Monday first
  constexpr std::array<double, 12> month_factor{0.93, 1.09, 1.12, 1.13, 1.04, 1.04, 0.91, 0.93, 1.04, 1.05, 0.98, 0.74};
  constexpr double growth_a_year = 0.11;
  calendar out{from, to - from + 1, {}};
  std::vector<double> weights(static_cast<std::size_t>(out.days));
  for (std::int32_t day = 0; day < out.days; ++day) {
    const date d = from + day;
    weights[static_cast<std::size_t>(day)] = weekday_share[static_cast<std::size_t>(weekday(d))] *
                                             month_factor[month_of(d)] * std::exp(growth_a_year * day / 365.25);
  }
  out.any_day = alias_table(weights);
  return out;
}

struct depth_share {
  std::string_view name;
  double share;  // of a doctor of average affinity; level k counts exp(0.35 · k · affinity) times this
};
inline constexpr depth_share done_only[] = {{"done", 1}};
inline constexpr depth_share at_meeting[] = {{"attended", 0.8}, {"question", 0.2}};
inline constexpr depth_share at_webinar[] = {{"delivered", 0.45}, {"attended", 0.45}, {"question", 0.1}};
inline constexpr depth_share in_message[] = {{"delivered", 0.62}, {"opened", 0.24}, {"clicked", 0.08}, {"read", 0.06}};
inline constexpr depth_share in_video[] = {{"opened", 0.6}, {"read", 0.4}};

TIERWISE_INLINE std::span<const depth_share> depths_of(std::size_t channel) noexcept {
  switch (channel) {
    case meeting: return at_meeting;
    case webinar: return at_webinar;
    case email:
    case wechat: return in_message;
    case video: return in_video;
    default: return done_only;
  }
}

/// Names of the depth column; a code is an index into this.
inline constexpr std::string_view depth_names[] = {"done", "delivered", "opened",   "clicked",
                                                   "read", "attended",  "question", "unsubscribed"};
inline constexpr std::uint32_t unsubscribed = 7;

TIERWISE_INLINE std::uint32_t depth_code(std::string_view name) noexcept {
  std::uint32_t k = 0;
  while (depth_names[k] != name) ++k;
  return k;
}

struct contact_counts {
  std::int64_t visits = 0, others = 0;
};

// Event ids are row · 1,000,000 + number, so one doctor has fewer contacts than that.
inline constexpr std::int64_t ids_per_doctor = 1'000'000;

TIERWISE_INLINE contact_counts contact_counts_of(const options& what, double months, std::size_t hcp) noexcept {
  const latents of = latents_of(what.seed, hcp);
  random_stream stream(what.seed, hcp, for_counts);
  normals normal(stream);
  const rates relative = rates_of(of, normal);
  const double scale = what.contact_scale * months;
  contact_counts out;
  out.visits = std::min(ids_per_doctor / 2 - 1, poisson(stream, relative.visits * what.visits_per_month * scale));
  out.others =
      std::min(ids_per_doctor / 2 - 1, poisson(stream, relative.others * what.other_contacts_per_month * scale));
  return out;
}

/// A contact in 32 bits, so that sorting orders by day, then channel, then depth. 190 years of days fit.
struct packed_contact {
  std::uint32_t bits = 0;

  packed_contact(std::int32_t day, std::size_t channel, std::uint32_t depth) noexcept
      : bits((static_cast<std::uint32_t>(day) << 8) | (static_cast<std::uint32_t>(channel) << 4) | depth) {}
  [[nodiscard]] std::int32_t day() const noexcept { return static_cast<std::int32_t>(bits >> 8); }
  [[nodiscard]] std::uint32_t channel() const noexcept { return (bits >> 4) & 15; }
  [[nodiscard]] std::uint32_t depth() const noexcept { return bits & 15; }
  friend bool operator<(packed_contact a, packed_contact b) noexcept { return a.bits < b.bits; }
};

/// Cumulative chances of a doctor's choices, made once a doctor: which other channel, and how deep in each.
struct habits {
  std::array<double, channel_count> channel{};
  std::array<std::array<double, 4>, channel_count> depth{};
  std::array<std::array<std::uint32_t, 4>, channel_count> code{};

  explicit habits(const channel_state& of) noexcept {
    constexpr std::array<double, channel_count> use{0, 0.14, 0.08, 0.10, 0.28, 0.28, 0.12};
    double sum = 0;
    for (std::size_t c = 1; c < channel_count; ++c) {
      const bool granted = (of.granted >> c & 1) != 0;  // a company mostly keeps to consent
      channel[c] = sum += use[c] * std::exp(0.9 * of.affinity[c]) * (granted ? 1 : 0.05);
      double below = 0;
      const auto shares = depths_of(c);
      for (std::size_t k = 0; k < shares.size(); ++k) {
        depth[c][k] = below += shares[k].share * std::exp(0.35 * static_cast<double>(k) * of.affinity[c]);
        code[c][k] = depth_code(shares[k].name);
      }
      for (std::size_t k = 0; k < shares.size(); ++k) depth[c][k] /= below;
    }
    for (double& chance : channel) chance /= sum;
  }

  [[nodiscard]] std::size_t channel_at(double u) const noexcept {
    std::size_t c = 1;
    while (c + 1 < channel_count && u >= channel[c]) ++c;
    return c;
  }
  [[nodiscard]] std::uint32_t depth_at(std::size_t c, double u) const noexcept {
    std::size_t k = 0;
    while (k + 1 < depths_of(c).size() && u >= depth[c][k]) ++k;
    return code[c][k];
  }
};

// How contacts of one doctor lie in time, fitted to the gaps of open-payments-iowa and the regularity of physician-detailing.
inline constexpr double partial_share = 0.20;  // of doctors: contacts begin late or end early in the period,
inline constexpr double longest_absence = 0.40;  // by up to this part of it
inline constexpr double planned_share = 0.60;  // of visits: laid out evenly over the doctor's time
inline constexpr double habit_share = 0.35;  // of free days: moved to the doctor's weekday in the same week
inline constexpr double same_day_share = 0.09;  // of other contacts: on the day of an earlier one,
inline constexpr double follow_up_share = 0.17;  // a few days after one,
inline constexpr double campaign_share = 0.20;  // or a few weeks
inline constexpr double follow_up_days = 2, campaign_days = 14;  // mean waits

/// Days [begin, end) of the period in which a doctor is reached at all.
struct active_days {
  std::int32_t begin = 0, end = 0;

  [[nodiscard]] bool contains(std::int32_t day) const noexcept { return begin <= day && day < end; }
};

TIERWISE_INLINE active_days active_days_of(random_stream& stream, std::int32_t days) noexcept {
  const double partial = stream.uniform(), length = stream.uniform();
  active_days out{0, days};
  const auto absent = static_cast<std::int32_t>(days * longest_absence * length);
  if (partial < partial_share / 2)
    out.begin = absent;
  else if (partial < partial_share)
    out.end = days - absent;
  return out;
}

/// Contacts of one doctor by date. Replaces `out`.
TIERWISE_INLINE void draw_contacts(const options& what, const calendar& when, std::size_t hcp, contact_counts counts,
                                   std::vector<packed_contact>& out) {
  out.clear();
  const std::int64_t total = counts.visits + counts.others;
  if (total == 0) return;
  const channel_state state = channel_state_of(what.seed, hcp, latents_of(what.seed, hcp));
  const habits of(state);
  random_stream stream(what.seed, hcp, for_contacts);
  const auto unit = [&] { return static_cast<double>(stream.next()) * 0x1p-32; };
  const auto usual = static_cast<int>(stream.below(5));  // Monday to Friday
  const active_days active = active_days_of(stream, when.days);
  const auto to_weekday = [&](std::int32_t day, int target) {
    const std::int32_t moved = day + target - weekday(when.from + day);
    return active.contains(moved) ? moved : day;
  };
  const auto free_day = [&] {
    auto day = static_cast<std::int32_t>(when.any_day(stream));
    while (!active.contains(day)) day = static_cast<std::int32_t>(when.any_day(stream));
    return unit() < habit_share && weekday(when.from + day) < 5 ? to_weekday(day, usual) : day;
  };

  for (std::int64_t k = 0; k < counts.visits; ++k) {
    std::int32_t day = 0;
    if (unit() < planned_share) {
      const double at = (static_cast<double>(k) + unit()) / static_cast<double>(counts.visits);
      day = std::min(active.end - 1, active.begin + static_cast<std::int32_t>(at * (active.end - active.begin)));
      if (weekday(when.from + day) >= 5) day = to_weekday(day, usual);
    } else {
      day = free_day();
    }
    out.emplace_back(day, visit, 0u);
  }
  for (std::int64_t k = 0; k < counts.others; ++k) {
    const double how = unit();
    std::int32_t day = -1;
    if (!out.empty() && how < same_day_share + follow_up_share + campaign_share) {
      day = out[stream.below(static_cast<std::uint32_t>(out.size()))].day();
      if (how >= same_day_share) {
        const double mean = how < same_day_share + follow_up_share ? follow_up_days : campaign_days;
        day += 1 + static_cast<std::int32_t>(-mean * std::log(1 - unit()));
        const int late = weekday(when.from + day) - 4;
        if (late > 0)
          day +=
              3 - late + static_cast<std::int32_t>(stream.below(5));  // not at the weekend: some day of the next week
      }
    }
    if (!active.contains(day)) day = free_day();
    const std::size_t c = of.channel_at(unit());
    out.emplace_back(day, c, of.depth_at(c, unit()));
  }
  std::sort(out.begin(), out.end());

  // Who leaves a channel is not written to any more: the last contact there is the unsubscription.
  for (const std::size_t c : {email, wechat}) {
    if ((state.left >> c & 1) == 0) continue;
    for (auto last = out.end(); last != out.begin();)
      if ((--last)->channel() == c) {
        *last = packed_contact(last->day(), c, unsubscribed);
        break;
      }
  }
  std::sort(out.begin(), out.end());  // two contacts of one day may have changed places
}

TIERWISE_INLINE table make_interactions(const options& what, executor* threads) {
  const calendar when = make_calendar(what.from, what.to);
  std::vector<contact_counts> counts(what.hcps);
  std::vector<std::size_t> begin(what.hcps + 1);
  for_blocks(threads, what.hcps, 1024, [&](std::size_t first, std::size_t last) {
    for (std::size_t hcp = first; hcp < last; ++hcp) counts[hcp] = contact_counts_of(what, when.months(), hcp);
  });
  for (std::size_t hcp = 0; hcp < what.hcps; ++hcp)
    begin[hcp + 1] = begin[hcp] + static_cast<std::size_t>(counts[hcp].visits + counts[hcp].others);

  const std::size_t rows = begin.back();
  std::vector<std::int64_t> event(rows);
  std::vector<std::int32_t> who(rows), channel(rows), depth(rows);
  std::vector<date> on(rows);
  for_blocks(threads, what.hcps, 1024, [&](std::size_t first, std::size_t last) {
    std::vector<packed_contact> drawn;
    for (std::size_t hcp = first; hcp < last; ++hcp) {
      draw_contacts(what, when, hcp, counts[hcp], drawn);
      for (std::size_t k = 0; k < drawn.size(); ++k) {
        const std::size_t row = begin[hcp] + k;
        event[row] = static_cast<std::int64_t>(hcp) * ids_per_doctor + static_cast<std::int64_t>(k);
        who[row] = static_cast<std::int32_t>(hcp);
        on[row] = when.from + drawn[k].day();
        channel[row] = static_cast<std::int32_t>(drawn[k].channel());
        depth[row] = static_cast<std::int32_t>(drawn[k].depth());
      }
    }
  });
  table out;
  out.add("event_id", std::move(event));
  out.add("hcp_id", std::move(who), numbered_all('S', what.hcps, 7));
  out.add("date", std::move(on));
  out.add("channel", std::move(channel), channels());
  out.add("depth", std::move(depth), std::vector<std::string>(std::begin(depth_names), std::end(depth_names)));
  return out;
}

}  // namespace tierwise

#endif

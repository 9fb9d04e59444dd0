#include <tierwise/propensity/pooled.hpp>

namespace tierwise::inline TIERWISE_ABI::propensity {

namespace detail {

struct tally {
  std::int64_t accepted = 0, offered = 0;

  void add(bool success) noexcept { accepted += success ? 1 : 0, ++offered; }
};

/// Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.4: the mean of Beta(strength · parent + accepted, …).
TIERWISE_INLINE double shrink(const tally& seen, double strength, double parent) noexcept {
  const double weight = static_cast<double>(seen.offered) + strength;
  return weight > 0 ? (static_cast<double>(seen.accepted) + strength * parent) / weight : parent;
}

TIERWISE_INLINE void check_options(const options& how) {
  // Written so that NaN fails.
  if (!(how.prior_rate >= 0 && how.prior_rate <= 1))
    throw Error(errc::invalid_argument, "must be from 0 to 1", {.path = {}, .column = "prior_rate"});
  const auto strength = [](double value, const char* name) {
    if (!(value >= 0 && value <= 1e9))
      throw Error(errc::invalid_argument, "must be from 0 to 1e9", {.path = {}, .column = name});
  };
  strength(how.whole_strength, "whole_strength");
  strength(how.channel_strength, "channel_strength");
  strength(how.action_strength, "action_strength");
}

}  // namespace detail

TIERWISE_INLINE pooled fit_pooled(const options& how, std::size_t actions, std::size_t channels, const history& past) {
  detail::check_options(how);
  detail::tally whole;
  std::vector<detail::tally> by_channel(channels), by_action(actions * channels);
  for (const suggestion& s : past.items) {
    if (s.action >= actions || s.channel >= channels)
      throw Error(errc::invalid_argument, "the history was read with other actions or channels",
                  {.path = {}, .column = "past"});
    const bool success = is_success(s.became);
    whole.add(success);
    by_channel[s.channel].add(success);
    by_action[s.action * channels + s.channel].add(success);
  }

  pooled out;
  out.whole = detail::shrink(whole, how.whole_strength, how.prior_rate);
  out.by_channel.reserve(channels);
  for (const detail::tally& seen : by_channel)
    out.by_channel.push_back(detail::shrink(seen, how.channel_strength, out.whole));
  out.estimates.reserve(by_action.size());
  for (std::size_t at = 0; at < by_action.size(); ++at) {
    const detail::tally& seen = by_action[at];
    const double parent = out.by_channel[at % channels];
    out.estimates.push_back({detail::shrink(seen, how.action_strength, parent), seen.accepted, seen.offered});
  }
  return out;
}

}  // namespace tierwise

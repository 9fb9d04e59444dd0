// How likely is an action to be accepted: pooled rates, shrunk from action × channel to channel to the whole.
#ifndef TIERWISE_PROPENSITY_POOLED_HPP
#define TIERWISE_PROPENSITY_POOLED_HPP

#include <vector>

#include <tierwise/propensity/history.hpp>

namespace tierwise::inline TIERWISE_ABI::propensity {

struct options {
  double prior_rate = 0.1;       ///< acceptance before any evidence, 0 to 1
  double whole_strength = 20;    ///< offers that the prior is worth to the whole,
  double channel_strength = 20;  ///< the whole to a channel,
  double action_strength = 20;   ///< and a channel to an action by that channel; each 0 (no pooling) to 1e9

  friend bool operator==(const options&, const options&) = default;
};

/// A rate with its evidence.
struct estimate {
  double probability = 0;
  std::int64_t accepted = 0, offered = 0;  ///< of this action by this channel

  friend bool operator==(const estimate&, const estimate&) = default;
};

/// Immutable. estimates[action · channels + channel].
struct pooled {
  double whole = 0;
  std::vector<double> by_channel;
  std::vector<estimate> estimates;

  [[nodiscard]] const estimate& of(std::size_t action, std::size_t channel) const noexcept {
    return estimates[action * by_channel.size() + channel];
  }
  friend bool operator==(const pooled&, const pooled&) = default;
};

/// p = (accepted + strength · parent) / (offered + strength), from the whole down: the posterior mean of a Beta–Binomial model
/// whose prior has the parent's mean and a weight of `strength` offers. With neither offers nor strength, p = parent.
/// O(suggestions + actions · channels). Throws invalid_argument if an option is out of range or `past` names an action or channel that
/// is not among them.
[[nodiscard]] pooled fit_pooled(const options& how, std::size_t actions, std::size_t channels, const history& past);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/propensity/impl/pooled.ipp>
#endif
#endif

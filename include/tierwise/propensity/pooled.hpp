// How likely is an action to be accepted: pooled rates, shrunk from action × channel to channel to the whole.
#ifndef TIERWISE_PROPENSITY_POOLED_HPP
#define TIERWISE_PROPENSITY_POOLED_HPP

#include <string>
#include <vector>

#include <tierwise/core/table.hpp>

namespace tierwise::inline TIERWISE_ABI::propensity {

/// What became of a suggestion. Accepted and completed are successes; dismissed and ignored are not.
enum class outcome : std::uint8_t { accepted, completed, dismissed, ignored };

[[nodiscard]] std::string_view name_of(outcome what) noexcept;

/// A past suggestion that could be read.
struct suggestion {
  std::int64_t hcp = 0;          ///< row of the doctor
  date on;
  std::uint16_t action = 0, channel = 0;
  outcome became = outcome::ignored;
};

/// Past suggestions up to a date, by doctor (begin[h] … begin[h + 1]) and then by date, action, channel, outcome.
struct history {
  std::vector<suggestion> items;
  std::vector<std::size_t> begin;
  std::vector<bad_row> rejected;
};

/// Reads a history: columns hcp_id, action_id, channel, date, outcome; optional decision_id (of rows with one id one is kept).
/// `hcp_ids` is the profiles' hcp_id column. Rows after `as_of` are not looked at; unusable rows are collected.
[[nodiscard]] result<history> read_history(const table_view& rows, const column_view& hcp_ids,
                                           const std::vector<std::string>& actions,
                                           const std::vector<std::string>& channels, date as_of);

struct options {
  double prior_rate = 0.1;       ///< acceptance before any evidence
  double whole_strength = 20;    ///< offers that the prior is worth to the whole,
  double channel_strength = 20;  ///< the whole to a channel,
  double action_strength = 20;   ///< and a channel to an action by that channel

  friend bool operator==(const options&, const options&) = default;
};

/// A rate with its evidence.
struct estimate {
  double probability = 0;
  std::int64_t accepted = 0, offered = 0;  ///< of this action by this channel
};

/// Immutable. estimates[action · channels + channel].
struct pooled {
  double whole = 0;
  std::vector<double> by_channel;
  std::vector<estimate> estimates;

  [[nodiscard]] const estimate& of(std::size_t action, std::size_t channel) const noexcept {
    return estimates[action * by_channel.size() + channel];
  }
};

/// p = (accepted + strength · parent) / (offered + strength), from the whole down: the posterior mean of a Beta–Binomial model
/// whose prior has the parent's mean and a weight of `strength` offers. Throws invalid_argument if an option is out of range.
[[nodiscard]] pooled fit_pooled(const options& how, std::size_t actions, std::size_t channels, const history& past);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/propensity/impl/pooled.ipp>
#endif
#endif

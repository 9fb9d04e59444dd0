// A policy of decisions made ready to decide: candidates listed, rules read, every rule that can stop a candidate numbered.
#ifndef TIERWISE_RECOMMEND_ENGINE_HPP
#define TIERWISE_RECOMMEND_ENGINE_HPP

#include <vector>

#include <tierwise/core/shared_value.hpp>
#include <tierwise/profile/profile.hpp>
#include <tierwise/propensity/pooled.hpp>
#include <tierwise/recommend/policy.hpp>
#include <tierwise/tag/tag.hpp>

namespace tierwise::inline TIERWISE_ABI::recommend {

/// Stages of the funnel, in order. Each candidate leaves at the first rule that stops it.
enum class stage : std::uint8_t {
  available,
  consent,
  eligible,
  applicable,
  suitable,
  contact_policy,
  value_floor,
  arbitration
};

/// "available", "consent", …
[[nodiscard]] std::string_view name_of(stage s) noexcept;

/// An action by a channel with a content.
struct candidate {
  std::uint16_t action = 0;  ///< index into policy.actions
  std::uint16_t channel = 0;  ///< index into the channels
  std::int32_t content = -1;  ///< index into policy.contents, −1: none

  friend bool operator==(const candidate&, const candidate&) = default;
};

/// A rule that can stop a candidate. `id` is stable and names the policy's entry:
///   available/<action>, available/content/<content>, available/stock/<action>
///   consent/withdrawn/<channel> (a contact that revokes consent, and no consent since), consent/<channel>
///   eligible/<action>, applicable/<action>, suitable/<action>
///   gap/<id>, cap/<id>
///   value_floor/floor
///   arbitration/same_action (picked already, by another channel or content), arbitration/max_actions
struct stop {
  stage at = stage::available;
  std::string id;

  friend bool operator==(const stop&, const stop&) = default;
};

/// Immutable. Copies share their rules; share one between threads without a lock.
struct engine {
  struct policy policy;
  std::vector<profile::channel> channels;
  std::vector<candidate> candidates;  ///< by action id, channel id, content id (as bytes): ties go to the smaller id
  std::vector<stop> stops;  ///< every rule that can stop a candidate, in the order they are tried
  propensity::pooled propensity;
  struct programs;
  shared_value<programs> compiled;  ///< what `decide` reads; made of the members above, which must not be changed
};

/// Reads the policy's rules and lists its candidates. `known` must have the tags and the segment columns.
/// Errors, with place.path below /recommend: policy_unknown_name, policy_duplicate_name, policy_missing_key (an empty id, an action
/// without channel), policy_out_of_range, those of parse_rule. invalid_argument if `rates` are not of these actions × channels.
/// Ranges: value above 0 to 1e9, percents and weights −1e6 to 1e6, days 1 to 36,500, max 0 to 1e6, floor at least 0.
[[nodiscard]] result<engine> make_engine(policy what, std::vector<profile::channel> channels, const tag::schema& known,
                                         propensity::pooled rates);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/recommend/impl/check.ipp>
#include <tierwise/recommend/impl/engine.ipp>
#endif
#endif

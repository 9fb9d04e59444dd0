// What the bodies of recommend share: a policy with every name turned into a number.
#ifndef TIERWISE_RECOMMEND_IMPL_PROGRAMS_HPP
#define TIERWISE_RECOMMEND_IMPL_PROGRAMS_HPP

#include <array>
#include <cstdint>
#include <vector>

#include <tierwise/core/bits.hpp>
#include <tierwise/recommend/engine.hpp>

namespace tierwise::inline TIERWISE_ABI::recommend {

namespace detail {

/// A cap, or a gap: at least d days between two is at most one within any d days.
struct limit {
  std::int32_t stop = 0, max = 1, days = 1;
  std::int32_t channel = -1, action = -1, group = -1;  // −1: any
  [[nodiscard]] bool of_suggestions() const noexcept { return action >= 0 || group >= 0; }
};

struct used_rule {
  std::int32_t rule = -1;  // index into programs::rules
  std::int32_t stop = -1;
};

struct used_context {
  std::int32_t rule = 0;
  std::int32_t context = 0;  // index into policy.contexts
  double weight = 0;
};

/// Consecutive entries of a list.
struct range {
  std::size_t begin = 0, end = 0;
};

struct action_program {
  std::int32_t group = -1;
  std::array<used_rule, 3> rules;  // eligible, applicable, suitable; the first `rule_count` are there
  std::size_t rule_count = 0;
  range contexts;                  // in programs::contexts, none with a weight of 0
  double lever = 1;
};

struct candidate_program {
  std::int32_t action_stop = -1, content_stop = -1, stock_stop = -1;  // −1: cannot stop it
  std::int32_t withdrawn_stop = -1;                                   // −1: nothing revokes consent to its channel
  std::int32_t consent_stop = -1;                                     // −1: its channel needs none
  range limits;                                                       // in programs::candidate_limits
  double propensity = 1, value = 1;                                   // 1 where switched off
};

/// By channel, which doctors allow it, and which have turned away from it by what they did.
struct consents {
  std::vector<bit_set> granted, withdrawn;
};

}  // namespace detail

struct engine::programs {
  std::vector<tag::rule> rules;  // each distinct text once
  std::vector<detail::action_program> actions;
  std::vector<detail::used_context> contexts;
  std::vector<detail::candidate_program> candidates;
  std::vector<detail::limit> limits;  // gaps, then caps
  std::vector<std::int32_t> candidate_limits;
  std::int32_t floor_stop = 0, same_action_stop = 0, max_actions_stop = 0;
};

}  // namespace tierwise

#endif

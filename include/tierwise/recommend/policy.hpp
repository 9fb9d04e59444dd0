// The policy of decisions: catalogue, eligibility, contact policy, arbitration. Data that people edit.
#ifndef TIERWISE_RECOMMEND_POLICY_HPP
#define TIERWISE_RECOMMEND_POLICY_HPP

#include <optional>
#include <string>
#include <vector>

#include <tierwise/core/result.hpp>
#include <tierwise/core/date.hpp>

namespace tierwise::inline TIERWISE_ABI::recommend {

/// First and last day on which something may be used; either may be open.
struct period {
  std::optional<date> from, until;

  [[nodiscard]] bool contains(date d) const noexcept { return (!from || *from <= d) && (!until || d <= *until); }
  friend bool operator==(const period&, const period&) = default;
};

/// Material, usable while it is approved.
struct content {
  std::string id, name_en, name_zh;
  period approved;
  std::vector<std::string> tags = {};  ///< what it is about, in the words that doctors are described with

  friend bool operator==(const content&, const content&) = default;
};

struct action {
  std::string id, name_en, name_zh;
  std::string issue, group;
  std::vector<std::string> channels;  ///< at least one
  std::vector<std::string> contents;  ///< each gives candidates of its own; empty: the action needs none
  double value = 1;                   ///< V, above 0
  period available;
  bool in_stock = true;  ///< a switch, not a quantity: a batch does not use anything up
  std::string eligible, applicable,
      suitable;  ///< rules; empty: everybody. A rule that is unknown for a doctor is not met

  friend bool operator==(const action&, const action&) = default;
};

/// Which past contacts and suggestions a limit is about. Empty parts do not restrict.
/// With action or group it counts suggestions of the history, otherwise contacts of the interactions.
struct scope {
  std::string channel, action, group;

  friend bool operator==(const scope&, const scope&) = default;
};

/// At most `max` within any `days` days (a sliding window; today's picks count).
struct cap {
  std::string id;
  scope of;
  std::int32_t max = 1, days = 7;

  friend bool operator==(const cap&, const cap&) = default;
};

/// At least `days` days between two (the next is allowed on day d + days).
struct gap {
  std::string id;
  scope of;
  std::int32_t days = 1;

  friend bool operator==(const gap&, const gap&) = default;
};

/// Adds `weight` percent to C where `when` holds. Weights of all that hold are added up.
struct context {
  std::string id;
  std::string when;                  ///< rule
  std::vector<std::string> actions;  ///< empty: every action
  double weight = 0;

  friend bool operator==(const context&, const context&) = default;
};

/// Percent added to L for an issue, group or action.
struct lever {
  enum class kind : std::uint8_t { issue, group, action };
  kind of = kind::action;
  std::string name;
  double percent = 0;

  friend bool operator==(const lever&, const lever&) = default;
};

/// Factors of the priority; one that is off counts 1.
struct factors {
  bool propensity = true, context = true, value = true, lever = true;

  friend bool operator==(const factors&, const factors&) = default;
};

struct policy {
  std::vector<content> contents;
  std::vector<action> actions;
  std::string consent_purpose = "promotion";
  std::vector<std::string> other_purposes;  ///< of which consents may speak as well; such statements are not looked at
  std::vector<std::string> consent_not_required;  ///< channels that need none (said openly); all others: none means no
  std::vector<cap> caps;
  std::vector<gap> gaps;
  std::vector<context> contexts;
  std::vector<lever> levers;
  factors use;
  double floor = 0;  ///< candidates with a smaller priority are dropped
  std::int32_t max_actions = 3;  ///< per doctor
  std::int32_t valid_days = 14;  ///< a recommendation expires after this, or when action or content does

  friend bool operator==(const policy&, const policy&) = default;
};

}  // namespace tierwise

#endif

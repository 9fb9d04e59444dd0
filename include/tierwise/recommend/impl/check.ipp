// Is a policy of decisions sound? The first fault is thrown, with the JSON pointer to it.
#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>

#include <tierwise/recommend/engine.hpp>

namespace tierwise::inline TIERWISE_ABI::recommend::detail {

inline constexpr std::int32_t longest_days = 36'500;  // a century: keeps date arithmetic far from overflow
inline constexpr double largest_percent = 1e6, largest_value = 1e9;

[[noreturn]] TIERWISE_INLINE void fault(errc code, std::string message, std::string path) {
  throw Error(code, std::move(message), {.path = "/recommend" + std::move(path), .column = {}});
}

TIERWISE_INLINE std::string at(std::string_view list, std::size_t i, std::string_view key = {}) {
  std::string path = std::string("/").append(list).append("/").append(std::to_string(i));
  return key.empty() ? path : path + "/" + std::string(key);
}

TIERWISE_INLINE void check_number(double value, double low, double high, std::string path) {
  if (!(value >= low && value <= high))  // NaN fails
    fault(errc::policy_out_of_range, "must be from " + std::to_string(low) + " to " + std::to_string(high),
          std::move(path));
}

TIERWISE_INLINE void check_days(std::int32_t days, std::int32_t least, std::string path) {
  if (days < least || days > longest_days)
    fault(errc::policy_out_of_range,
          "must be from " + std::to_string(least) + " to " + std::to_string(longest_days) + " days", std::move(path));
}

TIERWISE_INLINE void check_period(const period& when, const std::string& path) {
  for (const auto& day : {when.from, when.until})
    if (day && !is_possible(*day)) fault(errc::policy_out_of_range, "no possible date", path);
  if (when.from && when.until && *when.until < *when.from)
    fault(errc::policy_out_of_range, "ends before it begins", path);
}

/// The names of one kind, each once.
class name_set {
 public:
  void add(const std::string& name, std::string path) {
    if (name.empty()) fault(errc::policy_missing_key, "must not be empty", std::move(path));
    if (!names_.insert(name).second) fault(errc::policy_duplicate_name, "is named twice", std::move(path));
  }
  void add_known(const std::string& name) {
    if (!name.empty()) names_.insert(name);
  }
  void require(const std::string& name, std::string_view kind, std::string path) const {
    if (!names_.contains(name))
      fault(errc::policy_unknown_name, "there is no such " + std::string(kind), std::move(path));
  }

 private:
  std::unordered_set<std::string_view> names_;  // of strings of the policy, which outlives the set
};

struct known_names {
  name_set channels, contents, actions, issues, groups;
};

TIERWISE_INLINE void check_action(const action& a, std::size_t i, const known_names& known) {
  if (a.channels.empty()) fault(errc::policy_missing_key, "needs at least one channel", at("actions", i, "channels"));
  name_set own_channels, own_contents;
  for (std::size_t c = 0; c < a.channels.size(); ++c) {
    own_channels.add(a.channels[c], at("actions", i, at("channels", c).substr(1)));
    known.channels.require(a.channels[c], "channel", at("actions", i, at("channels", c).substr(1)));
  }
  for (std::size_t c = 0; c < a.contents.size(); ++c) {
    own_contents.add(a.contents[c], at("actions", i, at("contents", c).substr(1)));
    known.contents.require(a.contents[c], "content", at("actions", i, at("contents", c).substr(1)));
  }
  if (!(a.value > 0 && a.value <= largest_value))
    fault(errc::policy_out_of_range, "must be above 0, at most 1e9", at("actions", i, "value"));
  check_period(a.available, at("actions", i, "available"));
}

TIERWISE_INLINE void check_scope(const scope& of, std::string_view list, std::size_t i, const known_names& known) {
  if (!of.channel.empty()) known.channels.require(of.channel, "channel", at(list, i, "of/channel"));
  if (!of.action.empty()) known.actions.require(of.action, "action", at(list, i, "of/action"));
  if (!of.group.empty()) known.groups.require(of.group, "group", at(list, i, "of/group"));
}

TIERWISE_INLINE void check_limits(const policy& what, const known_names& known) {
  name_set caps, gaps;
  for (std::size_t i = 0; i < what.gaps.size(); ++i) {
    gaps.add(what.gaps[i].id, at("gaps", i, "id"));
    check_scope(what.gaps[i].of, "gaps", i, known);
    check_days(what.gaps[i].days, 1, at("gaps", i, "days"));
  }
  for (std::size_t i = 0; i < what.caps.size(); ++i) {
    caps.add(what.caps[i].id, at("caps", i, "id"));
    check_scope(what.caps[i].of, "caps", i, known);
    check_number(what.caps[i].max, 0, 1'000'000, at("caps", i, "max"));
    check_days(what.caps[i].days, 1, at("caps", i, "days"));
  }
}

TIERWISE_INLINE void check_levers(const policy& what, const known_names& known) {
  for (std::size_t i = 0; i < what.levers.size(); ++i) {
    const lever& l = what.levers[i];
    const name_set& names = l.of == lever::kind::issue   ? known.issues
                            : l.of == lever::kind::group ? known.groups
                                                         : known.actions;
    names.require(l.name,
                  l.of == lever::kind::issue   ? "issue"
                  : l.of == lever::kind::group ? "group"
                                               : "action",
                  at("levers", i, "name"));
    check_number(l.percent, -largest_percent, largest_percent, at("levers", i, "percent"));
    for (std::size_t j = 0; j < i; ++j)
      if (what.levers[j].of == l.of && what.levers[j].name == l.name)
        fault(errc::policy_duplicate_name, "has a lever already", at("levers", i, "name"));
  }
}

TIERWISE_INLINE void check_policy(const policy& what, const std::vector<profile::channel>& channels) {
  if (what.actions.size() > 65'535 || channels.size() > 65'535)
    fault(errc::policy_out_of_range, "more than 65,535 actions or channels", "/actions");
  known_names known;
  for (const profile::channel& c : channels) known.channels.add_known(c.id);
  for (std::size_t i = 0; i < what.contents.size(); ++i) {
    known.contents.add(what.contents[i].id, at("contents", i, "id"));
    check_period(what.contents[i].approved, at("contents", i, "approved"));
  }
  for (std::size_t i = 0; i < what.actions.size(); ++i) {
    known.actions.add(what.actions[i].id, at("actions", i, "id"));
    known.issues.add_known(what.actions[i].issue);
    known.groups.add_known(what.actions[i].group);
    check_action(what.actions[i], i, known);
  }
  if (what.consent_purpose.empty()) fault(errc::policy_missing_key, "must not be empty", "/consent/purpose");
  name_set purposes;
  purposes.add(what.consent_purpose, "/consent/purpose");
  for (std::size_t i = 0; i < what.other_purposes.size(); ++i)
    purposes.add(what.other_purposes[i], at("consent/other_purposes", i));
  for (std::size_t i = 0; i < what.consent_not_required.size(); ++i)
    known.channels.require(what.consent_not_required[i], "channel", at("consent/not_required", i));
  check_limits(what, known);
  name_set contexts;
  for (std::size_t i = 0; i < what.contexts.size(); ++i) {
    const context& c = what.contexts[i];
    contexts.add(c.id, at("contexts", i, "id"));
    if (c.when.empty()) fault(errc::policy_missing_key, "must not be empty", at("contexts", i, "when"));
    for (std::size_t a = 0; a < c.actions.size(); ++a)
      known.actions.require(c.actions[a], "action", at("contexts", i, at("actions", a).substr(1)));
    check_number(c.weight, -largest_percent, largest_percent, at("contexts", i, "weight"));
  }
  check_levers(what, known);
  check_number(what.floor, 0, largest_value, "/floor");
  check_number(what.max_actions, 1, 1'000'000, "/max_actions");
  check_days(what.valid_days, 0, "/valid_days");
}

}  // namespace tierwise

// One file, one policy: everything people may edit, read strictly. Part of tierwise::runtime.
#ifndef TIERWISE_POLICY_POLICY_HPP
#define TIERWISE_POLICY_POLICY_HPP

#include <string>
#include <vector>

#include <tierwise/profile/profile.hpp>
#include <tierwise/propensity/pooled.hpp>
#include <tierwise/recommend/policy.hpp>
#include <tierwise/segment/policy.hpp>
#include <tierwise/tag/tag.hpp>

namespace tierwise::inline TIERWISE_ABI::policy {

/// A column of the table of doctors that rules and scores may read.
struct attribute {
  std::string name;
  tag::value_type type = tag::value_type::number;  ///< boolean, number, text or date
  std::string purpose = "promotion";
  std::string column;                              ///< its name in the caller's table; empty: the same

  friend bool operator==(const attribute&, const attribute&) = default;
};

/// Which columns of the caller's files mean what. Carried for whoever reads files (the Python layer and the command line);
/// empty names mean the canonical column of that name, if there is one.
struct mapping {
  std::string hcps_id, event_id, hcp_id, date, channel, depth, count, quality;
  std::string constant_channel;                                     ///< every row is of this channel
  std::vector<std::pair<std::string, std::string>> channel_values;  ///< value in the file → channel id
  std::string first_month;                                          ///< if set, `date` is a month number and 1 means this month, YYYY-MM

  friend bool operator==(const mapping&, const mapping&) = default;
};

struct policy {
  std::string name, description;
  std::vector<attribute> attributes;
  std::vector<std::string> forbidden_purposes;  ///< nothing may read an attribute of these
  struct mapping mapping;
  profile::options profile;
  segment::policy segment;
  std::vector<tag::definition> tags;
  propensity::options propensity;
  recommend::policy recommend;

  friend bool operator==(const policy&, const policy&) = default;
};

/// Reads a policy from JSON text. The error is the first of `check`.
[[nodiscard]] result<policy> parse(std::string_view json);

/// Reads a policy from a file. file_not_found, file_unreadable, or as parse; place.path is "FILE#/pointer".
[[nodiscard]] result<policy> load(const std::string& path);

/// Every fault of a policy, each with the JSON pointer and what was expected there; empty if it is sound.
/// Unknown keys, wrong types, numbers out of range, dangling names, rules that cannot be read, the tier table, forbidden purposes.
[[nodiscard]] std::vector<Error> check(std::string_view json);

/// The policy as JSON; parse(format(p)) == p.
[[nodiscard]] std::string format(const policy& what);

/// The default policy (DESIGN section 4 and 5).
[[nodiscard]] const char* default_json() noexcept;

/// What the rules of this policy may refer to: attributes, computed columns of its profile and of segmentation.
/// The windows that rules use are added to `policy.profile.windows_days` by `parse`.
[[nodiscard]] tag::schema schema_of(const policy& what);

}  // namespace tierwise

#endif

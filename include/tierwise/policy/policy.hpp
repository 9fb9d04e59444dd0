// One file, one policy: everything people may edit, read strictly. Part of tierwise::runtime.
#ifndef TIERWISE_POLICY_POLICY_HPP
#define TIERWISE_POLICY_POLICY_HPP

#include <optional>
#include <string>
#include <utility>
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
  std::string hcps_file, interactions_file;  ///< names in a folder of data, for whoever is given only the folder
  std::optional<tierwise::date> as_of;  ///< the date to compute for where the caller names none
  std::string hcps_id, event_id, hcp_id, date, channel, depth, count, quality;
  std::string count_purpose = "promotion", quality_purpose = "promotion";  ///< what these two are held for
  std::string constant_channel;  ///< every row is of this channel
  std::vector<std::pair<std::string, std::string>> channel_values;  ///< value in the file → channel id
  std::string first_month;  ///< if set, `date` is a month number and 1 means this month, YYYY-MM

  friend bool operator==(const mapping&, const mapping&) = default;
};

struct policy {
  std::string name, description;
  std::vector<attribute> attributes;
  std::vector<std::string>
      forbidden_purposes;  ///< nothing may read an attribute, or a number of the contacts, of these
  std::vector<std::pair<std::string, std::string>>
      measure_purposes;  ///< column of a measure → purpose; others: "promotion"
  struct mapping mapping;
  profile::options profile;
  segment::policy segment;
  std::vector<tag::group> tag_groups;
  std::vector<tag::definition> tags;
  propensity::options propensity;
  recommend::policy recommend;

  friend bool operator==(const policy&, const policy&) = default;
};

/// Reads a policy from JSON text. The error is the first of `check`.
[[nodiscard]] result<policy> parse(std::string_view json);

/// Reads a policy from a file. file_not_found, file_unreadable, or as parse; place.path is "FILE#/pointer".
[[nodiscard]] result<policy> load(const std::string& path);

/// Every fault of a policy (at most 100), each with the JSON pointer and what was expected there; empty if it is sound.
/// Unknown keys, wrong types, numbers out of range, dangling names, rules that cannot be read, the tier table, forbidden purposes.
[[nodiscard]] std::vector<Error> check(std::string_view json);

/// The policy as JSON with every section written out. parse(format(p)) == p for each p that parse gave.
/// Throws invalid_argument for text that is not UTF-8.
[[nodiscard]] std::string format(const policy& what);

/// The default policy: examples/policies/default.json.
[[nodiscard]] const char* default_json() noexcept;

/// What the rules of this policy may refer to: attributes, computed columns of its profile and of segmentation, its channels,
/// measures and tags. Windows and sums that rules use were added to `what.profile` by `parse`, sorted and each once.
[[nodiscard]] tag::schema schema_of(const policy& what);

}  // namespace tierwise

#endif

// Reading a policy as a whole; each file of bodies uses only those before it. Unlike other rooms' bodies these are never inline: tierwise::runtime is always compiled.
#include <filesystem>
#include <fstream>
#include <utility>

#include <tierwise/policy/impl/document.ipp>
#include <tierwise/policy/impl/reader.ipp>
#include <tierwise/policy/impl/read_profile.ipp>
#include <tierwise/policy/impl/read_allocation.ipp>
#include <tierwise/policy/impl/read_exploratory.ipp>
#include <tierwise/policy/impl/read_stability.ipp>
#include <tierwise/policy/impl/read_segment.ipp>
#include <tierwise/policy/impl/read_rules.ipp>
#include <tierwise/policy/impl/read_recommend.ipp>
#include <tierwise/policy/impl/format.ipp>

namespace tierwise::inline TIERWISE_ABI::policy {
namespace detail {

/// examples/policies/default.json between quotes; tests/cpp/policy_default_test.cpp compares the two and says how to renew it.
inline constexpr char default_text[] =
#include <tierwise/policy/impl/default_text.ipp>
    ;

/// Whether a section of /segment may be left out: there is one step, so nothing to tell apart.
TIERWISE_INLINE bool has_one_step(const json& segment, const std::string& section) {
  const auto member = [](const json& of, const std::string& key) {
    const auto found = of.is_object() ? of.find(key) : of.end();
    return of.is_object() && found != of.end() ? &*found : nullptr;
  };
  const json* const tiers = member(segment, "tiers");
  const json* steps = tiers ? member(*tiers, section == "potential" ? "grades" : "levels") : nullptr;
  if (steps && steps->is_object()) steps = member(*steps, section);
  return steps && steps->is_array() && steps->size() == 1;
}

/// Fills in the sections that the document leaves out, and remembers which.
TIERWISE_INLINE void add_defaults(json& document, const json& defaults, const std::string& below, faults& found) {
  for (const auto& [key, section] : defaults.get_ref<const json::object_t&>()) {
    const std::string pointer = below + step(key);
    const bool has_parts =
        pointer == "/profile" || pointer == "/segment" || pointer == "/propensity" || pointer == "/recommend";
    if (const auto own = document.find(key); own == document.end()) {
      if (key == "policy" || key == "name" || key == "description") continue;
      if (below == "/segment" && key != "tiers" && has_one_step(document, key)) continue;
      // The default's efforts are about its own columns.
      if (pointer == "/segment/efforts") continue;
      document[key] = section;
      if (pointer == "/segment" && !(found.left_out("/channels") && found.left_out("/attributes")))
        document[key].erase("efforts");
      found.defaulted.push_back(pointer);
    } else if (has_parts && own->is_object()) {
      add_defaults(*own, section, pointer, found);
    }
  }
}

/// Names that scores read (`with_segment` false) and rules read (true): attributes and computed columns, in that order.
TIERWISE_INLINE std::vector<tag::symbol> columns_of(const policy& of, bool with_segment) {
  std::vector<tag::symbol> out;
  for (const attribute& a : of.attributes) out.push_back({a.name, a.type});
  for (const std::string& name : profile::columns_of(of.profile)) out.push_back({name, tag::value_type::number});
  if (with_segment)
    for (const char* const name : {"potential", "decile", "grade", "identity_score", "identity_level",
                                   "engagement_score", "engagement_level", "profile_type", "tier"}) {
      const std::string_view n = name;
      const bool text = n == "grade" || n.ends_with("_level") || n == "profile_type";
      out.push_back({name, text ? tag::value_type::text : tag::value_type::number});
    }
  return out;
}

/// No attribute may hide a computed column, nor the id.
TIERWISE_INLINE void check_names(const value& attributes, const policy& of) {
  auto taken = columns_of(of, true);
  taken.erase(taken.begin(), taken.begin() + static_cast<std::ptrdiff_t>(of.attributes.size()));
  taken.push_back({"hcp_id", tag::value_type::text});
  for (const attribute& a : of.attributes) {
    // Engagement is the sum of the columns named so: an attribute among them would be taken for the points of a channel.
    bool reserved = a.name == "points" || a.name.starts_with("points_");
    for (const tag::symbol& s : taken) reserved = reserved || s.name == a.name;
    if (reserved)
      attributes.fail(errc::policy_duplicate_name,
                      in_quotes(a.name) + " is a column that tierwise computes or needs itself", step(a.name));
  }
}

/// No two computed columns have one name. Such a pair comes from a channel, whose id is part of its columns' names.
TIERWISE_INLINE void check_columns(const value& channels, const policy& of) {
  names all = profile::columns_of(of.profile);
  std::sort(all.begin(), all.end());
  for (auto same = all.begin(); (same = std::adjacent_find(same, all.end())) != all.end(); ++same) {
    const auto named = std::find_if(of.profile.channels.begin(), of.profile.channels.end(),
                                    [&](const profile::channel& c) { return same->ends_with("_" + c.id); });
    channels.fail(errc::policy_duplicate_name, "two computed columns would be called " + in_quotes(*same),
                  named == of.profile.channels.end() ? std::string() : step(named->id));
  }
}

/// The faults that segment::check finds, at the pointers of the document.
TIERWISE_INLINE void check_segment(const segment::policy& of, faults& found) {
  for (const Error& error : segment::check(of)) found.add(error.code(), error.message(), error.where().path);
}

TIERWISE_INLINE void read_head(object& o, policy& out) {
  std::string version, schema;
  o.optional("$schema").text(schema);  // for editors, which then complete and check while one types
  const value kind = o.required("policy");
  if (kind.text(version) && version != "tierwise/1")
    kind.fail(errc::policy_out_of_range, "expected \"tierwise/1\", not " + in_quotes(version));
  o.required("name").text(out.name);
  o.optional("description").text(out.description, 0, 4000);
}

/// The order matters: what is named comes before what names it.
TIERWISE_INLINE void read_sections(object& o, policy& out, faults& found) {
  read_head(o, out);
  const value attributes = o.required("attributes"), tags = o.required("tags");
  read_attributes(attributes, out.attributes);
  read_names(o.required("forbidden_purposes"), out.forbidden_purposes,
             [](const value& item, std::string& text) { return item.text(text); });
  const value channels = o.required("channels");
  read_channels(channels, out.profile.channels);
  read_mapping(o.optional("input"), out);
  read_profile(o.required("profile"), out);
  check_names(attributes, out);
  check_columns(channels, out);
  const std::size_t before = found.list.size();
  read_segment(o.required("segment"), {out, columns_of(out, false)}, out.segment);
  if (found.list.size() == before) check_segment(out.segment, found);
  read_tag_groups(o.optional("tag_groups"), out.tag_groups);
  read_tags(tags, out);

  rules reader(out, schema_of(out));
  const std::size_t before_rules = found.list.size();
  read_tag_rules(tags, reader, out.tags);
  if (found.list.size() == before_rules)
    if (const auto registry = tag::compile(out.tags, schema_of(out), out.tag_groups); !registry) {
      const std::string& path = registry.error().where().path;
      found.add(registry.error().code(), registry.error().message(), path.empty() ? "/tags" : path);
    }
  read_propensity(o.required("propensity"), out.propensity);
  read_recommend(o.required("recommend"), reader, out);
  reader.complete(out.profile);
}

TIERWISE_INLINE policy read_policy(std::string_view text, faults& found) {
  policy out;
  json document = read_document(text, found);
  if (!found.list.empty()) return out;
  if (document.is_object()) {
    faults none;
    add_defaults(document, read_document(default_json(), none), "", found);
  }
  value(&document, "", found).object([&](object& o) { read_sections(o, out, found); });
  return out;
}

TIERWISE_INLINE result<std::string> read_file(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path file(path);
  if (!std::filesystem::exists(file, failed))
    return Error(errc::file_not_found, "there is no such file", {path, {}, -1});
  const auto unreadable = [&](const char* why) { return Error(errc::file_unreadable, why, {path, {}, -1}); };
  if (!std::filesystem::is_regular_file(file, failed)) return unreadable("this is not a file");
  if (const auto size = std::filesystem::file_size(file, failed); failed || size > max_bytes)
    return unreadable("a policy has at most 16 MiB");
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in || in.bad()) return unreadable("the file cannot be read");
  return text;
}

}  // namespace detail

result<policy> parse(std::string_view json) {
  detail::faults found;
  policy out = detail::read_policy(json, found);
  if (!found.list.empty()) return found.list.front();
  return out;
}

result<policy> load(const std::string& path) {
  const auto text = detail::read_file(path);
  if (!text) return text.error();
  auto read = parse(text.value());
  if (read) return read;
  const Error& error = read.error();
  return Error(error.code(), error.message(),
               {path + "#" + error.where().path, error.where().column, error.where().row});
}

std::vector<Error> check(std::string_view json) {
  detail::faults found;
  detail::read_policy(json, found);
  return std::move(found.list);
}

std::string format(const policy& what) {
  try {
    return detail::format_policy(what).dump(2) + '\n';
  } catch (const nlohmann::json::exception&) {
    throw Error(errc::invalid_argument, "the policy holds text that is not UTF-8", {{}, "what", -1});
  }
}

const char* default_json() noexcept { return detail::default_text; }

tag::schema schema_of(const policy& what) {
  tag::schema out;
  out.columns = detail::columns_of(what, true);
  for (const profile::channel& c : what.profile.channels) out.channels.push_back(c.id);
  for (const profile::topic& t : what.profile.topics) out.topics.push_back(t.id);
  for (const profile::measure& m : what.profile.measures)
    if (std::find(out.measures.begin(), out.measures.end(), m.column) == out.measures.end())
      out.measures.push_back(m.column);
  for (const tag::definition& t : what.tags) out.tags.push_back(t.id);
  return out;
}

}  // namespace tierwise

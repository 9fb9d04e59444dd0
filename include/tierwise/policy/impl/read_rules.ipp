// Section tags, and every rule of the policy: read, checked, and what it needs computed is added to the profile.
#include <tuple>

namespace tierwise::inline TIERWISE_ABI::policy::detail {

/// Reads rules and gathers the windows and sums they use.
class rules {
 public:
  rules(const policy& of, tag::schema known) : known_(std::move(known)), purposes_{of, {}} {}

  /// A rule that holds for doctors; the text as written, also where the rule is wrong.
  void read(const value& in, std::string& out) {
    if (!in.text(out, 1, 10'000)) return;
    const auto rule = tag::parse_rule(out, known_);
    if (!rule) return in.fail(rule.error().code(), rule.error().message());
    const tag::needs& uses = rule.value().uses();
    for (const std::string& column : uses.columns) purposes_.check_purpose(in, column);
    windows_.insert(windows_.end(), uses.windows_days.begin(), uses.windows_days.end());
    trends_.insert(trends_.end(), uses.trend_windows_days.begin(), uses.trend_windows_days.end());
    for (const auto& [measure, days] : uses.sums) sums_.push_back({measure, days});
  }

  /// Windows and sums of the policy and of its rules, sorted, each once.
  void complete(profile::options& out) const {
    const auto add = [](std::vector<std::int32_t>& windows, const std::vector<std::int32_t>& more) {
      windows.insert(windows.end(), more.begin(), more.end());
      std::sort(windows.begin(), windows.end());
      windows.erase(std::unique(windows.begin(), windows.end()), windows.end());
    };
    add(out.windows_days, windows_);
    add(out.trend_windows_days, trends_);
    auto& sums = out.measures;
    sums.insert(sums.end(), sums_.begin(), sums_.end());
    std::sort(sums.begin(), sums.end(), [](const auto& a, const auto& b) {
      return std::tie(a.column, a.window_days) < std::tie(b.column, b.window_days);
    });
    sums.erase(std::unique(sums.begin(), sums.end()), sums.end());
  }

 private:
  tag::schema known_;
  columns purposes_;
  std::vector<std::int32_t> windows_, trends_;
  std::vector<profile::measure> sums_;
};

TIERWISE_INLINE void read_tag_groups(const value& in, std::vector<tag::group>& out) {
  names ids;
  in.list([&](const value& item) {
    tag::group g;
    item.object([&](object& o) {
      const value id = o.required("id");
      if (id.identifier(g.id)) add_unique(ids, g.id, id);
      read_name(o.required("name"), g.name_en, g.name_zh);
      o.optional("exclusive").boolean(g.exclusive);
      o.optional("complete").boolean(g.complete);
    });
    out.push_back(std::move(g));
  });
}

/// All but the rules, which may speak of any tag and so wait until all ids are known.
TIERWISE_INLINE void read_tags(const value& in, policy& of) {
  std::vector<tag::definition>& out = of.tags;
  names ids, groups;
  for (const tag::group& g : of.tag_groups) groups.push_back(g.id);
  in.list([&](const value& item) {
    tag::definition d;
    item.object([&](object& o) {
      const value id = o.required("id");
      if (id.identifier(d.id)) add_unique(ids, d.id, id);
      read_name(o.required("name"), d.name_en, d.name_zh);
      std::size_t layer = 0;
      if (o.required("layer").one_of(layer, {"basic", "behaviour", "preference"}))
        d.in = static_cast<tag::layer>(layer);
      std::size_t source = 0, subject = 0;
      if (o.optional("source").one_of(source, {"rule", "model", "person", "import"}))
        d.source = static_cast<tag::source_kind>(source);
      if (o.optional("of").one_of(subject, {"doctor", "content", "both"})) d.of = static_cast<tag::subject>(subject);
      o.optional("group").name_of(d.group, groups, "group of tags");
      const value purpose = o.optional("purpose");
      purpose.text(d.purpose);
      check_purpose(purpose ? purpose : id, d.purpose, of);
      o.optional("owner").text(d.owner, 1, 200);
      o.optional("lives_days").integer(d.lives_days, 1, 36'500);
      o.optional("version").integer(d.version, 1, 1'000'000);
      const bool has_rule = d.source == tag::source_kind::rule;
      const value rule = has_rule ? o.required("rule") : o.optional("rule");
      if (rule && !has_rule)
        rule.fail(errc::policy_out_of_range,
                  "a tag of the source " + in_quotes(tag::name_of(d.source)) + " has no rule");
    });
    out.push_back(std::move(d));
  });
}

TIERWISE_INLINE void read_tag_rules(const value& in, rules& reader, std::vector<tag::definition>& out) {
  std::size_t next = 0;
  in.list([&](const value& item) {
    tag::definition& to = out[next++];
    if (to.source == tag::source_kind::rule) reader.read(item.member("rule"), to.rule);
  });
}

}  // namespace tierwise

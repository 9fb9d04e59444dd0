#include <algorithm>
#include <utility>

#include <tierwise/model/engine.hpp>

namespace tierwise::inline TIERWISE_ABI::model {
namespace detail {

/// The columns of a table of doctors that a policy reads, with the JSON pointer of a reader.
TIERWISE_INLINE std::vector<std::pair<std::string, std::string>> columns_read(const policy::policy& what) {
  std::vector<std::pair<std::string, std::string>> read;
  const auto add_card = [&](const segment::scorecard& card, const std::string& path) {
    for (std::size_t i = 0; i < card.terms.size(); ++i)
      read.emplace_back(card.terms[i].column, path + "/" + std::to_string(i));
  };
  if (!what.segment.potential.volume.empty())
    read.emplace_back(what.segment.potential.volume, "/segment/potential/volume");
  add_card(what.segment.potential.card, "/segment/potential/card/terms");
  add_card(what.segment.identity, "/segment/identity/terms");

  const tag::schema schema = policy::schema_of(what);
  const auto add_rule = [&](const std::string& rule, const std::string& path) {
    if (rule.empty()) return;
    if (const auto parsed = tag::parse_rule(rule, schema))
      for (const std::string& column : parsed.value().uses().columns) read.emplace_back(column, path);
  };
  for (std::size_t i = 0; i < what.tags.size(); ++i)
    add_rule(what.tags[i].rule, "/tags/" + std::to_string(i) + "/rule");
  for (std::size_t i = 0; i < what.recommend.actions.size(); ++i) {
    const recommend::action& action = what.recommend.actions[i];
    const std::string path = "/recommend/actions/" + std::to_string(i);
    add_rule(action.eligible, path + "/eligible");
    add_rule(action.applicable, path + "/applicable");
    add_rule(action.suitable, path + "/suitable");
  }
  for (std::size_t i = 0; i < what.recommend.contexts.size(); ++i)
    add_rule(what.recommend.contexts[i].when, "/recommend/contexts/" + std::to_string(i) + "/when");
  return read;
}

TIERWISE_INLINE bool fits(const column_view& column, tag::value_type declared) noexcept {
  switch (declared) {
    case tag::value_type::text: return column.type() == column_type::category;
    case tag::value_type::date: return column.type() == column_type::date;
    case tag::value_type::boolean: return column.type() == column_type::boolean;
    case tag::value_type::number:
    case tag::value_type::duration: break;
  }
  return column.is_numeric() && column.type() != column_type::date;
}

TIERWISE_INLINE void check_attributes(const policy::policy& what, const table_view& hcps) {
  for (const auto& [name, reader] : columns_read(what)) {
    const auto attribute = std::find_if(what.attributes.begin(), what.attributes.end(),
                                        [&name = name](const auto& a) { return a.name == name; });
    if (attribute == what.attributes.end()) continue;  // a computed column
    const place where{.path = reader, .column = name};
    const column_view* column = hcps.find(name);
    if (column == nullptr)
      throw Error(errc::missing_column, "the table of doctors lacks an attribute that the policy reads", where);
    if (!fits(*column, attribute->type))
      throw Error(errc::wrong_type,
                  "the policy declares this attribute as " + std::string(tag::name_of(attribute->type)) +
                      ", the table has " + std::string(name_of(column->type())),
                  where);
  }
}

TIERWISE_INLINE propensity::history read_history(const policy::policy& what, const profile::profile& doctors,
                                                 const table_view& rows) {
  const auto ids = [](const auto& things) {
    std::vector<std::string> names;
    for (const auto& thing : things) names.push_back(thing.id);
    return names;
  };
  return propensity::read_history(rows, *doctors.rows.view().find("hcp_id"), ids(what.recommend.actions),
                                  ids(what.profile.channels), doctors.as_of)
      .value();
}

}  // namespace detail

TIERWISE_INLINE result<profile::profile> build_profile(const policy::policy& what, const table_view& hcps,
                                                       const table_view* interactions, date as_of,
                                                       executor* threads) try {
  detail::check_attributes(what, hcps);
  return profile::build(what.profile, hcps, interactions, as_of, threads);
} catch (const Error& error) {
  return error;
}

TIERWISE_INLINE result<model> fit(const policy::policy& what, const profile::profile& population,
                                  const table_view* history) try {
  model out{what, segment::fit(what.segment, population.rows.view()).value(), {}};
  propensity::history past;
  if (history != nullptr) past = detail::read_history(what, population, *history);
  out.rates =
      propensity::fit_pooled(what.propensity, what.recommend.actions.size(), what.profile.channels.size(), past);
  return out;
} catch (const Error& error) {
  return error;
}

TIERWISE_INLINE recommend::inputs answer::given() const noexcept {
  return {&rows, &tags, &profile.contacts, history.begin.empty() ? nullptr : &history, consents};
}

TIERWISE_INLINE result<engine> engine::make(model what) try {
  auto tags = tag::compile(what.policy.tags, policy::schema_of(what.policy), what.policy.tag_groups).value();
  auto recommender =
      recommend::make_engine(what.policy.recommend, what.policy.profile.channels, tags.schema, what.rates).value();
  return engine(parts{std::move(what), std::move(tags), std::move(recommender)});
} catch (const Error& error) {
  return error;
}

TIERWISE_INLINE result<answer> engine::decide(profile::profile doctors, const table_view* consents,
                                              const table_view* history, const recommend::options& how) const try {
  answer out{.profile = std::move(doctors),
             .segments = {},
             .segment_columns = {},
             .rows = {},
             .tags = {},
             .history = {},
             .decisions = {},
             .consents = consents,
             .rejected = {}};
  const table_view& profiles = out.profile.rows.view();
  out.segments = segment::assign(parts_->model.segments, profiles, how.threads).value();
  out.segment_columns = segment::columns(parts_->model.segments, out.segments);
  out.rows = profiles;
  for (const auto& [name, values] : out.segment_columns.view().columns()) out.rows.add(name, values);
  out.tags = tag::evaluate(parts_->tags, out.rows, how.threads).value();
  if (history != nullptr) out.history = detail::read_history(parts_->model.policy, out.profile, *history);
  out.decisions = recommend::decide(parts_->recommend, out.given(), out.profile.as_of, how).value();

  for (const auto* rejected :
       {&out.profile.rejected, &out.segments.rejected, &out.history.rejected, &out.decisions.rejected})
    out.rejected.insert(out.rejected.end(), rejected->begin(), rejected->end());
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace tierwise::model

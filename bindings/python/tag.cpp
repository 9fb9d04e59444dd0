#include <tierwise/tag/since.hpp>

#include "bindings.hpp"

namespace tierwise::python {

py::tuple tags_out(const policy::policy& policy, const tag::registry& tags, const tag::tag_bits& who, const table_view& rows,
                   const profile::profile& doctors, executor* threads) {
  std::vector<std::int64_t> hcp;
  std::vector<std::int32_t> tag, days;
  std::vector<std::uint8_t> known;
  {
    const py::gil_scoped_release unlocked;
    std::vector<std::string> attributes;
    for (const policy::attribute& a : policy.attributes) attributes.push_back(a.name);
    const tag::history past{.attributes = attributes, .channels = policy.profile, .contacts = doctors.contacts, .as_of = doctors.as_of};
    std::vector<std::vector<std::optional<date>>> since;
    for (std::size_t t = 0; t < tags.definitions.size(); ++t) since.push_back(tag::since(tags, t, who, rows, past, threads).value());
    for (std::size_t row = 0; row < rows.rows(); ++row)
      for (std::size_t t = 0; t < tags.definitions.size(); ++t) {
        if (!who.yes[t].test(row)) continue;
        const std::optional<date>& start = since[t][row];
        hcp.push_back(static_cast<std::int64_t>(row));
        tag.push_back(static_cast<std::int32_t>(t));
        days.push_back(start ? start->days : 0);
        known.push_back(start ? 1 : 0);
      }
  }
  return py::make_tuple(moved(std::move(hcp)), moved(std::move(tag)), moved(std::move(days)), moved(std::move(known)).attr("view")("bool"));
}

void register_tag(py::module_& m) {
  m.def("check_rule", [](const std::string& text, const held_policy& policy) {
    const tag::rule rule = tag::parse_rule(text, policy::schema_of(policy.value)).value();
    const tag::needs& uses = rule.uses();
    return py::make_tuple(rule.format(), uses.columns, uses.windows_days, uses.sums, uses.tags);
  }, py::arg("text"), py::arg("policy"));

  m.def("evaluate_tags", [](const held_policy& policy, const held_profile& profile, const held_segments& model, int threads) {
    const auto workers = threads_for(threads);
    tag::registry tags;
    tag::tag_bits who;
    table segments;
    table_view rows = profile.value.rows.view();
    {
      const py::gil_scoped_release unlocked;
      tags = tag::compile(policy.value.tags, policy::schema_of(policy.value)).value();
      segments = segment::columns(*model.value, segment::assign(*model.value, rows, workers.get()).value());
      for (const auto& [name, values] : segments.view().columns()) rows.add(name, values);
      who = tag::evaluate(tags, rows, workers.get()).value();
    }
    return tags_out(policy.value, tags, who, rows, profile.value, workers.get());
  }, py::arg("policy"), py::arg("profile"), py::arg("model"), py::arg("threads"));
}

}  // namespace tierwise::python

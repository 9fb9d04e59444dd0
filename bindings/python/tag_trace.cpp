// One doctor's tag, condition by condition.
#include <map>

#include <tierwise/tag/trace.hpp>

#include "tag_registry.hpp"

namespace tierwise::python {

namespace {

std::string verdict_text(tag::truth t) {
  constexpr const char* names[] = {"no", "yes", "unknown"};
  return names[static_cast<std::size_t>(t)];
}

py::object value_out(tag::value_type type, double number, const std::string& text) {
  switch (type) {
    case tag::value_type::boolean: return py::bool_(number != 0);
    case tag::value_type::text: return py::str(text);
    case tag::value_type::date: return py::str(format_date(date{static_cast<std::int32_t>(number)}));
    case tag::value_type::number:
    case tag::value_type::duration: break;
  }
  return py::float_(number);
}

py_dict reading_out(const tag::reading& from) {
  constexpr const char* kinds[] = {"column", "count", "last", "share", "sum", "trend", "engagement_trend"};
  py_dict out;
  out["reads"] = py::str(kinds[static_cast<std::size_t>(from.what)]);
  out["of"] = py::str(from.of);
  out["window_days"] = py::int_(from.window_days);
  out["type"] = py::str(std::string(tag::name_of(from.type)));
  return out;
}

py_dict step_out(const tag::trace_step& step) {
  py::typing::List<py_dict> values;
  for (const tag::read_value& v : step.values) {
    py_dict one = reading_out(v.from);
    one["state"] = py::str(v.known ? "known" : v.null ? "null" : "missing");
    one["value"] = v.known ? value_out(v.from.type, v.number, v.text) : py::none();
    values.append(one);
  }
  py_dict out;
  out["rule"] = py::str(step.rule);
  out["verdict"] = py::str(verdict_text(step.verdict));
  out["values"] = values;
  out["tag"] = py::str(step.tag);
  out["said"] = py::bool_(step.said);
  out["parts"] = py::cast(step.parts);
  return out;
}

py_dict flip_out(const tag::flip& flip) {
  constexpr const char* kinds[] = {"is", "above", "below", "other", "known", "contacts", "has_tag", "lacks_tag"};
  py::typing::List<py_dict> changes;
  for (const tag::change& one : flip.changes) {
    const bool of_value = one.what < tag::change::kind::contacts;
    py_dict to = of_value ? reading_out(one.from) : py_dict();
    if (!of_value) to["of"] = py::str(one.name);
    to["change"] = py::str(kinds[static_cast<std::size_t>(one.what)]);
    const bool has_value = one.what < tag::change::kind::other;
    to["value"] = has_value                                 ? value_out(one.from.type, one.number, one.text)
                  : one.what == tag::change::kind::contacts ? py::object(py::int_(static_cast<int>(one.number)))
                                                            : py::none();
    changes.append(to);
  }
  py_dict out;
  out["becomes"] = py::str(verdict_text(flip.becomes));
  out["changes"] = changes;
  return out;
}

}  // namespace

void register_tag_trace(py::module_& m) {
  m.def(
      "trace_tag",
      [](const held_registry& r, const std::map<std::string, py::object>& columns, std::size_t row, std::size_t tag,
         const held_answers& answers, const py::typing::Optional<held_policy>& of_policy,
         const py::typing::Optional<held_profile>& of_profile) {
        const auto* policy = of_policy.is_none() ? nullptr : of_policy.cast<const held_policy*>();
        const auto* profile = of_profile.is_none() ? nullptr : of_profile.cast<const held_profile*>();
        const auto held = hold(columns);
        std::vector<std::string> attributes;
        std::optional<tag::history> past;
        std::span<const profile::channel> channels;
        if (policy != nullptr) {
          channels = policy->value.profile.channels;
          for (const policy::attribute& a : policy->value.attributes) attributes.push_back(a.name);
          if (profile != nullptr)
            past.emplace(tag::history{.attributes = attributes,
                                      .channels = policy->value.profile,
                                      .contacts = profile->value.contacts,
                                      .as_of = profile->value.as_of});
        }
        const tag::trace found = tag::trace_tag(r.value, tag, held->view, row,
                                                {.said = answers.said.set.empty() ? nullptr : &answers.said,
                                                 .past = past ? &*past : nullptr})
                                     .value();
        py_dict out;
        out["verdict"] = py::str(verdict_text(found.verdict));
        py::typing::List<py_dict> steps, flips;
        for (const tag::trace_step& step : found.steps) steps.append(step_out(step));
        for (const tag::flip& flip : found.flips) flips.append(flip_out(flip));
        out["steps"] = steps;
        out["flips"] = flips;
        out["by_itself"] = found.by_itself ? py::object(py::str(format_date(*found.by_itself))) : py::none();
        out["en"] = py::str(tag::words(found, r.value, language::english, channels));
        out["zh"] = py::str(tag::words(found, r.value, language::chinese, channels));
        return out;
      },
      py::arg("registry"), py::arg("columns"), py::arg("row"), py::arg("tag"), py::arg("answers"), py::arg("policy"),
      py::arg("profile"));
}

}  // namespace tierwise::python

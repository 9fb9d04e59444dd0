// Quality of tags, and privacy of what is published.
#include <map>

#include <tierwise/tag/privacy.hpp>
#include <tierwise/tag/quality.hpp>

#include "tag_registry.hpp"

namespace tierwise::python {

namespace {

/// A column of truths as what was seen and where it was true; numbers are true if not 0.
std::pair<bit_set, bit_set> event_and_seen(const column_view& column) {
  if (!column.is_numeric())
    throw Error(errc::wrong_type, "expected truths, or 0 and 1", {.path = {}, .column = "outcome"});
  std::pair<bit_set, bit_set> out{bit_set(column.size()), bit_set(column.size())};
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (!column.has(row)) continue;
    out.second.set(row);
    const double value = column.number(row);
    if (value != 0 && value != 1)
      throw Error(errc::out_of_range, "expected truths, or 0 and 1", {.path = {}, .column = "outcome"});
    if (value == 1) out.first.set(row);
  }
  return out;
}

/// One array a figure, of all items.
template <class Item, class Get>
auto figures(const std::vector<Item>& items, const Get& get) {
  std::vector<decltype(get(items.front()))> values;
  values.reserve(items.size());
  for (const Item& one : items) values.push_back(get(one));
  return moved(std::move(values));
}

}  // namespace

void register_tag_quality(py::module_& m) {
  m.def(
      "tag_quality",
      [](const held_registry& r, const held_tags& t, const std::vector<std::int64_t>& used, std::size_t wanted) {
        tag::registry_quality found;
        {
          const py::gil_scoped_release unlocked;
          found = tag::quality(r.value, t.value, used, wanted).value();
        }
        py_dict tags;
        tags["yes"] = figures(found.tags, [](const tag::tag_quality& q) { return q.doctors[0]; });
        tags["no"] = figures(found.tags, [](const tag::tag_quality& q) { return q.doctors[1]; });
        tags["unknown"] = figures(found.tags, [](const tag::tag_quality& q) { return q.doctors[2]; });
        tags["completeness"] = figures(found.tags, [](const tag::tag_quality& q) { return q.completeness; });
        tags["share"] = figures(found.tags, [](const tag::tag_quality& q) { return q.share; });
        tags["asked_by"] = figures(found.tags, [](const tag::tag_quality& q) { return q.asked_by; });
        tags["used_elsewhere"] = figures(found.tags, [](const tag::tag_quality& q) { return q.used_elsewhere; });
        tags["alike"] = figures(found.tags, [](const tag::tag_quality& q) { return q.alike; });
        tags["alike_by"] = figures(found.tags, [](const tag::tag_quality& q) { return q.alike_by; });
        py_dict repairs;
        repairs["use"] = figures(found.repairs, [](const tag::repair& f) {
          return static_cast<std::int32_t>(f.what == tag::repair::kind::use);
        });
        repairs["tag"] = figures(found.repairs, [](const tag::repair& f) { return static_cast<std::int32_t>(f.tag); });
        repairs["figure"] = figures(found.repairs, [](const tag::repair& f) { return f.figure; });
        py_dict out;
        out["tags"] = tags;
        out["repairs"] = repairs;
        out["count"] = py::float_(found.whole.count);
        out["completeness"] = py::float_(found.whole.completeness);
        out["use"] = py::float_(found.whole.use);
        out["figure"] = py::float_(found.whole.figure());
        return out;
      },
      py::arg("registry"), py::arg("tags"), py::arg("used"), py::arg("wanted"));

  m.def(
      "tag_outcome",
      [](const held_tags& t, const column& outcome) {
        const auto [event, seen] = event_and_seen(outcome.view);
        using q = tag::outcome_quality;
        const std::vector<q> found = tag::outcome_of(t.value, event, seen).value();
        py_dict out;
        out["events"] = figures(found, [](const q& one) { return one.counts.events[0]; });
        out["others"] = figures(found, [](const q& one) { return one.counts.others[0]; });
        out["information_value"] = figures(found, [](const q& one) { return one.information_value; });
        out["information_low"] = figures(found, [](const q& one) { return one.information_interval.low; });
        out["information_high"] = figures(found, [](const q& one) { return one.information_interval.high; });
        out["noise"] = figures(found, [](const q& one) { return one.noise; });
        out["mutual_information"] = figures(found, [](const q& one) { return one.mutual_information; });
        out["p_value"] = figures(found, [](const q& one) { return one.p_value; });
        out["lift"] = figures(found, [](const q& one) { return one.lift; });
        out["risk_ratio"] = figures(found, [](const q& one) { return one.risk_ratio; });
        out["risk_ratio_low"] = figures(found, [](const q& one) { return one.risk_ratio_interval.low; });
        out["risk_ratio_high"] = figures(found, [](const q& one) { return one.risk_ratio_interval.high; });
        out["adjusted"] =
            figures(found, [](const q& one) { return static_cast<std::uint8_t>(one.adjusted); }).attr("view")("bool");
        out["stands_out"] =
            figures(found, [](const q& one) { return static_cast<std::uint8_t>(one.stands_out); }).attr("view")("bool");
        return out;
      },
      py::arg("tags"), py::arg("outcome"));

  m.def(
      "tag_pairs",
      [](const held_tags& t) {
        std::vector<std::int32_t> first, second;
        std::vector<double> information, normalised, phi;
        const auto& [yes, known] = t.value;
        for (std::size_t a = 0; a < yes.size(); ++a)
          for (std::size_t b = a + 1; b < yes.size(); ++b) {
            const tag::tag_likeness found = tag::likeness(yes[a], known[a], yes[b], known[b]);
            first.push_back(static_cast<std::int32_t>(a)), second.push_back(static_cast<std::int32_t>(b));
            information.push_back(found.mutual_information), normalised.push_back(found.normalised);
            phi.push_back(found.phi);
          }
        py_dict out;
        out["first"] = moved(std::move(first));
        out["second"] = moved(std::move(second));
        out["mutual_information"] = moved(std::move(information));
        out["normalised"] = moved(std::move(normalised));
        out["phi"] = moved(std::move(phi));
        return out;
      },
      py::arg("tags"));

  m.def(
      "tag_drift",
      [](const held_tags& before, const held_tags& after) {
        const std::vector<tag::tag_drift> found = tag::drift(before.value, after.value).value();
        py_dict out;
        out["kept"] = figures(found, [](const tag::tag_drift& d) { return d.kept; });
        out["gained"] = figures(found, [](const tag::tag_drift& d) { return d.gained; });
        out["lost"] = figures(found, [](const tag::tag_drift& d) { return d.lost; });
        out["stability_index"] = figures(found, [](const tag::tag_drift& d) { return d.stability_index; });
        out["jaccard"] = figures(found, [](const tag::tag_drift& d) { return d.jaccard; });
        return out;
      },
      py::arg("before"), py::arg("after"));

  m.def(
      "tag_stale",
      [](const held_tags& t, std::size_t tag, const column& evidence, std::int32_t as_of, std::int32_t lives_days) {
        return tag::stale_share(t.value.yes.at(tag), evidence.view, date{as_of}, lives_days).value();
      },
      py::arg("tags"), py::arg("tag"), py::arg("evidence"), py::arg("as_of"), py::arg("lives_days"));

  m.def(
      "check_anonymity",
      [](const std::map<std::string, py::object>& columns, const std::vector<std::string>& quasi, std::size_t k) {
        const auto held = hold(columns);
        tag::anonymity found;
        {
          const py::gil_scoped_release unlocked;
          found = tag::check_anonymity(held->view, quasi, k).value();
        }
        std::vector<std::uint8_t> rows(found.at_risk.size());
        for (std::size_t row = 0; row < rows.size(); ++row) rows[row] = found.at_risk.test(row);
        py::typing::List<py::object> small;
        for (const tag::alike_doctors& group : found.small) {
          py::list values;
          for (std::size_t c = 0; c < group.values.size(); ++c)
            values.append(group.known[c] ? py::object(py::str(group.values[c])) : py::none());
          small.append(py::make_tuple(values, group.doctors));
        }
        py_dict out;
        out["groups"] = py::int_(found.groups);
        out["smallest"] = py::int_(found.smallest);
        out["small"] = small;
        out["at_risk"] = moved(std::move(rows)).attr("view")("bool");
        out["at_risk_without"] = py::cast(found.at_risk_without);
        return out;
      },
      py::arg("columns"), py::arg("quasi"), py::arg("k"));

  m.def(
      "suppress",
      [](const py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>& counts, std::size_t k) {
        if (counts.ndim() != 2)
          throw Error(errc::invalid_argument, "expected a table of two dimensions", {.path = {}, .column = "counts"});
        const auto rows = static_cast<std::size_t>(counts.shape(0)),
                   columns = static_cast<std::size_t>(counts.shape(1));
        const std::span<const std::int64_t> cells(counts.data(), static_cast<std::size_t>(counts.size()));
        const tag::suppression found = tag::suppress(cells, rows, columns, k).value();
        std::vector<std::uint8_t> hidden(found.hidden.begin(), found.hidden.end());
        return py::make_tuple(moved(std::move(hidden)).attr("view")("bool").attr("reshape")(rows + 1, columns + 1),
                              found.primary, found.complementary);
      },
      py::arg("counts"), py::arg("k"));
}

}  // namespace tierwise::python

#include <tierwise/simulate/territory.hpp>

#include "bindings.hpp"

namespace tierwise::python {

namespace {

const table& table_of(const simulate::territory& t, const std::string& name) {
  if (name == "hcps") return t.hcps;
  if (name == "interactions") return t.interactions;
  if (name == "consents") return t.consents;
  if (name == "history") return t.history;
  if (name == "representatives") return t.representatives;
  if (name == "content") return t.content;
  throw Error(errc::invalid_argument, "there is no such table");
}

std::size_t index(py::ssize_t at) {
  if (at < 0) throw Error(errc::invalid_argument, "expected a row from 0, not " + std::to_string(at));
  return static_cast<std::size_t>(at);
}

}  // namespace

void register_simulate(py::module_& m) {
  py::class_<simulate::territory>(m, "Territory")
      .def(
          "table",
          [](const py::object& self, const std::string& name) {
            py_dict out;
            for (const auto& [column, values] :
                 table_of(self.cast<const simulate::territory&>(), name).view().columns())
              out[py::str(column)] = column_out(values, self);
            return out;
          },
          py::arg("name"))
      .def("__len__", [](const simulate::territory& t) { return t.made_with().hcps; })
      .def_property_readonly("seed", [](const simulate::territory& t) { return t.made_with().seed; })
      .def_property_readonly("start", [](const simulate::territory& t) { return format_date(t.made_with().from); })
      .def_property_readonly("end", [](const simulate::territory& t) { return format_date(t.made_with().to); })
      .def_property_readonly("actions",
                             [](const simulate::territory& t) {
                               std::vector<std::string> ids;
                               for (const simulate::action& a : t.made_with().catalogue) ids.push_back(a.id);
                               return ids;
                             })
      .def_property_readonly("channels", [](const simulate::territory&) { return simulate::channels(); })
      .def(
          "response_probability",
          [](const simulate::territory& t, py::ssize_t hcp, py::ssize_t action, py::ssize_t channel) {
            return t.response_probability(index(hcp), index(action), index(channel));
          },
          py::arg("hcp"), py::arg("action"), py::arg("channel"))
      .def(
          "response_probabilities",
          [](const simulate::territory& t, py::ssize_t action, py::ssize_t channel) {
            std::vector<double> out(t.made_with().hcps);
            {
              const py::gil_scoped_release unlocked;
              for (std::size_t hcp = 0; hcp < out.size(); ++hcp)
                out[hcp] = t.response_probability(hcp, index(action), index(channel));
            }
            return moved(std::move(out));
          },
          py::arg("action"), py::arg("channel"))
      .def(
          "channel_affinity",
          [](const simulate::territory& t, py::ssize_t hcp, py::ssize_t channel) {
            return t.channel_affinity(index(hcp), index(channel));
          },
          py::arg("hcp"), py::arg("channel"))
      .def(
          "expected_outcome",
          [](const simulate::territory& t, py::ssize_t hcp, double visits_per_month) {
            return t.expected_outcome(index(hcp), visits_per_month);
          },
          py::arg("hcp"), py::arg("visits_per_month"));

  m.def(
      "make_territory",
      [](std::size_t hcps, std::uint64_t seed, std::optional<std::int32_t> start, std::optional<std::int32_t> end,
         double contact_scale, double suggestions_per_month, double missing_prob, double unknown_volume_prob,
         std::size_t hcps_per_rep, int threads) {
        const auto workers = threads_for(threads);
        simulate::options what;
        what.hcps = hcps;
        what.seed = seed;
        if (start) what.from = date{*start};
        if (end) what.to = date{*end};
        what.contact_scale = contact_scale;
        what.suggestions_per_month = suggestions_per_month;
        what.missing_prob = missing_prob;
        what.unknown_volume_prob = unknown_volume_prob;
        what.hcps_per_rep = hcps_per_rep;
        const py::gil_scoped_release unlocked;
        return std::make_unique<simulate::territory>(simulate::make_territory(what, workers.get()).value());
      },
      py::kw_only(), py::arg("hcps"), py::arg("seed"), py::arg("start"), py::arg("end"), py::arg("contact_scale"),
      py::arg("suggestions_per_month"), py::arg("missing_prob"), py::arg("unknown_volume_prob"),
      py::arg("hcps_per_rep"), py::arg("threads"));
}

}  // namespace tierwise::python

#include "bindings.hpp"

namespace tierwise::python {

namespace {

struct held_rates {
  std::vector<std::string> actions, channels;
  propensity::pooled value;
  std::vector<bad_row> rejected;
};

py_dict columns(const held_rates& of) {
  std::vector<std::int32_t> action, channel;
  std::vector<double> probability;
  std::vector<std::int64_t> accepted, offered;
  for (std::size_t a = 0; a < of.actions.size(); ++a)
    for (std::size_t c = 0; c < of.channels.size(); ++c) {
      const propensity::estimate& e = of.value.of(a, c);
      action.push_back(static_cast<std::int32_t>(a));
      channel.push_back(static_cast<std::int32_t>(c));
      probability.push_back(e.probability);
      accepted.push_back(e.accepted);
      offered.push_back(e.offered);
    }
  py_dict out;
  out["action_id"] = text_out(std::move(action), of.actions);
  out["channel"] = text_out(std::move(channel), of.channels);
  out["probability"] = moved(std::move(probability));
  out["accepted"] = moved(std::move(accepted));
  out["offered"] = moved(std::move(offered));
  return out;
}

}  // namespace

void register_propensity(py::module_& m) {
  py::class_<held_rates>(m, "Pooled")
      .def_property_readonly("whole", [](const held_rates& r) { return r.value.whole; })
      .def_property_readonly("by_channel",
                             [](const held_rates& r) {
                               py::typing::Dict<py::str, py::float_> out;
                               for (std::size_t c = 0; c < r.channels.size(); ++c)
                                 out[py::str(r.channels[c])] = r.value.by_channel[c];
                               return out;
                             })
      .def("columns", &columns)
      .def("rejected", [](const held_rates& r) { return rejected_out(r.rejected); });

  m.def(
      "fit_propensity",
      [](const held_policy& policy, const held_profile& profile,
         const std::optional<std::map<std::string, py::object>>& history) {
        const auto rows = hold(history);
        held_rates out;
        const py::gil_scoped_release unlocked;
        for (const auto& a : policy.value.recommend.actions) out.actions.push_back(a.id);
        for (const auto& c : policy.value.profile.channels) out.channels.push_back(c.id);
        propensity::history past;
        if (rows) {
          const column_view ids = profile.value.rows.view().require("hcp_id", "profile").value();
          past = propensity::read_history(rows->view, ids, out.actions, out.channels, profile.value.as_of).value();
        }
        out.value = propensity::fit_pooled(policy.value.propensity, out.actions.size(), out.channels.size(), past);
        out.rejected = std::move(past.rejected);
        return out;
      },
      py::arg("policy"), py::arg("profile"), py::arg("history"));
}

}  // namespace tierwise::python

#include "bindings.hpp"

namespace tierwise::python {

profile::profile shared_copy(const profile::profile& from) {
  profile::profile out;
  out.as_of = from.as_of;
  for (const auto& [name, values] : from.rows.view().columns()) out.rows.add(name, values);
  out.source = from.source;
  out.contacts = from.contacts;
  out.rejected = from.rejected;
  out.contacts_used = from.contacts_used;
  out.contacts_later = from.contacts_later;
  return out;
}

void register_profile(py::module_& m) {
  py::class_<held_profile>(m, "Profile")
      .def_property_readonly("as_of", [](const held_profile& p) { return format_date(p.value.as_of); })
      .def_property_readonly("names",
                             [](const held_profile& p) {
                               std::vector<std::string> names;
                               for (const auto& c : p.value.rows.view().columns()) names.push_back(c.name);
                               return names;
                             })
      .def(
          "column",
          [](const py::object& self, const std::string& name) {
            return column_out(self.cast<const held_profile&>().value.rows.view().require(name, "profile").value(),
                              self);
          },
          py::arg("name"), "A column; numbers are read-only views.")
      .def("rejected", [](const held_profile& p) { return rejected_out(p.value.rejected); })
      .def_property_readonly("contacts_used", [](const held_profile& p) { return p.value.contacts_used; })
      .def_property_readonly("contacts_later", [](const held_profile& p) { return p.value.contacts_later; })
      .def_property_readonly("contacts_unplaced",
                             [](const held_profile& p) { return p.value.contacts.unplaced.size(); })
      .def("__len__", [](const held_profile& p) { return p.value.rows.view().rows(); });

  m.def(
      "profile_of",
      [](const py_dict& columns, std::int32_t as_of) {
        auto held = hold(columns.cast<std::map<std::string, py::object>>());
        (void)held->view.require("hcp_id", "profile").value();
        profile::profile out;
        out.as_of = date{as_of};
        const std::size_t rows = held->view.rows();
        for (const auto& item : columns) {  // in the caller's order, which becomes that of the channels
          const auto name = item.first.cast<std::string>();
          const column_view values = held->view.require(name, "profile").value();
          if (values.size() != rows)
            throw Error(errc::length_mismatch, "columns differ in length", {.path = {}, .column = name});
          out.rows.add(name, values);
        }
        for (std::size_t row = 0; row < rows; ++row) out.source.push_back(static_cast<std::int64_t>(row));
        out.contacts.begin.assign(rows + 1, 0);
        return std::make_unique<held_profile>(held_profile{std::move(out), std::move(held)});
      },
      py::arg("columns"), py::arg("as_of"), "Profiles that the caller has computed.");

  m.def(
      "build_profile",
      [](const held_policy& policy, const std::map<std::string, py::object>& hcps,
         const std::optional<std::map<std::string, py::object>>& interactions, std::int32_t as_of, int threads) {
        auto doctors = hold(hcps);
        const auto contacts = hold(interactions);
        const auto workers = threads_for(threads);
        std::optional<profile::profile> made;
        {
          const py::gil_scoped_release unlocked;
          made = model::build_profile(policy.value, doctors->view, contacts ? &contacts->view : nullptr, date{as_of},
                                      workers.get())
                     .value();
        }
        return std::make_unique<held_profile>(held_profile{std::move(*made), std::move(doctors)});
      },
      py::arg("policy"), py::arg("hcps"), py::arg("interactions"), py::arg("as_of"), py::arg("threads"));
}

}  // namespace tierwise::python

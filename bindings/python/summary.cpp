// Summaries of a column, and exact quantiles and volume shares of one.
#include <tierwise/core/quantiles.hpp>

#include "bindings.hpp"

namespace tierwise::python {

namespace {

py::bytes bytes_of(const summary& from) {
  const std::vector<std::uint8_t> bytes = from.to_bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

summary from_bytes(const py::bytes& bytes) {
  const std::string_view view = bytes;
  return summary::from_bytes({reinterpret_cast<const std::uint8_t*>(view.data()), view.size()}).value();
}

}  // namespace

void register_summary(py::module_& m) {
  py::class_<summary>(m, "Summary", "What a fit needs of one numeric column, mergeable.")
      .def(py::init<>())
      .def(
          "add", [](summary& s, const column& values) { s.add(values.view); }, py::arg("values"),
          "Adds the rows of a column.")
      .def("merge", &summary::merge, py::arg("other"), "Adds what another holds.")
      .def("copy", [](const summary& s) { return s; })
      .def("to_bytes", &bytes_of)
      .def_static("from_bytes", &from_bytes, py::arg("bytes"))
      .def("quantile", &summary::quantile, py::arg("q"))
      .def("heads_before", &summary::heads_before, py::arg("value"))
      .def("sum_before", &summary::sum_before, py::arg("value"))
      .def("share_before", &summary::share_before, py::arg("value"))
      .def(
          "floors_by_volume",
          [](const summary& s, const std::vector<double>& shares) { return moved(s.floors_by_volume(shares)); },
          py::arg("shares"))
      .def(
          "floors_by_heads",
          [](const summary& s, const std::vector<double>& shares) { return moved(s.floors_by_heads(shares)); },
          py::arg("shares"))
      .def("values",
           [](const summary& s) {
             std::vector<double> values, sums;
             std::vector<std::uint64_t> counts;
             for (const summary::counted& v : s.values()) {
               values.push_back(v.value);
               counts.push_back(v.count);
               sums.push_back(v.sum);
             }
             return py::make_tuple(moved(std::move(values)), moved(std::move(counts)), moved(std::move(sums)));
           })
      .def_property_readonly("known", &summary::known)
      .def_property_readonly("missing", &summary::missing_rows)
      .def_property_readonly("rejected", &summary::rejected)
      .def_property_readonly("zeros", &summary::zeros)
      .def_property_readonly("is_exact", &summary::is_exact)
      .def_property_readonly("min", &summary::min)
      .def_property_readonly("max", &summary::max)
      .def_property_readonly("sum", &summary::sum)
      .def_property_readonly("sum_of_squares", &summary::sum_of_squares)
      .def_property_readonly("mean", &summary::mean)
      .def_property_readonly("variance", &summary::variance)
      .def_readonly_static("exact_capacity", &summary::exact_capacity)
      .def_readonly_static("relative_error", &summary::relative_error);
  m.def(
      "quantiles",
      [](const column& values, const std::vector<double>& at) {
        std::vector<double> found;
        {
          const py::gil_scoped_release release;
          found = quantiles(values.view, at);
        }
        return moved(std::move(found));
      },
      py::arg("values"), py::arg("at"), "Exact type 7 quantiles.");
  m.def(
      "floors_by_volume",
      [](const column& values, const std::vector<double>& shares) {
        std::vector<double> found;
        {
          const py::gil_scoped_release release;
          found = floors_by_volume(values.view, shares);
        }
        return moved(std::move(found));
      },
      py::arg("values"), py::arg("shares"), "Smallest number of each class of volume.");
}

}  // namespace tierwise::python

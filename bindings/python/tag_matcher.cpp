// Content tags of texts.
#include <tierwise/tag/matcher.hpp>

#include "bindings.hpp"

namespace tierwise::python {

namespace {

struct held_matcher {
  tag::matcher value;
};

std::string_view utf8_of(py::handle text) {
  py::ssize_t size = 0;
  const char* bytes = PyUnicode_Check(text.ptr()) ? PyUnicode_AsUTF8AndSize(text.ptr(), &size) : nullptr;
  if (bytes == nullptr) {
    PyErr_Clear();
    if (!PyUnicode_Check(text.ptr())) throw Error(errc::wrong_type, "expected text");
    throw Error(errc::not_utf8, "text that has no UTF-8 form (a lone surrogate)");
  }
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

void register_tag_matcher(py::module_& m) {
  py::class_<held_matcher>(m, "TermMatcher")
      .def(py::init([](const std::vector<std::pair<std::string, std::vector<std::string>>>& dictionary) {
             std::vector<tag::term> terms;
             for (const auto& [text, tags] : dictionary) terms.push_back({text, tags});
             return held_matcher{tag::compile_matcher(terms).value()};
           }),
           py::arg("dictionary"))
      .def_property_readonly("tags", [](const held_matcher& h) { return h.value.tags(); })
      .def_property_readonly("terms", [](const held_matcher& h) { return h.value.terms(); })
      .def("find",
           [](const held_matcher& h, const py::str& text) {
             py::typing::List<py::tuple> out;
             for (const tag::term_match& found : h.value.find(utf8_of(text))) {
               py::list ids;
               for (const std::uint32_t t : h.value.tags_of(found.term)) ids.append(h.value.tags()[t]);
               out.append(py::make_tuple(found.begin_point, found.end_point, found.begin, found.end,
                                         h.value.terms()[found.term], py::tuple(ids)));
             }
             return out;
           },
           py::arg("text"))
      .def("count",
           [](const held_matcher& h, const column& texts) {
             if (texts.view.is_numeric()) throw Error(errc::wrong_type, "expected a column of text");
             const std::size_t rows = texts.view.size(), tags = h.value.tags().size();
             const std::span<const std::string_view> names = texts.view.names();
             std::vector<std::int32_t> out(rows * tags, 0);
             {
               const py::gil_scoped_release unlocked;
               std::vector<std::uint32_t> counts(names.size() * tags);
               for (std::size_t n = 0; n < names.size(); ++n)
                 h.value.count(names[n], std::span(counts).subspan(n * tags, tags));
               for (std::size_t i = 0; i < rows; ++i)
                 if (const std::int32_t code = texts.view.code(i); code >= 0)
                   for (std::size_t t = 0; t < tags; ++t)
                     out[t * rows + i] = static_cast<std::int32_t>(counts[static_cast<std::size_t>(code) * tags + t]);
             }
             return py::array(moved(std::move(out)).reshape({static_cast<py::ssize_t>(tags), static_cast<py::ssize_t>(rows)}));
           },
           py::arg("texts"), "[tag][row]");
  m.def("shipped_content_tags", [] {
    py::typing::List<py_dict> out;
    for (const tag::content_tag& t : tag::shipped_content_tags()) {
      py_dict one;
      one["id"] = py::str(t.id.data(), t.id.size());
      one["name_en"] = py::str(t.name_en.data(), t.name_en.size());
      one["name_zh"] = py::str(t.name_zh.data(), t.name_zh.size());
      one["broader"] = py::str(t.broader.data(), t.broader.size());
      out.append(one);
    }
    return out;
  });
  m.def("shipped_terms", [] {
    std::vector<std::pair<std::string, std::vector<std::string>>> out;
    for (const tag::term& t : tag::shipped_terms()) out.emplace_back(t.text, t.tags);
    return out;
  });
}

}  // namespace tierwise::python

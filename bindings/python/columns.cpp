// Columns in: views of NumPy arrays, dictionary-encoded text, and columns as the text of files.
#include <charconv>
#include <cmath>
#include <deque>
#include <map>
#include <string_view>
#include <unordered_map>

#include "bindings.hpp"

namespace tierwise::python {

namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(errc::wrong_type, message); }

/// The array's memory as it lies; refused if a copy would be needed.
template <class T>
std::span<const T> cells(const py::array& array) {
  if (array.ndim() != 1) refuse("expected one dimension, not " + std::to_string(array.ndim()));
  if (!(array.flags() & py::array::c_style)) refuse("expected a contiguous array");
  if (reinterpret_cast<std::uintptr_t>(array.data()) % alignof(T) != 0) refuse("expected an aligned array");
  return {static_cast<const T*>(array.data()), static_cast<std::size_t>(array.size())};
}

using validity = std::optional<py::array>;

bitmap_view bits_of(const validity& valid, std::size_t rows) {
  if (!valid) return {};
  if (!valid->dtype().equal(py::dtype::of<std::uint8_t>())) refuse("expected validity bits as uint8");
  const auto bytes = cells<std::uint8_t>(*valid);
  if (bytes.size() < (rows + 7) / 8) throw Error(errc::length_mismatch, "expected a validity bit for each row");
  return {bytes.data(), 0};
}

py::object owners_of(const py::array& array, const validity& valid) {
  return valid ? py::object(py::make_tuple(array, *valid)) : py::object(array);
}

column numbers(const py::array& array, const validity& valid) {
  const auto is = [&](const py::dtype& type) { return array.dtype().equal(type); };
  const bitmap_view bits = bits_of(valid, static_cast<std::size_t>(array.size()));
  const py::object owners = owners_of(array, valid);
  if (is(py::dtype::of<float>())) return {column_view(cells<float>(array), bits), {}, owners};
  if (is(py::dtype::of<double>())) return {column_view(cells<double>(array), bits), {}, owners};
  if (is(py::dtype::of<std::int32_t>())) return {column_view(cells<std::int32_t>(array), bits), {}, owners};
  if (is(py::dtype::of<std::int64_t>())) return {column_view(cells<std::int64_t>(array), bits), {}, owners};
  if (is(py::dtype::of<bool>())) return {column_view::booleans(cells<std::uint8_t>(array), bits), {}, owners};
  refuse("expected float32, float64, int32, int64 or bool, not " + py::str(array.dtype()).cast<std::string>());
}

column dates(const py::array& array, const validity& valid) {
  if (!array.dtype().equal(py::dtype::of<std::int32_t>())) refuse("expected days as int32");
  const auto days = cells<std::int32_t>(array);
  const std::span<const date> view(reinterpret_cast<const date*>(days.data()), days.size());
  return {column_view(view, bits_of(valid, days.size())), {}, owners_of(array, valid)};
}
static_assert(sizeof(date) == sizeof(std::int32_t) && std::is_standard_layout_v<date>);

std::string_view utf8(py::handle text) {
  py::ssize_t size = 0;
  const char* bytes = PyUnicode_Check(text.ptr()) ? PyUnicode_AsUTF8AndSize(text.ptr(), &size) : nullptr;
  if (bytes == nullptr) {
    PyErr_Clear();
    if (!PyUnicode_Check(text.ptr())) refuse("expected text");
    throw Error(errc::not_utf8, "text that has no UTF-8 form (a lone surrogate)");
  }
  return {bytes, static_cast<std::size_t>(size)};
}

/// Names that a category column points into.
struct dictionary {
  std::deque<std::string> texts;
  std::vector<std::string_view> names;
  std::vector<std::int32_t> codes;  // if they are ours too

  void add(std::string_view text) { names.emplace_back(texts.emplace_back(text)); }
};

column categories(const py::array& codes, const py::typing::List<py::str>& names, const validity& valid) {
  if (!codes.dtype().equal(py::dtype::of<std::int32_t>())) refuse("expected codes as int32");
  auto kept = std::make_shared<dictionary>();
  for (const py::handle name : names) kept->add(utf8(name));
  const auto view = cells<std::int32_t>(codes);
  return with_unique_names(
      {column_view::categories(view, kept->names, bits_of(valid, view.size())), kept, owners_of(codes, valid)});
}

/// Missing is None, or a NaN, which is what pandas puts between texts.
bool is_missing(py::handle value) {
  return value.is_none() || (PyFloat_Check(value.ptr()) && std::isnan(PyFloat_AS_DOUBLE(value.ptr())));
}

column texts(const py::typing::List<py::object>& values) {
  auto kept = std::make_shared<dictionary>();
  std::unordered_map<std::string_view, std::int32_t> known;
  std::unordered_map<const PyObject*, std::int32_t> seen;  // the same object again is the usual case
  kept->codes.reserve(values.size());
  for (const py::handle value : values) {
    const auto [object, unseen] = seen.emplace(value.ptr(), -1);
    if (unseen && !is_missing(value)) {
      const std::string_view text = utf8(value);
      auto at = known.find(text);
      if (at == known.end()) {
        kept->add(text);
        at = known.emplace(kept->names.back(), static_cast<std::int32_t>(known.size())).first;
      }
      object->second = at->second;
    }
    kept->codes.push_back(object->second);
  }
  return {column_view::categories(kept->codes, kept->names), kept, {}};
}

/// The same codes under other names, one for each; several may be the same.
column with_names(const column& from, const std::vector<std::string>& names) {
  if (from.view.type() != column_type::category || names.size() != from.view.names().size())
    throw Error(errc::length_mismatch, "expected a name for each of the " + std::to_string(from.view.names().size()));
  struct renamed {
    dictionary own;
    std::shared_ptr<const void> codes;
  };
  auto kept = std::make_shared<renamed>();
  kept->codes = from.memory;
  for (const std::string& name : names) kept->own.add(name);
  const std::span codes(static_cast<const std::int32_t*>(from.view.data()), from.view.size());
  return with_unique_names({column_view::categories(codes, kept->own.names, from.view.validity()), kept, from.owner});
}

/// Each cell as files write it.
py::typing::List<py::str> written(const column& from) {
  const column_view& view = from.view;
  py::typing::List<py::str> out(view.size());
  const py::str unknown("unknown");
  std::vector<py::str> names;
  for (const std::string_view name : view.names()) names.emplace_back(name);
  char buffer[64];
  for (std::size_t row = 0; row < view.size(); ++row) {
    const auto put = [&](auto value) {
      out[row] =
          py::str(buffer, static_cast<std::size_t>(std::to_chars(buffer, buffer + sizeof buffer, value).ptr - buffer));
    };
    if (!view.has(row)) {
      out[row] = unknown;
      continue;
    }
    switch (view.type()) {
      case column_type::category: out[row] = names[static_cast<std::size_t>(view.code(row))]; break;
      case column_type::date: out[row] = py::str(format_date({static_cast<std::int32_t>(view.number(row))})); break;
      case column_type::boolean: out[row] = py::str(view.number(row) == 1 ? "true" : "false"); break;
      case column_type::float32: put(static_cast<float>(view.number(row))); break;
      case column_type::float64: put(view.number(row)); break;
      case column_type::int32:
      case column_type::int64: put(view.whole(row)); break;
    }
  }
  return out;
}

}  // namespace

column with_unique_names(column from) {
  auto kept = std::make_shared<dictionary>();
  std::unordered_map<std::string_view, std::int32_t> known;
  std::vector<std::int32_t> code_of;
  const auto names = from.view.names();
  for (const std::string_view name : names) {
    const auto [at, added] = known.emplace(name, static_cast<std::int32_t>(known.size()));
    code_of.push_back(at->second);
    if (added) kept->add(name);
  }
  if (known.size() == names.size()) return from;
  for (std::size_t row = 0; row < from.view.size(); ++row) {
    const std::int32_t code = from.view.code(row);
    kept->codes.push_back(code < 0 ? -1 : code_of[static_cast<std::size_t>(code)]);
  }
  return {column_view::categories(kept->codes, kept->names), kept, {}};
}

std::unique_ptr<held_table> hold(const std::optional<std::map<std::string, py::object>>& columns) {
  if (!columns) return nullptr;
  auto held = std::make_unique<held_table>();
  for (const auto& [name, object] : *columns) {
    held->view.add(name, object.cast<const column&>().view);
    held->owners.push_back(object);
  }
  return held;
}

void register_columns(py::module_& m) {
  py::class_<column>(m, "Column", "One column: a view of memory that it keeps alive.")
      .def_static(
          "numbers", &numbers, py::arg("array"), py::arg("valid") = py::none(),
          "A contiguous array of float32, float64, int32, int64 or bool, which is not copied. `valid`: Arrow's bits.")
      .def_static("dates", &dates, py::arg("days"), py::arg("valid") = py::none(),
                  "Days since 1970-01-01 as int32, not copied.")
      .def_static("categories", &categories, py::arg("codes"), py::arg("names"), py::arg("valid") = py::none(),
                  "Codes (int32, not copied) into names; a code outside is missing.")
      .def_static("texts", &texts, py::arg("values"),
                  "A list of str, or None or NaN where missing, which is encoded: a copy.")
      .def_static("from_arrow", &column_from_arrow, py::arg("array"),
                  "An object with __arrow_c_array__ or __arrow_c_stream__. Fixed-width columns of one chunk and "
                  "dictionaries are "
                  "not copied; plain text is encoded, and several chunks are put together.")
      .def("with_names", &with_names, py::arg("names"), "The same codes under other names.")
      .def("written", &written, "Each cell as files write it.")
      .def(
          "numbers_copy",
          [](const column& c) {
            std::vector<double> out(c.view.size());
            c.view.read_numbers(0, out);
            return moved(std::move(out));
          },
          "As float64, missing as NaN: a copy.")
      .def_property_readonly("type", [](const column& c) { return std::string(name_of(c.view.type())); })
      .def_property_readonly("is_numeric", [](const column& c) { return c.view.is_numeric(); })
      .def_property_readonly("names",
                             [](const column& c) {
                               return texts_out({c.view.names().begin(), c.view.names().end()});
                             })
      .def_property_readonly(
          "address", [](const column& c) { return reinterpret_cast<std::uintptr_t>(c.view.data()); },
          "Where the cells lie.")
      .def_property_readonly("null_count",
                             [](const column& c) {
                               std::size_t missing_rows = 0;
                               for (std::size_t row = 0; row < c.view.size(); ++row)
                                 missing_rows += c.view.has(row) ? 0 : 1;
                               return missing_rows;
                             })
      .def("__len__", [](const column& c) { return c.view.size(); })
      .def("__repr__", [](const column& c) {
        return "<tierwise._core.Column " + std::string(name_of(c.view.type())) + ", " + std::to_string(c.view.size()) +
               " rows>";
      });
}

}  // namespace tierwise::python

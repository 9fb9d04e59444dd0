// Errors, dates, threads, and columns on their way out.
#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "bindings.hpp"

namespace tierwise::python {

namespace {

/// The Python exception of an error, made by tierwise.errors.
py::object exception_of(const Error& error) {
  const place& where = error.where();
  return py::module_::import("tierwise.errors")
      .attr("make")(std::string(name_of(error.code())), error.message(), where.path, where.column, where.row);
}

void raise(const Error& error) {
  const py::object made = exception_of(error);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
}

template <class T>
py::object view_of(const column_view& view, const py::object& owner) {
  py::array_t<T> array(static_cast<py::ssize_t>(view.size()), static_cast<const T*>(view.data()), owner);
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

bool all_valid(const column_view& view) {
  if (view.validity().bits == nullptr) return true;
  for (std::size_t row = 0; row < view.size(); ++row)
    if (!view.validity()[row]) return false;
  return true;
}

std::vector<std::uint8_t> valid_bytes(const column_view& view) {
  std::vector<std::uint8_t> valid(view.size());
  for (std::size_t row = 0; row < view.size(); ++row) valid[row] = view.has(row) ? 1 : 0;
  return valid;
}

template <class T>
py::object whole_out(const column_view& view, const py::object& owner) {
  if (all_valid(view)) return view_of<T>(view, owner);
  return py::make_tuple("int", view_of<T>(view, owner), moved(valid_bytes(view)).attr("view")("bool"));
}

}  // namespace

void call_threads::run(std::size_t count, job& work) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr first;
  std::mutex guard;
  const auto labour = [&] {
    for (std::size_t task = next++; task < count; task = next++) try {
        work.run(task);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(guard);
        if (!first) first = std::current_exception();
      }
  };
  const std::size_t helpers = std::min<std::size_t>(static_cast<std::size_t>(count_), count) - 1;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < helpers; ++i) threads.emplace_back(labour);
    labour();
  }
  if (first) std::rethrow_exception(first);
}

std::unique_ptr<executor> threads_for(int count) {
  if (count < 1 || count > 1024)
    throw Error(errc::invalid_argument, "expected 1 to 1024 threads, not " + std::to_string(count),
                {.path = {}, .column = "threads"});
  return count == 1 ? nullptr : std::make_unique<call_threads>(count);
}

text_column text_out(std::vector<std::int32_t> codes, const std::vector<std::string>& names) {
  return py::make_tuple("text", moved(std::move(codes)), texts_out(names));
}

py::tuple dates_out(std::vector<std::int32_t> days, std::vector<std::uint8_t> valid) {
  return py::make_tuple("date", moved(std::move(days)), moved(std::move(valid)).attr("view")("bool"));
}

py::typing::List<py::str> texts_out(const std::vector<std::string>& texts) {
  py::typing::List<py::str> out(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) out[i] = py::str(texts[i]);
  return out;
}

py::object column_out(const column_view& view, const py::object& owner) {
  const std::size_t rows = view.size();
  switch (view.type()) {
    case column_type::float32:
      if (all_valid(view)) return view_of<float>(view, owner);
      break;
    case column_type::float64:
      if (all_valid(view)) return view_of<double>(view, owner);
      break;
    case column_type::int32: return whole_out<std::int32_t>(view, owner);
    case column_type::int64: return whole_out<std::int64_t>(view, owner);
    case column_type::boolean: {
      std::vector<std::uint8_t> values(rows);
      for (std::size_t row = 0; row < rows; ++row) values[row] = view.number(row) == 1 ? 1 : 0;
      const py::object flags = moved(std::move(values)).attr("view")("bool");
      if (all_valid(view)) return flags;
      return py::make_tuple("int", flags, moved(valid_bytes(view)).attr("view")("bool"));
    }
    case column_type::date: {
      const py::object days = view_of<std::int32_t>(view, owner);
      if (all_valid(view)) return py::make_tuple("date", days, py::none());
      return py::make_tuple("date", days, moved(valid_bytes(view)).attr("view")("bool"));
    }
    case column_type::category: {
      std::vector<std::int32_t> codes(rows);
      for (std::size_t row = 0; row < rows; ++row) codes[row] = view.code(row);
      return text_out(std::move(codes), {view.names().begin(), view.names().end()});
    }
  }
  std::vector<double> numbers(rows);
  view.read_numbers(0, numbers);
  return moved(std::move(numbers));
}

py_dict rejected_out(const std::vector<bad_row>& rows) {
  struct words {
    std::vector<std::string> names;
    std::map<std::string, std::int32_t, std::less<>> known;
    std::vector<std::int32_t> codes;
    void add(std::string_view name) {
      auto at = known.find(name);
      if (at == known.end()) {
        at = known.emplace(name, static_cast<std::int32_t>(names.size())).first;
        names.emplace_back(name);
      }
      codes.push_back(at->second);
    }
    text_column out() { return text_out(std::move(codes), names); }
  } table, column, code, reason;
  std::vector<std::int64_t> row;
  for (const bad_row& bad : rows) {
    table.add(bad.table);
    row.push_back(bad.row);
    column.add(bad.column);
    code.add(name_of(bad.code));
    reason.add(describe(bad.code));
  }
  py_dict out;
  out["table"] = table.out();
  out["row"] = moved(std::move(row));
  out["column"] = column.out();
  out["code"] = code.out();
  out["reason"] = reason.out();
  return out;
}

std::size_t checked_row(py::ssize_t row, std::size_t rows) {
  if (row < 0 || static_cast<std::size_t>(row) >= rows)
    throw Error(errc::out_of_range, "there are " + std::to_string(rows) + " rows",
                {.path = {}, .column = {}, .row = row});
  return static_cast<std::size_t>(row);
}

void register_core(py::module_& m) {
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const Error& error) {
      raise(error);
    }
  });
  m.def(
      "parse_date", [](const std::string& text) { return parse_date(text).value().days; }, py::arg("text"),
      "Days since 1970-01-01 of YYYY-MM-DD.");
  m.def(
      "format_date", [](std::int32_t days) { return format_date(date{days}); }, py::arg("days"), "YYYY-MM-DD.");
  m.def(
      "check_policy",
      [](const std::string& text) {
        py::typing::List<py::object> out;
        for (const Error& error : policy::check(text)) out.append(exception_of(error));
        return out;
      },
      py::arg("text"), "Every fault of a policy.");
}

}  // namespace tierwise::python

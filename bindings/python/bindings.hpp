// What the files of the extension share. _core is private and strict: it copies nothing that it does not say it copies, and
// refuses what it cannot take. Conversions belong to the Python layer.
#ifndef TIERWISE_BINDINGS_HPP
#define TIERWISE_BINDINGS_HPP

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <tierwise/core/column.hpp>
#include <tierwise/core/executor.hpp>
#include <tierwise/core/table.hpp>
#include <tierwise/model/engine.hpp>

namespace tierwise::python {

namespace py = pybind11;

using py_dict = py::typing::Dict<py::str, py::object>;  ///< columns or settings by name

/// A column view and everything that keeps its memory alive.
struct column {
  column_view view;
  std::shared_ptr<const void> memory;  ///< what C++ owns: Arrow arrays, names, what was encoded
  py::object owner;  ///< what Python owns: the NumPy array
};

/// A table of such columns. Not to be moved while somebody holds a pointer to its view.
struct held_table {
  table_view view;
  std::vector<py::object> owners;
};

/// None gives null.
std::unique_ptr<held_table> hold(const std::optional<std::map<std::string, py::object>>& columns);

struct held_policy {
  policy::policy value;
};
struct held_profile {
  profile::profile value;
  std::unique_ptr<held_table> hcps;
};
struct held_segments {
  std::shared_ptr<const segment::model> value;
};

/// Threads for one call; none outlive it.
class call_threads final : public executor {
 public:
  explicit call_threads(int count) : count_(count) {}
  void run(std::size_t count, job& work) override;

 private:
  int count_;
};

/// Null for one thread.
std::unique_ptr<executor> threads_for(int count);

// ---- columns out: what tierwise._frames.out_of reads -------------------------------------------------------------------

/// The vector as a NumPy array, moved, not copied.
template <class T>
py::array_t<T> moved(std::vector<T> values) {
  auto* kept = new std::vector<T>(std::move(values));
  const py::capsule owner(kept, [](void* at) { delete static_cast<std::vector<T>*>(at); });
  return py::array_t<T>(static_cast<py::ssize_t>(kept->size()), kept->data(), owner);
}

using text_column = py::typing::Tuple<py::str, py::array, py::typing::List<py::str>>;
text_column text_out(std::vector<std::int32_t> codes, const std::vector<std::string>& names);
py::tuple dates_out(std::vector<std::int32_t> days, std::vector<std::uint8_t> valid);
template <class T>
py::tuple ints_out(std::vector<T> values, std::vector<std::uint8_t> valid) {
  return py::make_tuple("int", moved(std::move(values)), moved(std::move(valid)).attr("view")("bool"));
}
/// Any column; numbers are read-only views whose base is `owner`.
py::object column_out(const column_view& view, const py::object& owner);
py_dict rejected_out(const std::vector<bad_row>& rows);
py::typing::List<py::str> texts_out(const std::vector<std::string>& texts);

/// hcp_id apart, the columns of Result.segments up to resources.
py_dict segments_out(const segment::model& model, const segment::assignment& all);
py::typing::List<py_dict> definitions_out(const std::vector<tag::definition>& tags);
py::typing::List<py_dict> groups_out(const std::vector<tag::group>& groups);
std::vector<std::string> segment_reasons(const segment::model& model, const segment::assignment& all,
                                         segment::language in, executor* threads);
py::typing::List<py::object> contributions_out(const segment::model& model, const table_view& profiles, std::size_t row,
                                               const std::string& score);
segment::language language_of(const std::string& code);

using tag_rows = py::typing::Tuple<py::array, py::array, py::array, py::array>;
/// (rows, tags, days, known): a row for each doctor and tag, by doctor.
tag_rows tags_out(const policy::policy& policy, const tag::registry& tags, const tag::tag_bits& who,
                  const table_view& rows, const profile::profile& doctors, executor* threads);

/// The profile as another view of the same columns.
profile::profile shared_copy(const profile::profile& from);

/// Throws out_of_range unless 0 ≤ row < rows.
std::size_t checked_row(py::ssize_t row, std::size_t rows);

column column_from_arrow(const py::object& source);
/// The column with each text once in its dictionary, codes following.
column with_unique_names(column from);

void register_core(py::module_& m);
void register_columns(py::module_& m);
void register_summary(py::module_& m);
void register_policy(py::module_& m);
void register_profile(py::module_& m);
void register_segment(py::module_& m);
void register_segment_allocation(py::module_& m);
void register_segment_change(py::module_& m);
void register_segment_stability(py::module_& m);
void register_segment_movers(py::module_& m);
void register_segment_population(py::module_& m);
void register_tag(py::module_& m);
void register_tag_affinity(py::module_& m);
void register_tag_matcher(py::module_& m);
void register_tag_registry(py::module_& m);
void register_tag_trace(py::module_& m);
void register_tag_statements(py::module_& m);
void register_tag_analysis(py::module_& m);
void register_tag_quality(py::module_& m);
void register_propensity(py::module_& m);
void register_recommend(py::module_& m);
void register_simulate(py::module_& m);

}  // namespace tierwise::python

#endif

#include "bindings.hpp"

namespace tierwise::python {

namespace {

template <class T>
const T& wanted(const std::optional<T>& section, const char* name) {
  if (!section)
    throw Error(errc::invalid_argument, std::string("the policy has no section segment.").append(name),
                {.path = std::string("/segment/").append(name), .column = "policy"});
  return *section;
}

/// One column from a vector of structs.
template <class T, class Rows, class Read>
py::array_t<T> column_of(const Rows& rows, const Read& read) {
  std::vector<T> out;
  for (const auto& row : rows) out.push_back(read(row));
  return moved(std::move(out));
}

py_dict summary_out(const segment::allocation_summary& s) {
  py_dict tiers, channels, out;
  std::vector<std::int32_t> numbers;
  for (std::size_t i = 0; i < s.tiers.size(); ++i) numbers.push_back(static_cast<std::int32_t>(i + 1));
  tiers["tier"] = moved(std::move(numbers));
  tiers["doctors"] = column_of<std::int64_t>(s.tiers, [](const auto& t) { return t.doctors; });
  tiers["contacts"] = column_of<double>(s.tiers, [](const auto& t) { return t.contacts; });
  for (std::size_t c = 0; c < s.channels.size(); ++c)
    tiers[py::str(std::string("contacts_").append(s.channels[c].channel))] =
        column_of<double>(s.tiers, [c](const auto& t) { return t.by_channel[c]; });
  tiers["cost"] = column_of<double>(s.tiers, [](const auto& t) { return t.cost; });
  tiers["budget"] = column_of<double>(s.tiers, [](const auto& t) { return t.budget; });
  tiers["over_budget"] = column_of<double>(s.tiers, [](const auto& t) { return t.over_budget; });
  std::vector<std::string> ids;
  for (const auto& c : s.channels) ids.push_back(c.channel);
  channels["channel"] = texts_out(ids);
  channels["contacts"] = column_of<double>(s.channels, [](const auto& c) { return c.contacts; });
  channels["capacity"] = column_of<double>(s.channels, [](const auto& c) { return c.capacity; });
  channels["load"] = column_of<double>(s.channels, [](const auto& c) { return c.load; });
  channels["short_by"] = column_of<double>(s.channels, [](const auto& c) { return c.short_by; });
  channels["cost"] = column_of<double>(s.channels, [](const auto& c) { return c.cost; });
  out["period_days"] = py::int_(s.period_days);
  out["tiers"] = tiers;
  out["channels"] = channels;
  out["doctors"] = py::int_(s.doctors);
  out["contacts"] = py::float_(s.contacts);
  out["cost"] = py::float_(s.cost);
  out["budget"] = py::float_(s.budget);
  out["over_budget"] = py::float_(s.over_budget);
  out["short_by"] = py::float_(s.short_by);
  return out;
}

py::array_t<std::int64_t> doctors_by_tier(const py::array& tier, std::size_t tiers) {
  if (!tier.dtype().equal(py::dtype::of<std::uint16_t>()) || tier.ndim() != 1 || !(tier.flags() & py::array::c_style))
    throw Error(errc::wrong_type, "expected a contiguous array of uint16 of one dimension",
                {.path = {}, .column = "tier"});
  const auto* data = static_cast<const std::uint16_t*>(tier.data());
  return moved(segment::doctors_by_tier({data, static_cast<std::size_t>(tier.size())}, tiers).value());
}

std::vector<std::string> names_of(const segment::exploratory& e) {
  std::vector<std::string> names;
  for (const segment::component& c : e.components) names.push_back(c.name);
  return names;
}

/// (columns, rejected)
py::tuple assign_exploratory(const held_policy& policy, const table_view& rows, int threads) {
  const segment::exploratory& what = wanted(policy.value.segment.exploratory, "exploratory");
  const auto workers = threads_for(threads);
  segment::exploratory_assignment all;
  {
    const py::gil_scoped_release unlocked;
    all = segment::assign(what, rows, workers.get()).value();
  }
  py_dict out;
  out["segment"] = text_out(std::move(all.segment), names_of(what));
  out["probability"] = moved(std::move(all.probability));
  out["distance"] = moved(std::move(all.distance));
  return py::make_tuple(out, rejected_out(all.rejected));
}

/// Segments by name.
py_dict responsibilities(const held_policy& policy, const table_view& rows, int threads) {
  const segment::exploratory& what = wanted(policy.value.segment.exploratory, "exploratory");
  const auto workers = threads_for(threads);
  std::vector<double> all;
  {
    const py::gil_scoped_release unlocked;
    all = segment::responsibilities(what, rows, workers.get()).value();
  }
  py_dict out;
  const std::size_t k = what.components.size();
  for (std::size_t c = 0; c < k; ++c) {
    std::vector<double> own(all.size() / k);
    for (std::size_t row = 0; row < own.size(); ++row) own[row] = all[row * k + c];
    out[py::str(what.components[c].name)] = moved(std::move(own));
  }
  return out;
}

}  // namespace

void register_segment_allocation(py::module_& m) {
  using columns = std::map<std::string, py::object>;
  m.def("doctors_by_tier", &doctors_by_tier, py::arg("tier"), py::arg("tiers"));
  m.def(
      "summarise_allocation",
      [](const held_policy& policy, const std::vector<std::int64_t>& doctors) {
        return summary_out(segment::summarise(wanted(policy.value.segment.allocation, "allocation"), doctors).value());
      },
      py::arg("policy"), py::arg("doctors"));
  m.def(
      "assign_exploratory",
      [](const held_policy& policy, const held_profile& profile, int threads) {
        return assign_exploratory(policy, profile.value.rows.view(), threads);
      },
      py::arg("policy"), py::arg("profile"), py::arg("threads"));
  m.def(
      "assign_exploratory",
      [](const held_policy& policy, const columns& frame, int threads) {
        return assign_exploratory(policy, hold(frame)->view, threads);
      },
      py::arg("policy"), py::arg("profile"), py::arg("threads"));
  m.def(
      "exploratory_responsibilities",
      [](const held_policy& policy, const held_profile& profile, int threads) {
        return responsibilities(policy, profile.value.rows.view(), threads);
      },
      py::arg("policy"), py::arg("profile"), py::arg("threads"));
  m.def(
      "exploratory_responsibilities",
      [](const held_policy& policy, const columns& frame, int threads) {
        return responsibilities(policy, hold(frame)->view, threads);
      },
      py::arg("policy"), py::arg("profile"), py::arg("threads"));
}

}  // namespace tierwise::python

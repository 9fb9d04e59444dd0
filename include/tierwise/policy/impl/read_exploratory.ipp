// Section segment.exploratory: features and centres that somebody fitted elsewhere; read and written. Numbers are checked by
// segment::check.

namespace tierwise::inline TIERWISE_ABI::policy::detail {

TIERWISE_INLINE void read_numbers(const value& in, std::vector<double>& out) {
  in.list([&](const value& item) { item.number(out.emplace_back(), finite); }, 1, 64);
}

/// The lower triangle by rows: [[a], [b, c], …].
TIERWISE_INLINE void read_triangle(const value& in, std::size_t rows, std::vector<double>& out) {
  if (!in) return;
  std::size_t row = 0;
  in.list(
      [&](const value& item) {
        ++row;
        item.list([&](const value& cell) { cell.number(out.emplace_back(), finite); }, row, row);
      },
      rows, rows);
}

TIERWISE_INLINE void read_component(object& o, const segment::exploratory& of, segment::component& out) {
  o.required("name").text(out.name);
  const value centre = o.required("centre");
  read_numbers(centre, out.centre);
  if (of.how == segment::exploratory::kind::k_means) return;
  o.required("weight").number(out.weight, {0, 1, true});
  const value variances = o.optional("variances"), covariance = o.optional("covariance");
  if (static_cast<bool>(variances) == static_cast<bool>(covariance))
    return o.self().fail(
        errc::policy_missing_key,
        "expected exactly one of \"variances\": [a, b, …], \"covariance\": [[a], [b, c], …] (its lower triangle)");
  if (variances) read_numbers(variances, out.covariance);
  read_triangle(covariance, of.features.size(), out.covariance);
}

/// `read_column(value, out)` reads the name of a column of numbers.
template <class ReadColumn>
void read_exploratory(const value& in, const ReadColumn& read_column, segment::exploratory& out) {
  in.object([&](object& o) {
    std::size_t how = 0;
    const bool kind = o.required("kind").one_of(how, {"k_means", "gaussian_mixture"});
    out.how = static_cast<segment::exploratory::kind>(how);
    o.required("features")
        .list(
            [&](const value& item) {
              segment::feature f;
              item.object([&](object& feature) {
                read_column(feature.required("column"), f.column);
                feature.optional("mean").number(f.mean, finite);
                feature.optional("scale").number(f.scale, {0, 1e15, true});
              });
              out.features.push_back(std::move(f));
            },
            1, 64);
    const value components = o.required("components");
    if (!kind || out.features.empty()) return;  // then which keys a component has, and how many numbers, is not known
    components.list(
        [&](const value& item) {
          segment::component c;
          item.object([&](object& component) { read_component(component, out, c); });
          out.components.push_back(std::move(c));
        },
        1, 254);
  });
}

TIERWISE_INLINE json format_component(const segment::component& c, bool mixture) {
  json out{{"name", c.name}};
  if (mixture) out["weight"] = number(c.weight);
  out["centre"] = list_of(c.centre, number);
  if (!mixture) return out;
  if (c.covariance.size() == c.centre.size()) {
    out["variances"] = list_of(c.covariance, number);
    return out;
  }
  json& rows = out["covariance"] = json::array();
  for (std::size_t row = 0, at = 0; row < c.centre.size(); ++row) {
    json cells = json::array();
    for (std::size_t column = 0; column <= row; ++column) cells.push_back(number(c.covariance[at++]));
    rows.push_back(std::move(cells));
  }
  return out;
}

TIERWISE_INLINE json format_exploratory(const segment::exploratory& e) {
  const bool mixture = e.how == segment::exploratory::kind::gaussian_mixture;
  return {
      {"kind", mixture ? "gaussian_mixture" : "k_means"},
      {"features", list_of(e.features,
                           [](const segment::feature& f) {
                             return json{{"column", f.column}, {"mean", number(f.mean)}, {"scale", number(f.scale)}};
                           })},
      {"components", list_of(e.components, [&](const segment::component& c) { return format_component(c, mixture); })}};
}

}  // namespace tierwise

// Columns in, tiers out: the shortest way to the nine tiers, with nothing but memory you already have.
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

#include <tierwise/tierwise.hpp>

int main() {
  // Your columns. tierwise views them; it copies nothing and changes nothing.
  const std::vector<std::int64_t> id = {101, 102, 103, 104, 105, 106};
  const std::vector<double> patient_volume = {900, 480, 120, tierwise::missing, 60, 0};
  const std::vector<float> patients_per_week = {60, 45, 20, 70, 10, 5};
  const std::vector<std::string_view> titles = {"主任医师", "副主任医师", "主治医师", "住院医师"};
  const std::vector<std::int32_t> title = {0, 1, 2, 0, -1, 3};  // −1: unknown
  const std::vector<std::string_view> levels = {"三级甲等", "二级甲等", "一级"};
  const std::vector<std::int32_t> hospital_level = {0, 0, 1, 0, 1, 2};
  const std::vector<std::int32_t> society_offices = {3, 1, 0, 2, 0, 0}, trials = {4, 1, 0, 2, 0, 0},
                                  publications = {60, 14, 2, 25, 0, 0}, teaching = {10, 4, 1, 6, 0, 0};
  const std::vector<double> points = {38.5, 4.0, 22.1,
                                      0.0,  9.5, 1.2};  // engagement; profile::build makes them from contacts
  const std::vector<double> contact_coverage(id.size(), 1.0);

  tierwise::table_view doctors;
  doctors.add("hcp_id", std::span(id));
  doctors.add("patient_volume", std::span(patient_volume));
  doctors.add("patients_per_week", std::span(patients_per_week));
  doctors.add("title", tierwise::column_view::categories(title, titles));
  doctors.add("hospital_level", tierwise::column_view::categories(hospital_level, levels));
  doctors.add("society_offices", std::span(society_offices));
  doctors.add("trials", std::span(trials));
  doctors.add("publications", std::span(publications));
  doctors.add("teaching", std::span(teaching));
  doctors.add("points", std::span(points));
  doctors.add("contact_coverage", std::span(contact_coverage));

  try {
    const auto model = tierwise::segment::fit(tierwise::segment::default_policy(), doctors).value();
    const auto segments = tierwise::segment::assign(model, doctors).value();
    for (std::size_t row = 0; row < segments.size(); ++row)
      std::printf("%lld  %s\n", static_cast<long long>(id[row]),
                  tierwise::segment::reason(model, segments, row).c_str());

    std::puts("\nWhat the identity score of 102 is made of:");
    for (const auto& part : tierwise::segment::contributions(model, doctors, 1, tierwise::segment::score::identity))
      std::printf("  %-16.*s %7.3f\n", static_cast<int>(part.column.size()), part.column.data(), part.value);
  } catch (const tierwise::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
